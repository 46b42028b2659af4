"""Joint effects of all variants on standardised traits, from effects per allele and sample sizes."""

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["residual_covariance", "spread_of_variants"]


def spread_of_variants(effects: Array, errors: Array, samples: Array) -> Array:
    """Return variances of the variants over that of the trait, ``1 / (n se^2 + b^2)``.

    Parameters
    ----------
    effects, errors : np.ndarray of dimension (p,) or (p, m)
    samples : np.ndarray of dimension () or (m,)
        Sample sizes.

    Returns
    -------
    np.ndarray
        Variances, in the dimension of ``effects``.
    """
    return np.asarray(1 / (samples * errors**2 + effects**2))


def residual_covariance(explained: Array, correlation: Array, samples: Array, p: int, name: str) -> Array:
    """Return the residual covariances of standardised traits given p variants, over the degrees of freedom.

    Parameters
    ----------
    explained : np.ndarray of dimension (m, m)
        Part of the covariances that the variants explain.
    correlation : np.ndarray of dimension (m, m)
        Correlations of the traits.
    samples : np.ndarray of dimension (m,)
        Sample sizes.
    p : int
        Number of variants.
    name : str
        Name of the argument with the sample sizes.

    Returns
    -------
    np.ndarray of dimension (m, m)

    Raises
    ------
    ValueError
        If the samples are not larger than the number of variants, or the effects explain more than the total variance.
    """
    if not (np.isfinite(samples).all() and (samples > p).all()):
        raise ArgumentError(
            f"{name}",
            f"be sample sizes above the number of variants, {p}",
            f"{samples.min():g}",
            "check the sample sizes",
        )
    left = correlation - explained
    if np.linalg.eigvalsh(left)[0] <= 0:
        raise ArgumentError(
            f"{name}",
            "be the sample sizes of effects on standardised traits",
            "effects that explain more than the total variance",
            "check sample sizes and correlations",
        )
    return np.asarray(left / np.sqrt(np.multiply.outer(samples - p + 1, samples - p + 1)))
