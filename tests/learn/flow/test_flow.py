"""The flow as a learner: what it accepts, that it is blind and repeatable, and that it sees nonlinear mixing."""

import re

import numpy as np
import pytest
import torch

from latentmr import FlowLearner, LinearLearner, Representation, analyse
from latentmr.data import Dataset
from latentmr.learn.encoders.flow_encoder import FlowEncoder
from latentmr.learn.flow import fit as maximum_likelihood
from latentmr.learn.training import descent
from latentmr.learn.training.train import CHECK_EVERY
from latentmr.simulate import linear, polynomial

SMALL = {"k": 3, "steps": 30, "starts": 1, "jobs": 1}


@pytest.fixture(scope="module")
def drawn():
    return linear(n_per_env=150, seed=1)


@pytest.fixture(scope="module")
def data(drawn):
    A = drawn.truth.V[:, :1] + np.random.default_rng(0).normal(size=(600, 1))
    return Dataset.from_arrays(drawn.dataset.G, drawn.dataset.env, drawn.dataset.X, drawn.dataset.y, A=A)


@pytest.fixture(scope="module")
def model(data):
    return FlowLearner(**SMALL).fit(data)


def identical(one, other):
    left, right = one.encoder.arrays(), other.encoder.arrays()
    return set(left) == set(right) and all(np.array_equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 0}, "layers must be a whole number from 1. Got 0; use 1 or more."),
        ({"bends": 0}, "bends must be a whole number from 1. Got 0; use 1 or more."),
        ({"components": 2.5}, "components must be a whole number from 1. Got 2.5; use 1 or more."),
        ({"k": 0}, "k must be auto or a whole number from 1. Got 0; use auto or a number from 1."),
        ({"steps": 0}, "steps must be a whole number from 1. Got 0; use 1 or more."),
        ({"learning_rate": 2}, "learning_rate must lie between 0 and 1. Got 2; 0.001 is a usual rate."),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda. Got 'tpu'; use one of these names."),
        ({"resume": True}, "resume must come with the path of a checkpoint."),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        FlowLearner(**options)


