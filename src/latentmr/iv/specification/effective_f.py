"""Effective F and its critical values, which bound the bias of 2SLS relative to the worst case."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, ncx2

from latentmr.errors import ArgumentError
from latentmr.former_names import FormerDict
from latentmr.iv.checks import probability
from latentmr.iv.covariance import spreads
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.iv.specification.bias_bound import effective_f_critical_value, worst_bias
from latentmr.iv.specification.stage import explained, first_stage
from latentmr.results.objects import TestResult
from latentmr.results.printing import ShortRepr
from latentmr.typing import ArrayLike

__all__ = [
    "TOLERANCES",
    "CriticalValues",
    "effective_f",
    "effective_f_table",
    "effective_statistic",
]


#: Shares of the worst-case bias for which critical values are tabulated in the paper.
TOLERANCES = (0.05, 0.1, 0.2, 0.3)


def effective_statistic(fit: Fit, reduced: ReducedForm) -> float:
    """Return the effective F of the first exposure, ``x' P x / tr(W)``: infinite if instruments contain it."""
    return float("inf") if explained(fit) else float(fit.within[0, 0] / reduced.first_noise[0])


def _effective_f(
    posed: Problem | Fit,
    reduced: ReducedForm | None = None,
    *,
    tau: float = 0.1,
    generalised: bool = False,
    alpha: float = 0.05,
) -> TestResult:
    probability("tau", tau)
    probability("alpha", alpha)
    null = f"the bias of 2SLS may exceed {100 * tau:g} % of the worst case"
    stage = first_stage(posed, reduced)
    if stage.m > 1:
        reason = "there are several exposures and effective F is for one: use conditional_f or kleibergen_paap"
        return TestResult("effective_f", null, "not applicable", reason)
    if stage.reduced is None:
        return TestResult("effective_f", null, "not applicable", "there are no instruments")
    bound = _generalised_bound(posed) if generalised else 1.0
    if explained(stage.fit):
        reason = "the instruments contain the exposure"
        return TestResult("effective_f", null, "pass", reason, float("inf"), "", 0.0)
    statistic = effective_statistic(stage.fit, stage.reduced)
    critical, degrees = effective_f_critical_value(stage.reduced.first[0, 0], tau, bound=bound, alpha=alpha)
    noncentral = bound / tau * degrees
    tail = (
        ncx2.sf(statistic * degrees, degrees, noncentral) if noncentral > 0 else chi2.sf(statistic * degrees, degrees)
    )
    weak = statistic < critical
    return TestResult(
        name="effective_f",
        null=null,
        verdict="warn" if weak else "pass",
        reason=f"effective F {statistic:.1f} is {'below' if weak else 'above'} the critical value {critical:.1f}",
        statistic=statistic,
        df=f"chi2({degrees:.4g}, {noncentral:.4g}) / {degrees:.4g}",
        p_value=float(tail),
        effect=critical,
    )


@on_arrays(_effective_f)
def effective_f(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    tau: float = 0.1,
    generalised: bool = False,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test the bias of 2SLS by the effective F (Montiel Olea and Pflueger, 2013).

    The null is that the Nagar bias of 2SLS may exceed ``tau`` of the worst case. The statistic is ``x' P x / tr(W)``,
    with ``W`` the covariance of the first-stage coefficients on orthonormal instruments given the covariates, under
    the model's type of errors. It equals the robust F with one instrument, and F under homoskedastic errors.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    tau : float
        Tolerated bias, as a share of the worst case.
    generalised : bool
        Whether the critical value uses the maximum bias under the covariances of the data, or the simplified,
        conservative bound. It needs arrays.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        The effect size is the critical value. ``not applicable`` without instruments or with several exposures.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``tau`` or ``alpha`` is outside (0, 1), or if ``generalised`` is set
        without arrays.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u = rng.normal(size=(500, 1)), rng.normal(size=500)
    >>> effective_f(z, z[:, 0] + u, u).verdict, effective_f(z, 0.1 * z[:, 0] + u, u).verdict
    ('pass', 'warn')
    """
    return _effective_f(problem(Z, x, y, C, se=se, cluster=cluster), tau=tau, generalised=generalised, alpha=alpha)


@dataclass(frozen=True, repr=False)
class CriticalValues(ShortRepr, FormerDict):
    """Critical values of the effective F for one tolerated bias.

    Parameters
    ----------
    tau : float
        Tolerated bias, as a share of the worst case.
    effective_f : float
        Effective F.
    simplified : float
        Conservative critical value.
    generalised : float or None
        Critical value from the maximum bias under the data's covariances; None if the rows of the data are not given.
    """

    tau: float
    effective_f: float
    simplified: float
    generalised: float | None


def effective_f_table(
    posed: Problem | Fit, reduced: ReducedForm | None = None, *, alpha: float = 0.05
) -> list[CriticalValues]:
    """Return critical values of the effective F for all tolerances of Montiel Olea and Pflueger (2013).

    Parameters
    ----------
    posed : Problem or Fit
        The solved model.
    reduced : ReducedForm, optional
        Reduced form of the fit.
    alpha : float
        Significance level.

    Returns
    -------
    list of CriticalValues
        One for each tolerance; empty if effective F does not apply.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 4)), rng.normal(size=500)
    >>> row = effective_f_table(problem(Z, Z.sum(axis=1) + u, u + Z[:, 0], se="homoskedastic"))[1]
    >>> row.tau, round(row.simplified, 2), round(row.generalised, 2)
    (0.1, 16.72, 10.23)
    """
    probability("alpha", alpha)
    stage = first_stage(posed, reduced)
    if stage.m > 1 or stage.reduced is None or explained(stage.fit):
        return []
    W = stage.reduced.first[0, 0]
    bound = None if isinstance(posed, Fit) else _generalised_bound(posed)
    return [
        CriticalValues(
            tau,
            effective_statistic(stage.fit, stage.reduced),
            effective_f_critical_value(W, tau, alpha=alpha)[0],
            None if bound is None else effective_f_critical_value(W, tau, bound=bound, alpha=alpha)[0],
        )
        for tau in TOLERANCES
    ]


def _generalised_bound(posed: Problem | Fit) -> float:
    if isinstance(posed, Fit):
        raise ArgumentError(
            "generalised", "be False for a Fit, which has no rows", "True", "give arrays or a Problem, or leave it out"
        )
    fit = posed.fit
    if posed.se_type in ("homoskedastic", "bekker"):
        return worst_bias((fit.total - fit.within)[:, :, None, None] * np.eye(fit.k))
    # the covariance is computed from residuals of exposure and outcome: the outcome enters here as a second exposure
    outcome = fit.given[:, 1] - fit.orthonormal @ fit.cross[:, 1]
    q = len(outcome)
    both = replace(
        fit,
        beta=np.zeros(2),
        bread=np.eye(2),
        residual=np.zeros(q),
        score=np.zeros((q, 2)),
        first_residual=np.column_stack([fit.first_residual, outcome]),
        given=fit.given[:, [0, 1, 1]],
    )
    reduced = spreads([both], posed.moments, posed.blocks, posed.se_type, posed.cluster)[0].reduced
    return worst_bias(reduced.first) if reduced is not None else 1.0
