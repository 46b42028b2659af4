"""The training loop: the same digits however often it is stopped, and a clear end whatever happens."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from latentmr.learn import AutoencoderLearner
from latentmr.learn.training.batches import make_batches
from latentmr.learn.training.checkpoint import Checkpoint
from latentmr.learn.training.train import SMOOTHED, WARM_UP, Plan, Training, one_thread
from latentmr.simulate import linear

PLAN = Plan(steps=60, learning_rate=0.05, seed=3, check_every=5, patience=1000)
CODES = np.repeat([0, 1], 60)
INPUTS = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
BATCHES = make_batches(torch.from_numpy(INPUTS), CODES, 16, 0.2, 0)


class Line(nn.Module):
    """Three numbers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))


def noisy(network, batch, generator):
    """Whose minimum is at (1, 2, 3), up to noise that the step draws."""
    noise = torch.randn(len(batch.inputs), generator=generator)
    error = ((batch.inputs @ (network.weight - torch.tensor([1.0, 2.0, 3.0])) - noise) ** 2).mean()
    return {"error": error, "total": error}


def slope(gradient):
    """An objective with a gradient that is the same everywhere."""

    def criterion(network, batch, generator):
        return {"total": network.weight @ torch.tensor(gradient)}

    return criterion


def judged_by(values):
    """Held-out objectives that are given one after the other."""
    left = iter(values)
    return lambda network, batch, generator: {"total": torch.tensor(float(next(left)))}


def training(criterion=noisy, judge=noisy, **plan):
    return Training(Line(), criterion, judge, BATCHES, replace(PLAN, **plan))


def trained(criterion=noisy, judge=noisy, **plan):
    made = training(criterion, judge, **plan)
    made.run()
    return made


def at_step(failing_step, act):
    """The noisy objective, where something happens at a step."""
    steps = iter(range(10**6))

    def criterion(network, batch, generator):
        parts = noisy(network, batch, generator)
        return act(network, parts) if next(steps) == failing_step else parts

    return criterion


def interrupt(*_):
    raise KeyboardInterrupt


def same(first, second):
    """Bit for bit: parameters, moments of the optimiser, best, log."""
    tensors, facts = first.state()
    others, others_facts = second.state()
    assert facts == others_facts
    assert set(tensors) == set(others)
    return all(torch.equal(value, others[name]) for name, value in tensors.items())


def test_the_same_seed_gives_the_same_bits_and_another_gives_others():
    first, again, other = trained(), trained(), trained(seed=4)
    assert same(first, again)
    assert not torch.equal(first.network.weight, other.network.weight)


def test_it_finds_the_minimum():
    found = trained(steps=400).best().weight.detach().numpy()
    assert found == pytest.approx([1, 2, 3], abs=0.35)


@pytest.mark.parametrize("stops", [[30], [1, 7, 59], [60, 60], list(range(60))])
def test_pieces_make_the_whole(stops):
    pieces = training()
    for stop in stops:
        pieces.run(until=stop)
        assert pieces.step == stop
    pieces.run()
    assert same(pieces, trained())


def test_no_step_beyond_the_last():
    made = trained()
    made.run(until=100)
    assert made.step == 60
    assert same(made, trained())


@pytest.mark.parametrize("stop", [0, 1, 12, 35])
@pytest.mark.parametrize("through", ["memory", "file"])
def test_a_restored_training_goes_on_to_the_same_bits(tmp_path, stop, through):
    stopped, fresh = training(), training()
    stopped.run(until=stop)
    tensors, facts = stopped.state()
    if through == "file":
        Checkpoint(tmp_path / "a.safetensors", "digest").save(stopped, {})
        tensors, facts, _ = Checkpoint(tmp_path / "a.safetensors", "digest").load()
    with torch.no_grad():
        fresh.network.weight.fill_(99.0)  # whatever it was
    fresh.restore(tensors, facts)
    assert fresh.step == stop
    fresh.run()
    assert same(fresh, trained())


def test_a_state_is_a_copy():
    made = training()
    made.run(until=10)
    tensors, facts = made.state()
    kept, log = {name: value.clone() for name, value in tensors.items()}, list(facts["log"])
    other = training()
    other.restore(tensors, facts)
    other.run()
    made.run()
    assert all(torch.equal(value, kept[name]) for name, value in tensors.items())
    assert facts["log"] == log
    assert facts["step"] == 10


def test_saving_and_watching_leave_the_digits_alone():
    saved, seen = [], []
    made = training()
    made.run(watch=seen.append, save_every=7, save=lambda running: saved.append(running.step))
    assert saved == [7, 14, 21, 28, 35, 42, 49, 56]
    assert [(now.stage, now.done, now.total) for now in seen] == [("training", step, 60) for step in range(5, 61, 5)]
    assert [now.losses for now in seen] == made.log
    assert same(made, trained())


def test_the_last_step_is_checked_whatever_the_interval():
    assert [row["step"] for row in trained(steps=13).log] == [5, 10, 13]


def test_checks_use_people_held_out_and_the_same_draws_each_time():
    seen = []

    def judge(network, batch, generator):
        seen.append((batch.inputs, torch.randn(3, generator=generator)))
        return {"total": network.weight.sum()}

    trained(judge=judge, steps=20)
    assert len(seen) == 4
    for inputs, draws in seen:
        assert inputs is BATCHES.held_out.inputs
        assert torch.equal(draws, seen[0][1])


