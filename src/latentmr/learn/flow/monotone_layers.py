"""Invertible layers: a linear map, then an increasing function of every coordinate."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["MonotoneLayers"]

#: Smallest softness of a bend: the likelihood cannot diverge where columns hold repeated values.
LEAST_SOFTNESS = 0.02
#: Where softness starts, in standard deviations.
SOFTNESS = 0.3
#: Bound of the logarithm of a slope, and of a softness from above, for the same reason.
MOST_LOG_SLOPE = 4.0


class MonotoneLayers(nn.Module):
    """Layers of a normalizing flow whose Jacobian is a product of matrices and diagonals.

    As in Gaussianization flows (Meng et al., 2020): ``x -> M x + N aux``, then of each coordinate an increasing
    function ``sum_j [low_j x + (high_j - low_j) softness_j log(1 + exp((x - knot_j) / softness_j))]``: its slope goes
    from ``sum_j low_j`` through bends at the knots to ``sum_j high_j``. All slopes are equal at the start: the layers
    are then linear.

    Parameters
    ----------
    maps : Tensor of dimension (layers, d, d)
        Where the linear maps start; rows are inputs.
    a : int
        Auxiliary features.
    bends : int
        Of each coordinate in each layer.
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
        """Transform ``[d, n]``, people in columns, given ``[a, n]``; and the logarithm of the determinant ``[n]``."""
        functions = [part.unbind() for part in self.functions()]
        total = torch.linalg.slogdet(self.maps)[1].sum()
        for i in range(len(self.maps)):
            x, log_slope = self._layer(i, x, aux, *(part[i] for part in functions))
            total = total + log_slope
        return x, total

    def apart(self, groups: Sequence[tuple[int, Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """Each layer alone: transform ``x [d, n]`` by the layer of a number, given ``aux [a, n]``, for each group."""
        functions = [part.unbind() for part in self.functions()]
        volumes = torch.linalg.slogdet(self.maps)[1].unbind()
        out = []
        for i, x, aux in groups:
            moved, log_slope = self._layer(i, x, aux, *(part[i] for part in functions))
            out.append((moved, log_slope + volumes[i]))
        return out

    def functions(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Low slopes, high slopes, knots and softness ``[layers, bends, d]``; slopes are summed over bends."""
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
    """The increasing functions with derivatives written out: a step on few coordinates takes a tenth less time."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, low: Tensor, high: Tensor, knots: Tensor, softness: Tensor) -> tuple[Tensor, ...]:
        """Value and logarithm of the slope ``[d, n]`` of ``x [d, n]``; parameters are ``[bends, d, 1]``."""
        u = (x - knots) / softness
        rising, soft = torch.sigmoid(u), nn.functional.softplus(u)
        change, base = high - low, low.sum(0)
        slope = base + (change * rising).sum(0)
        ctx.save_for_backward(x, u, rising, soft, slope, change, base, softness)
        return base * x + (change * softness * soft).sum(0), torch.log(slope)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        """Gradients with respect to all arguments of forward."""
        to_value, to_log = gradients
        x, u, rising, soft, slope, change, base, softness = ctx.saved_tensors
        to_slope = to_log / slope
        curve = rising * (1 - rising) * to_slope  # of the slope with respect to u, but for the change
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
