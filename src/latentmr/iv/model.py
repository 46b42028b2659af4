"""The model to estimate: which columns of a design are instruments, exposures, outcome and covariates."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr, counted, shown
from latentmr.typing import Array

__all__ = ["METHODS", "Model", "columns"]


METHODS = ("OLS", "2SLS", "LIML", "Fuller", "k-class")


@dataclass(frozen=True, repr=False)
class Model(ShortRepr):
    """A linear instrumental-variable model of ``y`` on ``X``, on the columns of a shared design.

    Each part is a linear map from the ``q`` columns of the design. Many models, on genotypes, learned instruments or
    principal components, can therefore share one pass over the data.

    Parameters
    ----------
    method : str
        One of ``OLS``, ``2SLS``, ``LIML``, ``Fuller``, ``k-class``.
    Z : np.ndarray of dimension (q, k)
        Instruments; a map without columns for OLS.
    X : np.ndarray of dimension (q, m)
        Exposures.
    y : np.ndarray of dimension (q,)
        Outcome.
    C : np.ndarray of dimension (q, c)
        Exogenous regressors. An intercept is always added.
    C_error : np.ndarray of dimension (q, c') or None
        Exogenous regressors of the residual that standard errors are computed from, if they differ from ``C``. Rows
        that are adjusted for estimated latents leave these out here, so that they do not shrink the standard errors.
    instruments, adjustment, basis : str
        Labels that the :class:`~latentmr.results.Estimate` carries.
    exposures : tuple of str
        Names of the columns of ``X``.
    primary : bool
        Whether this is the primary estimate, the row to quote.
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
            raise ArgumentError("method", f"be one of {', '.join(METHODS)}", f"{self.method!r}", "choose one of these")

    def __repr__(self) -> str:
        sizes = (self.X.shape[1], "exposure"), (self.Z.shape[1], "instrument"), (self.C.shape[1], "covariate")
        names = shown(self.exposures) if len(self.exposures) > 1 else "".join(self.exposures)
        return (
            f"Model: {self.method} on {names}; {', '.join(counted(*size) for size in sizes)}"
            f" (instruments {self.instruments}, adjustment {self.adjustment}, basis {self.basis})"
        )


def columns(q: int, index: int | slice | Array) -> Array:
    """Return the linear map that picks columns of a design.

    Parameters
    ----------
    q : int
        Number of columns of the design.
    index : int, slice or np.ndarray of int
        Columns to pick.

    Returns
    -------
    np.ndarray of dimension (q,) or (q, r)
        A map such that ``D @ columns(q, index)`` is ``D[:, index]``.

    Examples
    --------
    >>> columns(3, slice(1, 2))
    array([[0.],
           [1.],
           [0.]])
    """
    return np.eye(q)[:, index]
