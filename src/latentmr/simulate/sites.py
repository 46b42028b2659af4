"""Sites of equal size."""

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError

__all__ = ["individuals_per_site", "site_names"]


def individuals_per_site(n: int, n_env: int) -> int:
    """Return the number of individuals at each site.

    Parameters
    ----------
    n, n_env : int
        Total number of individuals, and number of sites.

    Returns
    -------
    int
        The total is rounded down to a multiple of the number of sites.

    Raises
    ------
    ValueError
        If a site would have fewer than two individuals.

    Examples
    --------
    >>> individuals_per_site(1001, 5)
    200
    """
    if n_env < 1:
        raise ArgumentError("n_env", "be at least 1", f"{n_env}", "learning needs two or more environments")
    if n < 2 * n_env:
        raise ArgumentError(
            "n", f"be at least two individuals for each of {n_env} environments", f"{n}", f"use {2 * n_env} or more"
        )
    return n // n_env


def site_names(n_env: int) -> NDArray[np.str_]:
    """Return the names ``site1``, ``site2``, ... of the sites.

    Examples
    --------
    >>> print(site_names(2))
    ['site1' 'site2']
    """
    return np.array([f"site{e + 1}" for e in range(n_env)])
