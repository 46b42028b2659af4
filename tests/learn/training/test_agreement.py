"""Starts that found the same instruments agree; doubt where losers agree with each other and not with the winner."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from latentmr.learn.flow.recipe import FlowRecipe
from latentmr.learn.training.agreement import agreement_of_starts, doubt
from latentmr.learn.training.batches import make_batches
from latentmr.learn.training.starts import try_starts
from latentmr.learn.training.train import Plan
from latentmr.linalg import agreement


@pytest.fixture
def Z():
    return np.random.default_rng(0).normal(size=(200, 3))


def test_any_linear_map_agrees(Z):
    other = Z @ np.random.default_rng(1).normal(size=(3, 3)) + 5
    assert agreement(Z, other) == pytest.approx(1, abs=1e-12)
    assert agreement(Z, Z[:, ::-1]) == pytest.approx(1, abs=1e-12)


def test_it_is_symmetric_and_counts_shared_dimensions(Z):
    basis = np.linalg.qr(Z - Z.mean(axis=0))[0]
    noise = np.random.default_rng(2).normal(size=(200, 6))
    noise -= noise.mean(axis=0)
    noise = np.linalg.qr(noise - basis @ (basis.T @ noise))[0]
    half = np.column_stack([basis[:, :2], noise[:, 0]])
    assert agreement(basis, half) == pytest.approx(2 / 3, abs=1e-10)
    assert agreement(half, basis) == pytest.approx(2 / 3, abs=1e-10)
    assert agreement(basis, noise[:, :3]) == pytest.approx(0, abs=1e-10)


def test_it_lies_between_nothing_and_all():
    rng = np.random.default_rng(3)
    for k in (1, 2, 4):
        one, other = rng.normal(size=(2, 50, k))
        other += one * rng.uniform(-2, 2)
        assert 0 < agreement(one, other) < 1
        assert agreement(one, other) == pytest.approx(agreement(other, one), abs=1e-12)


def test_an_instrument_that_collapsed_shares_nothing(Z):
    flat = Z.copy()
    flat[:, 1] = 4.0
    assert agreement(Z, flat) == pytest.approx(2 / 3, abs=1e-10)
    assert agreement(Z, np.ones_like(Z)) == 0


def test_sets_that_do_not_vary_share_nothing_whatever_their_value():
    flat = np.full((200, 3), 0.1)
    assert agreement(flat, flat) == 0


def test_doubt_where_losers_agree_with_each_other_alone():
    said = doubt({0: 1.0, 1: 0.5, 2: 0.6}, {(1, 2): 0.95})
    assert said.startswith(
        "restarts 1 and 2 lost to the winner but found the same instruments as each other (agreement 0.95)"
    )
    assert "not the winner's (0.50, 0.60)" in said
    assert "more restarts or another seed" in said


@pytest.mark.parametrize(
    ("shared", "pairs"),
    [
        ({0: 1.0, 1: 0.5, 2: 0.95}, {(1, 2): 0.95}),  # one of them agrees with the winner
        ({0: 1.0, 1: 0.5, 2: 0.6}, {(1, 2): 0.8}),
        ({0: 1.0, 1: 0.95, 2: 0.95, 3: 0.5}, {(1, 2): 0.95, (1, 3): 0.5, (2, 3): 0.5}),  # a single one differs
        ({0: 1.0, 1: 0.2}, {}),
        ({0: 1.0}, {}),
    ],
)
def test_no_doubt_otherwise(shared, pairs):
    assert doubt(shared, pairs) == ""


@pytest.fixture(scope="module")
def batches():
    rng = np.random.default_rng(0)
    inputs = torch.tensor(rng.normal(size=(300, 3)), dtype=torch.float32)
    return make_batches(inputs, np.repeat([0, 1, 2], 100), 48, 0.1, 0)


def recipe_of(rotation, k=2, learning_rate=0.01):
    plan = Plan(steps=40, learning_rate=learning_rate, seed=5, check_every=10)
    return FlowRecipe(np.eye(3), rotation, 0, k, 3, 2, 2, 3, plan)


def test_the_winner_agrees_with_itself_and_failures_are_left_out(batches):
    recipe = recipe_of(np.eye(3))
    starts = try_starts(recipe, 3, 20, batches, 1, None)
    starts[1] = replace(starts[1], objective=None)
    shared, reason = agreement_of_starts(recipe, starts, 2, batches)
    assert sorted(shared) == [0, 2]
    assert shared[2] == pytest.approx(1, abs=1e-9)
    assert 0 <= shared[0] < 1
    assert reason == ""
    found = []
    for index in (0, 2):  # of what they learned, not of where they began
        training = recipe(index, batches)
        training.run(until=20)
        found.append(training.best().outputs(batches.held_out.inputs)[:, :2].detach().double().numpy())
    assert shared[0] == pytest.approx(agreement(*found), abs=1e-12)


def test_starts_that_went_another_way_than_the_winner_are_told(batches):
    # one instrument, of the first coordinate or of the second, with steps too small to change that
    first, second = (recipe_of(np.roll(np.eye(3), by, axis=1), k=1, learning_rate=1e-4) for by in (0, 1))

    def make(index, people):
        return replace((first if index == 0 else second), plan=replace(first.plan, seed=index))(0, people)

    starts = try_starts(make, 3, 10, batches, 1, None)
    shared, reason = agreement_of_starts(make, starts, 0, batches)
    assert shared[0] == pytest.approx(1, abs=1e-9)
    assert max(shared[1], shared[2]) < 0.3
    assert reason.startswith("restarts 1 and 2 lost to the winner but found the same instruments as each other")
    assert agreement_of_starts(make, starts, 1, batches)[1] == ""
    assert agreement_of_starts(make, [starts[0], starts[1]], 0, batches)[1] == ""
