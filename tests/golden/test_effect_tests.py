"""Tests and sets of the whole effect against ivmodel and ivmodels: Anderson-Rubin, CLR, Kleibergen, LR."""

import numpy as np
import pytest
from scipy.stats import chi2

from latentmr.iv.weak.effect_tests import effect_set, effect_test

HYPOTHESES = ["0", "0.5"]


def result_at(case, beta, test):
    effects = np.full(len(case.exposures), float(beta))
    return effect_test(case.Z, case.x, case.y, effects, case.C, test=test, se="homoskedastic")


def inverted(case, test, alpha=0.05):
    return effect_set(case.Z, case.x, case.y, case.C, test=test, se="homoskedastic", alpha=alpha).intervals


def bounds(intervals):
    """Return the ends of the peer's set. The peer gives a missing interval for the empty set."""
    kept = [ends for ends in intervals or [] if ends[0] is not None]
    return tuple((float(low), float(high)) for low, high in kept)


def assert_same_set(found, want, rel):
    assert len(found) == len(want)
    for ours, theirs in zip(found, want, strict=True):
        assert ours == pytest.approx(theirs, rel=rel)


def of_ivmodel(case, prefix):
    peers = [peer for peer in case.peers if peer.startswith(prefix)]
    assert len(peers) == 2
    return [(case.values(peer), case.peers[peer]["options"], case.tolerance(peer)) for peer in peers]


def test_anderson_rubin_of_ivmodel(case):
    for values, options, rel in of_ivmodel(case, "ivmodel.ar.b"):
        found = result_at(case, options["beta0"], "AR")
        assert found.statistic == pytest.approx(values["F"], rel=rel)
        assert found.p_value == pytest.approx(values["p"], rel=rel, abs=1e-9)
        assert found.df == "F({}, {})".format(*values["df"])
        intervals = inverted(case, "AR", options["alpha"])
        assert_same_set(intervals, bounds(values["ci"]), rel)
        assert shape(intervals) == values["shape"]


def test_conditional_likelihood_ratio_of_ivmodel(case):
    # with one instrument the peer refers to F, which is our Anderson-Rubin test
    test = "AR" if case.Z.shape[1] == 1 else "CLR"
    for values, options, rel in of_ivmodel(case, "ivmodel.clr.b"):
        assert result_at(case, options["beta0"], "CLR").statistic == pytest.approx(values["statistic"], rel=rel)
        # the peer's p-values have an absolute error of up to 1e-8
        assert result_at(case, options["beta0"], test).p_value == pytest.approx(values["p"], rel=rel, abs=1e-8)
        intervals = inverted(case, test, options["alpha"])
        assert_same_set(intervals, bounds(values["ci"]), rel)
        assert shape(intervals) == values["shape"]


def shape(intervals):
    if len(intervals) == 1:
        return "interval" if np.isfinite(intervals[0]).all() else "whole"
    return "disjoint" if intervals else "empty"


@pytest.mark.parametrize("beta", HYPOTHESES)
def test_anderson_rubin_of_ivmodels(any_case, beta):
    found, k = result_at(any_case, beta, "AR"), any_case.Z.shape[1]
    for kind in ("f", "chi2"):
        assert found.statistic == pytest.approx(any_case.values(f"ivmodels.ar.{kind}.b{beta}")["stat"], rel=1e-6)
    assert found.p_value == pytest.approx(any_case.values(f"ivmodels.ar.f.b{beta}")["p"], rel=1e-6, abs=1e-9)
    as_chi2 = any_case.values(f"ivmodels.ar.chi2.b{beta}")["p"]
    assert chi2.sf(k * found.statistic, k) == pytest.approx(as_chi2, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("beta", HYPOTHESES)
def test_conditional_likelihood_ratio_of_ivmodels(case, beta):
    values, found = case.values(f"ivmodels.clr.b{beta}"), result_at(case, beta, "CLR")
    assert found.statistic == pytest.approx(values["stat"], rel=1e-5)
    assert found.p_value == pytest.approx(values["p"], rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("beta", HYPOTHESES)
def test_kleibergen_is_the_score_test_of_ivmodels(any_case, beta):
    values, found = any_case.values(f"ivmodels.lm.b{beta}"), result_at(any_case, beta, "K")
    assert found.statistic == pytest.approx(values["stat"], rel=1e-5)
    assert found.p_value == pytest.approx(values["p"], rel=1e-5, abs=1e-9)
    assert found.df == f"chi2({len(any_case.exposures)})"


@pytest.mark.parametrize("beta", HYPOTHESES)
def test_likelihood_ratio_is_anderson_rubin_above_its_smallest_value(any_case, beta):
    found, fit = result_at(any_case, beta, "AR"), any_case.fit("LIML")
    anderson_rubin = found.statistic * fit.k
    statistic = anderson_rubin - fit.df * (fit.kappa_liml - 1)
    for kind in ("lr", "clr"):
        assert statistic == pytest.approx(any_case.values(f"ivmodels.{kind}.b{beta}")["stat"], rel=1e-5)
    # the peer's distribution, chi2(m), is not valid with weak instruments
    as_chi2 = any_case.values(f"ivmodels.lr.b{beta}")["p"]
    assert chi2.sf(statistic, len(any_case.exposures)) == pytest.approx(as_chi2, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("peer", "test"), [("ar.f", "AR"), ("clr", "CLR")])
def test_set_of_ivmodels(case, peer, test):
    want = bounds(case.values(f"ivmodels.ci.{peer}")["intervals"])
    assert_same_set(inverted(case, test), want, case.tolerance(f"ivmodels.ci.{peer}"))


#: Cases in which the peer's search misses intervals far from the estimate, where the score test has no power.
MISSED = ("iv_kmenta", "iv_sim_strong", "iv_sim_many", "iv_sim_invalid")


def test_set_of_the_score_test_of_ivmodels(case):
    want = bounds(case.values("ivmodels.ci.lm")["intervals"])
    found = inverted(case, "K")
    estimate = case.fit("LIML").beta[0]
    if case.name in MISSED:
        missed = [ends for ends in found if not ends[0] <= estimate <= ends[1]]
        assert len(missed) == 1
        # what the peer's own test does not reject either: ours has its statistics
        assert result_at(case, np.mean(missed[0]), "K").p_value > 0.05
        found = [ends for ends in found if ends not in missed]
    assert_same_set(found, want, case.tolerance("ivmodels.ci.lm"))
