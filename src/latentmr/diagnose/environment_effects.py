"""Effect in each environment, and a test that it is the same in all, by a score fitted in the other environments."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm

from latentmr.diagnose.levels import OF_SETS
from latentmr.iv.weak.anderson_rubin import effects_within
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array

__all__ = ["EnvironmentEffect", "EnvironmentScore", "environment_effect", "heterogeneity"]


NULL = "the effect is the same in every environment"


@dataclass(frozen=True, repr=False)
class EnvironmentScore(ShortRepr):
    """Sums over one environment of products of the score ``s = z' pi`` with exposure and outcome.

    All variables are given the covariates in the environment.

    Parameters
    ----------
    name : str
        Name of the environment.
    n : int
        Number of individuals.
    sx, sy : float
        ``sum s x`` and ``sum s y``.
    meat : np.ndarray of dimension (2, 2)
        Covariance of ``(sum s x, sum s y)`` about zero, robust to heteroskedasticity or clustering.
    first_noise : float
        Variance of ``sum s x`` from first-stage residuals. ``sx^2 / first_noise`` is the robust first-stage F.
    """

    name: str
    n: int
    sx: float
    sy: float
    meat: Array
    first_noise: float


@dataclass(frozen=True, repr=False)
class EnvironmentEffect(ShortRepr):
    """The effect in one environment.

    Parameters
    ----------
    name : str
        Name of the environment.
    n : int
        Number of individuals.
    beta, se : float
        Ratio estimate and its robust standard error.
    ci : ConfidenceSet
        Anderson-Rubin set with the score as the only instrument (Fieller's set).
    f_statistic : float
        Robust first-stage F of the score.
    """

    name: str
    n: int
    beta: float
    se: float
    ci: ConfidenceSet
    f_statistic: float


def environment_effect(score: EnvironmentScore, alpha: float) -> EnvironmentEffect:
    """Return the ratio estimate of one environment, with its confidence set.

    Parameters
    ----------
    score : EnvironmentScore
        Score of the environment.
    alpha : float
        Significance level.

    Returns
    -------
    EnvironmentEffect
    """
    beta = score.sy / score.sx
    b = np.array([-beta, 1.0])
    se = float(np.sqrt(b @ score.meat @ b) / abs(score.sx))
    bound = float(norm.isf(alpha / 2)) ** 2
    quadratic = np.array([[score.sx**2, score.sx * score.sy], [score.sx * score.sy, score.sy**2]]) - bound * score.meat
    ci = effects_within(quadratic, alpha)
    return EnvironmentEffect(score.name, score.n, beta, se, ci, score.sx**2 / score.first_noise)


def heterogeneity(scores: list[EnvironmentScore], alpha: float, reason: str = "") -> TestResult:
    """Test that the effect is the same in every environment by Cochran's Q, with weights at the common effect.

    The null is that the effect is the same in every environment. The statistic is ``Q = min_beta sum_e m_e(beta)^2 /
    v_e(beta)``, with ``m_e`` the product of the score and ``y - beta x``, and ``v_e`` its variance under the null. This
    is Cochran's Q with exact weights (Bowden et al., 2019). It is chi2(E - 1) even if instruments are weak in an
    environment. The coefficients of the score come from the other environments, and so are independent of the errors in
    the environment.

    Parameters
    ----------
    scores : list of EnvironmentScore
        Scores of the environments.
    alpha : float
        Level below which the p-value gives a warning.
    reason : str
        Reason to report if fewer than two environments have a score.

    Returns
    -------
    TestResult
        The effect size is I2, the share of Q beyond its expectation. The test is ``not applicable`` with fewer than two
        scores.

    Examples
    --------
    >>> meat = np.eye(2)
    >>> scores = [EnvironmentScore(name, 100, 50.0, sy, meat, 1.0) for name, sy in (("a", 25.0), ("b", 35.0))]
    >>> heterogeneity(scores, 0.05).verdict
    'warn'
    """
    if len(scores) < 2:
        few = f"effects are available in only {counted(len(scores), 'environment')}: nothing to compare"
        return TestResult("heterogeneity", NULL, "not applicable", reason or few)
    statistic = _smallest(scores)
    df = len(scores) - 1
    p_value = float(chi2.sf(statistic, df))
    share = max(0.0, 1 - df / statistic) if statistic > 0 else 0.0
    rejected = p_value < alpha
    size = f"(I2 {100 * share:.0f} %)"
    if rejected:
        reason = (
            f"the effect differs between environments {size}: it is not constant, or some instruments are confounded in"
            " some environments"
        )
    elif p_value < OF_SETS:
        reason = (
            f"weak evidence that the effect differs between environments {size}: p = {p_value:.2g}, and this test warns"
            f" below {alpha:g}"
        )
    else:
        reason = f"no evidence that the effect differs between environments {size}"
    return TestResult(
        name="heterogeneity",
        null=NULL,
        verdict="warn" if rejected else "pass",
        reason=reason,
        statistic=statistic,
        df=f"chi2({df})",
        p_value=p_value,
        effect=share,
    )


def _smallest(scores: list[EnvironmentScore]) -> float:
    """Return the minimum of Q over all effects, on the circle that closes the line at infinity."""
    scale = np.sqrt(sum(score.meat[1, 1] for score in scores) / sum(score.meat[0, 0] for score in scores))

    def at(angle: float) -> float:
        b = np.array([-np.sin(angle) * scale, np.cos(angle)])
        return sum(float((b @ [s.sx, s.sy]) ** 2 / (b @ s.meat @ b)) for s in scores)

    angles = np.unique([*np.pi * (np.arange(16) / 16 - 0.5), *(np.arctan(s.sy / s.sx / scale) for s in scores)])
    values = np.array([at(float(angle)) for angle in angles])
    best = []
    for j in np.argsort(values)[:3]:
        low = angles[j - 1] if j else angles[-1] - np.pi
        high = angles[j + 1] if j + 1 < len(angles) else angles[0] + np.pi
        best.append(float(minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).fun))
    return min(best)
