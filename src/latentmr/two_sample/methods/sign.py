"""Whether variants move exposure and outcome in the same direction."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import TestResult
from latentmr.two_sample.methods.associations import check_associations

__all__ = ["sign_test"]


def sign_test(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, *, alpha: float = 0.05) -> TestResult:
    """Sign test of concordance, TwoSampleMR's ``mr_sign``: no size of effects is used, so no outlier matters.

    Null hypothesis: the effects of a variant on exposure and outcome have the same sign with probability 1/2; then the
    number of variants that agree is binomial. Variants without an effect on either are left out. It does not remove
    confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; six variants at least, of fewer no result is
        significant at 5 %.
    alpha : float
        Level at which the verdict is ``pass`` (a direction is found), else ``warn``.

    Returns
    -------
    TestResult
        ``statistic``: variants that agree; ``effect``: share that agrees less share that does not, -1 to 1; not an
        effect per unit of the exposure.

    Raises
    ------
    ValueError
        If the associations are invalid, or fewer than six have signs.

    Examples
    --------
    >>> found = sign_test([1, 2, 3, 4, 5, 6], [1, 1, 1, 2, 2, 2], [1] * 6, [1] * 6)
    >>> found.effect, found.p_value
    (1.0, 0.03125)
    """
    data = check_associations(bx, by, sx, sy, fewest=6)
    signs = np.sign(data.bx) * np.sign(data.by)
    n, agree = int((signs != 0).sum()), int((signs > 0).sum())
    if n < 6:
        raise ArgumentError(
            "bx and by",
            "not be zero for at least 6 variants of a sign test",
            f"{n} such variants",
            "take another method",
        )
    p_value = float(stats.binomtest(agree, n).pvalue)
    return TestResult(
        name="sign",
        null="variants move exposure and outcome in the same direction as often as in opposite ones",
        verdict="pass" if p_value < alpha else "warn",
        reason=f"{agree} of {n} variants move exposure and outcome in the same direction.",
        statistic=float(agree),
        df=f"binomial({n}, 1/2)",
        p_value=p_value,
        effect=2 * agree / n - 1,
    )
