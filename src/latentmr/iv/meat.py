"""Sums over rows of ``z z' u v`` for all fits on one design: the meat of sandwich covariances."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from latentmr.iv.kclass import Fit
from latentmr.iv.moments import Blocks, Moments
from latentmr.typing import Array

__all__ = ["meats"]


#: Pair of positions of variables.
Pair = tuple[int, int]
#: Function that calls another one for each pair, as ``map`` does.
Mapping = Callable[[Callable[[Pair], None], Iterable[Pair]], Iterable[None]]

#: Number of multiplications for one variable from which sums are formed by several threads.
MUCH = 1e8
#: Maximum number of elements of the rows that are weighted at a time.
ELEMENTS = 2**20
#: Two variables whose difference is below this share of their norm count as equal.
EQUAL = 1e-10
#: Largest amplification of rounding errors by a change of basis. Beyond it, a fit keeps its own basis.
AMPLIFICATION = 1e5


def meats(
    fits: list[Fit], shared: list[Fit], moments: Moments, blocks: Blocks, *, first_stage: bool
) -> tuple[list[Array], list[tuple[Array, Array | None]]]:
    """Sum the squares of the scores, and of the instruments' products with (first-stage residuals, exposures, outcome).

    A sum of ``z z' u v`` is ``B' (sum d d' u v) B`` if ``z = B' d`` in the columns ``d`` of the design. Fits with
    different instruments but equal variables therefore share one sum. The product of two variables is computed from
    squares, ``2 u v = (u + v)^2 - u^2 - v^2``, because the product of a matrix with its own transpose takes half the
    time.

    Parameters
    ----------
    fits : list of Fit
        Fits whose scores are summed.
    shared : list of Fit
        Fits with distinct instruments or regressors.
    moments : Moments
        Moments of the design.
    blocks : Blocks
        Rows of the design; read once.
    first_stage : bool
        Whether to compute the sums for the first-stage residuals, or only their traces.

    Returns
    -------
    list of np.ndarray of dimension (m, m)
        Sums of products of the scores, one for each of ``fits``.
    list of tuple
        One for each of ``shared``: sums of dimension ``(2 m + 1, 2 m + 1, k, k)``, and the traces of those of the
        first-stage residuals. If ``first_stage`` is False, the sums for these residuals stay zero. If it is True, the
        traces are None.
    """
    with _mapping(moments.n * sum(fit.k**2 for fit in shared)) as run:
        return _summed(fits, shared, moments, blocks, first_stage, run)


def _summed(
    fits: list[Fit], shared: list[Fit], moments: Moments, blocks: Blocks, first_stage: bool, run: Mapping
) -> tuple[list[Array], list[tuple[Array, Array | None]]]:
    m = len(fits[0].beta)
    variables = _Variables(moments)
    places = [[variables.place(column) for column in np.hstack([fit.first_residual, fit.given]).T] for fit in shared]
    # the first-stage residuals come first, and are not combined with exposures and outcome
    wanted = [(j, l) for j in range(m) for l in range(j, m if first_stage else j + 1)]
    wanted += [(j, l) for j in range(m, 2 * m + 1) for l in range(j, 2 * m + 1)]
    needs = [_squares((place[j], place[l]) for j, l in wanted) for place in places]
    frames, owner = _frames(shared, needs, moments)
    narrow = np.column_stack([part for fit in fits for part in (fit.score, fit.residual)])
    maps = np.column_stack([narrow, *variables.maps])
    scores = [np.zeros((m, m)) for _ in fits]
    for centred in _pieces(blocks, moments.mean):
        values = centred @ maps
        for value, score in zip(np.split(values[:, : narrow.shape[1]], len(fits), axis=1), scores, strict=True):
            moment = value[:, :m] * value[:, [m]]
            score += moment.T @ moment
        for frame in frames:
            deque(run(frame.adding(centred, values[:, narrow.shape[1] :]), frame.squares), maxlen=0)
    out: list[tuple[Array, Array | None]] = []
    for fit, place, frame in zip(shared, places, owner, strict=True):
        product, traces = np.zeros((2 * m + 1, 2 * m + 1, fit.k, fit.k)), np.zeros(m)
        basis = None if frame.own else fit.orthonormal[frame.columns]
        for j, other in wanted:
            found = variables.norms[place[j]] * variables.norms[place[other]] * frame.of(place[j], place[other])
            if j < m and not first_stage:
                traces[j] = np.trace(found) if basis is None else np.vdot(basis, found @ basis)
                continue
            product[j, other] = product[other, j] = found if basis is None else _symmetric(basis.T @ found @ basis)
        out.append((product, None if first_stage else traces))
    return scores, out


def _pieces(blocks: Blocks, mean: Array) -> Iterator[Array]:
    """Yield centred rows, of a size that bounds the memory of each thread."""
    rows = max(1, ELEMENTS // len(mean))
    for block in blocks():
        for start in range(0, len(block), rows):
            yield block[start : start + rows] - mean


@contextmanager
def _mapping(work: float) -> Iterator[Mapping]:
    """Give a ``map`` over pairs, by threads if there is much work.

    Each sum is left to one thread. The matrices are too small to share one product among threads, which takes many
    times longer if the machine is busy. The numbers then hardly depend on the number of threads.
    """
    if work < MUCH:
        yield map
        return
    threads = max((lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"), default=1)
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        yield map if threads == 1 else pool.map


class _Variables:
    """Distinct variables as maps of the centred design, of norm one."""

    def __init__(self, moments: Moments) -> None:
        self._S = moments.S
        self._scale = np.sqrt(np.maximum(np.diag(moments.S), 0.0))
        self.maps: list[Array] = []
        self.norms: list[float] = []

    def place(self, variable: Array) -> int:
        """Return the position of a variable, which is added if it is new."""
        norm = max(float(variable @ self._S @ variable), 0.0) ** 0.5 or 1.0
        unit = variable / norm
        for j, known in enumerate(self.maps):
            # the triangle inequality bounds the norm of the difference, without cancellation
            if self._scale @ np.abs(unit - known) <= EQUAL and abs(norm - self.norms[j]) <= EQUAL * norm:
                return j
        self.maps.append(unit)
        self.norms.append(norm)
        return len(self.maps) - 1


@dataclass
class _Frame:
    """Sums of squares of coordinates, weighted by squares of variables or of sums of two variables."""

    columns: slice | NDArray[np.int64]
    coordinates: Array | None
    size: int
    squares: dict[Pair, Array] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether the coordinates are the orthonormal instruments of one fit, and not columns of the design."""
        return self.coordinates is not None

    def need(self, squares: set[Pair]) -> None:
        """Add sums that are needed."""
        for pair in sorted(squares - set(self.squares)):
            self.squares[pair] = np.zeros((self.size, self.size))

    def adding(self, centred: Array, variables: Array) -> Callable[[Pair], None]:
        """Return a function that adds some rows to the sum of one pair."""
        rows = centred[:, self.columns] if self.coordinates is None else centred @ self.coordinates

        def add(pair: Pair) -> None:
            one, other = pair
            weight = variables[:, one] if one == other else variables[:, one] + variables[:, other]
            weighted = rows * weight[:, None]
            self.squares[pair] += weighted.T @ weighted

        return add

    def of(self, one: int, other: int) -> Array:
        """Return the sum of squares of the coordinates, weighted by the product of two variables."""
        one, other = sorted((one, other))
        if one == other:
            return self.squares[one, one]
        return (self.squares[one, other] - self.squares[one, one] - self.squares[other, other]) / 2


def _squares(pairs: Iterator[Pair]) -> set[Pair]:
    """Return the squares from which products follow: of both variables, and of their sum."""
    out = set()
    for one, other in pairs:
        out |= {(one, one), (other, other), (min(one, other), max(one, other))}
    return out


def _frames(shared: list[Fit], needs: list[set[Pair]], moments: Moments) -> tuple[list[_Frame], list[_Frame]]:
    """Return the frames of coordinates, and the one of each fit.

    A fit uses columns of the design, together with other fits, if this takes fewer operations than its own basis.
    """
    scale = np.sqrt(np.maximum(np.diag(moments.S), 0.0))
    q = len(scale)
    columns: set[int] = set()
    squares: set[Pair] = set()
    pooled: list[int] = []
    for j in sorted(range(len(shared)), key=lambda j: -shared[j].k):
        basis, k = shared[j].orthonormal, shared[j].k
        if ((scale[:, None] * basis) ** 2).sum() > AMPLIFICATION:
            continue
        wider, more = columns | set(np.flatnonzero(basis.any(axis=1)).tolist()), squares | needs[j]
        if len(more) * len(wider) ** 2 - len(squares) * len(columns) ** 2 <= 2 * q * k + len(needs[j]) * k**2:
            columns, squares = wider, more
            pooled.append(j)
    order = np.array(sorted(columns), dtype=np.int64)
    whole = len(order) and order[-1] - order[0] + 1 == len(order)
    common = _Frame(slice(int(order[0]), int(order[-1]) + 1) if whole else order, None, len(order))
    owner = [common if j in pooled else _Frame(slice(0, 0), fit.orthonormal, fit.k) for j, fit in enumerate(shared)]
    for j, frame in enumerate(owner):
        frame.need(needs[j])
    return [*([common] if pooled else []), *(frame for frame in owner if frame.own)], owner


def _symmetric(V: Array) -> Array:
    return np.asarray((V + V.T) / 2)
