"""Tests that learned instruments are independent of residual latents, covariates and auxiliary features."""

from functools import partial

import numpy as np

from latentmr.dependence.permutation import coordinates_of, dependence, features_of
from latentmr.dependence.prediction import explained_shares
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.former_names import former_arguments
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = ["TOLERABLE_SHARE", "independence"]


#: Maximum share of the variance of one coordinate that the instruments may explain.
TOLERABLE_SHARE = 0.01


@former_arguments(people="sample")
def independence(sample: HeldOut, draws: int, seed: int, *, linear: bool = False) -> list[TestResult]:
    """Test that the instruments are independent, within environments, of residual latents, covariates and aux.

    The null is independence within every environment. The statistic is the Hilbert-Schmidt independence criterion
    (Gretton et al., 2005) of the instruments and the pair (other variables, environment). Its mean under permutations
    of the instruments within environments is subtracted, and the result is divided by its maximum: it ranges from 0 to
    1. The effect size is the largest share of the variance of one of the other variables that the instruments explain,
    cross-validated.

    Parameters
    ----------
    sample : HeldOut
        The diagnosis sample. Its former name, ``people``, still works.
    draws : int
        Number of permutations.
    seed : int
        Seed of the permutations.
    linear : bool
        Whether to test only for correlation, which is what the factor form implies. Residual latents and instruments
        are there scores of allele counts, whose variance depends on the allele frequency, so that they are only
        uncorrelated.

    Returns
    -------
    list of TestResult
        ``independence`` (of the residual latents), ``independence of covariates`` and ``independence of aux``. They
        fail if the p-value is below 1 % and the share is above 0.01.
    """
    return [
        _test("independence", "the residual latents", sample.V, sample, draws, seed, linear),
        _test("independence of covariates", "the covariates", sample.C, sample, draws, seed, linear),
        _test("independence of aux", "the auxiliary features", sample.A, sample, draws, seed, linear),
    ]


def _test(name: str, of: str, others: Array, sample: HeldOut, draws: int, seed: int, linear: bool) -> TestResult:
    null = f"the learned instruments are {'uncorrelated with' if linear else 'independent of'} {of} within environments"
    if not others.shape[1]:
        return TestResult(name, null, "not applicable", f"there are no {of.removeprefix('the ')}")
    if sample.n < 2 * max(1, len(sample.names)):
        return TestResult(name, null, "not applicable", "the diagnosis sample has too few individuals")
    rng = np.random.default_rng([seed, 8])
    features = coordinates_of if linear else partial(features_of, rng=rng)
    one, other = features(sample.Z), features(others)
    if not one.shape[1] or not other.shape[1]:
        what = of if one.shape[1] else "the instruments"
        return TestResult(name, null, "not applicable", f"{what} do not vary")
    found, normalised = dependence(one, other, sample.env, sample.units, draws, rng)
    share = float(explained_shares(one, others, sample.env, sample.units, rng).max())
    failed = found.p_value < OF_INSTRUMENTS and share > TOLERABLE_SHARE
    how = f"they explain at most {100 * share:.1f} % of the variance of any of {of}, p = {found.p_value:.2g}"
    return TestResult(
        name=name,
        null=null,
        verdict="fail" if failed else "pass",
        reason=f"the learned instruments depend on {of}: {how}" if failed else how,
        statistic=normalised,
        df=f"{draws} permutations",
        p_value=found.p_value,
        effect=share,
    )
