"""Individuals set aside: how many, which, and that they are found again."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.clusters import whole_units
from latentmr.analysis.diagnosis_sample import (
    MOST,
    DiagnosisSample,
    diagnosis_sample_of,
    held_out,
    learn_apart,
    set_aside,
)
from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.simulate import linear


def test_a_fifth_of_every_environment_leaves_learning_and_stays_in_estimation(continuous):
    data = continuous.dataset
    reduced, rows = set_aside(data)
    assert np.bincount(data.env[rows]).tolist() == [300] * 4
    assert not reduced.in_learning[rows].any()
    assert reduced.in_learning.sum() + len(rows) == data.in_learning.sum()
    assert np.array_equal(reduced.in_estimation, data.in_estimation)


def test_the_same_seed_sets_aside_the_same_individuals_and_another_seed_others(continuous):
    first, again, other = (set_aside(continuous.dataset, seed=seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_individuals_are_set_aside_with_a_share_of_zero(continuous):
    reduced, rows = set_aside(continuous.dataset, 0.0)
    assert len(rows) == 0
    assert np.array_equal(reduced.in_learning, continuous.dataset.in_learning)


@pytest.mark.parametrize("share", [-0.1, 0.6, True, float("nan")])
def test_impossible_shares_are_refused(continuous, share):
    with pytest.raises(ValueError, match=r"^diagnosis must be a share of individuals from 0 to 0.5\. Got "):
        set_aside(continuous.dataset, share)
    with pytest.raises(ValueError, match=r"^diagnosis must be a share"):
        analyse(continuous.dataset, "linear", diagnosis=share)


@pytest.mark.parametrize("permutations", [99, True, 200.0])
def test_too_few_permutations_are_refused(continuous, permutations):
    with pytest.raises(
        ValueError, match=r"^permutations must be an integer of at least 100\. Got .*; the default is 999"
    ):
        analyse(continuous.dataset, "linear", permutations=permutations)


def test_clusters_are_set_aside_whole(rng):
    data = linear(n_per_env=200, seed=3).dataset
    cluster = np.arange(data.n) // 5
    clustered = Dataset.from_arrays(data.G, data.env, data.X, data.y, cluster=cluster)
    reduced, rows = set_aside(clustered)
    assert 0.15 * data.n < len(rows) <= 0.2 * data.n
    assert not set(cluster[rows]) & set(cluster[reduced.in_learning])
    units = whole_units(clustered, rows)
    assert sorted(set(units)) == list(range(len(set(cluster[rows]))))


def test_a_cluster_in_two_environments_has_a_unit_in_each(rng):
    data = linear(n_per_env=50, seed=3).dataset
    spanning = Dataset.from_arrays(data.G, data.env, data.X, data.y, cluster=np.arange(data.n) % 10)
    assert len(set(whole_units(spanning, np.arange(data.n)))) == 40


def test_a_saved_model_finds_its_held_out_individuals(continuous, tmp_path):
    model = learn_apart(LinearLearner(k=3), continuous.dataset, 0.2, 7)
    model.save(tmp_path)
    loaded = type(model).load(tmp_path)
    reduced, sample = diagnosis_sample_of(loaded, continuous.dataset)
    expected, rows = set_aside(continuous.dataset, 0.2, 7)
    assert np.array_equal(sample.rows, rows)
    assert (sample.unseen, sample.note) == (True, "")
    assert np.array_equal(reduced.in_learning, expected.in_learning)


def test_a_model_of_all_individuals_is_tested_in_sample(continuous):
    result = analyse(continuous.dataset, LinearLearner(k=3).fit(continuous.dataset), bootstrap=0)
    assert result.verdict.level == "caution"
    assert any("they were learned from" in reason for reason in result.verdict.reasons)
    assert any(note.startswith("no individuals were set aside for diagnosis") for note in result.notes)


def test_a_model_of_other_individuals_is_tested_in_all_of_these(continuous):
    data = continuous.dataset
    model = learn_apart(LinearLearner(k=3), data, 0.2, 0)
    others = replace(data, samples=np.array([f"other{i}" for i in range(data.n)], dtype=object))
    reduced, sample = diagnosis_sample_of(model, others)
    assert len(sample.rows) == data.n
    assert sample.unseen
    assert sample.note.startswith("the instruments were learned from other individuals")
    assert reduced is others


def test_a_part_of_many_individuals_is_tested_in_whole_clusters(continuous):
    data = continuous.dataset
    many = Dataset.from_arrays(
        np.tile(data.G, (2, 1)), np.tile(data.env, 2), np.tile(data.X, (2, 1)), np.tile(data.y, 2),
        cluster=np.arange(2 * data.n) // 4,
    )  # fmt: skip
    model = LinearLearner(k=3).fit(many)
    people = held_out(model, many, DiagnosisSample(np.arange(many.n), True), 0)
    assert MOST - 4 < people.n <= MOST
    assert set(np.bincount(people.units)) == {4}
    again = held_out(model, many, DiagnosisSample(np.arange(many.n), True), 0)
    assert np.array_equal(people.Z, again.Z)


def test_individuals_without_covariates_and_environments_of_one_are_left_out(continuous):
    data = continuous.dataset
    C = np.zeros((data.n, 1))
    C[:, 0] = np.arange(data.n) % 7
    C[5] = np.nan
    model = LinearLearner(k=3).fit(data)
    with_covariates = Dataset.from_arrays(data.G, data.env, data.X, data.y, C)
    rows = np.r_[0:20, data.n - 1]
    people = held_out(model, with_covariates, DiagnosisSample(rows, True), 0)
    assert people.n == 19
    assert people.names == ("0",)
    assert people.C.shape == (19, 1)


def test_instruments_are_those_of_the_encoder(continuous):
    data = continuous.dataset
    model = learn_apart(LinearLearner(k=3), data, 0.2, 0)
    _, sample = diagnosis_sample_of(model, data)
    people = held_out(model, data, sample, 0)
    assert np.allclose(people.Z, model.encode(data.G[sample.rows]))
    assert np.allclose(people.V, model.residual(data.G[sample.rows]))
