"""Does a single environment decide the estimate?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from latentmr.results.objects import TestResult

__all__ = ["WithoutEnvironment", "leave_one_out"]

NULL = "no single environment decides the estimate"


@dataclass(frozen=True)
class WithoutEnvironment:
    """The primary estimate without one environment.

    Parameters
    ----------
    name : str
        Of the environment that is left out.
    beta : float
        Estimate from the others.
    se : float
        Of its difference to the estimate from all, if one effect holds everywhere, given the instruments: from what
        each person, or cluster, adds to both.
    """

    name: str
    beta: float
    se: float


def leave_one_out(
    without: Sequence[WithoutEnvironment], beta: float, se: float, alpha: float, refusal: str = ""
) -> TestResult:
    """Compare the estimate with those that leave one environment out.

    The null is one effect in all environments. The statistic is the largest difference over its standard error, normal
    under the null; the p-value is adjusted for the number of environments (Bonferroni).

    Parameters
    ----------
    without : sequence of WithoutEnvironment
    beta, se : float
        Of the estimate from all environments.
    alpha : float
        Level below which the p-value gives a warning.
    refusal : str
        Why there is nothing to compare, if there is not.

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
        reason = refusal or f"{len(without)} environments in estimation: too few to leave one out"
        return TestResult("leave-one-out", NULL, "not applicable", reason)
    ratios = np.array([abs(row.beta - beta) / row.se if row.se > 0 else 0.0 for row in without])
    shifts = np.array([abs(row.beta - beta) for row in without])
    p_value = min(1.0, len(without) * float(2 * norm.sf(ratios.max())))
    rejected = p_value < alpha
    most = without[int((ratios if rejected else shifts).argmax())]
    size = f"without {most.name} the estimate is {most.beta:.4g}"
    reason = f"{size}: that environment decides it; look what differs there" if rejected else f"{size}, at most"
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
