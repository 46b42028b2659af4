"""Layers of linear maps and increasing functions: derivatives written out are right, and determinants are those."""

import numpy as np
import pytest
import torch

from latentmr.learn.flow.monotone_layers import LEAST_SOFTNESS, MOST_LOG_SLOPE, MonotoneLayers, _Bends


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def layers(d=3, a=2, count=2, bends=2, size=0.5, seed=0):
    """Far from their start, in double precision."""
    made = MonotoneLayers(torch.eye(d).repeat(count, 1, 1), a, bends).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += size * torch.randn(parameter.shape, generator=generator(seed), dtype=torch.float64)
    return made.requires_grad_(False)


@pytest.mark.parametrize("bends", [1, 3])
def test_derivatives_are_those_of_finite_differences(bends):
    shapes = [(3, 5), *[(bends, 3, 1)] * 4]
    drawn = [torch.randn(shape, generator=generator(i), dtype=torch.float64) for i, shape in enumerate(shapes)]
    arguments = [drawn[0], drawn[1].exp(), drawn[2].exp(), drawn[3], 0.2 + drawn[4].abs()]
    assert torch.autograd.gradcheck(_Bends.apply, [part.requires_grad_() for part in arguments])


def test_it_is_the_formula():
    made, rng = layers(count=1), np.random.default_rng(0)
    x, aux = rng.normal(size=(3, 7)), rng.normal(size=(2, 7))
    found, _ = made(torch.tensor(x), torch.tensor(aux))
    low, high, knots, softness = (part[0].numpy() for part in made.functions())
    h = made.maps[0].numpy().T @ x + made.aux_maps[0].numpy().T @ aux
    expected = sum(
        low[j, :, None] * h
        + ((high - low) * softness)[j, :, None] * np.logaddexp(0, (h - knots[j, :, None]) / softness[j, :, None])
        for j in range(2)
    )
    assert found.numpy() == pytest.approx(expected, abs=1e-12)


def test_they_are_linear_at_the_start():
    maps = torch.randn(2, 3, 3, generator=generator(4), dtype=torch.float64)
    x = torch.randn(3, 5, generator=generator(5), dtype=torch.float64)
    made = MonotoneLayers(maps, 0, 3).double().requires_grad_(False)
    out, log_det = made(x, x[:0])
    assert torch.allclose(out, maps[1].T @ maps[0].T @ x)
    assert torch.allclose(log_det, torch.linalg.slogdet(maps)[1].sum().expand(5))


@pytest.mark.parametrize("size", [1.0, 1e3])
def test_functions_increase_whatever_was_learned(size):
    made = MonotoneLayers(torch.eye(1)[None], 0, 3)
    with torch.no_grad():
        for parameter in (made.low, made.high):
            parameter += size * torch.randn(parameter.shape, generator=generator(6))
        made.log_softness.fill_(-size)
    low, high, _, softness = made.requires_grad_(False).functions()
    assert float(softness.min()) >= LEAST_SOFTNESS * (1 - 1e-6)
    assert float(torch.cat([low, high]).min()) > 0
    with torch.no_grad():
        out, log_det = made(torch.linspace(-5, 5, 201)[None], torch.zeros(0, 201))
    assert bool((out.diff() > 0).all())
    assert bool(torch.isfinite(log_det).all())


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("size", [1.0, 30.0, 1e3])
def test_every_coordinate_increases_and_slopes_stay_finite(size, seed):
    made = MonotoneLayers(torch.eye(4)[None], 0, 3)
    with torch.no_grad():
        for i, parameter in enumerate((made.low, made.high)):
            signs = torch.randn(parameter.shape, generator=generator(10 * seed + i)).sign()
            parameter.copy_(size * signs)
        made.log_softness.copy_(-size * torch.rand(made.log_softness.shape, generator=generator(seed)))
    functions = [part[0, :, :, None].detach() for part in made.functions()]
    out, log_slope = _Bends.apply(torch.linspace(-3, 3, 301).repeat(4, 1), *functions)
    assert bool((out.diff(dim=1) > 0).all())
    # no slope lies outside of the bound of low and high ones
    assert float(log_slope.abs().max()) <= MOST_LOG_SLOPE + 1e-3


def test_log_determinant_is_that_of_the_jacobian():
    made = layers()
    x = torch.randn(3, 4, generator=generator(1), dtype=torch.float64)
    aux = torch.randn(2, 4, generator=generator(2), dtype=torch.float64)
    _, log_det = made(x, aux)
    for i in range(4):
        jacobian = torch.autograd.functional.jacobian(lambda v, i=i: made(v[:, None], aux[:, [i]])[0][:, 0], x[:, i])
        assert float(torch.linalg.slogdet(jacobian)[1]) == pytest.approx(float(log_det[i]), abs=1e-10)


def test_layers_in_turn_are_all_of_them():
    made = layers(count=3)
    x = torch.randn(3, 4, generator=generator(1), dtype=torch.float64)
    aux = torch.randn(2, 4, generator=generator(2), dtype=torch.float64)
    whole, log_det = made(x, aux)
    total = torch.zeros(4, dtype=torch.float64)
    for i in range(3):
        [(x, more)] = made.apart([(i, x, aux)])
        total += more
    assert torch.allclose(x, whole)
    assert torch.allclose(total, log_det)
