"""P values of 1 that stand for p values too small to be written."""

import numpy as np

from latentmr.typing import Array, Mask

__all__ = ["NEARLY_ONE", "is_far"]

#: A p value from which on it may have underflowed, if the effect is many standard errors.
NEARLY_ONE = 0.99


def is_far(p_values: Array, largest: float) -> Mask:
    """Return which p values lie above a threshold, except those near 1, which may have underflowed.

    Parameters
    ----------
    p_values : np.ndarray of dimension (p,)
        P values; missing ones are NaN, and are not far.
    largest : float
        The threshold.

    Returns
    -------
    np.ndarray of bool

    Examples
    --------
    >>> is_far(np.array([1e-9, 0.5, 1.0, np.nan]), 5e-8)
    array([False,  True, False, False])
    """
    return np.asarray((p_values > largest) & (p_values < NEARLY_ONE), dtype=bool)
