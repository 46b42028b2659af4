"""Starts compete on held-out people; the same numbers whatever the number of processes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from latentmr.learn.autoencoder.fit import Recipe
from latentmr.learn.autoencoder.losses import Objective
from latentmr.learn.training import starts as module
from latentmr.learn.training.batches import make_batches
from latentmr.learn.training.starts import Start, best_start, try_starts
from latentmr.learn.training.train import Plan
from latentmr.results.history import StartTried

OBJECTIVE = Objective((1.0, 1.0, 5.0, 1.0), 16)
PLAN = Plan(steps=200, learning_rate=0.01, seed=5, check_every=10)
RECIPE = Recipe(3, 1, 2, 8, 1, OBJECTIVE, replace(OBJECTIVE, features=32), PLAN)


@pytest.fixture(scope="module")
def batches():
    rng = np.random.default_rng(0)
    env = np.repeat([0, 1, 2], 100)
    inputs = rng.normal(size=(300, 4)) + np.where(np.arange(4) == 2, env[:, None] - 1.0, 0.0)
    return make_batches(torch.tensor(inputs, dtype=torch.float32), env, 48, 0.1, 0)


def broken(network, batch, generator):
    parts = OBJECTIVE(network, batch, generator)
    return {name: value * float("nan") for name, value in parts.items()}


def breaking(*failing, at=0):
    """A recipe whose starts of these numbers lose their finite losses, from a step on."""

    def make(index, batches):
        training = RECIPE(index, batches)

        def criterion(network, batch, generator):
            return (broken if training.step >= at else OBJECTIVE)(network, batch, generator)

        if index in failing:
            training.criterion = criterion
        return training

    return make


def test_the_first_begins_at_the_linear_solution(batches):
    network = RECIPE(0, batches).network
    assert torch.equal(network.outputs(batches.inputs), batches.inputs[:, :3])


def test_the_others_begin_at_rotations_that_their_numbers_decide(batches):
    for index in (1, 2):
        network = RECIPE(index, batches).network
        with torch.no_grad():
            rotation, inverse = network.encoder_skip[:3], network.decoder_skip[:3]
            assert torch.allclose(rotation @ rotation.T, torch.eye(3), atol=1e-5)
            assert torch.allclose(rotation @ inverse, torch.eye(3), atol=1e-5)
            assert not network.encoder_skip[3:].any()
    first, again, other = (RECIPE(index, batches).network.encoder_skip for index in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=0.1)


def test_each_has_a_seed_of_its_own(batches):
    seeds = [
        replace(RECIPE, plan=replace(PLAN, seed=seed))(index, batches).plan.seed for seed in (5, 6) for index in (0, 1)
    ]
    assert len(set(seeds)) == 4


def test_the_table_has_each_with_its_objective(batches):
    seen = []
    done = try_starts(RECIPE, 3, 30, batches, 1, seen.append)
    assert [start.index for start in done] == [0, 1, 2]
    rows = [start.row() for start in done]
    assert [row.start for row in rows] == ["linear solution", "random rotation 1", "random rotation 2"]
    assert [row.failed for row in rows] == ["", "", ""]
    for index, row in enumerate(rows):
        alone = RECIPE(index, batches)
        alone.run(until=30)
        assert row.objective == alone.best_value
    assert [(now.stage, now.done, now.total) for now in seen] == [("trying starts", i, 3) for i in (1, 2, 3)]
    assert [now.losses for now in seen] == [{"total": row.objective} for row in rows]


def test_one_can_be_gone_on_from(batches):
    start = try_starts(RECIPE, 2, 30, batches, 1, None)[1]
    training, whole = RECIPE(1, batches), RECIPE(1, batches)
    training.restore(start.tensors, start.facts)
    training.run(until=50)
    whole.run(until=50)
    tensors, facts = training.state()
    assert facts == whole.state()[1]
    assert all(torch.equal(tensors[name], value) for name, value in whole.state()[0].items())


def made(index, objective, reason=""):
    return Start(index, objective, reason, {}, {})


def test_the_best_has_the_smallest_objective():
    assert best_start([made(0, 0.3), made(1, 0.1), made(2, 0.2)]).index == 1
    assert best_start([made(0, None, "lost"), made(1, 0.9)]).index == 1
    assert best_start([made(1, -0.5), made(0, -0.5)]).index == 0


def test_one_that_fails_is_noted_and_the_others_go_on(batches):
    seen = []
    done = try_starts(breaking(1), 3, 20, batches, 1, seen.append)
    assert done[1].objective is None
    assert done[1].reason.startswith("training must keep finite losses. At step 0 they were reconstruction nan")
    assert done[1].row() == StartTried(start="random rotation 1", steps=0, objective=None, failed=done[1].reason)
    assert [start.reason for start in (done[0], done[2])] == ["", ""]
    assert [now.losses == {} for now in seen] == [False, True, False]
    assert best_start(done).index in (0, 2)


def test_the_better_half_goes_on(batches):
    seen = []
    done = try_starts(RECIPE, 4, 20, batches, 1, seen.append, rounds=2)
    first = try_starts(RECIPE, 4, 20, batches, 1, None)
    kept = sorted(range(4), key=lambda i: first[i].objective)[:2]
    assert [start.row().steps for start in done] == [40 if i in kept else 20 for i in range(4)]
    assert [start.objective for start in done if start.index not in kept] == [
        start.objective for start in first if start.index not in kept
    ]
    assert best_start(done).index in kept
    assert [(now.done, now.total) for now in seen] == [(i, 6) for i in range(1, 7)]
    for index in kept:  # as if it had never stopped
        whole = RECIPE(index, batches)
        whole.run(until=40)
        tensors, facts = whole.state()
        assert done[index].facts == facts
        assert all(torch.equal(done[index].tensors[name], value) for name, value in tensors.items())


def test_one_that_fails_in_a_later_round_is_noted(batches):
    seen = []
    whole = try_starts(RECIPE, 4, 20, batches, 1, None, rounds=2)
    won, second = sorted((start for start in whole if start.row().steps == 40), key=lambda start: start.objective)
    done = try_starts(breaking(won.index, at=25), 4, 20, batches, 1, seen.append, rounds=2)
    assert done[won.index].objective is None
    assert done[won.index].reason.startswith("training must keep finite losses. At step 25 they were")
    assert best_start(done).index == second.index
    for index in {0, 1, 2, 3} - {won.index}:
        assert done[index].row() == whole[index].row()
    assert [(now.done, now.total) for now in seen] == [(i, 6) for i in range(1, 7)]
    assert sum(now.losses == {} for now in seen) == 1


def test_where_all_that_went_on_fail_one_left_behind_wins(batches):
    whole = try_starts(RECIPE, 4, 20, batches, 1, None, rounds=2)
    done = try_starts(breaking(0, 1, 2, 3, at=25), 4, 20, batches, 1, None, rounds=2)
    behind = [start for start in whole if start.row().steps == 20]
    assert [start.index for start in done if start.objective is not None] == [start.index for start in behind]
    assert best_start(done).index == min(behind, key=lambda start: start.objective).index


def test_one_that_failed_does_not_go_on(batches):
    done = try_starts(breaking(0, 1), 4, 10, batches, 1, None, rounds=2)
    assert [start.row().steps for start in done] == [0, 0, 20, 20]
    alone = try_starts(breaking(0, 1, 2), 4, 10, batches, 1, None, rounds=2)
    assert [start.row().steps for start in alone] == [0, 0, 0, 10]
    assert best_start(alone).index == 3


def test_progress_ends_where_failures_leave_one(batches):
    seen = []
    try_starts(breaking(0, 1, 2), 4, 10, batches, 1, seen.append, rounds=2)
    assert seen[-1].done == seen[-1].total


def test_halving_ends_where_one_is_left(batches):
    steps = [start.row().steps for start in try_starts(RECIPE, 3, 10, batches, 1, None, rounds=5)]
    assert steps == [10, 10, 10]
    steps = [start.row().steps for start in try_starts(RECIPE, 4, 10, batches, 1, None, rounds=5)]
    assert sorted(steps) == [10, 10, 20, 20]


def test_one_left_behind_does_not_win_though_it_was_lower():
    longer, shorter = Start(0, 0.4, "", {}, {"step": 40}), Start(1, 0.1, "", {}, {"step": 20})
    assert best_start([longer, shorter]).index == 0


def test_rounds_are_the_same_in_other_processes(batches, monkeypatch):
    here = try_starts(RECIPE, 4, 20, batches, 1, None, rounds=2)
    monkeypatch.setattr(module, "WORTH_PROCESSES", 0.0)
    there = try_starts(RECIPE, 4, 20, batches, 2, None, rounds=2)
    for one, other in zip(here, there, strict=True):
        assert one.facts == other.facts
        assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


def test_where_all_fail_so_does_learning(batches):
    done = try_starts(breaking(0, 1), 2, 20, batches, 1, None)
    with pytest.raises(FloatingPointError, match="training must keep finite losses. At step 0"):
        best_start(done)


@pytest.mark.parametrize("step", [2, 15])
def test_an_interrupt_ends_all_of_them(batches, step):
    begun = []

    def make(index, people):
        begun.append(index)
        training = RECIPE(index, people)

        def criterion(network, batch, generator):
            if training.step == step:
                raise KeyboardInterrupt
            return OBJECTIVE(network, batch, generator)

        training.criterion = criterion
        return training

    with pytest.raises(KeyboardInterrupt):
        try_starts(make, 3, 30, batches, 1, None)
    assert begun == [0]


def test_they_draw_from_no_more_people_than_can_travel(batches, monkeypatch):
    monkeypatch.setattr(module, "MOST_INDIVIDUALS", 90)
    people = []

    def make(index, part):
        people.append(part)
        return RECIPE(index, part)

    try_starts(make, 2, 10, batches, 1, None)
    assert [part.sizes for part in people] == [(30, 30, 30)] * 2
    # judged on all who are held out
    assert all(part.held_out is batches.held_out for part in people)


def test_processes_give_the_same_bits(batches, monkeypatch):
    seen = []
    here = try_starts(RECIPE, 3, 30, batches, 1, None)
    monkeypatch.setattr(module, "WORTH_PROCESSES", 0.0)
    there = try_starts(RECIPE, 3, 30, batches, 2, seen.append)
    assert [now.done for now in seen] == [1, 2, 3]
    assert [start.index for start in there] == [0, 1, 2]
    for one, other in zip(here, there, strict=True):
        assert (one.objective, one.reason, one.facts) == (other.objective, other.reason, other.facts)
        assert set(one.tensors) == set(other.tensors)
        assert all(torch.equal(value, other.tensors[name]) for name, value in one.tensors.items())


def test_little_work_stays_in_this_process(batches, monkeypatch):
    def refused(**options):
        raise AssertionError("processes were started")

    monkeypatch.setattr(module, "Parallel", refused)
    assert len(try_starts(RECIPE, 3, 10, batches, 2, None)) == 3
    monkeypatch.setattr(module, "WORTH_PROCESSES", 0.0)
    with pytest.raises(AssertionError, match="processes were started"):
        try_starts(RECIPE, 3, 10, batches, 2, None)
