"""Tests for one of two exposures, with any effect of the other, against ivmodels."""

import numpy as np
import pytest

from latentmr.iv.weak.effect_tests import effect_set
from latentmr.iv.weak.subvector import subvector_p_value, subvector_test

EXPOSURES = ["d1", "d2"]


def result_at(case, exposure, beta=0.0):
    return subvector_test(case.posed("LIML", se="homoskedastic").reduced, case.exposures.index(exposure), beta)


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_anderson_rubin_with_its_conditional_distribution(several, exposure):
    values, found = several.values(f"ivmodels.subvector.ar_guggenberger.{exposure}"), result_at(several, exposure)
    rel = several.tolerance(f"ivmodels.subvector.ar_guggenberger.{exposure}")
    # the peer divides by the degrees of freedom
    assert found.statistic / (several.Z.shape[1] - 1) == pytest.approx(values["stat"], rel=rel)
    assert found.p_value == pytest.approx(values["p"], rel=rel)


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_anderson_rubin_as_chi2(several, exposure):
    values, found = several.values(f"ivmodels.subvector.ar.{exposure}"), result_at(several, exposure)
    df = several.Z.shape[1] - 1
    assert found.statistic / df == pytest.approx(values["stat"], rel=1e-4)
    assert subvector_p_value(found.statistic, np.inf, df, False) == pytest.approx(values["p"], rel=1e-4)
    assert found.p_value < values["p"]


@pytest.mark.parametrize("exposure", EXPOSURES)
@pytest.mark.parametrize("kind", ["lr", "clr"])
def test_likelihood_ratio_is_anderson_rubin_above_its_smallest_value(several, exposure, kind):
    fit = several.fit("LIML")
    statistic = result_at(several, exposure).statistic - fit.df * (fit.kappa_liml - 1)
    assert statistic == pytest.approx(several.values(f"ivmodels.subvector.{kind}.{exposure}")["stat"], rel=1e-4)


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_set_holds_exactly_what_the_test_does_not_reject(several, exposure):
    at = several.exposures.index(exposure)
    found = effect_set(
        several.Z, several.X, several.y, several.C, test="AR", exposure=at, se="homoskedastic", alpha=0.05
    )
    ends = [end for interval in found.intervals for end in interval if np.isfinite(end)]
    # with weak instruments it is the whole line
    assert bool(ends) == (several.name == "iv_sim_2endog")
    for end in ends:
        assert result_at(several, exposure, end).p_value == pytest.approx(0.05, rel=1e-6)
    assert (0.0 in found) == (several.values(f"ivmodels.subvector.ar_guggenberger.{exposure}")["p"] > 0.05)
