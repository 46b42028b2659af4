"""The flow on the factor form: what factors do to linear instruments is undone, and no more than that."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import latentmr as lm
from latentmr.data import Dataset
from latentmr.learn import FlowLearner, LinearLearner, Representation
from latentmr.learn.encoders.encoder import LinearEncoder
from latentmr.learn.encoders.factor_flow_encoder import FactorFlowEncoder
from latentmr.learn.flow.factor_flow import FactorFlow
from latentmr.learn.linear.moments import environment_moments
from latentmr.learn.linear.relearning import Relearning
from latentmr.learn.training.train import Training
from latentmr.simulate import admixture

P, R = 12, 2


def drawn(bent: float, n: int = 6000, seed: int = 0, a: int = 0) -> Dataset:
    """Columns of a factor model; where ``bent`` is not 0, factors change the spread of what is unique to a column."""
    rng = np.random.default_rng(seed)
    env = np.repeat(np.arange(3), n // 3)
    V = rng.normal(size=(n, R)) + rng.normal(size=(3, R))[env]
    spread = np.exp(bent * np.tanh(V @ rng.normal(size=(R, P))))
    G = V @ rng.normal(size=(R, P)) + spread * rng.normal(size=(n, P))
    A = V @ rng.normal(size=(R, a)) + rng.normal(size=(n, a))
    z = G @ np.linalg.svd(rng.normal(size=(P, 1)))[0][:, 0]
    x = z + V[:, 0] + rng.normal(size=n)
    return Dataset.from_arrays(G, env, x, x + V[:, 0] + rng.normal(size=n), A=A)


SMALL = {"form": "factor", "n_factors": R, "steps": 400, "jobs": 1}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return drawn(0.7, a=1)


@pytest.fixture(scope="module")
def model(data: Dataset) -> Representation:
    return FlowLearner(**SMALL).fit(data)


def test_it_starts_at_the_linear_solution():
    network = FactorFlow(3, 2, 1, 4)
    inputs = torch.randn(5, 10, generator=torch.Generator().manual_seed(0))
    out = network.outputs(inputs)
    assert torch.equal(out, inputs[:, [0, 1, 2, 7, 8, 9]])
    assert torch.allclose(network.log_likelihoods(inputs), -(inputs[:, :3] ** 2).sum(1) / 2)


def test_likelihood_is_that_of_a_normal_law_times_the_determinant():
    network = FactorFlow(3, 2, 0, 0).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.4 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
    row = torch.randn(5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda x: network.outputs(x[None])[0], row)
    z = network.outputs(row[None])[0, :3]
    expected = float((-(z**2).sum() / 2 + torch.linalg.slogdet(jacobian)[1]).detach())
    assert float(network.log_likelihoods(row[None]).detach()[0]) == pytest.approx(expected, abs=1e-12)


def test_what_factors_do_to_the_spread_is_undone(data, model):
    assert model.history.flow.taken
    assert model.history.flow.gain > 5 * model.history.flow.gain_se
    linear = LinearLearner(form="factor", n_factors=R).fit(data)
    V = data.A - data.A.mean(axis=0)

    def worst(found: Representation) -> float:
        Z = found.encode(data.G, data.A)
        Z = Z - Z.mean(axis=0)
        latents = np.hstack([found.residual(data.G, data.A), V])
        return float(np.abs(np.corrcoef((Z**2).T, latents.T)[: Z.shape[1], Z.shape[1] :]).max())

    assert worst(model) < 0.5 * worst(linear)


def test_where_they_do_nothing_linear_instruments_stay():
    plain = drawn(0.0)
    found = FlowLearner(**SMALL).fit(plain)
    linear = LinearLearner(form="factor", n_factors=R).fit(plain)
    assert not found.history.flow.taken
    assert isinstance(found.encoder, LinearEncoder)
    assert np.array_equal(found.encode(plain.G), linear.encode(plain.G))
    assert found.learner["name"] == "flow"
    assert len(FlowLearner(**SMALL, k=4).fit(plain).encode(plain.G).T) == 4


def test_without_factors_there_is_nothing_to_undo():
    rng = np.random.default_rng(3)
    noise = Dataset.from_arrays(rng.normal(size=(600, 8)), np.repeat([0, 1], 300))
    found = FlowLearner(form="factor", n_factors=0).fit(noise)
    assert found.history.flow.to_dict() == {"taken": False, "reason": "there are no factors"}
    assert found.k == 8


def test_the_encoder_is_the_network(data, model, monkeypatch):
    seen = {}
    best = Training.best

    def remembered(training):
        seen["network"], seen["batches"] = best(training), training.batches
        return seen["network"]

    monkeypatch.setattr(Training, "best", remembered)
    again = FlowLearner(**SMALL).fit(data)
    assert np.array_equal(again.encode(data.G, data.A), model.encode(data.G, data.A))
    with torch.no_grad():
        inside = seen["network"].outputs(seen["batches"].inputs)[:, : model.k].numpy()
    outside = model.encode(data.G, data.A)
    # training reorders people
    for j in range(model.k):
        distance = np.abs(np.sort(outside[:, j])[:, None] - inside[:5, j]).min(axis=0)
        assert distance == pytest.approx(0, abs=1e-5)


def test_coordinates_are_instruments_and_genotypes(data, model):
    encoder = model.encoder
    assert isinstance(encoder, FactorFlowEncoder)
    coordinates = encoder.coordinates(data.G, data.A)
    assert coordinates.shape == (data.n, encoder.n_outputs + 1) == (data.n, model.k + P + 1)
    centred = coordinates - encoder.coordinate_center
    assert np.array_equal(centred @ encoder.z_map(), encoder.encode(data.G, data.A))
    assert np.array_equal(encoder.instruments(coordinates), encoder.encode(data.G, data.A))
    assert centred @ encoder.v_map() == pytest.approx(encoder.residual(data.G, data.A), abs=1e-9)


def test_it_learns_again_as_the_factor_form_does(data, model):
    linear = LinearLearner(form="factor", n_factors=R).fit(data)
    theirs = Relearning(linear, environment_moments(data)).base
    moments = environment_moments(data, model.encoder.coordinates)
    ours = Relearning(model, moments).base
    assert not ours[: model.k].any()
    assert ours[model.k :] == pytest.approx(theirs, abs=1e-6)


def test_errors_count_the_learning_as_with_linear_instruments(data, model):
    def price(result: lm.Analysis) -> float:
        given = next(row for row in result.estimates if row.se_type.endswith("treating the instruments as fixed"))
        assert result.primary.se_type.endswith("accounting for estimation of the encoder")
        return result.primary.se / given.se

    found, linear = (
        lm.analyse(data, learner, permutations=100) for learner in (model, LinearLearner(form="factor", n_factors=R))
    )
    assert price(found) == pytest.approx(price(linear), rel=0.1)
    assert found.verdict.route == "unlinked variants"


def test_saved_and_loaded(data, model, tmp_path):
    model.save(tmp_path)
    loaded = Representation.load(tmp_path)
    assert isinstance(loaded.encoder, FactorFlowEncoder)
    assert np.array_equal(loaded.encode(data.G, data.A), model.encode(data.G, data.A))
    assert np.array_equal(loaded.residual(data.G, data.A), model.residual(data.G, data.A))


def test_order_and_counted_allele_of_variants_do_not_matter():
    counts = admixture(n=3000, p=14, n_env=3, n_populations=3, seed=2).dataset
    learner = FlowLearner(n_factors=2, steps=200, jobs=1)
    order = np.random.default_rng(0).permutation(counts.p)
    other = replace(counts, G=2 - counts.G[:, order], variants=counts.variants.iloc[order].reset_index(drop=True))
    one, two = learner.fit(counts), learner.fit(other)
    shared = [np.linalg.qr(part - part.mean(axis=0))[0] for part in (one.encode(counts.G), two.encode(other.G))]
    assert ((shared[0].T @ shared[1]) ** 2).sum() / one.k > 0.98


def test_it_is_blind_and_the_seed_decides(data, model):
    rng = np.random.default_rng(5)
    other = replace(data, X=rng.normal(size=data.X.shape), y=rng.normal(size=data.y.shape))
    assert np.array_equal(FlowLearner(**SMALL).fit(other).encode(data.G, data.A), model.encode(data.G, data.A))
    assert not np.array_equal(
        FlowLearner(**SMALL, seed=1).fit(data).encode(data.G, data.A), model.encode(data.G, data.A)
    )


def test_the_stationary_form_is_refused_on_counts():
    counts = admixture(n=400, p=12, seed=1).dataset
    with pytest.raises(ValueError, match="form must be factor or auto for the flow on counts.* Got stationary"):
        FlowLearner(form="stationary").fit(counts)
