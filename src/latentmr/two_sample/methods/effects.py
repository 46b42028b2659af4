"""What a two-sample method says, and what it asks of its input."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from latentmr.results.objects import ConfidenceSet
from latentmr.typing import Array

__all__ = ["Associations", "SummaryEffect", "check_associations", "judged"]


@dataclass(frozen=True)
class SummaryEffect:
    """Effect of an exposure on an outcome by a two-sample method.

    Parameters
    ----------
    method : str
    beta, se : float
        Effect per unit of the exposure, and its standard error.
    ci_low, ci_high : float
        Wald interval.
    p_value : float
        Of no effect, two-sided.
    n_variants : int
    extra : dict of str to float
        What else the method gives: heterogeneity, an intercept.
    variants : dict of str to np.ndarray of dimension (p,)
        What the method says of each variant: whether it is an outlier, its part of Q.
    ci : ConfidenceSet, optional
        Where the method gives a set of effects, perhaps of several pieces; ``ci_low`` and ``ci_high`` are its ends.
    exposure : str
        Its name, where there are several.
    """

    method: str
    beta: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    n_variants: int
    extra: dict[str, float] = field(default_factory=dict)
    variants: dict[str, NDArray[Any]] = field(default_factory=dict)
    ci: ConfidenceSet | None = None
    exposure: str = ""


@dataclass(frozen=True)
class Associations:
    """Effects of p variants on exposure and outcome, checked.

    Parameters
    ----------
    bx, by : np.ndarray of dimension (p,)
        Effects per allele on exposure and outcome.
    sx, sy : np.ndarray of dimension (p,)
        Their standard errors.
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
        Of the variants, for the alleles that the effects are of.
    fewest : int
        Variants that the method needs.

    Returns
    -------
    Associations

    Raises
    ------
    ValueError
        Where lengths differ, a value is not finite, an error is not positive, or there are too few variants.
    """
    arrays = {name: np.atleast_1d(np.asarray(each, dtype=np.float64)) for name, each in zip(
        ("bx", "by", "sx", "sy"), (bx, by, sx, sy), strict=True)}  # fmt: skip
    p = len(arrays["bx"])
    for name, values in arrays.items():
        if values.shape != (p,):
            raise ValueError(f"{name} must have a value for each of the {p} variants of bx. Got shape {values.shape}.")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite. Got {int((~np.isfinite(values)).sum())} values that are not.")
        if name in ("sx", "sy") and (values <= 0).any():
            raise ValueError(f"{name} must be positive. Got {values.min():g}; leave such variants out.")
    if p < fewest:
        raise ValueError(f"bx must hold at least {fewest} variants for this method. Got {p}; take another method.")
    if correlation is None:
        return Associations(**arrays, correlation=None)
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (p, p) or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1):
        raise ValueError(f"correlation must be a symmetric {p} x {p} matrix with ones on its diagonal. Got another.")
    if np.linalg.eigvalsh(matrix)[0] < 1e-8:
        raise ValueError("correlation must be positive definite. Got a matrix that is not; clump the variants.")
    return Associations(**arrays, correlation=matrix)


def judged(
    method: str,
    beta: float,
    se: float,
    p: int,
    *,
    df: float = np.inf,
    alpha: float = 0.05,
    variants: dict[str, NDArray[Any]] | None = None,
    **extra: float,
) -> SummaryEffect:
    """Wald interval and p value by Student's t distribution, normal for infinite degrees of freedom."""
    law = stats.t(df) if np.isfinite(df) else stats.norm
    half = law.isf(alpha / 2) * se
    return SummaryEffect(
        method=method,
        beta=float(beta),
        se=float(se),
        ci_low=float(beta - half),
        ci_high=float(beta + half),
        p_value=float(2 * law.sf(abs(beta) / se)),
        n_variants=p,
        extra=extra,
        variants=variants or {},
    )
