"""The invertible network: its likelihood is one, and the encoder without torch is the same function."""

import math

import numpy as np
import pytest
import torch

from latentmr.learn.flow.network import Flow
from latentmr.learn.flow.recipe import FlowRecipe
from latentmr.learn.training.batches import Batch, make_batches
from latentmr.learn.training.train import Plan


def start(d, layers=3):
    return torch.eye(d).repeat(layers, 1, 1)


def flow(d=4, a=1, k=2, environments=3, components=3, seed=0):
    """A network far from its start, so that nothing is the identity."""
    network = Flow(start(d), a, k, environments, 2, components)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return network.double().requires_grad_(False)


def people(n=6, d=4, a=1, sizes=(2, 3, 1), seed=1):
    inputs = torch.randn(n, d + a, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Batch(inputs, sizes, tuple(range(len(sizes))))


def test_it_starts_at_the_product_of_its_maps():
    maps = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(2))
    inputs = people().inputs.float()
    found = Flow(maps, 1, 2, 3, 2, 3).outputs(inputs)
    assert torch.allclose(found, inputs[:, :4] @ maps[0] @ maps[1] @ maps[2], atol=1e-4)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_starts_are_rotations_whatever_axes_are_bent_first(layers):
    rng = np.random.default_rng(3)
    axes, rotation = rng.normal(size=(3, 3)), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    inputs = torch.tensor(rng.normal(size=(90, 4)), dtype=torch.float32)
    batches = make_batches(inputs, np.repeat([0, 1, 2], 30), 24, 0.1, 0)
    recipe = FlowRecipe(axes, rotation, 1, 2, 3, layers, 2, 3, Plan(steps=10, learning_rate=0.01, seed=5))

    def begun(index):
        with torch.no_grad():
            out = recipe(index, batches).network.outputs(batches.inputs).double().numpy()
        x = batches.inputs[:, :3].double().numpy()
        found = np.linalg.lstsq(x, out, rcond=None)[0]
        assert out == pytest.approx(x @ found, abs=1e-4)
        return found

    first, second, third = (begun(index) for index in range(3))
    assert first == pytest.approx(rotation, abs=1e-4)
    for other in (second, third):
        assert other.T @ other == pytest.approx(np.eye(3), abs=1e-4)
    assert np.abs(second - third).max() > 0.1
    assert np.array_equal(begun(1), second)


def test_every_output_depends_on_every_input():
    network, batch = flow(), people()
    jacobian = torch.autograd.functional.jacobian(lambda x: network.outputs(x[None])[0], batch.inputs[0])
    assert bool((jacobian.abs() > 1e-9).all())


def test_likelihood_is_that_of_the_outputs_times_the_determinant_of_the_jacobian():
    network, batch = flow(), people()
    total = 0.0
    start = 0
    for e, size in zip(batch.environments, batch.sizes, strict=True):
        for row in batch.inputs[start : start + size]:
            jacobian = torch.autograd.functional.jacobian(lambda x: network.outputs(x[None])[0], row)[:, :4]
            alone = Batch(row[None], (1,), (e,))
            out = network.outputs(row[None])
            laws = network._log_law_of_z(out[:, :2].T) + network._log_law_of_v(out[:, 2:].T, alone)
            total += float(laws[0].detach()) + float(torch.linalg.slogdet(jacobian)[1])
        start += size
    assert float(network.log_likelihood(batch).detach()) == pytest.approx(total / 6, abs=1e-10)


def test_laws_integrate_to_one():
    network = flow(d=2, a=1, k=1, environments=2)
    grid = torch.linspace(-60, 60, 40_001, dtype=torch.float64)[:, None]
    step = float(grid[1] - grid[0])
    assert float(network._log_law_of_z(grid.T).exp().sum() * step) == pytest.approx(1, abs=1e-6)
    inputs = torch.cat([torch.zeros(len(grid), 2, dtype=torch.float64), torch.full_like(grid, 0.7)], 1)
    law = network._log_law_of_v(grid.T, Batch(inputs, (len(grid),), (1,))).exp()
    # less the constant of the normal law
    assert float(law.sum() * step) == pytest.approx(math.sqrt(2 * math.pi), rel=1e-4)


def test_only_the_law_of_v_knows_the_environment():
    network, batch = flow(), people()
    other = Batch(batch.inputs, batch.sizes, (2, 0, 1))
    assert float(network.log_likelihood(batch)) != float(network.log_likelihood(other))
    no_v = flow(k=4)
    assert float(no_v.log_likelihood(batch)) == float(no_v.log_likelihood(other))


def test_laws_start_at_those_of_the_people():
    network = Flow(start(3), 0, 1, 2, 2, 3)
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3)) + np.repeat([[0.0], [3.0]], 200, axis=0)
    batch = Batch(torch.tensor(mixed, dtype=torch.float32), (200, 200), (0, 1))
    before = float(network.log_likelihood(batch).detach())
    network.start_distributions(batch)
    for e, part in enumerate(batch.inputs[:, 1:].split(200)):
        [(moved, _)] = network.v_laws.apart([(e, (part - network.v_shift[e]).T, part[:, :0].T)])
        white = moved.detach().numpy()
        assert white.mean(axis=1) == pytest.approx(0, abs=1e-4)
        assert np.cov(white, bias=True) == pytest.approx(np.eye(2), abs=2e-3)
    assert float(network.log_likelihood(batch).detach()) > before


def test_repeated_values_do_not_make_the_likelihood_diverge():
    network = Flow(start(2), 0, 1, 1, 2, 4)
    with torch.no_grad():
        network.log_scales.fill_(-50.0)
        for made in (network.layers, network.v_laws):
            made.low.fill_(1e6)
            made.high.fill_(1e6)
            made.log_softness.fill_(-50.0)
    rows = torch.zeros(5, 2)
    assert math.isfinite(float(network.log_likelihood(Batch(rows, (5,), (0,))).detach()))
