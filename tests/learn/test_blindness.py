"""Learners look at genotypes, auxiliary features and environments, never at exposures or outcomes."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr.data import Dataset
from latentmr.learn import LinearLearner


def arrays(model):
    return model.encoder.arrays() | {"fill": model.fill}


def identical(first, second):
    return all(np.array_equal(value, arrays(second)[name]) for name, value in arrays(first).items())


@pytest.fixture(params=["continuous", "counts"])
def scenario(request):
    name = request.param
    return request.getfixturevalue(name).dataset, request.getfixturevalue(f"{name}_model")


def test_shuffled_phenotypes_give_bit_identical_instruments(scenario):
    data, model = scenario
    order = np.random.default_rng(0).permutation(data.n)
    blind = LinearLearner(seed=0).fit(replace(data, X=data.X[order] * 7, y=data.y[order[::-1]] + 3))
    assert identical(model, blind)
    assert model.history == blind.history


def test_no_phenotypes_at_all_give_bit_identical_instruments(scenario):
    data, model = scenario
    alone = Dataset.from_arrays(data.G, np.array(data.env_names)[data.env], variants=data.variants)
    assert alone.X.shape[1] == 0
    assert identical(model, LinearLearner(seed=0).fit(alone))


def test_missing_phenotypes_do_not_thin_the_people_in_learning(scenario):
    data, model = scenario
    x = np.where(np.arange(data.n) % 3 == 0, np.nan, data.X[:, 0])
    holes = Dataset.from_arrays(data.G, np.array(data.env_names)[data.env], x, data.y, variants=data.variants)
    assert holes.in_estimation.sum() < data.n
    assert identical(model, LinearLearner(seed=0).fit(holes))


def test_learning_again_gives_the_same_numbers_and_leaves_the_learner_as_it_was(scenario):
    data, model = scenario
    learner = LinearLearner(seed=0)
    before = dict(vars(learner))
    assert identical(learner.fit(data), learner.fit(data))
    assert identical(model, learner.fit(data))
    assert vars(learner) == before


def test_the_seed_draws_the_calibration_only(scenario):
    data, model = scenario
    other = LinearLearner(seed=99).fit(data)
    assert other.k == model.k
    assert identical(model, other)


def test_the_data_are_left_as_they_were(scenario):
    data, _ = scenario
    before = data.G.copy()
    LinearLearner(seed=0).fit(data)
    assert np.array_equal(data.G, before)


def test_people_outside_learning_are_not_looked_at(scenario):
    data, model = scenario
    outside = np.zeros(data.n, dtype=bool)
    outside[::5] = True
    half = replace(data, in_learning=data.in_learning & ~outside)
    changed = data.G.copy()
    changed[outside] = changed[outside][::-1]
    first, second = LinearLearner(seed=0).fit(half), LinearLearner(seed=0).fit(replace(half, G=changed))
    assert identical(first, second)
    assert not identical(model, first)
