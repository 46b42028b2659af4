"""What sample sizes add to effects per allele: those of all variants at once, on the scale of standardised traits."""

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["residual_covariance", "spread_of_variants"]


def spread_of_variants(effects: Array, errors: Array, samples: Array) -> Array:
    """Variances of the variants over that of the trait: ``1 / (n se^2 + b^2)``, from each regression's error.

    Parameters
    ----------
    effects, errors : np.ndarray of dimension (p,) or (p, m)
    samples : np.ndarray of dimension () or (m,)
        People.

    Returns
    -------
    np.ndarray
        Of the dimension of ``effects``.
    """
    return np.asarray(1 / (samples * errors**2 + effects**2))


def residual_covariance(explained: Array, correlation: Array, samples: Array, p: int, name: str) -> Array:
    """Covariances of standardised traits given p variants, over the degrees of freedom that these leave.

    Parameters
    ----------
    explained : np.ndarray of dimension (m, m)
        The part of the covariances that the variants explain.
    correlation : np.ndarray of dimension (m, m)
        Of the traits.
    samples : np.ndarray of dimension (m,)
        People.
    p : int
        Variants.
    name : str
        Of the argument that the sample sizes came by.

    Returns
    -------
    np.ndarray of dimension (m, m)

    Raises
    ------
    ValueError
        If the samples are not larger than the number of variants, or the effects explain more than all variance.
    """
    if not (np.isfinite(samples).all() and (samples > p).all()):
        raise ArgumentError(
            f"{name}", f"be more people than the {p} variants", f"{samples.min():g}", "check the number"
        )
    left = correlation - explained
    if np.linalg.eigvalsh(left)[0] <= 0:
        raise ArgumentError(
            f"{name}",
            "be the sample sizes of effects on standardised traits",
            "effects that explain more than all variance",
            "check sizes and correlations",
        )
    return np.asarray(left / np.sqrt(np.multiply.outer(samples - p + 1, samples - p + 1)))
