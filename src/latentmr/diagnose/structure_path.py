"""The estimate over the number of genome-wide components: evidence for structure that those taken leave."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from latentmr.results.objects import TestResult

__all__ = ["FEWEST_VARIANTS", "PathPoint", "remaining_structure"]

#: Number of other variants from which components show fine population structure.
FEWEST_VARIANTS = 1000
#: Smallest change, in standard errors of the estimate, that matters.
MATTERS = 0.5


@dataclass(frozen=True)
class PathPoint:
    """The estimate with some number of genome-wide components.

    Parameters
    ----------
    components : int
        Number of components.
    beta : float
        Estimate.
    se : float
        Its standard error, treating the components as fixed.
    change : float
        Difference from the estimate with the components taken.
    se_change : float
        Standard error of the difference, from the contribution of each individual or cluster to both estimates.
    """

    components: int
    beta: float
    se: float
    change: float
    se_change: float


def remaining_structure(points: Sequence[PathPoint], taken: int, se: float, alpha: float) -> TestResult:
    """Test whether components beyond those taken change the estimate.

    Components that hold no confounding population structure change the estimate only by chance. The null is that this
    is so for the components beyond those taken. The statistic is the largest change over its standard error. Under the
    null this ratio is normal if the components are associated with the instruments. If they are noise, the change is a
    product of two chance associations and its error allows for both, so that the ratio is less variable (standard
    deviation about 0.7). The p-value is adjusted for the number of changes (Bonferroni).

    Parameters
    ----------
    points : sequence of PathPoint
        Estimates with more components than were taken; other points are ignored.
    taken : int
        Number of components taken.
    se : float
        Standard error of the primary estimate.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        ``hidden factors``. The effect size is the change in standard errors of the primary estimate. The verdict is
        ``warn`` if the p-value is below ``alpha`` and that change is above one half.

    Examples
    --------
    >>> path = [PathPoint(10, 0.5, 0.1, 0.0, 0.0), PathPoint(20, 0.9, 0.1, 0.4, 0.02)]
    >>> remaining_structure(path, 10, 0.1, 0.001).verdict
    'warn'
    """
    null = "genome-wide components beyond those taken do not change the estimate"
    beyond = [point for point in points if point.components > taken]
    ratios = np.array([abs(p.change) / p.se_change if p.se_change > 0 else 0.0 for p in beyond])
    sizes = np.array([abs(p.change) / se for p in beyond])
    p_value = min(1.0, len(beyond) * float(2 * norm.sf(ratios.max())))
    # a change that is certain but small does not matter, however large the sample is
    matter = (sizes > MATTERS) & (len(beyond) * 2 * norm.sf(ratios) < alpha)
    most = beyond[int((ratios * matter if matter.any() else sizes).argmax())]
    size = (
        f"with {most.components} genome-wide components instead of {taken}, the estimate is {most.beta:.4g}, a change"
        f" of {abs(most.change) / se:.1f} standard errors"
    )
    reason = f"{size}: structure remains that confounds; take more components (`pcs`)" if matter.any() else size
    return TestResult(
        name="hidden factors",
        null=null,
        verdict="warn" if matter.any() else "pass",
        reason=reason,
        statistic=float(ratios.max()),
        df=f"largest of {len(beyond)} normals" if len(beyond) > 1 else "normal",
        p_value=p_value,
        effect=abs(most.change) / se,
    )
