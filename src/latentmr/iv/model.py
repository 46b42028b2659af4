"""What is to be estimated: which columns of a design play which part."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["METHODS", "Model", "columns"]


METHODS = ("OLS", "2SLS", "LIML", "Fuller", "k-class")


@dataclass(frozen=True)
class Model:
    """A linear instrumental-variable model of ``y`` on ``X``, on the columns of a shared design.

    Each part is a linear map from the ``q`` columns of the design, so that many models, on genotypes, learned
    instruments or principal components, share one pass over the data.

    Parameters
    ----------
    method : str
        One of ``OLS``, ``2SLS``, ``LIML``, ``Fuller``, ``k-class``.
    Z : np.ndarray of dimension (q, k)
        Instruments; no column for OLS.
    X : np.ndarray of dimension (q, m)
        Exposures.
    y : np.ndarray of dimension (q,)
        Outcome.
    C : np.ndarray of dimension (q, c)
        Exogenous regressors; an intercept is added to them, always.
    C_error : np.ndarray of dimension (q, c') or None
        Exogenous regressors of the residual that standard errors are computed from, where they are to differ
        from ``C``: a sensitivity row whose extra regressors should not shrink its errors.
    instruments, adjustment, basis : str
        Labels that the :class:`~latentmr.results.Estimate` carries.
    exposures : tuple of str
        Names of the columns of ``X``.
    primary : bool
        Whether this is the row to quote.
    constant : float
        Fuller's constant ``a``, or ``kappa`` itself with method ``k-class``.
    """

    method: str
    Z: Array
    X: Array
    y: Array
    C: Array
    exposures: tuple[str, ...]
    C_error: Array | None = None
    instruments: str = "G"
    adjustment: str = "none"
    basis: str = "linear"
    primary: bool = False
    constant: float = 1.0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ArgumentError("method", f"be one of {', '.join(METHODS)}", f"{self.method!r}")


def columns(q: int, index: int | slice | Array) -> Array:
    """Pick columns of a design as a linear map.

    Parameters
    ----------
    q : int
        Columns of the design.
    index : int, slice or np.ndarray of int
        Which to pick.

    Returns
    -------
    np.ndarray of dimension (q,) or (q, r)
        ``D @ columns(q, index)`` is ``D[:, index]``.

    Examples
    --------
    >>> columns(3, slice(1, 2))
    array([[0.],
           [1.],
           [0.]])
    """
    return np.eye(q)[:, index]