def test_discrete_columns_are_explained(drawn):
    G = np.column_stack([drawn.dataset.G, np.arange(600) % 3 + 0.5])
    message = (
        "G must have continuous columns for the flow. Got v7, which takes 3 values; leave it out, or use form factor"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        FlowLearner(**SMALL).fit(Dataset.from_arrays(G, drawn.dataset.env))


def test_constant_and_repeated_columns_are_left_to_the_rank(drawn):
    G = np.column_stack([drawn.dataset.G, np.ones(600), drawn.dataset.G[:, 0]])
    found = FlowLearner(**SMALL).fit(Dataset.from_arrays(G, drawn.dataset.env))
    assert found.encoder.n_outputs == 6
    assert np.isfinite(found.encode(G)).all()


def test_same_seed_same_numbers(data, model):
    assert identical(FlowLearner(**SMALL).fit(data), model)
    assert not identical(FlowLearner(**SMALL, seed=1).fit(data), model)


def test_it_is_blind(data, model):
    order = np.random.default_rng(0).permutation(600)
    other = Dataset.from_arrays(data.G, data.env, data.X[order], -data.y, A=data.A)
    assert identical(FlowLearner(**SMALL).fit(other), model)


def test_instruments_lie_in_the_unit_interval_and_nearly_fill_it(data, model):
    Z = model.encode(data.G, data.A)
    assert Z.shape == (600, 3)
    assert ((Z > 0) & (Z < 1)).all()
    assert Z.mean(axis=0) == pytest.approx(0.5, abs=0.1)
    assert Z.var(axis=0) == pytest.approx(1 / 12, rel=0.4)


def test_the_encoder_is_the_network(data, monkeypatch):
    kept = {}

    def remembered(network, people, last):
        kept["network"], kept["people"] = network, people
        nothing = type(last)(np.eye(6)[:, :3], np.zeros((1, 3)), np.zeros(3), 1.0, True, 3)
        return encode(network, people, nothing)

    encode = maximum_likelihood._encoder
    monkeypatch.setattr(maximum_likelihood, "_encoder", remembered)
    found = FlowLearner(**SMALL).fit(data)
    inputs, _, _ = descent.standardised_inputs(data, kept["people"].start)
    with torch.no_grad():
        network = kept["network"]
        out = network.outputs(torch.from_numpy(inputs))
        u = (out[:, :3, None] - network.centers) / (maximum_likelihood.LEAST_SCALE + network.log_scales.exp())
        z = (torch.softmax(network.logits, 1) * torch.sigmoid(u)).sum(2).numpy()
    assert found.encode(data.G, data.A) == pytest.approx(z, abs=2e-5)
    v = out[:, 3:].numpy()
    assert np.corrcoef(found.residual(data.G, data.A)[:, 0], v[:, 0])[0, 1] == pytest.approx(1, abs=1e-6)


def test_saved_and_loaded(data, model, tmp_path):
    model.save(tmp_path)
    loaded = Representation.load(tmp_path)
    assert isinstance(loaded.encoder, FlowEncoder)
    assert np.array_equal(loaded.encode(data.G, data.A), model.encode(data.G, data.A))
    assert loaded.learner == model.learner
    assert loaded.learner["name"] == loaded.form == "flow"


def test_resumed_learning_gives_the_same_bits(data, tmp_path):
    options = {"k": 3, "steps": 2 * CHECK_EVERY, "starts": 1, "jobs": 1}
    whole = FlowLearner(**options).fit(data)
    path = tmp_path / "c.safetensors"
    FlowLearner(**options, checkpoint=path, checkpoint_every=CHECK_EVERY + 10).fit(data)
    assert identical(FlowLearner(**options, checkpoint=path, resume=True).fit(data), whole)


def test_starts_are_told(data):
    options = {"k": 3, "steps": CHECK_EVERY + 10, "starts": 2, "jobs": 1}
    table = FlowLearner(**options).fit(data).history.training.starts
    assert [row.start for row in table] == ["linear solution", "random rotation 1"]
    assert all(np.isfinite(row.objective) for row in table)
    assert [row.steps for row in table] == [CHECK_EVERY] * 2
    agreements = [row.agreement for row in table]
    assert max(agreements) == pytest.approx(1, abs=1e-9)  # the winner's with itself
    assert 0 <= min(agreements) <= 1
    assert np.argmax(agreements) == np.argmin([row.objective for row in table])


def test_one_instrument_of_one_column():
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(300, 1)), np.repeat(["a", "b"], 150))
    Z = FlowLearner(**(SMALL | {"k": 1})).fit(data).encode(data.G, data.A)
    assert abs(np.corrcoef(Z[:, 0], data.G[:, 0])[0, 1]) > 0.9


def test_fewer_instruments_than_exogenous_dimensions(data):
    Z = FlowLearner(**SMALL | {"k": 2}).fit(data).encode(data.G, data.A)
    assert Z.shape == (600, 2)
    assert ((Z > 0) & (Z < 1)).all()


def test_more_than_sixteen_environments():
    data = linear(n_per_env=40, n_env=20, seed=2).dataset
    found = FlowLearner(**SMALL).fit(data)
    assert np.isfinite(found.encode(data.G)).all()


def test_it_sees_through_nonlinear_mixing_and_the_analysis_takes_it():
    drawn = polynomial(n_per_env=1000, seed=1)
    data, truth = drawn.dataset, drawn.truth

    def r2(target, Z):
        X = np.column_stack([np.ones(len(Z)), Z])
        error = target - X @ np.linalg.lstsq(X, target, rcond=None)[0]
        return float(np.mean(1 - error.var(axis=0) / target.var(axis=0)))

    before = LinearLearner(k=3).fit(data).encode(data.G, data.A)
    model = FlowLearner(k=3, steps=400, starts=1, layers=6).fit(data)
    after = model.encode(data.G)
    assert r2(truth.Z, after) > max(0.95, r2(truth.Z, before))
    assert r2(truth.V, after) < r2(truth.V, before) + 0.005
    result = analyse(data, model, bootstrap=20)
    assert abs(result.primary.beta - truth.beta) < 4 * result.primary.se
    assert result.verdict.route == "environments"
