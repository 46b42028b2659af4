"""An invertible network with exact likelihood: one law of instruments for all, and laws of the residual latents."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.learn.batches import Batch
from latentmr.learn.network import perceptron

__all__ = ["Coupling", "Flow"]

#: Bound of the logarithm of a coupling's scale: the likelihood cannot diverge where columns hold repeated values.
MOST_LOG_SCALE = 2.0
#: Smallest scale of a component of the instruments' law, for the same reason.
LEAST_SCALE = 0.05


class Coupling(nn.Module):
    """Affine coupling (Dinh et al., 2017): some coordinates are scaled and shifted, as a function of the others.

    Parameters
    ----------
    given, moved : sequence of int
        Coordinates that decide, and those that are scaled and shifted.
    more : int
        Further variables that decide.
    width, depth : int
        Of the perceptron, whose last layer starts at zero: the coupling starts as the identity.
    """

    given: Tensor
    moved: Tensor

    def __init__(self, given: Sequence[int], moved: Sequence[int], more: int, width: int, depth: int) -> None:
        super().__init__()
        self.register_buffer("given", torch.tensor(given, dtype=torch.long))
        self.register_buffer("moved", torch.tensor(moved, dtype=torch.long))
        self.net = perceptron(len(given) + more, 2 * len(moved), width, depth)

    def forward(self, x: Tensor, more: Tensor) -> tuple[Tensor, Tensor]:
        """Transform ``[n, d]``; and the logarithm of the determinant ``[n]``."""
        raw, shift = self.net(torch.cat([x[:, self.given], more], 1)).chunk(2, 1)
        scale = MOST_LOG_SCALE * torch.tanh(raw / MOST_LOG_SCALE)
        moved = x[:, self.moved] * torch.exp(scale) + shift
        return x.index_copy(1, self.moved, moved), scale.sum(1)


class Flow(nn.Module):
    """``T(inputs) = (z, v)`` with the likelihood ``p(z) p(v | environment, aux) |det dT|``.

    Parameters
    ----------
    d, a, k : int
        Coordinates of the input, auxiliary features beside them, instruments.
    environments : int
        Number of environments.
    layers, width, depth : int
        Couplings; of their perceptrons.
    components : int
        Logistic components of the law of each instrument; with one it is a logistic law.
    rotation : Tensor of dimension (d, d), optional
        Where the linear first layer starts; the identity by default: the solution of the linear learner.
    seed : int
        Of the halves that couplings split the coordinates into.
    """

    def __init__(
        self,
        d: int,
        a: int,
        k: int,
        environments: int,
        layers: int,
        width: int,
        depth: int,
        components: int,
        rotation: Tensor | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.d, self.a, self.k, self.environments = d, a, k, environments
        r = d - k
        self.rotation = nn.Parameter(torch.eye(d) if rotation is None else rotation.clone())
        rng = np.random.default_rng(seed)
        self.couplings = nn.ModuleList(
            Coupling(given, moved, a, width, depth) for given, moved in _halves(rng, d, layers)
        )
        self.centers = nn.Parameter(torch.linspace(-1.8, 1.8, components).repeat(k, 1))
        self.log_scales = nn.Parameter(torch.full((k, components), math.log(1.6 / components)))
        self.logits = nn.Parameter(torch.zeros(k, components))
        self.v_couplings = nn.ModuleList(
            Coupling(given, moved, environments + a, width // 2, 1) for given, moved in _halves(rng, r, 2)
        )
        self.v_shift = nn.Parameter(torch.zeros(environments, r))
        self.v_aux = nn.Parameter(torch.zeros(environments, a, r))
        self.v_root = nn.Parameter(torch.zeros(environments, r, r))

    def outputs(self, inputs: Tensor) -> Tensor:
        """Raw outputs ``[n, d]``: scores of the instruments, then residual latents."""
        return self._transform(inputs)[0]

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Mean over people, less the constants of normal laws, in nats."""
        out, log_det = self._transform(batch.inputs)
        return (log_det + self._log_law_of_z(out[:, : self.k]) + self._log_law_of_v(out[:, self.k :], batch)).mean()

    def start_laws(self, batch: Batch) -> None:
        """Set the normal laws of ``v`` to those of some people of all environments, with the couplings as they are."""
        if self.d == self.k:
            return
        with torch.no_grad():
            v = self.outputs(batch.inputs)[:, self.k :]
            for e, part in zip(batch.environments, v.split(list(batch.sizes)), strict=True):
                centred = part - part.mean(0)
                S = centred.T @ centred / len(part) + 1e-4 * torch.eye(v.shape[1], device=v.device)
                root = torch.linalg.inv(torch.linalg.cholesky(S))
                self.v_shift[e] = part.mean(0)
                self.v_root[e] = torch.tril(root, -1) + torch.diag(torch.log(torch.diag(root)))

    def _transform(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        x, aux = inputs[:, : self.d] @ self.rotation, inputs[:, self.d :]
        log_det = torch.linalg.slogdet(self.rotation)[1].expand(len(x))
        for coupling in self.couplings:
            x, more = coupling(x, aux)
            log_det = log_det + more
        return x, log_det

    def _log_law_of_z(self, z: Tensor) -> Tensor:
        log_scales = torch.log(LEAST_SCALE + torch.exp(self.log_scales))
        u = (z[:, :, None] - self.centers) * torch.exp(-log_scales)
        parts = torch.log_softmax(self.logits, 1) - log_scales - u - 2 * nn.functional.softplus(-u)
        return torch.logsumexp(parts, 2).sum(1)

    def _log_law_of_v(self, v: Tensor, batch: Batch) -> Tensor:
        aux = batch.inputs[:, self.d :]
        numbers = torch.tensor(batch.environments, device=v.device)
        people = torch.repeat_interleave(numbers, torch.tensor(batch.sizes, device=v.device))
        one_hot = nn.functional.one_hot(people, self.environments).to(v.dtype)
        given = torch.cat([one_hot, aux], 1)
        log_det = v.new_zeros(len(v))
        for coupling in self.v_couplings:
            v, more = coupling(v, given)
            log_det = log_det + more
        diagonal = torch.diagonal(self.v_root, dim1=1, dim2=2)
        roots = torch.tril(self.v_root, -1) + torch.diag_embed(torch.exp(diagonal))
        parts = zip(batch.environments, v.split(list(batch.sizes)), aux.split(list(batch.sizes)), strict=True)
        white = torch.cat([(w - self.v_shift[e] - b @ self.v_aux[e]) @ roots[e].T for e, w, b in parts])
        return log_det + diagonal.sum(1)[people] - (white**2).sum(1) / 2


def _halves(rng: np.random.Generator, d: int, count: int) -> list[tuple[list[int], list[int]]]:
    """Which coordinates decide and which are moved: two complementary couplings for each random split."""
    out: list[tuple[list[int], list[int]]] = []
    while d > 1 and len(out) < count:
        order = rng.permutation(d).tolist()
        one, other = sorted(order[: d // 2]), sorted(order[d // 2 :])
        out += [(one, other), (other, one)]
    return out[:count]
