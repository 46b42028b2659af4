"""A model on plain arrays: checked, solved, and ready for tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import cluster_codes, column, column_names, matrix
from latentmr.iv.covariance import Spread, spreads
from latentmr.iv.kclass import Fit, solve
from latentmr.iv.model import Model, columns
from latentmr.iv.moments import Moments, gather
from latentmr.iv.reduced_form import ReducedForm
from latentmr.typing import Array, ArrayLike, Codes

__all__ = ["Problem", "problem"]


#: Rows that are worked on at a time.
BLOCK = 8192


@dataclass(frozen=True)
class Problem:
    """Checked arrays with their moments.

    Parameters
    ----------
    parts : tuple of np.ndarray
        Covariates ``[n, c]``, instruments ``[n, k]``, exposures ``[n, m]``, outcome ``[n, 1]``: columns of the design,
        which is made in blocks.
    model : Model
        On the columns of the design.
    se_type : str
        What errors and tests allow for.
    cluster : np.ndarray of dimension (n, 1) or (n, 2), or None
        Codes.
    """

    parts: tuple[Array, Array, Array, Array]
    model: Model
    se_type: str
    cluster: Codes | None

    def blocks(self) -> Iterator[Array]:
        """Rows of the design, in order."""
        for start in range(0, max(1, len(self.parts[0])), BLOCK):
            yield np.hstack([part[start : start + BLOCK] for part in self.parts])

    @cached_property
    def moments(self) -> Moments:
        """Cross products of the design."""
        return gather(self.blocks)

    @cached_property
    def fit(self) -> Fit:
        """The solved model."""
        return solve(self.model, self.moments)

    @cached_property
    def spread(self) -> Spread:
        """Covariances of the effects and of the moments."""
        return spreads([self.fit], self.moments, self.blocks, self.se_type, self.cluster)[0]

    @property
    def reduced(self) -> ReducedForm:
        """The moments and their covariance."""
        if self.spread.reduced is None:
            raise ArgumentError("Z", "have at least one column", "none")
        return self.spread.reduced

    def by(self, method: str, constant: float = 1.0) -> Problem:
        """The same arrays with another method."""
        return replace(self, model=replace(self.model, method=method, constant=constant))


def problem(
    Z: ArrayLike | None,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    method: str = "LIML",
    constant: float = 1.0,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> Problem:
    """Check arrays and say what is to be estimated from them.

    For one test give it the arrays: ``sargan(Z, x, y, C)``. A problem is for many of one sample, which it is solved for
    once.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k), or None
        Instruments.
    x : array of dimension (n,) or (n, m)
        Exposures; a pandas.DataFrame's column names are kept.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    method : str
        As in :class:`~latentmr.iv.model.Model`.
    constant : float
        Fuller's constant, or kappa of method ``k-class``.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1``, ``cluster`` or ``bekker``; by default HC1, clustered where ``cluster`` is
        given.
    cluster : array of dimension (n,) or (n, 2), optional
        Labels of clusters, in one or two ways.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError
        Where an argument has the wrong shape or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv import sargan, wu_hausman
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> posed = problem(Z, Z.sum(axis=1) + u, u)
    >>> sargan(posed).verdict, wu_hausman(posed).verdict
    ('pass', 'warn')
    """
    outcome = column("y", y)
    n = len(outcome)
    names = column_names(x)
    X, instruments, regressors = matrix("x", x, n), matrix("Z", Z, n), matrix("C", C, n)
    se = se or ("HC1" if cluster is None else "cluster")
    codes = None
    if cluster is not None:
        if se != "cluster":
            raise ArgumentError("se", "be cluster where cluster is given", f"{se!r}", "leave one of them out")
        codes = cluster_codes(cluster, n)
    c, k, m = regressors.shape[1], instruments.shape[1], X.shape[1]
    q = c + k + m + 1
    if not m:
        raise ArgumentError("x", "have at least one column", f"shape {np.shape(x)}")
    model = Model(
        method=method,
        Z=columns(q, slice(c, c + k)),
        X=columns(q, slice(c + k, c + k + m)),
        y=columns(q, q - 1),
        C=columns(q, slice(0, c)),
        exposures=tuple(names or (["x"] if m == 1 else [f"x{j + 1}" for j in range(m)])),
        instruments="Z" if k else "none",
        adjustment="covar" if c else "none",
        constant=constant,
    )
    return Problem((regressors, instruments, X, outcome[:, None]), model, se, codes)
