"""Sign test of whether variants change exposure and outcome in the same direction."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import TestResult
from latentmr.two_sample.methods.associations import check_associations

__all__ = ["sign_test"]


def sign_test(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, *, alpha: float = 0.05) -> TestResult:
    """Test the concordance of signs, as TwoSampleMR's ``mr_sign``.

    Null hypothesis: the effects of a variant on exposure and outcome have the same sign with probability 1/2. The
    number of concordant variants is then binomial. The test uses signs alone, so it is robust to outliers. Variants
    with an effect of zero on either are left out. The method does not remove confounding of the variants with the
    outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least six variants, since fewer cannot be
        significant at 5 %.
    alpha : float
        Significance level at which the verdict is ``pass`` (a direction is found), else ``warn``.

    Returns
    -------
    TestResult
        ``statistic`` is the number of concordant variants. ``effect`` is the concordant share minus the discordant
        share, from -1 to 1; it is not an effect per unit of the exposure.

    Raises
    ------
    ValueError
        If the associations are invalid, or fewer than six variants have signs.

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
            f"{n} variants with two effects",
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
