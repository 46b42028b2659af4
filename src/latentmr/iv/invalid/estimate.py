"""Result of a method for possibly invalid instruments: the effect, and the instruments that it takes as valid."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from warnings import warn

from scipy.stats import norm

from latentmr.results.objects import ConfidenceSet, Details
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Row

__all__ = ["InvalidInstrumentEstimate", "wald_interval"]

Own = TypeVar("Own", bound=Details)


@dataclass(frozen=True, repr=False)
class InvalidInstrumentEstimate(ShortRepr, Generic[Own]):
    """The effect of one exposure if some instruments may affect the outcome directly.

    Instruments are named by their columns, counted from 0.

    Parameters
    ----------
    method : str
        ``sisVIVE``, ``TSHT`` or ``CIIV``.
    beta : float
        Change of the outcome per unit of the exposure.
    se : float or None
        Standard error, which treats the selected instruments as known in advance; None if the method has none
        (sisVIVE).
    ci : ConfidenceSet or None
        Wald interval with that standard error.
    alpha : float
        Significance level of ``ci``.
    n, k : int
        Number of individuals and of candidate instruments.
    valid, invalid : tuple of int
        Relevant instruments that were found to act only through the exposure, and the other relevant instruments.
    relevant : tuple of int
        Instruments that passed the method's first-stage test; all instruments if it has none.
    details : Details
        Results that only this method has: :class:`~latentmr.iv.Sisvive`, :class:`~latentmr.iv.Tsht` or
        :class:`~latentmr.iv.Ciiv`.

    Examples
    --------
    >>> from latentmr.results import Details
    >>> result = InvalidInstrumentEstimate("TSHT", 0.5, None, None, 0.05, 100, 3, (0, 1), (2,), (0, 1, 2), Details())
    >>> result.invalid, result.ci is None
    ((2,), True)
    """

    method: str
    beta: float
    se: float | None
    ci: ConfidenceSet | None
    alpha: float
    n: int
    k: int
    valid: tuple[int, ...]
    invalid: tuple[int, ...]
    relevant: tuple[int, ...]
    details: Own

    def __repr__(self) -> str:
        error = "no standard error" if self.se is None else f"standard error {self.se:.4g}"
        interval = "" if self.ci is None else f", {100 * (1 - self.alpha):g} % Wald interval {self.ci}"
        return (
            f"{self.method}: effect {self.beta:.4g} ({error}{interval}); {len(self.valid)} valid and"
            f" {len(self.invalid)} invalid of {counted(len(self.relevant), 'relevant instrument')};"
            f" {counted(self.n, 'observation')}"
        )

    @property
    def extra(self) -> Row:
        """``details`` as a dict; deprecated."""
        warn("extra is deprecated: use the attributes of details", DeprecationWarning, stacklevel=2)
        return {name: _plain(value) for name, value in self.details.to_dict().items() if (name, value) != ("gmm", None)}


def _plain(value: object) -> object:
    if isinstance(value, Details):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def wald_interval(beta: float, se: float, alpha: float) -> ConfidenceSet:
    """Return the normal (Wald) interval around an estimate."""
    half = float(norm.isf(alpha / 2)) * se
    return ConfidenceSet(((beta - half, beta + half),), alpha)
