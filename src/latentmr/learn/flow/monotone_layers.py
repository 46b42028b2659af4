"""Define invertible layers: a linear map, then an increasing function of every coordinate."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["MonotoneLayers"]

#: Smallest softness of a bend; it keeps the likelihood from diverging if columns hold repeated values.
LEAST_SOFTNESS = 0.02
#: Initial softness, in standard deviations.
SOFTNESS = 0.3
#: Bound of the logarithm of a slope, and upper bound of a softness, for the same reason.
MOST_LOG_SLOPE = 4.0


class MonotoneLayers(nn.Module):
    """Layers of a normalizing flow whose Jacobian is a product of matrices and diagonals.

    As in Gaussianization flows (Meng et al., 2020), a layer applies ``x -> M x + N aux``, then an increasing function
    of each coordinate: ``sum_j [low_j x + (high_j - low_j) softness_j log(1 + exp((x - knot_j) / softness_j))]``. Its
    slope changes from ``sum_j low_j`` through bends at the knots to ``sum_j high_j``. All slopes are equal at
    initialisation, so the layers are linear then.

    Parameters
    ----------
    maps : Tensor of dimension (layers, d, d)
        Initial linear maps; rows are inputs.
    a : int
        Number of auxiliary features.
    bends : int
        Number of bends of each coordinate in each layer.
    """

    def __init__(self, maps: Tensor, a: int, bends: int) -> None:
        super().__init__()
        layers, d, _ = maps.shape
        self.maps = nn.Parameter(maps.clone())
        self.aux_maps = nn.Parameter(torch.zeros(layers, a, d))
        self.low = nn.Parameter(torch.zeros(layers, bends, d))
        self.high = nn.Parameter(torch.zeros(layers, bends, d))
        knots = torch.linspace(-1, 1, bends) if bends > 1 else torch.zeros(1)
        self.knots = nn.Parameter(knots[None, :, None].repeat(layers, 1, d))
        self.log_softness = nn.Parameter(torch.full((layers, bends, d), math.log(SOFTNESS)))

    def forward(self, x: Tensor, aux: Tensor) -> tuple[Tensor, Tensor]:
        """Transform ``[d, n]``, individuals in columns, given ``[a, n]``; return also the log determinant ``[n]``."""
        functions = [part.unbind() for part in self.functions()]
        total = torch.linalg.slogdet(self.maps)[1].sum()
        for i in range(len(self.maps)):
            x, log_slope = self._layer(i, x, aux, *(part[i] for part in functions))
            total = total + log_slope
        return x, total

    def apart(self, groups: Sequence[tuple[int, Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """Transform ``x [d, n]`` by the layer of a given number alone, with ``aux [a, n]``, for each group."""
        functions = [part.unbind() for part in self.functions()]
        volumes = torch.linalg.slogdet(self.maps)[1].unbind()
        out = []
        for i, x, aux in groups:
            moved, log_slope = self._layer(i, x, aux, *(part[i] for part in functions))
            out.append((moved, log_slope + volumes[i]))
        return out

    def functions(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return low slopes, high slopes, knots and softness ``[layers, bends, d]``; slopes are summed over bends."""
        bends = self.low.shape[1]
        low, high = (torch.exp(_bounded(part)) / bends for part in (self.low, self.high))
        return low, high, self.knots, LEAST_SOFTNESS + torch.exp(self.log_softness.clamp(max=MOST_LOG_SLOPE))

    def _layer(self, i: int, x: Tensor, aux: Tensor, *function: Tensor) -> tuple[Tensor, Tensor]:
        x = self.maps[i].T @ x
        if len(aux):
            x = x + self.aux_maps[i].T @ aux
        out = _Bends.apply(x, *(part[:, :, None] for part in function))
        return out[0], out[1].sum(0)


class _Bends(torch.autograd.Function):
    """Increasing functions with explicit derivatives, which make a step on few coordinates a tenth faster."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, low: Tensor, high: Tensor, knots: Tensor, softness: Tensor) -> tuple[Tensor, ...]:
        """Return value and logarithm of the slope ``[d, n]`` of ``x [d, n]``; parameters are ``[bends, d, 1]``."""
        u = (x - knots) / softness
        rising, soft = torch.sigmoid(u), nn.functional.softplus(u)
        change, base = high - low, low.sum(0)
        slope = base + (change * rising).sum(0)
        ctx.save_for_backward(x, u, rising, soft, slope, change, base, softness)
        return base * x + (change * softness * soft).sum(0), torch.log(slope)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        """Return gradients with respect to all arguments of ``forward``."""
        to_value, to_log = gradients
        x, u, rising, soft, slope, change, base, softness = ctx.saved_tensors
        to_slope = to_log / slope
        curve = rising * (1 - rising) * to_slope  # derivative of the slope, up to its change
        direct = rising * to_value
        to_x = to_value * slope + (change / softness * curve).sum(0)
        to_base = (to_value * x + to_slope).sum(1, keepdim=True)
        to_change = softness * (soft * to_value).sum(2, keepdim=True) + (rising * to_slope).sum(2, keepdim=True)
        curve_sum, direct_sum = curve.sum(2, keepdim=True), direct.sum(2, keepdim=True)
        to_knots = -change * (direct_sum + curve_sum / softness)
        to_softness = change * (
            (soft * to_value - u * direct).sum(2, keepdim=True) - (u * curve).sum(2, keepdim=True) / softness
        )
        return to_x, to_base - to_change, to_change, to_knots, to_softness


def _bounded(raw: Tensor) -> Tensor:
    return MOST_LOG_SLOPE * torch.tanh(raw / MOST_LOG_SLOPE)
