"""Effects on a 0/1 outcome: two-stage predictor substitution and residual inclusion, with errors of both stages."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import norm

from latentmr.iv.binary.glm import LINKS, Basis, independent_basis, newton, sandwich_meat
from latentmr.iv.checks import cluster_codes, column, matrix, probability
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = [
    "BinaryEstimate",
    "binary_effects",
    "outcome_and_exposure",
    "two_stage_predictor_substitution",
    "two_stage_residual_inclusion",
]


MEASURES = {
    "identity": "risk difference",
    "log": "log risk ratio",
    "logmult": "log risk ratio",
    "logit": "log odds ratio",
    "probit": "probit",
}


@dataclass(frozen=True)
class BinaryEstimate:
    """Effect of an exposure on a 0/1 outcome.

    Parameters
    ----------
    method : str
        ``TSPS``, ``TSRI`` or ``MSMM``.
    link : str
        The scale on which effects add: a link, or the moment conditions of an MSMM.
    measure : str
        ``risk difference``, ``log risk ratio``, ``log odds ratio`` or ``probit``.
    beta, se : float
        Change of the measure per unit of the exposure, and its standard error.
    alpha : float
        Significance level of intervals.
    n, k : int
        People, and linearly independent instruments.
    conditional : bool
        Whether the effect is conditional on the covariates (and in TSRI on the first-stage residual) in that it moves
        with what is adjusted for even without confounding: odds ratios and probits are not collapsible.
    coefficients, standard_errors : dict of str to float
        Of the outcome's equation.
    hansen_j : TestResult or None
        Overidentification test of an MSMM.

    Examples
    --------
    >>> row = BinaryEstimate("TSPS", "log", "log risk ratio", 0.0, 0.1, 0.05, 100, 1, False)
    >>> row.ratio, [round(end, 3) for end in row.ratio_interval]
    (1.0, [0.822, 1.217])
    """

    method: str
    link: str
    measure: str
    beta: float
    se: float
    alpha: float
    n: int
    k: int
    conditional: bool
    coefficients: dict[str, float] = field(default_factory=dict)
    standard_errors: dict[str, float] = field(default_factory=dict)
    hansen_j: TestResult | None = None

    @property
    def ci_low(self) -> float:
        """Lower end of the Wald interval of ``beta``."""
        return float(self.beta - norm.isf(self.alpha / 2) * self.se)

    @property
    def ci_high(self) -> float:
        """Upper end of the Wald interval of ``beta``."""
        return float(self.beta + norm.isf(self.alpha / 2) * self.se)

    @property
    def p_value(self) -> float:
        """Two-sided normal p-value of no effect."""
        return float(2 * norm.sf(abs(self.beta) / self.se)) if self.se > 0 else float("nan")

    @property
    def ratio(self) -> float | None:
        """Risk or odds ratio ``exp(beta)``; None for other measures."""
        return float(np.exp(self.beta)) if self.measure.startswith("log") else None

    @property
    def ratio_interval(self) -> tuple[float, float] | None:
        """Interval of :attr:`ratio`: ends of that on the log scale, exponentiated."""
        ends = float(np.exp(self.ci_low)), float(np.exp(self.ci_high))
        return ends if self.measure.startswith("log") else None


def two_stage_predictor_substitution(
    Z: Any,
    x: Any,
    y: Any,
    C: Any = None,
    *,
    link: str = "logit",
    cluster: Any = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> BinaryEstimate:
    """Two-stage predictor substitution (TSPS): the outcome on the exposure that the instruments predict.

    The first stage is least squares of ``x`` on ``Z`` and ``C``, the second a fit of ``y`` on the fitted exposure and
    ``C``. Errors are those of both stages' estimating equations stacked, robust (HC0), so that they count the first
    stage's; the second stage's residuals are taken to have mean zero given the instruments, as for 2SLS, which
    ``link="identity"`` is, HC0 errors included. An odds ratio is conditional on ``C`` and not collapsible, and TSPS
    attenuates it by what the fitted exposure leaves out; the risk ratio of ``link="log"`` has no such problem where
    the exposure is normal given ``Z`` and ``C`` or its effect small.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments; collinear ones are reduced to an independent set.
    x, y : array of dimension (n,)
        One exposure; outcome, 0 or 1.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors, as a rule those of both stages; an intercept is always added.
    link : str
        ``logit``, ``probit``, ``identity``, ``log`` (additive residuals, as Poisson regression) or ``logmult``
        (multiplicative residuals).
    cluster : array of dimension (n,) or (n, 2), optional
        Labels of clusters.
    alpha : float
        Significance level.
    case_control : bool
        Whether cases were sampled at another rate than controls. The first stage is then fitted in controls only, who
        stand for a population in which the outcome is rare, and only the odds ratio is offered.
    prevalence : float, optional
        Of cases in the population of a case-control study: both stages are weighted by the inverse of the rates of
        sampling, and every link is allowed.

    Returns
    -------
    BinaryEstimate

    Raises
    ------
    ValueError
        Wrong shapes or values, no instrument left, separation, no solution, or a case-control study without
        prevalence on another scale than the odds.

    References
    ----------
    Terza, Basu and Rathouz (2008); Palmer et al. (2011); Bowden and Vansteelandt (2011) for case-control studies.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(4000, 2)), rng.normal(size=4000)
    >>> x = Z.sum(axis=1) + u
    >>> y = rng.uniform(size=4000) < np.exp(-3 + 0.2 * x)
    >>> found = two_stage_predictor_substitution(Z, x, y, link="log")
    >>> abs(found.beta - 0.2) < 3 * found.se
    True
    """
    return _two_stage("TSPS", Z, x, y, C, link, cluster, alpha, case_control, prevalence)


def two_stage_residual_inclusion(
    Z: Any,
    x: Any,
    y: Any,
    C: Any = None,
    *,
    link: str = "logit",
    cluster: Any = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> BinaryEstimate:
    """Two-stage residual inclusion (TSRI), the control function: the outcome on exposure and first-stage residual.

    As :func:`two_stage_predictor_substitution`, with the exposure itself and the first stage's residual in the second
    stage: the effect is conditional on the residual as well, which stands for the confounders. Consistent where the
    confounders act through the residual on the scale of the link; a binary exposure's residual does not in general.

    Parameters and result are those of :func:`two_stage_predictor_substitution`; ``coefficients`` has the residual's.

    Raises
    ------
    ValueError
        As there; also where the first stage leaves no residual.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(4000, 2)), rng.normal(size=4000)
    >>> x = Z.sum(axis=1) + u
    >>> y = rng.logistic(size=4000) < 0.3 * x + u
    >>> found = two_stage_residual_inclusion(Z, x, y)
    >>> found.measure, abs(found.beta - 0.3) < 3 * found.se
    ('log odds ratio', True)
    """
    return _two_stage("TSRI", Z, x, y, C, link, cluster, alpha, case_control, prevalence)


def binary_effects(
    Z: Any,
    x: Any,
    y: Any,
    C: Any = None,
    *,
    method: str = "TSPS",
    cluster: Any = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> tuple[BinaryEstimate, ...]:
    """Risk difference, risk ratio and odds ratio of one exposure: links ``identity``, ``log`` and ``logit``.

    Parameters
    ----------
    Z, x, y, C, cluster, alpha, case_control, prevalence :
        As in :func:`two_stage_predictor_substitution`.
    method : str
        ``TSPS`` or ``TSRI``.

    Returns
    -------
    tuple of BinaryEstimate
        The three, or of a case-control study without prevalence the odds ratio alone.

    Raises
    ------
    ValueError
        As the two estimators.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=2000)
    >>> rows = binary_effects(z, z + rng.normal(size=2000), rng.uniform(size=2000) < 0.3)
    >>> [row.measure for row in rows]
    ['risk difference', 'log risk ratio', 'log odds ratio']
    """
    if method not in ("TSPS", "TSRI"):
        raise ValueError(f"method must be TSPS or TSRI. Got {method!r}.")
    links = ("logit",) if case_control and prevalence is None else ("identity", "log", "logit")
    return tuple(_two_stage(method, Z, x, y, C, link, cluster, alpha, case_control, prevalence) for link in links)


def outcome_and_exposure(x: Any, y: Any) -> tuple[Array, Array]:
    """Check a 0/1 outcome and one exposure that vary.

    Parameters
    ----------
    x, y : array of dimension (n,)

    Returns
    -------
    np.ndarray of dimension (n,)
        The exposure.
    np.ndarray of dimension (n,)
        The outcome.

    Raises
    ------
    ValueError
        Another outcome than 0 and 1 with both present, several exposures, or a constant one.
    """
    y = column("y", y)
    other = np.unique(y[(y != 0) & (y != 1)])
    if len(other):
        raise ValueError(f"y must be 0 or 1. Got {len(other)} other values, one of them {other[0]:g}; recode it.")
    if len(y) == 0 or y.min() == y.max():
        got = "no rows" if len(y) == 0 else f"only {y[0]:g}"
        raise ValueError(f"y must have both 0 and 1. Got {got}; check how cases are coded.")
    if np.ndim(x) == 2 and np.shape(x)[1] > 1:
        raise ValueError(
            f"x must be one exposure. Got {np.shape(x)[1]} columns; give one, and the others in C if exogenous."
        )
    x = column("x", x, len(y))
    if np.ptp(x) == 0:
        raise ValueError(f"x must vary. Got {x[0]:g} in every row; choose another exposure.")
    return x, y


def _two_stage(
    method: str,
    Z: Any,
    x: Any,
    y: Any,
    C: Any,
    link: str,
    cluster: Any,
    alpha: float,
    case_control: bool,
    prevalence: float | None,
) -> BinaryEstimate:
    probability("alpha", alpha)
    if link not in LINKS:
        raise ValueError(f"link must be one of {', '.join(LINKS)}. Got {link!r}.")
    names = [str(name) for name in C.columns] if hasattr(C, "columns") else None
    x, y = outcome_and_exposure(x, y)
    n = len(y)
    Z, C = matrix("Z", Z, n), matrix("C", C, n)
    codes = None if cluster is None else cluster_codes(cluster, n)
    first_weights, weights = _weights(y, link, case_control, prevalence)
    c = C.shape[1]

    exogenous = np.hstack([C, Z])
    first = independent_basis(exogenous, c, first_weights)
    instruments = first.map.shape[1] - first.rank_given
    _enough(instruments, Z.shape[1], int((first_weights > 0).sum()), first.map.shape[1] + 1)
    exogenous -= first.mean
    mass = first_weights.sum()
    intercept = float(first_weights @ x / mass)
    alphas = first.map.T @ (exogenous.T @ (first_weights * (x - intercept)))
    fitted = intercept + exogenous @ (first.map @ alphas)
    residual = x - fitted
    total = float(first_weights @ (x - intercept) ** 2)
    if float(alphas[first.rank_given :] @ alphas[first.rank_given :]) <= RANK_TOLERANCE * total:
        raise ValueError("Z must predict x beyond C. Got instruments that do not; take others.")
    substituted = method == "TSPS"
    if not substituted and float(first_weights @ residual**2) <= RANK_TOLERANCE * total:
        raise ValueError("Z and C must leave a residual of x for TSRI. Got a perfect first stage; take TSPS.")

    D = np.column_stack([C, fitted] if substituted else [C, x, residual])
    second = independent_basis(D, c, weights)
    Q = np.hstack([np.ones((n, 1)), (D - second.mean) @ second.map])
    fit = newton(Q, y, weights, link)
    T = _to_columns(second)
    coefficients = T @ fit.coefficients

    # How the second stage's equations change with the first's coefficients. The generated regressor is held where it
    # only weighs the residuals: they have mean zero given the instruments, and 2SLS's errors do the same.
    generated, sign = (1 + c, 1.0) if substituted else (2 + c, -1.0)
    score, curved_Q = weights * fit.score, Q * (weights * fit.curvature)[:, None]
    bend = -sign * coefficients[generated] * np.vstack([curved_Q.sum(axis=0), first.map.T @ (exogenous.T @ curved_Q)])
    carried = bend[0] / mass + exogenous @ (first.map @ bend[1:])
    scores = Q * score[:, None] + (first_weights * residual)[:, None] * carried
    if case_control:
        # cases and controls were drawn apart: only the variation within each is sampling error
        for status in (0.0, 1.0):
            scores[y == status] -= scores[y == status].mean(axis=0)
    inverse = T @ np.linalg.inv(curved_Q.T @ Q)
    errors = np.sqrt(np.maximum(np.diag(inverse @ sandwich_meat(scores, codes) @ inverse.T), 0.0))

    labels = ["intercept", *(names or [f"C{j + 1}" for j in range(c)]), "x", "residual"][: len(coefficients)]
    return BinaryEstimate(
        method=method,
        link=link,
        measure=MEASURES[link],
        beta=float(coefficients[1 + c]),
        se=float(errors[1 + c]),
        alpha=alpha,
        n=n,
        k=instruments,
        conditional=link in ("logit", "probit"),
        coefficients=dict(zip(labels, coefficients.tolist(), strict=True)),
        standard_errors=dict(zip(labels, errors.tolist(), strict=True)),
    )


def _to_columns(basis: Basis) -> Array:
    """From coefficients of an intercept and a centred basis to those of an intercept and the columns."""
    T = np.zeros((len(basis.mean) + 1, basis.map.shape[1] + 1))
    T[0, 0], T[0, 1:], T[1:, 1:] = 1.0, -basis.mean @ basis.map, basis.map
    return T


def _enough(instruments: int, given: int, rows: int, parameters: int) -> None:
    if instruments < 1:
        raise ValueError(
            "Z must have an instrument for the one exposure that C and the intercept do not already span. Got"
            f" {given} columns and none independent of those; give other instruments."
        )
    if rows <= parameters + 2:
        raise ValueError(
            f"Z and C must have fewer columns than there are rows for the first stage. Got {parameters} coefficients"
            f" for {rows} rows; drop instruments."
        )


def _weights(y: Array, link: str, case_control: bool, prevalence: float | None) -> tuple[Array, Array]:
    """Weights of the first and of the second stage."""
    ones = np.ones(len(y))
    if prevalence is not None:
        if not case_control:
            raise ValueError(
                f"prevalence must come with case_control=True. Got {prevalence:g} and case_control=False; leave it out"
                " for a cohort."
            )
        if not 0 < prevalence < 1:
            raise ValueError(f"prevalence must lie between 0 and 1. Got {prevalence:g}; give a share, as 0.01 for 1 %.")
        share = float(y.mean())
        both = np.where(y > 0, prevalence / share, (1 - prevalence) / (1 - share))
        return both, both
    if not case_control:
        return ones, ones
    if link != "logit":
        raise ValueError(
            f"link must be 'logit': case-control data give an odds ratio only. Got {link!r}; give --prevalence for"
            " risk differences and ratios."
        )
    return 1.0 - y, ones
