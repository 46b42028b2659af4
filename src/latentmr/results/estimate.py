"""The effect of one exposure by one method: standard error, confidence sets, and what the method adds."""

from dataclasses import dataclass, field, fields
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from latentmr.results.rounding import rounded, rounded_set
from latentmr.results.text import PrintsHtml, PrintsShort, clipped, first_of

__all__ = ["ACCOUNTED", "FIXED", "ConfidenceSet", "Details", "Estimate", "is_fixed"]

#: The end of ``se_type`` if errors and sets account for estimation of the encoder, and if they do not.
ACCOUNTED, FIXED = "accounting for estimation of the encoder", "treating the instruments as fixed"
#: The text of ``FIXED`` in files of earlier versions.
FORMER_FIXED = "given the instruments"


def is_fixed(se_type: object) -> bool:
    """Return whether errors of this ``se_type`` treat the learned instruments as fixed.

    Examples
    --------
    >>> is_fixed("HC1, treating the instruments as fixed"), is_fixed("HC1")
    (True, False)
    """
    return str(se_type).endswith((FIXED, FORMER_FIXED))


@dataclass(frozen=True)
class ConfidenceSet(PrintsHtml):
    """The set of effects that a test does not reject: a union of closed intervals.

    Parameters
    ----------
    intervals : tuple of (float, float)
        Disjoint intervals in increasing order. An empty tuple is the empty set.
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

    def __repr__(self) -> str:
        pieces = first_of([f"[{low:.4g}, {high:.4g}]" for low, high in self.intervals], 8)
        return f"ConfidenceSet({' U '.join(pieces) or 'empty'}, alpha={self.alpha:g})"

    @property
    def is_empty(self) -> bool:
        """Return whether no effect is compatible with the model and the data."""
        return not self.intervals

    @property
    def is_bounded(self) -> bool:
        """Return whether the set has finite ends. An empty set is bounded."""
        return self.length < float("inf")

    @property
    def length(self) -> float:
        """Return the total length of the intervals, which may be infinite."""
        return sum(high - low for low, high in self.intervals)


@dataclass(frozen=True)
class Details(PrintsShort):
    """What one method adds to its estimate. Each method that adds something has its own subclass.

    A field is None if it does not apply to the request.

    Examples
    --------
    >>> from latentmr.two_sample.methods import wald_ratio
    >>> wald_ratio(0.2, 0.1, 0.01, 0.02).details.to_dict()
    {'f_statistic': 400.0}
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, for files."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def numbers(self) -> dict[str, float]:
        """Return the numbers by name, without those that do not apply."""
        return {name: value for name, value in self.to_dict().items() if isinstance(value, int | float)}

    def texts(self) -> dict[str, str]:
        """Return the texts by name, such as why a number is NaN."""
        return {name: value for name, value in self.to_dict().items() if isinstance(value, str)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name. With summary statistics they hold one value per variant."""
        return {name: value for name, value in self.to_dict().items() if isinstance(value, np.ndarray)}


@dataclass(frozen=True)
class Estimate(PrintsShort, PrintsHtml):
    """One row of the table of estimates: the effect of one exposure by one method.

    Parameters
    ----------
    method : str
        ``OLS``, ``2SLS``, ``LIML``, ``Fuller`` or another.
    instruments : str
        ``none``, ``G`` (the genotypes themselves) or ``learned``.
    adjustment : str
        ``none``, or the names of the adjustments (``covar env pcs aux latent``) joined by ``+``.
    basis : str
        How the instruments enter: ``linear`` or ``spline``.
    exposure : str
        Name of the exposure.
    beta, se : float
        Change of the outcome per unit of the exposure, and its standard error.
    se_type : str
        Kind of standard error, ``HC1`` or ``cluster`` by default. With learned instruments the text also states whether
        errors and sets are ``accounting for estimation of the encoder`` or ``treating the instruments as fixed``.
    alpha : float
        Significance level of intervals and sets.
    n : int or None
        Number of individuals, or None if summary statistics do not report it.
    k : int
        Number of linearly independent instruments (0 for OLS). With summary statistics it is the number of variants.
    f_statistic : float or None
        Homoskedastic F of the instruments in the first stage, given the adjustment.
    effective_f : float or None
        Effective F of Montiel Olea and Pflueger (2013), with the same robustness as ``se_type``.
    ci_ar : ConfidenceSet or None
        Anderson-Rubin set (with several exposures the subvector set), or None if it does not apply.
    ci_clr : ConfidenceSet or None
        Conditional likelihood-ratio set, or None if it does not apply.
    primary : bool
        Whether this is the estimate to quote.
    scale : str
        Scale of ``beta``: ``difference`` of the outcome per unit of the exposure (a risk difference if the outcome is
        0/1), ``log risk ratio`` or ``log odds ratio, conditional``.
    interval : tuple of (float, float), optional
        Ends of the confidence interval. By default they come from ``beta``, ``se`` and the normal distribution.
    p : float, optional
        The p-value. By default it comes from ``beta / se`` and the normal distribution.
    details : Details, optional
        What this method adds: an intercept, heterogeneity, which instruments are valid. Comparisons of estimates ignore
        the details.
    ci : ConfidenceSet, optional
        The set of effects that the method itself reports, which may have several pieces. Its ends are those of
        ``interval``. None if the method reports a Wald interval.

    Examples
    --------
    >>> Estimate("LIML", "learned", "env", "spline", "bmi", 0.498, 0.0362, "HC1", 0.05, 4000, 8)
    LIML (learned, env): bmi 0.498 (se 0.036), 95 % CI [0.427, 0.569]
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
        """Return the lower end of the confidence interval, by default the Wald interval."""
        if self.interval is not None:
            return self.interval[0]
        return float(self.beta + ndtri(self.alpha / 2) * self.se)

    @property
    def ci_high(self) -> float:
        """Return the upper end of the confidence interval, by default the Wald interval."""
        if self.interval is not None:
            return self.interval[1]
        return float(self.beta - ndtri(self.alpha / 2) * self.se)

    @property
    def p_value(self) -> float:
        """Return the two-sided p-value of no effect, from the normal distribution unless ``p`` was given."""
        if self.p is not None:
            return self.p
        return float(2 * ndtr(-abs(self.beta) / self.se)) if self.se > 0 else float("nan")

    @property
    def robust_set(self) -> ConfidenceSet | None:
        """Return the set to quote: conditional likelihood-ratio, or with several exposures subvector Anderson-Rubin."""
        return self.ci_ar if self.ci_clr is None else self.ci_clr

    @property
    def is_fixed(self) -> bool:
        """Return whether errors and sets treat the learned instruments as fixed."""
        return is_fixed(self.se_type)

    def to_dict(self) -> dict[str, Any]:
        """Return the columns of ``estimates.tsv``, in its order."""
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

    def __repr__(self) -> str:
        """Describe the estimate in one line."""
        on = ", ".join(part for part in (self.instruments, self.adjustment) if part != "none")
        level = f"{100 * (1 - self.alpha):g} %"
        error = f" (se {rounded(self.se, self.se)})" if np.isfinite(self.se) else ""
        parts = [f"{self.method}{f' ({on})' if on else ''}: {self.exposure} {rounded(self.beta, self.se)}{error}"]
        if self.ci is not None:
            parts.append(f"{level} set {_set_of(self.ci, self.se)}")
        elif not np.isnan(self.ci_low):
            parts.append(f"{level} CI [{rounded(self.ci_low, self.se)}, {rounded(self.ci_high, self.se)}]")
        if self.robust_set is not None:
            parts.append(f"{'AR' if self.ci_clr is None else 'CLR'} {_set_of(self.robust_set, self.se)}")
        if self.scale != "difference":
            parts.append(f"scale: {self.scale}")
        if self.is_fixed:
            parts.append(FIXED)
        return clipped(", ".join(parts), 300)

    @property
    def n_variants(self) -> int:
        """Return ``k``, of which this is the former name."""
        warn("Estimate.n_variants is now Estimate.k", DeprecationWarning, stacklevel=2)
        return self.k

    @property
    def extra(self) -> dict[str, float]:
        """Return the numbers of ``details``, of which this is the former place."""
        warn("Estimate.extra is now Estimate.details, whose fields have these names", DeprecationWarning, stacklevel=2)
        return {} if self.details is None else self.details.numbers()

    @property
    def variants(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of ``details`` (one value per variant), of which this is the former place."""
        warn("Estimate.variants is now Estimate.details, whose fields are arrays", DeprecationWarning, stacklevel=2)
        found = {} if self.details is None else self.details.arrays()
        return {name.removeprefix("variant_"): values for name, values in found.items()}


def _set_of(found: ConfidenceSet, se: float) -> str:
    """Return a set in words, with at most four of its pieces."""
    few = ConfidenceSet(found.intervals[:4], found.alpha)
    more = len(found.intervals) - 4
    return rounded_set(few, se) + (f" U ... ({more} more)" if more > 0 else "")
