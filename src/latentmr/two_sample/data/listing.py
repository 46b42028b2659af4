"""Names in a message: at most ten of them."""

from collections.abc import Iterable

__all__ = ["listed"]

#: Maximum number of names in a message.
MOST = 10


def listed(names: Iterable[str]) -> str:
    """Join names by commas, at most ten, and count the others.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["SNP", "beta"])
    'SNP, beta'
    >>> listed(f"x{i}" for i in range(12))
    'x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 2 more'
    """
    known = list(names)
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return ", ".join(known[:MOST]) + more
