"""Association of variants with a trait within environments: linear regressions, one for each variant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from latentmr.data.genotypes.genotypes import environment_means, fill_missing, is_missing
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Association", "Regressions"]


@dataclass(frozen=True, repr=False)
class Association(Brief):
    """Regressions of a trait on each of p variants.

    Parameters
    ----------
    beta, se : np.ndarray of dimension (p,)
        Change of the trait per copy of the counted allele, and its standard error (homoskedastic residuals). Both are
        NaN if a variant does not vary within environments.
    p_value : np.ndarray of dimension (p,)
        P value of no association, by Student's t distribution; 1 if there is no estimate.
    """

    beta: Array
    se: Array
    p_value: Array


class Regressions:
    """Regressions of a trait on variants, with an intercept for each environment and covariates.

    The intercepts remove associations due to differences between environments (ancestry, assessment). Structure within
    environments can still cause them.

    Parameters
    ----------
    x : np.ndarray of dimension (n,)
        Trait.
    C : np.ndarray of dimension (n, q)
        Covariates.
    env : np.ndarray of dimension (n,)
        Environment codes 0 to E - 1.

    Raises
    ------
    ValueError
        If no residual degree of freedom remains, or the trait does not vary given environments and covariates.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> G, env = rng.binomial(2, 0.3, (500, 2)).astype(np.int8), np.repeat([0, 1], 250)
    >>> x = 0.5 * G[:, 0] + 3 * env + rng.normal(size=500)
    >>> found = Regressions(x, np.empty((500, 0)), env).of(G)
    >>> found.beta.round(1), found.p_value < 1e-6
    (array([ 0.4, -0.1]), array([ True, False]))
    """

    def __init__(self, x: Array, C: Array, env: NDArray[np.int64]) -> None:
        self._env, self._n_env = env, int(env.max(initial=0)) + 1
        design = np.column_stack([np.eye(self._n_env)[env], C])
        Q = np.linalg.qr(design[:, design.std(axis=0) + np.abs(design).max(axis=0) > 0])[0]
        self._x = x - Q @ (Q.T @ x)
        self._design = np.column_stack([Q, self._x])
        self._df = len(x) - Q.shape[1] - 1
        if self._df < 1 or not self._x @ self._x > 1e-20 * (x @ x):
            raise ArgumentError(
                "exposure",
                "vary within environments given the covariates, in more individuals than environments and covariates",
                f"{len(x)} individuals and {Q.shape[1]} environments and covariates",
                "use more individuals or fewer covariates",
            )

    def of(self, G: NDArray[Any]) -> Association:
        """Regress the trait on each variant; missing calls are replaced by the mean of their environment.

        Parameters
        ----------
        G : np.ndarray of dimension (n, p)
            Hard calls (int8, -127 missing) or float32 (NaN missing).

        Returns
        -------
        Association
        """
        if is_missing(G).any():
            values = fill_missing(G, self._env, environment_means(G, self._env, self._n_env))
        else:
            values = G.astype(np.float64)
        total = np.einsum("ij,ij->j", values, values)
        cross = self._design.T @ values
        # x is orthogonal to the rest of the design: only the sums of squares of genotypes need projection
        squares = total - (cross[:-1] ** 2).sum(axis=0)
        varies = squares > 1e-9 * np.maximum(total, 1)
        safe = np.where(varies, squares, 1.0)
        beta = cross[-1] / safe
        rest = np.maximum(self._x @ self._x - beta * beta * safe, 0.0)
        se = np.sqrt(rest / self._df / safe)
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(self._df, -np.abs(beta / se))
        return Association(np.where(varies, beta, np.nan), np.where(varies, se, np.nan), np.where(varies, p_value, 1.0))
