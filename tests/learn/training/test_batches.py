"""People held out and people in training are all people, and minibatches are balanced over environments."""

import numpy as np
import pytest
import torch

from latentmr.learn.training.batches import ENVIRONMENTS, MOST_HELD_OUT, make_batches


def make(*sizes, size=64, held_out=0.1, seed=0):
    """People in a random order, each with a number and an environment as inputs."""
    codes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    inputs = torch.tensor(np.column_stack([np.arange(len(codes)), codes]), dtype=torch.float32)
    return make_batches(inputs, codes, size, held_out, seed)


def numbers(inputs):
    return inputs[:, 0].int().tolist()


def environments(inputs):
    return inputs[:, 1].int().tolist()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def repeated(sizes):
    return np.repeat(np.arange(len(sizes)), sizes).tolist()


@pytest.mark.parametrize("sizes", [(100, 100), (1000, 10, 300), (5, 4), (40,) * 50])
def test_held_out_and_training_are_all_people_once(sizes):
    batches = make(*sizes)
    held, train = numbers(batches.held_out.inputs), numbers(batches.inputs)
    assert sorted(held + train) == list(range(sum(sizes)))
    assert [a + b for a, b in zip(batches.sizes, batches.held_out.sizes, strict=True)] == list(sizes)


@pytest.mark.parametrize("sizes", [(100, 100), (1000, 10, 300), (40,) * 50])
def test_people_come_environment_after_environment(sizes):
    batches = make(*sizes)
    assert environments(batches.inputs) == repeated(batches.sizes)
    assert environments(batches.held_out.inputs) == repeated(batches.held_out.sizes)


def test_the_share_is_held_out_within_environments_and_never_fewer_than_two_people():
    assert make(1000, 200, 12, 8).held_out.sizes == (100, 20, 2, 2)
    assert make(1000, 200, held_out=0.5).held_out.sizes == (500, 100)


def test_no_more_people_are_held_out_than_are_needed():
    batches = make(60_000, 100)
    assert batches.held_out.sizes == (MOST_HELD_OUT // 2, 10)


def test_who_is_held_out_depends_on_the_seed_only():
    first, again, other = make(200, 300, seed=4), make(200, 300, seed=4), make(200, 300, seed=5)
    assert numbers(first.held_out.inputs) == numbers(again.held_out.inputs)
    assert numbers(first.inputs) == numbers(again.inputs)
    assert set(numbers(first.held_out.inputs)) != set(numbers(other.held_out.inputs))


def test_people_are_reordered_in_place():
    inputs = torch.arange(600, dtype=torch.float32).reshape(300, 2)
    batches = make_batches(inputs, np.repeat([0, 1], 150), 64, 0.1, 0)
    assert batches.inputs.data_ptr() == inputs.data_ptr()
    # rows stay whole
    assert torch.equal(batches.inputs[:, 1], batches.inputs[:, 0] + 1)
    assert torch.equal(batches.held_out.inputs[:, 1], batches.held_out.inputs[:, 0] + 1)


def test_a_draw_takes_as_many_people_from_each_environment():
    batch = make(5000, 400, 100).draw(generator())
    assert batch.sizes == (21, 21, 21)
    assert environments(batch.inputs) == repeated(batch.sizes)


def test_a_small_environment_gives_all_its_people_once():
    batches = make(2000, 20, size=100)
    for seed in range(5):
        batch = batches.draw(generator(seed))
        assert batch.sizes == (50, 18)
        drawn = numbers(batch.inputs[50:])
        assert sorted(drawn) == sorted(numbers(batches.inputs[-18:]))
        assert len(set(drawn)) == 18


@pytest.mark.parametrize("size", [16, 64, 400])
def test_nobody_in_training_is_never_drawn_and_nobody_held_out_ever(size):
    batches = make(300, 60, size=size)
    drawn = set()
    for seed in range(500):
        drawn |= set(numbers(batches.draw(generator(seed)).inputs))
    assert drawn == set(numbers(batches.inputs))


def test_environments_of_moderate_size_give_nobody_twice():
    batches = make(100, 200)
    for seed in range(20):
        drawn = numbers(batches.draw(generator(seed)).inputs)
        assert len(set(drawn)) == len(drawn)


def test_draws_follow_the_generator():
    batches = make(3000, 100)
    first, again, other = (numbers(batches.draw(generator(seed)).inputs) for seed in (7, 7, 8))
    assert first == again != other


def test_many_environments_take_turns():
    batches = make(*(30,) * 40, size=64)
    seen = set()
    for seed in range(60):
        batch = batches.draw(generator(seed))
        here = sorted(set(environments(batch.inputs)))
        assert len(batch.sizes) == len(here) == ENVIRONMENTS
        assert environments(batch.inputs) == np.repeat(here, batch.sizes).tolist()
        seen |= set(here)
    assert seen == set(range(40))


def test_a_draw_has_two_people_of_each_environment_however_small_it_is():
    assert make(*(30,) * 10, size=8).draw(generator()).sizes == (2,) * 10


def test_a_part_is_in_proportion():
    batches = make(1000, 500, 20)
    part = batches.first(300)
    assert sum(part.sizes) <= 300
    for some, everyone in zip(part.sizes, batches.sizes, strict=True):
        assert some == pytest.approx(300 / sum(batches.sizes) * everyone, abs=1)
    assert environments(part.inputs) == repeated(part.sizes)
    assert set(numbers(part.inputs)) <= set(numbers(batches.inputs))
    assert part.held_out is batches.held_out
    assert part.draw(generator()).sizes == (21, 21, part.sizes[2])


def test_a_part_has_two_people_of_each_environment_and_may_be_all():
    batches = make(5000, 12)
    assert batches.first(100).sizes == (99, 2)
    assert batches.first(sum(batches.sizes)) is batches
