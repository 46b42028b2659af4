"""What a method for possibly invalid instruments finds: the effect, and which instruments it takes as valid."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from warnings import warn

from scipy.stats import norm

from latentmr.results.objects import ConfidenceSet, Details
from latentmr.typing import Row

__all__ = ["InvalidInstrumentEstimate", "wald_interval"]

Own = TypeVar("Own", bound=Details)


@dataclass(frozen=True)
class InvalidInstrumentEstimate(Generic[Own]):
    """The effect of one exposure when some instruments may act on the outcome directly.

    Instruments are named by their columns, counted from 0.

    Parameters
    ----------
    method : str
        ``sisVIVE``, ``TSHT`` or ``CIIV``.
    beta : float
        Change of the outcome per unit of the exposure.
    se : float or None
        Standard error, as if the chosen instruments had been known; None where the method has none (sisVIVE).
    ci : ConfidenceSet or None
        Wald interval, likewise.
    alpha : float
        Significance level of ``ci``.
    n, k : int
        People and candidate instruments.
    valid, invalid : tuple of int
        Relevant instruments found to act through the exposure only, and the other relevant ones.
    relevant : tuple of int
        Instruments that passed the method's first stage; all, where it has none.
    details : Details
        What only this method has: :class:`~latentmr.iv.Sisvive`, :class:`~latentmr.iv.Tsht` or
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

    @property
    def extra(self) -> Row:
        """The former name of ``details``, as a dict."""
        warn("extra is now details, whose entries are attributes", DeprecationWarning, stacklevel=2)
        return {name: _plain(value) for name, value in self.details.to_dict().items() if (name, value) != ("gmm", None)}


def _plain(value: object) -> object:
    if isinstance(value, Details):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def wald_interval(beta: float, se: float, alpha: float) -> ConfidenceSet:
    """Normal interval around an estimate."""
    half = float(norm.isf(alpha / 2)) * se
    return ConfidenceSet(((beta - half, beta + half),), alpha)
