"""Rivals that learn instruments from one pooled sample, re-implemented small from their papers.

``vae`` is a variational autoencoder without any of the penalties (Kingma and Welling, 2014). ``autoiv`` follows Yuan et
al. (2022): instruments informative on the exposure, but not on the outcome given the exposure, by variational
bounds of mutual information. ``znet`` follows Dean et al. (2026): instruments that help to predict the exposure and
are uncorrelated with what an outcome model leaves over. The last two look at exposure and outcome, and none at
environments.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import latentmr as lm
from latentmr.data import Dataset
from latentmr.iv import natural_spline, spline_knots
from latentmr.results.objects import Estimate

__all__ = ["RIVALS", "estimate"]

Array = NDArray[np.float64]

STEPS = 2000
SIZE = 1024
WIDTH = 64


def estimate(Z: Array, data: Dataset) -> Estimate:
    """Apply LIML as in the primary row: natural splines of the instruments, adjusted for environments, robust."""
    basis = np.hstack([Z, natural_spline(Z, spline_knots(Z))])
    dummies = (data.env[:, None] == np.arange(1, data.n_env)).astype(np.float64)
    return lm.liml(basis, data.X, data.y, dummies)


def vae(data: Dataset, k: int, seed: int) -> Array:
    """Return the means of the latents."""
    torch.manual_seed(seed)
    encoder, decoder = _net(data.p, 2 * k), _net(k, data.p)
    noise = nn.Parameter(torch.zeros(data.p))

    def loss(G: Tensor, x: Tensor, y: Tensor) -> Tensor:
        mean, log_sd = encoder(G).chunk(2, 1)
        latent = mean + torch.exp(log_sd) * torch.randn_like(mean)
        error = (G - decoder(latent)) * torch.exp(-noise)
        prior = (mean**2 + torch.exp(2 * log_sd)) / 2 - log_sd
        return (error**2 / 2 + noise).sum(1).mean() + prior.sum(1).mean()

    return _train(data, [*encoder.parameters(), *decoder.parameters(), noise], loss, lambda G: encoder(G)[:, :k], seed)


def autoiv(data: Dataset, k: int, seed: int) -> Array:
    """Return the representation that is meant to be an instrument."""
    torch.manual_seed(seed)
    to_z, to_c = _net(data.p, k), _net(data.p, k)
    x_of_z, x_of_c, y_of_c, y_of_z, z_of_c = _net(k, 2), _net(k, 2), _net(k, 2), _net(k + 1, 2), _net(k, 2 * k)
    fits = [x_of_z, x_of_c, y_of_c, y_of_z, z_of_c]
    predict = _net(k + 1, 1)

    def loss(G: Tensor, x: Tensor, y: Tensor) -> Tensor:
        z, c = to_z(G), to_c(G)
        z, c = (part / (1e-3 + part.std(0)) for part in (z, c))
        # bounds are tightened with fixed representations, and representations are trained with fixed bounds
        fitted = sum(
            -_log_density(net, given.detach(), target.detach()).mean()
            for net, given, target in ((y_of_z, torch.cat([z, x], 1), y), (z_of_c, c, z))
        )
        shuffled = torch.randperm(len(y))
        with_y = _log_density(y_of_z, torch.cat([z, x], 1), y, frozen=True)
        without_y = _log_density(y_of_z, torch.cat([z[shuffled], x], 1), y, frozen=True)
        with_z = _log_density(z_of_c, c, z, frozen=True)
        without_z = _log_density(z_of_c, c, z[shuffled], frozen=True)
        kept = _log_density(x_of_z, z, x) + _log_density(x_of_c, c, x) + _log_density(y_of_c, c, y)
        apart = (with_y - without_y) + (with_z - without_z)
        return fitted + (apart - kept).mean() + ((y - predict(torch.cat([c, x], 1))) ** 2).mean()

    networks = [to_z, to_c, predict, *fits]
    return _train(data, [w for net in networks for w in net.parameters()], loss, to_z, seed)


def znet(data: Dataset, k: int, seed: int) -> Array:
    """Return the representation that is meant to be an instrument."""
    torch.manual_seed(seed)
    to_z, to_c = _net(data.p, k), _net(data.p, k)
    exposure, outcome = _net(2 * k, 1), _net(data.p + 1, 1)

    def loss(G: Tensor, x: Tensor, y: Tensor) -> Tensor:
        z, c = to_z(G), to_c(G)
        fitted = outcome(torch.cat([G, x], 1))
        left = (y - fitted).detach()
        relevant = ((x - exposure(torch.cat([z, c], 1))) ** 2).mean() - _shared(z, x)
        decorrelated = _shared(z, z)
        return relevant + ((y - fitted) ** 2).mean() - _shared(c, y) + _shared(z, left) + _shared(z, c) + decorrelated

    networks = [to_z, to_c, exposure, outcome]
    return _train(data, [w for net in networks for w in net.parameters()], loss, to_z, seed)


RIVALS: dict[str, Callable[[Dataset, int, int], Array]] = {"vae": vae, "autoiv": autoiv, "znet": znet}


def _train(
    data: Dataset,
    parameters: list[nn.Parameter],
    loss: Callable[[Tensor, Tensor, Tensor], Tensor],
    encode: Callable[[Tensor], Tensor],
    seed: int,
) -> Array:
    G, x, y = (
        torch.tensor((part - part.mean(0)) / part.std(0), dtype=torch.float32) for part in (data.G, data.X, data.y)
    )
    optimiser = torch.optim.Adam(parameters, lr=2e-3, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(STEPS):
        rows = torch.randint(len(y), (SIZE,), generator=generator)
        optimiser.zero_grad()
        loss(G[rows], x[rows], y[rows, None]).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        return encode(G).double().numpy()


def _net(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, outputs)
    )


def _log_density(net: nn.Module, given: Tensor, target: Tensor, frozen: bool = False) -> Tensor:
    """Return the log-density of a normal distribution whose mean and standard deviation a network gives ``[n]``."""
    weights = {name: value.detach() for name, value in net.named_parameters()} if frozen else {}
    mean, log_sd = (torch.func.functional_call(net, weights, (given,)) if frozen else net(given)).chunk(2, 1)
    log_sd = log_sd.clamp(-3, 3)
    return (-(((target - mean) * torch.exp(-log_sd)) ** 2) / 2 - log_sd).sum(1)


def _shared(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean squared correlation of the columns of one matrix with those of the other."""
    a, b = (((part - part.mean(0)) / (1e-3 + part.std(0))) for part in (one, other))
    return ((a.T @ b / len(a)) ** 2).mean()
