"""Learners are values: equal, shown and copied by their hyperparameters, as scikit-learn's own estimators are."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

import latentmr as lm
from latentmr.learn.autoencoder.settings import WEIGHTS

LEARNERS = [
    lm.LinearLearner(),
    lm.LinearLearner(k="3", form="factor", n_factors=np.int32(2), alpha=0.05, seed=7),
    lm.FlowLearner(),
    lm.FlowLearner(k=2, steps=10, layers=3, jobs=2, checkpoint="state", resume=True, learning_rate=0.01),
    lm.AutoencoderLearner(),
    lm.AutoencoderLearner(k=None, weights={"entropy": 2}, checkpoint=Path("state"), device="cpu"),
]


@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_a_clone_is_another_and_equal(learner):
    copy = clone(learner)
    assert copy is not learner
    assert copy == learner
    assert copy.get_params() == learner.get_params()
    assert hash(copy) == hash(learner)
    assert eval(repr(learner), vars(lm) | {"PosixPath": Path} | _public()) == learner


def _public():
    return {kind.__name__: kind for kind in (lm.LinearLearner, lm.FlowLearner, lm.AutoencoderLearner)}


def test_what_was_given_is_what_params_say():
    found = lm.FlowLearner(checkpoint="here", starts=2).get_params(deep=False)
    assert list(found)[:4] == ["k", "form", "n_factors", "steps"]
    assert (found["k"], found["jobs"], found["checkpoint"], found["starts"]) == ("auto", None, "here", 2)
    assert lm.AutoencoderLearner().get_params()["weights"] is None
    learner = lm.FlowLearner(checkpoint="here")
    assert (learner.number, learner.number_of_factors, learner.checkpoint_path) == (None, None, Path("here"))
    assert learner.processes >= 1


def test_unlike_learners_differ():
    assert lm.LinearLearner(k=3) == lm.LinearLearner(k="3") != lm.LinearLearner(k=2)
    assert lm.FlowLearner() != lm.AutoencoderLearner()


def test_a_learner_is_frozen_and_replaced():
    learner = lm.FlowLearner(k=3)
    with pytest.raises(FrozenInstanceError):
        learner.k = 4
    other = replace(learner, k=4)
    assert (learner.k, other.k, other.learning_rate) == (3, 4, 2e-2)
    with pytest.raises(
        ValueError, match=r"^k must be auto or a whole number from 1\. Got 0; use auto or a number from 1\.$"
    ):
        replace(learner, k=0)


@pytest.mark.parametrize("kind", [lm.LinearLearner, lm.FlowLearner, lm.AutoencoderLearner])
def test_arguments_have_names(kind):
    with pytest.raises(TypeError, match="positional"):
        kind(3)


def test_a_grid_of_hyperparameters():
    made = [clone(lm.LinearLearner()).set_params(**chosen) for chosen in ParameterGrid({"k": [1, "2"], "seed": [4]})]
    assert made == [lm.LinearLearner(k=1, seed=4), lm.LinearLearner(k=2, seed=4)]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"steps": 5, "k": 0}, "k must be auto or a whole number from 1. Got 0; use auto or a number from 1."),
        ({"steps": 5, "art": 1}, "params must be of k, form, n_factors, steps, "),
        ({"steps": 5, "resume": True}, "resume must come with the path of a checkpoint."),
    ],
)
def test_refused_params_change_nothing(params, message):
    learner = lm.FlowLearner()
    with pytest.raises(ValueError, match=f"^{message}"):
        learner.set_params(**params)
    assert learner == lm.FlowLearner()


def test_saved_settings_are_those_of_releases_before():
    shared = {"k": "auto", "form": "auto", "n_factors": "auto", "steps": 2000, "starts": 4, "batch_size": 1024}
    flow = {"learning_rate": 0.02, "seed": 0, "layers": 12, "bends": 2, "components": 8}
    assert list(lm.FlowLearner(jobs=3).settings.items()) == list((shared | flow).items())
    auto = {"learning_rate": 0.006, "seed": 0, "width": 64, "depth": 2, "weights": WEIGHTS}
    assert list(lm.AutoencoderLearner(device="cpu").settings.items()) == list((shared | auto).items())
