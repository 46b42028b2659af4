"""Is the effect the same in every environment? One score for all instruments, learned in the other environments."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm

from latentmr.iv.weak.anderson_rubin import effects_within
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.typing import Array

__all__ = ["EnvironmentEffect", "EnvironmentScore", "environment_effect", "heterogeneity"]


NULL = "the effect is the same in every environment"


@dataclass(frozen=True)
class EnvironmentScore:
    """Sums over one environment of the score ``s = z' pi``, exposure and outcome, all given the covariates in it.

    Parameters
    ----------
    name : str
    n : int
        People.
    sx, sy : float
        ``sum s x`` and ``sum s y``.
    meat : np.ndarray of dimension (2, 2)
        Covariance of ``(sum s x, sum s y)`` about zero, robust to heteroskedasticity or clusters.
    first_noise : float
        Variance of ``sum s x`` from first-stage residuals: ``sx^2 / first_noise`` is the robust first-stage F.
    """

    name: str
    n: int
    sx: float
    sy: float
    meat: Array
    first_noise: float


@dataclass(frozen=True)
class EnvironmentEffect:
    """Effect in one environment.

    Parameters
    ----------
    name : str
    n : int
        People.
    beta, se : float
        Ratio estimate and its robust standard error.
    ci : ConfidenceSet
        Anderson-Rubin set with the score as the one instrument (Fieller's).
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
    """Ratio estimate of one environment, with its set.

    Parameters
    ----------
    score : EnvironmentScore
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
    """Cochran's Q of the effects per environment, with weights at the common effect.

    The null is that the effect is the same in every environment. ``Q = min_beta sum_e m_e(beta)^2 / v_e(beta)`` with
    ``m_e`` the product of the score and ``y - beta x`` and ``v_e`` its variance under the null: Cochran's Q with exact
    weights (Bowden et al., 2019), chi2(E - 1) however weak the instruments in an environment. The score's coefficients
    come from the other environments, so that no environment's chance enters its own.

    Parameters
    ----------
    scores : list of EnvironmentScore
    alpha : float
        Level below which the p-value gives a warning.
    reason : str
        Why there is no score, if there is none.

    Returns
    -------
    TestResult
        The effect size is I2, the share of Q beyond its expectation. ``not applicable`` with fewer than two.

    Examples
    --------
    >>> meat = np.eye(2)
    >>> scores = [EnvironmentScore(name, 100, 50.0, sy, meat, 1.0) for name, sy in (("a", 25.0), ("b", 35.0))]
    >>> heterogeneity(scores, 0.05).verdict
    'warn'
    """
    if len(scores) < 2:
        few = f"{len(scores)} environments have an effect of their own: nothing to compare"
        return TestResult("heterogeneity", NULL, "not applicable", reason or few)
    statistic = _smallest(scores)
    df = len(scores) - 1
    p_value = float(chi2.sf(statistic, df))
    share = max(0.0, 1 - df / statistic) if statistic > 0 else 0.0
    rejected = p_value < alpha
    return TestResult(
        name="heterogeneity",
        null=NULL,
        verdict="warn" if rejected else "pass",
        reason=(
            f"the effect differs between environments (I2 {100 * share:.0f} %): it is not one number, or some of the"
            " instruments are confounded in some of them"
            if rejected
            else f"no sign that the effect differs between environments (I2 {100 * share:.0f} %)"
        ),
        statistic=statistic,
        df=f"chi2({df})",
        p_value=p_value,
        effect=share,
    )


def _smallest(scores: list[EnvironmentScore]) -> float:
    """Smallest Q over all effects: from each environment's own, and on the circle that closes the line."""
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
