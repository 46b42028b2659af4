"""What the learner accepts, and what it refuses in which words."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentmr.data import Dataset
from latentmr.learn import Learner, LinearLearner

RNG = np.random.default_rng(0)
ENV = np.repeat(["a", "b", "c"], 60)
NORMAL = RNG.normal(size=(180, 4))
CALLS = RNG.binomial(2, 0.4, size=(180, 6))


def fit(G=NORMAL, env=ENV, A=None, **options):
    return LinearLearner(**options).fit(Dataset.from_arrays(G, env, A=A))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "ica"}, "form must be one of auto, stationary, factor. Got 'ica'; use one of these names."),
        ({"alpha": 0}, "alpha must lie between 0 and 1. Got 0; 0.05 is a usual level."),
        ({"alpha": 1.5}, "alpha must lie between 0 and 1. Got 1.5; 0.05 is a usual level."),
        ({"k": 0}, "k must be auto or a whole number from 1. Got 0; use auto or a number from 1."),
        ({"k": -2}, "k must be auto or a whole number from 1. Got -2; use auto or a number from 1."),
        ({"k": 2.5}, "k must be auto or a whole number from 1. Got 2.5; use auto or a number from 1."),
        ({"k": True}, "k must be auto or a whole number from 1. Got True; use auto or a number from 1."),
        ({"k": "many"}, "k must be auto or a whole number from 1. Got 'many'; use auto or a number from 1."),
        ({"n_factors": -1}, "n_factors must be auto or a whole number from 0. Got -1; use auto or a number from 0."),
        (
            {"n_factors": "3.5"},
            "n_factors must be auto or a whole number from 0. Got '3.5'; use auto or a number from 0.",
        ),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        LinearLearner(**options)


def everything_changes():
    rng = np.random.default_rng(3)
    env = np.repeat(np.arange(5), 300)
    shift = 5 * rng.normal(size=(5, 2))
    return rng.normal(size=(1500, 2)) * (1 + env[:, None]) + shift[env], env


FITS = {
    "k, stationary": (
        lambda: fit(k=5),
        "k must be at most the number of independent columns of G, 4. Got 5; give a smaller k.",
    ),
    "k, rank deficient": (
        lambda: fit(np.column_stack([NORMAL, NORMAL[:, 0]]), k=5),
        "k must be at most the number of independent columns of G, 4. Got 5",
    ),
    "k, factor": (
        lambda: fit(CALLS, k=6, n_factors=2),
        "k must be at most the number of variants less factors (6 - 2), 4. Got 6; give a smaller k.",
    ),
    "n_factors": (
        lambda: fit(CALLS, n_factors=4),
        "n_factors must be at most half the variants (3). Got 4; give a smaller n_factors.",
    ),
    "n_factors, stationary": (
        lambda: fit(n_factors=1),
        "n_factors must be left out with the stationary form. Got both; choose form factor or give k.",
    ),
    "one environment": (
        lambda: fit(env=np.repeat("north", 180)),
        "env must have at least two environments with 30 or more individuals",
    ),
    "one usable environment": (
        lambda: fit(env=np.where(np.arange(180) < 29, "small", "large")),
        "Got 1: large (151); name another env column.",
    ),
    "no usable environment": (lambda: fit(env=np.arange(180) // 10), "Got 0; name another env column."),
    "more variants than people": (
        lambda: fit(RNG.normal(size=(180, 180))),
        "instruments must be fewer than individuals. Got 180 variants for 180 individuals in"
        " learning; use fewer variants or more individuals.",
    ),
    "nothing stationary": (
        lambda: LinearLearner().fit(Dataset.from_arrays(*everything_changes())),
        "G must have a direction whose distribution is the same in all environments. Got none within sampling error",
    ),
    "constant variant": (
        lambda: fit(np.column_stack([CALLS, np.ones(180, dtype=int)])),
        "variants must vary among the individuals in learning. Got 1 that do not, v7 first; leave them out.",
    ),
    "variant that is an auxiliary feature": (
        lambda: fit(CALLS, A=CALLS[:, [2]]),
        "variants must vary among the individuals in learning given the auxiliary features. Got 1"
        " that do not, v3 first",
    ),
}


@pytest.mark.parametrize("case", FITS)
def test_data_that_cannot_be_learned_from(case):
    call, message = FITS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_a_given_k_overrides_the_test_of_stationarity():
    data = Dataset.from_arrays(*everything_changes())
    found = LinearLearner(k=1).fit(data)
    assert (found.k, found.history.k_stationary) == (1, 0)


def test_numbers_may_come_as_text():
    assert LinearLearner(k="3", n_factors="0").k == 3
    assert LinearLearner(k="3", n_factors="0").n_factors == 0
    assert LinearLearner(k="auto").number is None
    assert fit(k="2").k == 2


def test_options_and_findings_travel_with_the_model():
    model = fit(CALLS, n_factors=1, alpha=0.05, seed=4)
    settings = {"name": "linear", "k": "auto", "form": "auto", "n_factors": 1, "alpha": 0.05, "seed": 4}
    assert model.learner == settings
    assert model.history.form == "factor"
    assert model.history.n_learning == 180
    assert list(model.history.environments) == ["a", "b", "c"]


def test_small_environments_are_left_out_of_learning_only():
    env = np.where(np.arange(180) < 20, "tiny", ENV)
    data = Dataset.from_arrays(NORMAL, env)
    model = LinearLearner(k=2).fit(data)
    assert model.history.n_learning == 160
    assert list(model.history.environments) == ["a", "b", "c"]
    assert model.env_names == ("a", "b", "c", "tiny")
    assert model.encode(data.G).shape == (180, 2)
    without = LinearLearner(k=2).fit(replace(data, G=np.where(data.in_learning[:, None], data.G, 9).astype("float32")))
    assert np.allclose(np.abs(without.encoder.z_weights), np.abs(model.encoder.z_weights), atol=1e-6)


def test_the_interface_cannot_be_used_alone():
    assert issubclass(LinearLearner, Learner)
    with pytest.raises(TypeError, match="abstract"):
        Learner()


def test_whole_numbers_of_any_kind_are_taken():
    assert LinearLearner(k=np.int64(3)).k == LinearLearner(k="3").k == 3
    assert type(LinearLearner(n_factors=np.int32(2)).n_factors) is int
