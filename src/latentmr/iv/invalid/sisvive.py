"""sisVIVE: a lasso on the direct effects of instruments, computed as an exact path from cross products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.invalid.estimate import InvalidInstrumentEstimate
from latentmr.iv.invalid.individual_data import IndividualData, checked_data, inverse
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import Details
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["Sisvive", "SisvivePath", "sisvive", "sisvive_path"]


# Penalties tried by cross-validation, evenly spaced from 0 to twice the one that holds all direct effects at zero.
_GRID = 100


@dataclass(frozen=True, repr=False)
class SisvivePath(ShortRepr):
    """Lasso solutions at the penalties at which the set of invalid instruments changes; they are linear in between.

    Parameters
    ----------
    penalty : np.ndarray of dimension (m,)
        Penalties in decreasing order; the last is 0.
    direct : np.ndarray of dimension (m, k)
        Direct effects of the instruments on the outcome at each penalty.
    beta : np.ndarray of dimension (m,)
        Effect of the exposure at each penalty.
    """

    penalty: Array
    direct: Array
    beta: Array

    def at(self, penalty: Array) -> tuple[Array, Array]:
        """Return direct effects [p, k] and effects [p] at given penalties [p]."""
        order = slice(None, None, -1)
        knots = self.penalty[order]
        direct = [np.interp(penalty, knots, path[order]) for path in self.direct.T]
        return np.column_stack(direct), np.interp(penalty, knots, self.beta[order])


@dataclass(frozen=True, repr=False)
class Sisvive(Details):
    """Details of an estimate by sisVIVE.

    Parameters
    ----------
    path : SisvivePath
        All solutions.
    penalty : float
        Selected penalty.
    direct : np.ndarray of dimension (k,)
        Direct effects at the selected penalty.
    penalties, cv_error, cv_se : np.ndarray of dimension (p,)
        Candidate penalties, their cross-validated errors, and the standard errors of these.
    """

    path: SisvivePath
    penalty: float
    direct: Array
    penalties: Array
    cv_error: Array
    cv_se: Array


def sisvive(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    normalize: bool = True,
    folds: int = 10,
    seed: int = 0,
    alpha: float = 0.05,
) -> InvalidInstrumentEstimate[Sisvive]:
    """Estimate the effect by a lasso on direct effects of instruments: sisVIVE (Kang, Zhang, Cai and Small, 2016).

    It minimises ``|P_Z (y - Z a - x beta)|^2 / 2 + penalty |a|_1``. Instruments with ``a`` not 0 count as invalid. The
    effect is identified if fewer than half of the instruments are invalid. Cross-validation selects the largest penalty
    whose error is within one standard error of the minimum. The estimate is shrunken and no standard error is known, so
    that ``se`` and ``ci`` are None.

    Parameters
    ----------
    Z : array of dimension (n, k)
        At least two linearly independent candidate instruments.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors, which are not penalised. An intercept is always added.
    normalize : bool
        Whether to penalise each direct effect in units of its instrument's spread given the first stage, so that
        rescaling an instrument changes nothing. False penalises the effects as in the criterion above. (The R package
        always does the former, whatever the value of its argument of that name.)
    folds : int
        Number of cross-validation folds.
    seed : int
        Seed of the random assignment of individuals to folds.
    alpha : float
        Significance level that is stored in the result; no interval depends on it.

    Returns
    -------
    InvalidInstrumentEstimate
        Its ``details`` are a :class:`Sisvive`.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, or if instruments are fewer than two or collinear.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u, e = rng.normal(size=(2000, 5)), rng.normal(size=2000), rng.normal(size=2000)
    >>> x = Z.sum(axis=1) + u
    >>> result = sisvive(Z, x, 0.5 * x + 2 * Z[:, 0] + u + e)
    >>> 0 in result.invalid, abs(result.beta - 0.5) < 0.1
    (True, True)
    """
    probability("alpha", alpha)
    data = checked_data("sisVIVE", Z, x, y, C)
    if folds != int(folds) or not 2 <= folds <= data.n // (data.k + 2):
        raise ArgumentError(
            "folds",
            (
                f"be a whole number from 2 to {data.n // (data.k + 2)}, so that each fold has more individuals than"
                " instruments"
            ),
            f"{folds:g}",
            "give another number, or more individuals",
        )
    path = _solve(data.S, normalize)
    penalties = np.linspace(0, 2 * path.penalty[0], _GRID)
    errors = _cross_validate(data, penalties, normalize, int(folds), seed)
    mean, se = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(folds)
    best = int(np.argmin(mean))
    chosen = float(penalties[mean <= mean[best] + se[best]].max())
    direct, beta = path.at(np.array([chosen]))
    invalid = direct[0] != 0
    return InvalidInstrumentEstimate(
        method="sisVIVE",
        beta=float(beta[0]),
        se=None,
        ci=None,
        alpha=alpha,
        n=data.n,
        k=data.k,
        valid=tuple(np.flatnonzero(~invalid).tolist()),
        invalid=tuple(np.flatnonzero(invalid).tolist()),
        relevant=tuple(range(data.k)),
        details=Sisvive(path, chosen, direct[0], penalties, mean, se),
    )


def sisvive_path(
    Z: ArrayLike, x: ArrayLike, y: ArrayLike, C: ArrayLike | None = None, *, normalize: bool = True
) -> SisvivePath:
    """Return all solutions of sisVIVE, from no invalid instrument to one valid instrument.

    Arguments are those of :func:`sisvive`.

    Returns
    -------
    SisvivePath

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u, e = rng.normal(size=(2000, 3)), rng.normal(size=2000), rng.normal(size=2000)
    >>> x = Z.sum(axis=1) + u
    >>> sisvive_path(Z, x, 0.5 * x + 2 * Z[:, 0] + u + e).direct.round(1)[:2]
    array([[0. , 0. , 0. ],
           [1.9, 0. , 0. ]])
    """
    return _solve(checked_data("sisVIVE", Z, x, y, C).S, normalize)


def _solve(S: Array, normalize: bool) -> SisvivePath:
    """Compute the path from cross products of ``[Z, x, y]``: beta given a is least squares, and a is a lasso."""
    k = len(S) - 2
    zz, zx, zy = S[:k, :k], S[:k, k], S[:k, k + 1]
    first = inverse(zz) @ zx
    fitted = float(first @ zx)
    gram = zz - np.outer(zx, zx) / fitted
    cross = zy - zx * (first @ zy) / fitted
    # if one instrument is the whole first stage, its direct effect cannot be separated from the exposure's effect
    free = np.diag(gram) > RANK_TOLERANCE * np.diag(zz)
    scale = np.where(free, np.sqrt(np.where(free, np.diag(gram), 1.0)), 1.0) if normalize else np.ones(k)
    penalty, scaled = _lasso_path(gram / np.outer(scale, scale), np.where(free, cross / scale, 0.0), k - 1)
    direct = scaled / scale
    return SisvivePath(penalty, direct, (first @ zy - direct @ zx) / fitted)


def _lasso_path(gram: Array, cross: Array, rank: int) -> tuple[Array, Array]:
    """Return the knots of the path of ``a' gram a / 2 - cross' a + penalty |a|_1``: penalties [m] and a [m, k]."""
    k = len(cross)
    a = np.zeros(k)
    penalty = float(np.abs(cross).max())
    knots, solutions = [penalty], [a]
    active: list[int] = []
    left = -1  # the variable that has just left is on the boundary, at which rounding errors could make it enter again
    usable = np.diag(gram) > 0
    while penalty > 0:
        slack = cross - gram @ a
        if left < 0:
            _join(gram, slack, active, usable, rank)
        if not active:
            break
        inner = gram[np.ix_(active, active)]
        sign = np.sign(slack[active])
        step = np.asarray(np.linalg.solve(inner, sign), dtype=float)
        slope = gram[:, active] @ step
        event, move, gone = _next_event(a, slack, slope, step, active, usable, penalty, rank, left)
        a = a.copy()
        a[active] += move * step
        if gone >= 0:
            a[gone] = 0.0
            active.remove(gone)
        left = gone
        penalty = 0.0 if event == "end" else penalty - move
        knots.append(penalty)
        solutions.append(a)
    return np.array(knots), np.array(solutions)


def _join(gram: Array, slack: Array, active: list[int], usable: Mask, rank: int) -> None:
    """Add the inactive variable on the boundary to the active set, unless the active variables explain it."""
    outside = [j for j in np.flatnonzero(usable).tolist() if j not in active]
    if not outside or len(active) >= rank:
        return
    j = max(outside, key=lambda j: abs(slack[j]))
    inner = gram[np.ix_(active, active)]
    unexplained = gram[j, j] - (gram[j, active] @ np.linalg.solve(inner, gram[active, j]) if active else 0.0)
    if unexplained > RANK_TOLERANCE * gram[j, j]:
        active.append(j)
    else:
        usable[j] = False


def _next_event(
    a: Array,
    slack: Array,
    slope: Array,
    step: Array,
    active: list[int],
    usable: Mask,
    penalty: float,
    rank: int,
    left: int,
) -> tuple[str, float, int]:
    """Return the next event: a variable enters, a variable returns to zero, or the penalty reaches zero."""
    event, move, gone = "end", penalty, -1
    if len(active) < rank:
        for j in np.flatnonzero(usable).tolist():
            if j in active:
                continue
            for sign in (1.0, -1.0):
                closing = 1 - sign * slope[j]
                gap = penalty - sign * slack[j]
                if j == left and gap <= 1e-9 * penalty:
                    continue
                if closing > 0 and 0 <= gap / closing < move:
                    event, move, gone = "join", gap / closing, -1
    for j, speed in zip(active, step, strict=True):
        if a[j] * speed < 0 and -a[j] / speed < move:
            event, move, gone = "leave", -a[j] / speed, j
    return event, move, gone


def _cross_validate(data: IndividualData, penalties: Array, normalize: bool, folds: int, seed: int) -> Array:
    """Return mean squared projected errors [folds, penalties]; covariates are partialled out once, means by fold."""
    k, n = data.k, data.n
    fold = np.random.default_rng(seed).permutation(np.arange(n) % folds)
    count = np.bincount(fold, minlength=folds)
    total = np.zeros((folds, k + 2))
    cross = np.zeros((folds, k + 2, k + 2))
    for rows, _, block in data.blocks():
        for f in range(folds):
            part = block[fold[rows] == f]
            total[f] += part.sum(axis=0)
            cross[f] += part.T @ part
    errors = np.empty((folds, len(penalties)))
    for f in range(folds):
        others = np.arange(folds) != f
        train_total = total[others].sum(axis=0)
        train = cross[others].sum(axis=0) - np.outer(train_total, train_total) / count[others].sum()
        test = cross[f] - np.outer(total[f], total[f]) / count[f]
        direct, beta = _solve(train, normalize).at(penalties)
        effects = np.column_stack([-direct, -beta, np.ones(len(penalties))])
        moments = effects @ test[:, :k]
        errors[f] = np.einsum("pi,ij,pj->p", moments, inverse(test[:k, :k]), moments) / count[f]
    return errors