def test_steps_draw_afresh():
    seen = []

    def criterion(network, batch, generator):
        seen.append(tuple(batch.inputs[:, 0].tolist()))
        return noisy(network, batch, generator)

    trained(criterion, steps=20)
    assert len(set(seen)) == 20


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_losses_that_are_no_numbers_end_training(value):
    def broken(network, parts):
        return {"error": parts["error"], "penalty": parts["error"] * value, "total": parts["total"] * value}

    made = training(at_step(7, broken))
    before = training()
    before.run(until=7)
    with pytest.raises(FloatingPointError) as caught:
        made.run()
    message = str(caught.value)
    assert message.startswith("training must keep finite losses. At step 7 they were error ")
    assert f", penalty {value:.4g}, total {value:.4g}; " in message
    assert message.endswith("use a smaller learning rate (`learning_rate`), or look for extreme values in G.")
    # the step was not taken
    assert torch.equal(made.network.weight, before.network.weight)
    assert made.step == 7


def test_a_gradient_that_is_no_number_ends_training_too():
    def broken(network, parts):
        return {"total": torch.sqrt(network.weight * 0).sum()}

    made = training(at_step(2, broken))
    with pytest.raises(FloatingPointError, match="At step 2 they were total 0; use a smaller learning rate"):
        made.run()
    assert torch.isfinite(made.network.weight).all()


def test_an_interrupt_after_a_check_ends_training_with_the_best_so_far():
    def watch(now):
        if now.done == 20:
            raise KeyboardInterrupt

    made, other = training(judge=judged_by([4, 1, 3, 3])), training(judge=judged_by([4, 1, 3, 3]))
    made.run(watch=watch)
    assert made.stopped == "interrupted at step 20 of 60"
    assert (made.step, made.best_step) == (20, 10)
    other.run(until=10)
    assert torch.equal(made.best().weight, other.network.weight)
    made.run()  # it stays stopped
    assert made.step == 20


def test_an_interrupt_in_the_middle_of_a_step_after_a_check_does_so_too():
    made = training(at_step(8, interrupt))
    made.run()
    assert made.stopped == "interrupted at step 8 of 60"
    assert made.best_step == 5


def test_an_interrupt_before_the_first_check_is_passed_on():
    made = training(at_step(3, interrupt))
    with pytest.raises(KeyboardInterrupt):
        made.run()
    assert (made.stopped, made.log) == ("", [])


def test_training_stops_when_the_held_out_objective_has_not_been_better_for_long():
    made, early = trained(judge=judged_by(range(1, 13)), patience=20), training()
    early.run(until=5)
    assert made.stopped == "no better held-out objective for 20 steps, at step 25"
    assert (made.step, made.best_step, made.best_value) == (25, 5, 1.0)
    assert not torch.equal(made.network.weight, early.network.weight)
    assert torch.equal(made.best().weight, early.network.weight)


def test_training_goes_on_while_the_held_out_objective_gets_better():
    made = trained(judge=judged_by(range(12, 0, -1)), patience=5)
    assert (made.stopped, made.step, made.best_step) == ("", 60, 60)


def test_the_best_is_that_of_a_running_mean():
    values = np.random.default_rng(0).normal(size=12)
    made = trained(judge=judged_by(values))
    means = [values[max(0, i + 1 - SMOOTHED) : i + 1].mean() for i in range(12)]
    assert made.best_step == 5 * (int(np.argmin(means)) + 1)
    assert made.best_value == pytest.approx(min(means), rel=1e-6)


def test_the_learning_rate_rises_then_falls_to_a_fiftieth():
    plan = replace(PLAN, steps=20 * WARM_UP)
    rates = [plan.rate(step) for step in range(plan.steps + 1)]
    top = int(np.argmax(rates))
    assert 0.9 * WARM_UP <= top < WARM_UP
    assert all(after > before for before, after in pairwise(rates[: top + 1]))
    assert all(after < before for before, after in pairwise(rates[top:]))
    assert rates[0] == pytest.approx(plan.learning_rate / WARM_UP)
    assert 0.98 * plan.learning_rate < rates[top] <= plan.learning_rate
    assert rates[-1] == pytest.approx(plan.learning_rate / 50)


def test_steps_are_as_long_as_the_learning_rate_says():
    # of a constant gradient Adam sees the sign only
    made = training(slope([0.3, -0.1, 0.2]), slope([0.3, -0.1, 0.2]))
    for step in range(12):
        before = made.network.weight.detach().clone()
        made.run(until=step + 1)
        moved = (made.network.weight.detach() - before).numpy()
        assert moved == pytest.approx(made.plan.rate(step) * np.array([-1, 1, -1]), rel=1e-2)


@pytest.mark.parametrize("size", [1e-3, 0.5, 10.0, 1e8])
def test_gradients_are_no_longer_than_the_clip(size):
    made = training(slope([3 * size, 0.0, -4 * size]), clip=2.0)
    made.run(until=1)
    seen = made.state()[0]["exp_avg.weight"].numpy() / 0.1  # Adam's mean after one step is a tenth of the gradient
    assert seen == pytest.approx(min(5 * size, 2.0) * np.array([0.6, 0.0, -0.8]), rel=1e-4)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_given_back():
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_given_back_after_an_exception():
    with pytest.raises(ZeroDivisionError), one_thread():
        _ = 1 / (torch.get_num_threads() - 1)
    assert torch.get_num_threads() == 2


def test_learning_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002  the state that others may use
    threads, ours, theirs = torch.get_num_threads(), torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    AutoencoderLearner(k=3, steps=120, starts=2, jobs=1).fit(linear(n_per_env=150, seed=1).dataset)
    assert torch.equal(torch.random.get_rng_state(), ours)
    assert np.array_equal(np.random.get_state()[1], theirs)  # noqa: NPY002
    assert torch.get_num_threads() == threads
