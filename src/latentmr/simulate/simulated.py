"""Define what every scenario returns."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.results.text import PrintsHtml
from latentmr.simulate.genome import Genome
from latentmr.typing import Array

__all__ = ["Simulated", "Truth"]


@dataclass(frozen=True)
class Truth(PrintsHtml):
    """Known parameters and latents of simulated data.

    Parameters
    ----------
    beta : float
        Effect of the exposure on the outcome.
    Z : np.ndarray of dimension (n, d_z)
        Exogenous latents. It has no columns if the genotypes have no exogenous latents apart from themselves.
    V : np.ndarray of dimension (n, d_v)
        Confounded latents; in ``admixture``, the ancestry proportions.
    """

    beta: float
    Z: Array
    V: Array

    def __repr__(self) -> str:
        latents = f"{self.Z.shape[1]} exogenous and {self.V.shape[1]} confounded latents"
        return f"Truth: effect {self.beta:g}; {latents} of {len(self.V):,} individuals"


@dataclass(frozen=True)
class Simulated(PrintsHtml):
    """A data set and the truth from which it was simulated.

    Parameters
    ----------
    dataset : Dataset
        Simulated data.
    truth : Truth
        Effect and latents.
    genome : Genome, optional
        Variants of the same individuals besides the instruments, with their principal components.
    """

    dataset: Dataset
    truth: Truth
    genome: Genome | None = None

    def __repr__(self) -> str:
        data, latents = (
            self.dataset,
            f"{self.truth.Z.shape[1]} exogenous and {self.truth.V.shape[1]} confounded latents",
        )
        size = f"{data.n:,} individuals, {data.p:,} variants ({data.kind}), {data.n_env} environments"
        size += "" if self.genome is None else f", {self.genome.G.shape[1]:,} other variants"
        return f"Simulated: {size}; true effect {self.truth.beta:g}, {latents}"
