"""The primary estimate without each environment in turn."""

import numpy as np

from latentmr.analysis.estimation import Table
from latentmr.diagnose import WithoutEnvironment
from latentmr.estimate import Moments, solve, together

__all__ = ["estimates_without"]


def estimates_without(table: Table, moments: dict[str, Moments]) -> tuple[list[WithoutEnvironment], str]:
    """Solve the primary model on all environments but one, from moments alone.

    Parameters
    ----------
    table : Table
        With one exposure.
    moments : dict of str to Moments
        Of each environment.

    Returns
    -------
    list of WithoutEnvironment
        Empty with fewer than three environments; without those that leave no solution.
    str
        Why it is empty, where it is.
    """
    if len(table.fit.beta) > 1:
        return [], "several exposures"
    if len(moments) < 3:
        return [], f"{len(moments)} environments in estimation: too few to leave one out"
    # one spread of the errors for all, that variances are comparable
    error = float(table.fit.residual @ table.moments.S @ table.fit.residual) / table.fit.df
    variance = error / float(table.fit.bread[0, 0])
    out = []
    for name in moments:
        rest = together(part for other, part in moments.items() if other != name)
        try:
            fit = solve(table.model, rest)
        except ValueError:
            continue
        more = error / float(fit.bread[0, 0]) - variance
        out.append(WithoutEnvironment(name, float(fit.beta[0]), float(np.sqrt(max(more, 0.0)))))
    return out, "without one environment the others have no solution"
