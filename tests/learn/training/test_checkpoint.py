"""Checkpoints: whole or not there at all, and of the same run or refused."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from latentmr.learn.autoencoder.fit import Recipe
from latentmr.learn.autoencoder.losses import Objective
from latentmr.learn.training.batches import Batch, make_batches
from latentmr.learn.training.checkpoint import Checkpoint, run_digest
from latentmr.learn.training.train import Plan

SETTINGS = {"k": 2, "steps": 40, "weights": {"entropy": 1.0, "invariance": 2.0}, "seed": 1}


def make(seed=0, sizes=(60, 40), change=0.0, settings=SETTINGS):
    inputs = np.random.default_rng(3).normal(size=(100, 4)).astype(np.float32)
    inputs[17, 2] += change
    batches = make_batches(torch.from_numpy(inputs), np.repeat(np.arange(len(sizes)), sizes), 16, 0.2, seed)
    return batches, run_digest(batches, settings)


@pytest.fixture
def training():
    objective = Objective((1.0, 1.0, 1.0, 1.0), 8)
    # a random rotation: its matrices may lie in memory by columns
    made = Recipe(3, 1, 2, 4, 1, objective, objective, Plan(40, 0.01, 1, check_every=10))(1, make()[0])
    made.run(until=20)
    return made


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "run.checkpoint.safetensors"


@pytest.fixture
def saved(training, path):
    checkpoint = Checkpoint(path, make()[1])
    checkpoint.save(training, {"start": 1, "table": [{"start": "linear solution"}]})
    return checkpoint


def refusal(checkpoint):
    with pytest.raises(ValueError, match="resume must find") as caught:
        checkpoint.load()
    return str(caught.value)


def equals(loaded, training):
    tensors, state = training.state()
    return (
        set(loaded[0]) == set(tensors)
        and all(torch.equal(value, loaded[0][name]) for name, value in tensors.items())
        and loaded[1] == state
    )


def test_what_was_saved_is_loaded(saved, training, path):
    loaded = saved.load()
    assert equals(loaded, training)
    assert loaded[1]["step"] == 20
    assert loaded[2] == {"start": 1, "table": [{"start": "linear solution"}]}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_before_the_first_check_no_objective_is_best_and_that_survives_too(path):
    objective = Objective((1.0, 1.0, 1.0, 1.0), 8)
    early = Recipe(3, 1, 2, 4, 1, objective, objective, Plan(40, 0.01, 1, check_every=10))(0, make()[0])
    early.run(until=3)
    Checkpoint(path, "d").save(early, {})
    loaded = Checkpoint(path, "d").load()
    assert loaded[1]["best_value"] == float("inf")
    assert equals(loaded, early)


def test_the_next_one_replaces_it(saved, training, path):
    training.run(until=30)
    saved.save(training, {"start": 1})
    assert saved.load()[1]["step"] == 30
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_file(path):
    message = f"resume must find a checkpoint. Got none at {path}; leave out resume to start a new training."
    assert refusal(Checkpoint(path, "any")) == message
    path.mkdir(parents=True)
    assert refusal(Checkpoint(path, "any")) == message


@pytest.mark.parametrize(
    "damage", ["cut", "empty", "text", "no metadata", "other metadata", "metadata of another kind"]
)
def test_a_damaged_file(saved, path, damage):
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("not a checkpoint\n" * 20)
    else:
        contents = {
            "no metadata": None,
            "other metadata": {"latentmr": '{"state": {}}'},
            "metadata of another kind": {"latentmr": "[1, 2"},
        }
        save_file({"x": torch.zeros(2)}, path, metadata=contents[damage])
    assert refusal(saved) == (
        f"resume must find a readable checkpoint. Got {path}, a damaged one; leave out resume to start a new training."
    )


OTHERS = {
    "seed": {"seed": 1},
    "data": {"change": 1e-3},
    "environments": {"sizes": (40, 60)},
    "settings": {"settings": SETTINGS | {"steps": 41}},
    "weights": {"settings": SETTINGS | {"weights": {"entropy": 1.5, "invariance": 2.0}}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_that_of_another_run_is_refused(saved, path, what):
    assert refusal(Checkpoint(path, make(**OTHERS[what])[1])) == (
        f"resume must find the checkpoint of the same data and settings. Got {path}, of another run;"
        " leave out resume to start a new training."
    )


def test_the_digest_knows_environments_of_the_same_people_in_the_same_order():
    batches = make()[0]
    others = [
        replace(batches, sizes=batches.sizes[::-1]),
        replace(batches, held_out=Batch(batches.held_out.inputs, (20,), (0,))),
    ]
    digests = {run_digest(some, SETTINGS) for some in (batches, *others)}
    assert len(digests) == 3


def test_the_digest_does_not_depend_on_the_order_of_settings():
    shuffled = dict(reversed(SETTINGS.items()))
    shuffled["weights"] = dict(reversed(SETTINGS["weights"].items()))
    assert list(shuffled) != list(SETTINGS)
    assert make(settings=shuffled)[1] == make()[1]


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("when", ["writing", "moving"])
def test_a_save_that_fails_leaves_the_last_one(saved, training, path, monkeypatch, failure, when):
    before = path.read_bytes()

    def write(tensors, file, metadata=None):
        file.write_bytes(b"half of it")
        raise failure

    def move(source, target):
        assert os.path.getsize(source) > 100
        raise failure

    with monkeypatch.context() as patch:
        if when == "writing":
            patch.setattr("latentmr.learn.training.checkpoint.save_file", write)
        else:
            patch.setattr("latentmr.learn.training.checkpoint.os.replace", move)
        training.run(until=30)
        with pytest.raises(type(failure)):
            saved.save(training, {"start": 1})
    assert path.read_bytes() == before
    assert saved.load()[1]["step"] == 20
    assert [file.name for file in path.parent.iterdir()] == [path.name]
