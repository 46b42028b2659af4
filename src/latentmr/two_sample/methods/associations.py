"""Effects of variants on an exposure and an outcome, and the checks of two-sample methods."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.arrays import numbers, rows_matched
from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, ArrayLike

__all__ = ["Associations", "check_associations", "coded_to_raise", "for_draws", "order_for_draws"]


@dataclass(frozen=True, repr=False)
class Associations(ShortRepr):
    """Checked effects of p variants on exposure and outcome.

    Parameters
    ----------
    bx, by : np.ndarray of dimension (p,)
        Effects per allele on exposure and outcome.
    sx, sy : np.ndarray of dimension (p,)
        Standard errors of these effects.
    correlation : np.ndarray of dimension (p, p), optional
        Correlations of the variants.
    """

    bx: Array
    by: Array
    sx: Array
    sy: Array
    correlation: Array | None


def check_associations(
    bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, correlation: ArrayLike | None = None, fewest: int = 1
) -> Associations:
    """Check effects and standard errors of variants.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles.
    fewest : int
        Variants that the method needs.

    Returns
    -------
    Associations

    Raises
    ------
    ValueError
        If lengths differ, a value is not a finite number, an error is not positive, or there are too few variants.
    """
    given = rows_matched({"bx": bx, "by": by, "sx": sx, "sy": sy})
    arrays = {name: np.atleast_1d(numbers(name, each)) for name, each in given.items()}
    p = len(arrays["bx"])
    for name, values in arrays.items():
        if values.shape != (p,):
            raise ArgumentError(
                f"{name}",
                f"have a value for each of the {p} variants of `bx`",
                f"shape {values.shape}",
                "give arrays of one length",
            )
        if not np.isfinite(values).all():
            raise ArgumentError(
                f"{name}",
                "be finite",
                f"{int((~np.isfinite(values)).sum())} values that are not",
                "drop these variants",
            )
        if name in ("sx", "sy") and (values <= 0).any():
            raise ArgumentError(f"{name}", "be positive", f"{values.min():g}", "drop these variants")
    if p < fewest:
        raise ArgumentError("bx", f"hold at least {fewest} variants for this method", f"{p}", "take another method")
    if correlation is None:
        return Associations(**arrays, correlation=None)
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (p, p) or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1):
        raise ArgumentError(
            "correlation",
            f"be a symmetric {p} x {p} matrix with ones on its diagonal",
            "another matrix",
            "give correlations",
        )
    if np.linalg.eigvalsh(matrix)[0] < 1e-8:
        raise ArgumentError("correlation", "be positive definite", "a matrix that is not", "clump the variants")
    return Associations(**arrays, correlation=matrix)


def coded_to_raise(bx: Array, name: str = "bx") -> Array:
    """Return the signs that code each variant for the allele that raises the exposure.

    Parameters
    ----------
    bx : np.ndarray of dimension (p,)
        Effects on the exposure.
    name : str
        Name of the argument, for error messages.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If an effect is exactly 0, because neither allele raises the exposure, and the result of a method with an
        intercept would depend on the allele that the table happens to count.
    """
    zeros = int((bx == 0).sum())
    if zeros:
        told = "1 variant" if zeros == 1 else f"{zeros} variants"
        raise ArgumentError(
            name,
            "not be exactly 0 for a method that codes variants for the allele that raises the exposure",
            f"{told} with an effect of 0, whose coding would change the result",
            "leave these variants out",
        )
    return np.where(bx < 0, -1.0, 1.0)


def for_draws(data: Associations) -> Associations:
    """Return the variants in the order and coding of :func:`order_for_draws`."""
    order, sign = order_for_draws(data.bx[:, None], data.by, data.sx[:, None], data.sy)
    sign = sign[order]
    return Associations(sign * data.bx[order], sign * data.by[order], data.sx[order], data.sy[order], None)


def order_for_draws(BX: Array, by: Array, SX: Array, sy: Array) -> tuple[NDArray[np.intp], Array]:
    """Return an order of the variants, and signs, with which draws depend neither on the table's order nor its coding.

    Parameters
    ----------
    BX, SX : np.ndarray of dimension (p, m)
        Effects on exposures, and their standard errors.
    by, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.

    Returns
    -------
    order : np.ndarray of int of dimension (p,)
        Variants, sorted by their effects coded for the allele that raises the first exposure.
    sign : np.ndarray of dimension (p,)
        Signs of this coding, in the order of the table. An effect of 0 is coded by the next effect.
    """
    effects = np.column_stack([BX, by])
    first = effects[np.arange(len(by)), np.argmax(effects != 0, axis=1)]
    sign = np.where(first < 0, -1.0, 1.0)
    return np.lexsort((*SX.T, sy, *(sign[:, None] * effects).T[::-1])), sign
