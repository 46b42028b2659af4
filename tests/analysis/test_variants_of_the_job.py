"""Several exposures, clusters, missing phenotypes, models learned before, and what is refused."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.data import Dataset
from latentmr.learn import LinearLearner

#: Where neither the errors of learning nor p-values of permutations are looked at.
QUICK = {"bootstrap": 0, "permutations": 100}


@pytest.fixture(scope="module")
def two(variant, continuous):
    rng = np.random.default_rng(1)
    data = continuous.dataset
    second = continuous.truth.Z @ [1.0, -1.0, 0.5] + continuous.truth.V[:, 0] + rng.normal(size=data.n)
    return variant(x=np.column_stack([data.X, second]), y=data.y - 0.5 * second)


@pytest.fixture(scope="module")
def of_two(two):
    return analyse(two, "linear")


def test_one_primary_row_for_each_exposure(of_two):
    analysis = of_two
    primary = [e for e in analysis.estimates if e.primary]
    assert [e.exposure for e in primary] == ["x1", "x2"]
    assert analysis.estimates[:2] == tuple(primary)
    assert analysis.primary.exposure == "x1"
    assert len(analysis.estimates) == 24
    assert {e.ci_clr for e in analysis.estimates} == {None}
    for e, truth in zip(primary, (1.0, -0.5), strict=True):
        assert abs(e.beta - truth) < 4 * e.se
        assert e.beta in e.ci_ar
        assert e.ci_ar.length > e.ci_high - e.ci_low  # projection is conservative


def test_tests_and_answer_with_several_exposures(of_two):
    analysis = of_two
    verdicts = {test.name: test.verdict for test in analysis.tests}
    assert verdicts["strength"] == "not applicable"
    assert {test.name: test.df for test in analysis.tests}["overidentification"] == "chi2(10)"
    assert "95 % subvector Anderson-Rubin set" in analysis.answer()


def test_a_comparator_that_cannot_be_solved_becomes_a_note(variant, continuous, two):
    analysis = analyse(variant(G=two.G[:, :2], x=two.X, y=two.y), LinearLearner(k=2), **QUICK)
    left_out = [note for note in analysis.notes if "was not estimated: Z must have at least as many" in note]
    assert [note.split(" was")[0] for note in left_out] == [
        "LIML on G (adjustment env+pcs)",
        "2SLS on G (adjustment env+pcs)",
    ]
    assert not any("pcs" in e.adjustment for e in analysis.estimates)
    assert [e.exposure for e in analysis.estimates if e.primary] == ["x1", "x2"]


def test_clusters(variant, on_continuous):
    groups = np.repeat(np.arange(2000), 3)
    analysis = analyse(variant(cluster=groups), "linear")
    assert analysis.primary.se_type == "cluster, accounting for estimation of the encoder"
    assert {e.se_type for e in analysis.estimates if e.instruments != "learned"} == {"cluster"}
    # individuals are set aside by whole clusters, so that learning uses other individuals
    assert analysis.primary.beta == pytest.approx(on_continuous.primary.beta, abs=0.3 * on_continuous.primary.se)
    assert analysis.primary.se != on_continuous.primary.se
    # these clusters are of no consequence
    assert analysis.primary.se == pytest.approx(on_continuous.primary.se, rel=0.15)


def test_individuals_without_phenotypes_are_in_learning_but_not_in_estimation(variant, continuous, on_continuous):
    x = continuous.dataset.X[:, 0].copy()
    x[::10] = np.nan
    analysis = analyse(variant(x=x), "linear")
    assert {e.n for e in analysis.estimates} == {5400}
    assert np.array_equal(analysis.representation.encoder.z_weights, on_continuous.representation.encoder.z_weights)


def test_a_model_learned_before_gives_the_same_table(continuous, on_continuous):
    again = analyse(continuous.dataset, on_continuous.representation)
    assert again.estimates == on_continuous.estimates
    assert again.tests == on_continuous.tests
    assert again.verdict == on_continuous.verdict


def test_stages_are_reported_in_order(continuous, on_continuous):
    stages = []
    few = {"bootstrap": 10, "permutations": 100}
    analyse(continuous.dataset, on_continuous.representation, **few, on_stage=stages.append)
    assert stages == ["estimating", "accounting for estimation of the encoder", "diagnosing"]
    stages.clear()
    analyse(continuous.dataset, "linear", **few, on_stage=stages.append)
    assert stages == ["learning instruments", "estimating", "accounting for estimation of the encoder", "diagnosing"]


def test_alpha_reaches_intervals_and_sets(continuous, on_continuous):
    wide = analyse(continuous.dataset, on_continuous.representation, alpha=0.01)
    assert {e.alpha for e in wide.estimates} == {0.01}
    assert wide.primary.ci_ar.alpha == 0.01
    assert wide.primary.ci_ar.length > on_continuous.primary.ci_ar.length
    assert "99 % Wald interval" in wide.answer()


def test_an_environment_with_one_name_in_estimation_needs_no_indicator(continuous, on_continuous):
    # learn everywhere, estimate in one environment
    data = continuous.dataset
    one = replace(data, in_estimation=data.env == 0)
    analysis = analyse(one, on_continuous.representation, **QUICK)
    assert {e.n for e in analysis.estimates} == {1500}
    by_label = {(e.method, e.instruments, e.adjustment): e.beta for e in analysis.estimates}
    assert by_label["LIML", "G", "env"] == pytest.approx(by_label["LIML", "G", "none"], rel=1e-9)


def test_exposure_and_outcome_are_needed(variant):
    message = "dataset must have an exposure and an outcome. Got none; name both when reading the data."
    with pytest.raises(ValueError, match=re.escape(message)):
        analyse(variant(x=None, y=None), "linear")


def test_clusters_in_two_ways_and_not_in_three(continuous, on_continuous):
    data = continuous.dataset
    ways = np.column_stack([np.arange(data.n) // 2, np.arange(data.n) % 1000, np.arange(data.n) // 3])
    names = ("family", "clinic", "ward")
    two = analyse(replace(data, cluster=ways[:, :2], cluster_names=names[:2]), "linear")
    assert two.primary.se_type == "cluster, accounting for estimation of the encoder"
    # these clusters are of no consequence
    assert two.primary.se == pytest.approx(on_continuous.primary.se, rel=0.2)
    message = "cluster must name one or two columns. Got family, clinic, ward; keep two of them."
    with pytest.raises(ValueError, match=re.escape(message)):
        analyse(replace(data, cluster=ways, cluster_names=names), "linear")


def test_the_primary_estimate_must_have_a_solution(variant, continuous):
    data = continuous.dataset
    with pytest.raises(ValueError, match="x must vary given the covariates and environments"):
        analyse(variant(C=2 * data.X), "linear")
    with pytest.raises(ValueError, match="exposures must be linearly independent"):
        analyse(variant(x=np.column_stack([data.X, data.X])), "linear")


def test_fewer_instruments_than_exposures(two):
    few = Dataset.from_arrays(np.random.default_rng(0).binomial(2, 0.4, (two.n, 1)), two.env, two.X, two.y)
    with pytest.raises(ValueError, match=r"independent instruments as exposures \(2\)"):
        analyse(few, "linear")


def test_a_small_k_on_counts_is_said_to_cost_strength(counts, on_counts):
    analysis = analyse(counts.dataset, LinearLearner(k=2), **QUICK)
    assert any("2 of 27 exogenous directions were kept" in note and "7 %" in note for note in analysis.notes)
    assert on_counts.notes == ()
