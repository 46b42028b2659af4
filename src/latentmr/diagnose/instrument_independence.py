"""Are the learned instruments independent of what they should not carry?"""

from functools import partial

import numpy as np

from latentmr.dependence.permutation import coordinates_of, dependence, features_of
from latentmr.dependence.prediction import explained_shares
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = ["TOLERABLE_SHARE", "independence"]


#: Share of the variance of one coordinate that the instruments may explain.
TOLERABLE_SHARE = 0.01


def independence(people: HeldOut, draws: int, seed: int, *, linear: bool = False) -> list[TestResult]:
    """Test that the instruments are independent, within environments, of residual latents, covariates and aux.

    The null is independence within every environment. The statistic is the Hilbert-Schmidt independence criterion
    (Gretton et al., 2005) of the instruments and the pair (other variables, environment), less its mean under
    permutations of the instruments within environments and over the largest that it can be: 0 to 1. The effect size is
    the largest share of the variance of one of the other variables that the instruments explain, cross-validated.

    Parameters
    ----------
    people : HeldOut
    draws : int
        Permutations.
    seed : int
    linear : bool
        Look for correlation alone. It is what the factor form promises: residual latents are scores of allele counts,
        whose variance depends on the frequency, and only uncorrelated with instruments that are too.

    Returns
    -------
    list of TestResult
        ``independence`` (of the residual latents), ``independence of covariates`` and ``independence of aux``. They
        fail if the p-value is under 1 % and the share above 0.01.
    """
    return [
        _test("independence", "the residual latents", people.V, people, draws, seed, linear),
        _test("independence of covariates", "the covariates", people.C, people, draws, seed, linear),
        _test("independence of aux", "the auxiliary features", people.A, people, draws, seed, linear),
    ]


def _test(name: str, of: str, others: Array, people: HeldOut, draws: int, seed: int, linear: bool) -> TestResult:
    null = f"the learned instruments are {'uncorrelated with' if linear else 'independent of'} {of} within environments"
    if not others.shape[1]:
        return TestResult(name, null, "not applicable", f"there are no {of.removeprefix('the ')}")
    if people.n < 2 * max(1, len(people.names)):
        return TestResult(name, null, "not applicable", "too few people set aside for diagnosis")
    rng = np.random.default_rng([seed, 8])
    features = coordinates_of if linear else partial(features_of, rng=rng)
    one, other = features(people.Z), features(others)
    if not one.shape[1] or not other.shape[1]:
        what = of if one.shape[1] else "the instruments"
        return TestResult(name, null, "not applicable", f"{what} do not vary")
    found, normalised = dependence(one, other, people.env, people.units, draws, rng)
    share = float(explained_shares(one, others, people.env, people.units, rng).max())
    failed = found.p_value < OF_INSTRUMENTS and share > TOLERABLE_SHARE
    how = f"they explain {100 * share:.1f} % of one of {of} at most, p = {found.p_value:.2g}"
    return TestResult(
        name=name,
        null=null,
        verdict="fail" if failed else "pass",
        reason=f"the learned instruments carry {of}: {how}" if failed else how,
        statistic=normalised,
        df=f"{draws} permutations",
        p_value=found.p_value,
        effect=share,
    )
