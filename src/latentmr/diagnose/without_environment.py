"""Leave-one-out over environments: test of whether a single environment determines the estimate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from latentmr.results.objects import TestResult

__all__ = ["WithoutEnvironment", "leave_one_out"]

NULL = "no single environment determines the estimate"


@dataclass(frozen=True)
class WithoutEnvironment:
    """The primary estimate without one environment.

    Parameters
    ----------
    name : str
        Name of the environment that is left out.
    beta : float
        Estimate from the other environments.
    se : float
        Standard error of the difference from the estimate on all environments, if the effect is the same in all. It
        comes from the contribution of each individual or cluster to both, treating the instruments as fixed.
    """

    name: str
    beta: float
    se: float


def leave_one_out(
    without: Sequence[WithoutEnvironment], beta: float, se: float, alpha: float, refusal: str = ""
) -> TestResult:
    """Compare the estimate with those that leave one environment out.

    The null is that the effect is the same in all environments. The statistic is the largest difference over its
    standard error, which is normal under the null. The p-value is adjusted for the number of environments (Bonferroni).

    Parameters
    ----------
    without : sequence of WithoutEnvironment
        Estimates that leave one environment out.
    beta, se : float
        Estimate from all environments and its standard error.
    alpha : float
        Level below which the p-value gives a warning.
    refusal : str
        Reason to report if there is nothing to compare.

    Returns
    -------
    TestResult
        The effect size is the largest difference in standard errors of the estimate.

    Examples
    --------
    >>> rows = [WithoutEnvironment(name, beta, 0.1) for name, beta in (("a", 1.0), ("b", 1.1), ("c", 2.0))]
    >>> leave_one_out(rows, 1.0, 0.2, 0.05).verdict
    'warn'
    """
    if len(without) < 3:
        reason = refusal or f"{len(without)} environments in the estimation sample are too few to leave one out"
        return TestResult("leave-one-out", NULL, "not applicable", reason)
    ratios = np.array([abs(row.beta - beta) / row.se if row.se > 0 else 0.0 for row in without])
    shifts = np.array([abs(row.beta - beta) for row in without])
    p_value = min(1.0, len(without) * float(2 * norm.sf(ratios.max())))
    rejected = p_value < alpha
    most = without[int((ratios if rejected else shifts).argmax())]
    size = f"without {most.name} the estimate is {most.beta:.4g}"
    reason = (
        f"{size}: this environment determines it; examine how the environment differs"
        if rejected
        else f"{size}, which is the largest change"
    )
    return TestResult(
        name="leave-one-out",
        null=NULL,
        verdict="warn" if rejected else "pass",
        reason=reason,
        statistic=float(ratios.max()),
        df=f"largest of {len(without)} normals",
        p_value=p_value,
        effect=float(shifts.max() / se) if se > 0 else None,
    )
