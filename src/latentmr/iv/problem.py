"""A model on plain arrays: checked, solved, and ready for tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from latentmr.arrays import rows_matched
from latentmr.errors import ArgumentError
from latentmr.iv.checks import cluster_codes, column, column_names, matrix
from latentmr.iv.covariance import Spread, spreads
from latentmr.iv.kclass import Fit, solve
from latentmr.iv.model import Model, columns
from latentmr.iv.moments import Moments, gather
from latentmr.iv.reduced_form import ReducedForm
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array, ArrayLike, Codes

__all__ = ["Problem", "problem"]


#: Number of rows that are processed at a time.
BLOCK = 8192


@dataclass(frozen=True, repr=False)
class Problem(ShortRepr):
    """Checked arrays with their moments, solved once for many estimators and tests.

    Parameters
    ----------
    parts : tuple of np.ndarray
        Covariates ``[n, c]``, instruments ``[n, k]``, exposures ``[n, m]`` and outcome ``[n, 1]``. They are the columns
        of the design, which is built in blocks.
    model : Model
        The model, on the columns of the design.
    se_type : str
        Type of standard errors and tests.
    cluster : np.ndarray of dimension (n, 1) or (n, 2), or None
        Cluster codes.
    """

    parts: tuple[Array, Array, Array, Array]
    model: Model
    se_type: str
    cluster: Codes | None

    def __repr__(self) -> str:
        names = ("instrument", "exposure", "covariate")
        sizes = [counted(self.parts[j].shape[1], name) for j, name in zip((1, 2, 0), names, strict=True)]
        clusters = ""
        if self.cluster is not None and len(self.cluster):
            clusters = " (" + " by ".join(counted(int(top) + 1, "cluster") for top in self.cluster.max(axis=0)) + ")"
        rows = counted(len(self.parts[0]), "observation")
        return f"Problem: {rows}, {', '.join(sizes)}; {self.se_type} errors{clusters}"

    def blocks(self) -> Iterator[Array]:
        """Yield the rows of the design, in order."""
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
            raise ArgumentError("Z", "have at least one column", "none", "give instruments")
        return self.spread.reduced

    def by(self, method: str, constant: float = 1.0) -> Problem:
        """Return the problem with the same arrays and another method."""
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
    """Check arrays and pose the problem of estimating effects from them.

    A single test takes the arrays directly: ``sargan(Z, x, y, C)``. A problem is for many estimates and tests on one
    sample, because it is solved only once.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k), or None
        Instruments.
    x : array of dimension (n,) or (n, m)
        Exposures. The column names of a data frame are kept.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    method : str
        Estimator, as in :class:`~latentmr.iv.model.Model`.
    constant : float
        Fuller's constant, or kappa of method ``k-class``.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1``, ``cluster`` or ``bekker``; the default is HC1, or ``cluster`` if
        ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError
        If an argument has the wrong shape, is not finite or not numeric, or if pandas arguments have indexes with
        different labels. Indexes with the same labels in another order are matched by label.

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
    Z, x, y, C, cluster = rows_matched({"Z": Z, "x": x, "y": y, "C": C, "cluster": cluster}).values()
    outcome = column("y", y)
    n = len(outcome)
    names = column_names(x)
    X, instruments, regressors = matrix("x", x, n), matrix("Z", Z, n), matrix("C", C, n)
    se = se or ("HC1" if cluster is None else "cluster")
    codes = None
    if cluster is not None:
        if se != "cluster":
            raise ArgumentError("se", "be cluster if `cluster` is given", f"{se!r}", "leave one of the two out")
        codes = cluster_codes(cluster, n)
    c, k, m = regressors.shape[1], instruments.shape[1], X.shape[1]
    q = c + k + m + 1
    if not m:
        raise ArgumentError("x", "have at least one column", f"shape {np.shape(x)}", "give an exposure")
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
