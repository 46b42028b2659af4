"""One effect by one method: with its errors, its sets, and what the method adds to them."""

from dataclasses import dataclass, field, fields
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["ConfidenceSet", "Details", "Estimate"]


@dataclass(frozen=True)
class ConfidenceSet:
    """A set of effects that a test does not reject: any union of closed intervals.

    Parameters
    ----------
    intervals : tuple of (float, float)
        Disjoint, in increasing order. None: the empty set.
    alpha : float
        Significance level of the test; the set has confidence ``1 - alpha``.

    Examples
    --------
    >>> rays = ConfidenceSet(((-float("inf"), -1.0), (2.0, float("inf"))), alpha=0.05)
    >>> print(rays)
    [-inf, -1] U [2, inf]
    >>> 0.0 in rays, rays.is_bounded
    (False, False)
    """

    intervals: tuple[tuple[float, float], ...]
    alpha: float

    def __contains__(self, beta: float) -> bool:
        return any(low <= beta <= high for low, high in self.intervals)

    def __format__(self, spec: str) -> str:
        if self.is_empty:
            return "empty"
        number = spec or ".4g"
        return " U ".join(f"[{low:{number}}, {high:{number}}]" for low, high in self.intervals)

    def __str__(self) -> str:
        return format(self, "")

    @property
    def is_empty(self) -> bool:
        """Whether no effect is compatible with the model and the data."""
        return not self.intervals

    @property
    def is_bounded(self) -> bool:
        """Whether the set has finite ends (an empty set has)."""
        return self.length < float("inf")

    @property
    def length(self) -> float:
        """Total length, perhaps infinite."""
        return sum(high - low for low, high in self.intervals)


@dataclass(frozen=True)
class Details:
    """What one method adds to its estimate: each method that adds something has a kind of its own.

    A field is None where it does not apply to what was asked of the method.

    Examples
    --------
    >>> from latentmr.two_sample.methods import wald_ratio
    >>> wald_ratio(0.2, 0.1, 0.01, 0.02).details
    WaldRatio(f_statistic=400.0)
    """

    def to_dict(self) -> dict[str, Any]:
        """Fields by name, for files."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def numbers(self) -> dict[str, float]:
        """Numbers by name, without those that do not apply."""
        return {name: value for name, value in self.to_dict().items() if isinstance(value, int | float)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name: of summary statistics a value of each variant."""
        return {name: value for name, value in self.to_dict().items() if isinstance(value, np.ndarray)}


@dataclass(frozen=True)
class Estimate:
    """One row of the table of estimates: the effect of one exposure by one method.

    Parameters
    ----------
    method : str
        ``OLS``, ``2SLS``, ``LIML``, ``Fuller`` or another.
    instruments : str
        ``none``, ``G`` (the genotypes themselves) or ``learned``.
    adjustment : str
        ``none`` or a ``+``-joined list of ``covar env pcs aux latent``.
    basis : str
        How the instruments enter: ``linear`` or ``spline``.
    exposure : str
        Name of the exposure.
    beta, se : float
        Change of the outcome per unit of the exposure, and its standard error.
    se_type : str
        What errors and sets allow for, ``HC1`` or ``cluster`` by default; with learned instruments also whether they
        are ``counting the learning`` or ``given the instruments``.
    alpha : float
        Significance level of intervals and sets.
    n : int or None
        People; None where summary statistics do not tell.
    k : int
        Linearly independent instruments (0 for OLS); of summary statistics the variants.
    f_statistic : float or None
        Homoskedastic F of the instruments in the first stage, given the adjustment.
    effective_f : float or None
        Effective F of Montiel Olea and Pflueger (2013), robust as ``se_type`` is.
    ci_ar : ConfidenceSet or None
        Anderson-Rubin set, with several exposures the subvector set; None where it does not apply.
    ci_clr : ConfidenceSet or None
        Conditional likelihood-ratio set; None where it does not apply.
    primary : bool
        The row to quote.
    scale : str
        What ``beta`` is: ``difference`` of the outcome per unit of the exposure (of the risk, where the outcome is
        0/1), ``log risk ratio`` or ``log odds ratio, conditional``.
    interval : tuple of (float, float), optional
        Ends of the interval where it is not ``beta`` and so many normal standard errors.
    p : float, optional
        The p value where it is not that of ``beta / se`` and the normal law.
    details : Details, optional
        What this method adds: an intercept, heterogeneity, which instruments are valid. Estimates are equal whatever
        their details.
    ci : ConfidenceSet, optional
        The set of effects that the method itself gives, perhaps of several pieces, whose ends ``interval`` has; none
        where it gives a Wald interval.
    """

    method: str
    instruments: str
    adjustment: str
    basis: str
    exposure: str
    beta: float
    se: float
    se_type: str
    alpha: float
    n: int | None
    k: int
    f_statistic: float | None = None
    effective_f: float | None = None
    ci_ar: ConfidenceSet | None = None
    ci_clr: ConfidenceSet | None = None
    primary: bool = False
    scale: str = "difference"
    interval: tuple[float, float] | None = None
    p: float | None = None
    details: Details | None = field(default=None, compare=False)
    ci: ConfidenceSet | None = None

    @property
    def ci_low(self) -> float:
        """Lower end of the Wald interval."""
        if self.interval is not None:
            return self.interval[0]
        return float(self.beta + ndtri(self.alpha / 2) * self.se)

    @property
    def ci_high(self) -> float:
        """Upper end of the Wald interval."""
        if self.interval is not None:
            return self.interval[1]
        return float(self.beta - ndtri(self.alpha / 2) * self.se)

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect, normal unless another was given."""
        if self.p is not None:
            return self.p
        return float(2 * ndtr(-abs(self.beta) / self.se)) if self.se > 0 else float("nan")

    @property
    def robust_set(self) -> ConfidenceSet | None:
        """The set to quote: conditional likelihood-ratio, with several exposures subvector Anderson-Rubin."""
        return self.ci_ar if self.ci_clr is None else self.ci_clr

    def to_dict(self) -> dict[str, Any]:
        """Columns of ``estimates.tsv``, in its order."""
        return {
            "method": self.method,
            "instruments": self.instruments,
            "adjustment": self.adjustment,
            "basis": self.basis,
            "exposure": self.exposure,
            "beta": self.beta,
            "se": self.se,
            "se_type": self.se_type,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "ci_ar": None if self.ci_ar is None else str(self.ci_ar),
            "ci_clr": None if self.ci_clr is None else str(self.ci_clr),
            "p_value": self.p_value,
            "n": self.n,
            "k": self.k,
            "f_statistic": self.f_statistic,
            "effective_f": self.effective_f,
            "primary": "true" if self.primary else "false",
            "scale": self.scale,
        }

    @property
    def n_variants(self) -> int:
        """The former name of ``k``."""
        warn("Estimate.n_variants is now Estimate.k", DeprecationWarning, stacklevel=2)
        return self.k

    @property
    def extra(self) -> dict[str, float]:
        """The former place of the numbers of ``details``."""
        warn("Estimate.extra is now Estimate.details, whose fields have these names", DeprecationWarning, stacklevel=2)
        return {} if self.details is None else self.details.numbers()

    @property
    def variants(self) -> dict[str, NDArray[Any]]:
        """The former place of the arrays of ``details``, which hold a value of each variant."""
        warn("Estimate.variants is now Estimate.details, whose fields are arrays", DeprecationWarning, stacklevel=2)
        found = {} if self.details is None else self.details.arrays()
        return {name.removeprefix("variant_"): values for name, values in found.items()}
