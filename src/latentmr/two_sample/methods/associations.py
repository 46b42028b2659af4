"""Effects of variants on an exposure and an outcome, and the checks of two-sample methods."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, ArrayLike

__all__ = ["Associations", "check_associations"]


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
        If lengths differ, a value is not finite, an error is not positive, or there are too few variants.
    """
    arrays = {name: np.atleast_1d(np.asarray(each, dtype=np.float64)) for name, each in zip(
        ("bx", "by", "sx", "sy"), (bx, by, sx, sy), strict=True)}  # fmt: skip
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
