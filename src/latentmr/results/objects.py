"""What the rooms hand to each other and to the user: estimates, tests, sets, verdicts."""

from dataclasses import dataclass, fields
from typing import Any

from scipy.special import ndtr, ndtri

from latentmr.moved import moved

__all__ = ["ConfidenceSet", "Details", "Estimate", "TestResult", "Verdict"]

__getattr__ = moved(__name__, {"ReportData": "latentmr.results"})


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
    """What one method adds to its estimate: each method that adds something has a kind of its own."""

    def to_dict(self) -> dict[str, Any]:
        """Fields by name, for files."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


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
        Linearly independent instruments (0 for OLS).
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
        What this method adds: an intercept, heterogeneity, which instruments are valid.
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
    details: Details | None = None

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


@dataclass(frozen=True)
class TestResult:
    """A test that knows its null and its meaning.

    Parameters
    ----------
    name : str
        For instance ``strength``.
    null : str
        The null hypothesis in words.
    statistic, p_value, effect : float or None
        None where the test does not apply; ``effect`` is an effect size whose meaning ``reason`` gives.
    df : str
        Reference distribution, for instance ``F(97, 19899)``.
    verdict : str
        ``pass``, ``warn``, ``fail`` or ``not applicable``.
    reason : str
        What the result means for this analysis, in a sentence.
    """

    __test__ = False  # not a test case, whatever its name says to a test runner

    name: str
    null: str
    verdict: str
    reason: str
    statistic: float | None = None
    df: str = ""
    p_value: float | None = None
    effect: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Columns of ``tests.tsv``, in its order."""
        return {
            "name": self.name,
            "null": self.null,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "effect": self.effect,
            "verdict": self.verdict,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Verdict:
    """How far to believe the answer.

    Parameters
    ----------
    level : str
        ``credible``, ``caution`` or ``not identified``.
    route : str
        What identifies the effect: ``environments`` or ``unlinked variants``.
    reasons : tuple of str
        In words, the gravest first.
    advice : tuple of str
        What the user could do next.
    """

    level: str
    route: str
    reasons: tuple[str, ...]
    advice: tuple[str, ...] = ()
