"""Test of whether environments differ, without which invariant directions cannot be identified."""

from scipy.stats import chi2

from latentmr.results.history import Shift
from latentmr.results.objects import TestResult

__all__ = ["variability"]


def variability(shift: Shift, alpha: float, stationary: tuple[int, int] | None = None) -> TestResult:
    """Test that all environments have the same mean genotype.

    The null is equal means. The statistic is ``sum_e n_e d_e' S^-1 d_e`` with ``S`` the covariance within environments,
    and is chi2((E - 1) p). The effect size is the share of the genotypes' variance that lies between environments,
    averaged over directions (an F_ST across environments).

    Parameters
    ----------
    shift : Shift
        Shift of the means, from the learner's history.
    alpha : float
        Level below which the p-value gives a warning.
    stationary : (int, int), optional
        Number of stationary directions and number of all directions, if the stationary form found them. Environments
        that differ only in their covariances then count as different.

    Returns
    -------
    TestResult
        The verdict is ``pass`` if the environments differ.
    """
    p_value = float(chi2.sf(shift.statistic, shift.df))
    differs = p_value < alpha
    reason = f"{100 * shift.effect:.2g} % of the variance of the genotypes lies between environments"
    if stationary is not None:
        changing = stationary[1] - stationary[0]
        differs = changing > 0
        reason += f"; {changing} of {stationary[1]} directions differ in mean or covariance"
    return TestResult(
        name="variability",
        null="the environments have the same mean genotype",
        verdict="pass" if differs else "warn",
        reason=reason if differs else "the environments do not differ detectably: " + reason,
        statistic=float(shift.statistic),
        df=f"chi2({shift.df})",
        p_value=p_value,
        effect=float(shift.effect),
    )
