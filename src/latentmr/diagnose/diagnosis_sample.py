"""The diagnosis sample: individuals in which learned instruments are tested."""

from dataclasses import dataclass

from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array, Codes

__all__ = ["HeldOut"]


@dataclass(frozen=True, repr=False)
class HeldOut(ShortRepr):
    """Learned instruments of held-out individuals, with the variables that the instruments should not depend on.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
        Instruments.
    V : np.ndarray of dimension (n, r)
        Residual latents, without auxiliary features.
    C, A : np.ndarray of dimension (n, q) and (n, a)
        Covariates and auxiliary features.
    env : np.ndarray of dimension (n,)
        Environment codes from 0 without gaps, each with at least two individuals.
    names : tuple of str
        Names of the environments.
    units : np.ndarray of dimension (n,)
        Codes from 0 without gaps of the units of permutation: individuals of one unit are permuted together. Each unit
        lies within one environment.
    unseen : bool
        Whether these individuals were not used to train the encoder.
    """

    Z: Array
    V: Array
    C: Array
    A: Array
    env: Codes
    names: tuple[str, ...]
    units: Codes
    unseen: bool = True

    def __repr__(self) -> str:
        sizes = (
            counted(self.Z.shape[1], "instrument"),
            counted(self.V.shape[1], "residual latent"),
            counted(self.C.shape[1], "covariate"),
            counted(self.A.shape[1], "auxiliary feature"),
        )
        used = "not used in training" if self.unseen else "used in training"
        where = counted(len(self.names), "environment")
        return f"HeldOut: {counted(self.n, 'individual')} in {where}; {', '.join(sizes)}; {used}"

    @property
    def n(self) -> int:
        """Number of individuals."""
        return len(self.env)
