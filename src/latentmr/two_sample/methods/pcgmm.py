"""Two-sample MR from many correlated variants of one region, by principal components."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.heterogeneity import Overdispersed
from latentmr.two_sample.methods.multivariable.gmm import overdispersion_at
from latentmr.two_sample.methods.two_sample_moments import diagonalised, regressed_at_once
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["Pcgmm", "pcgmm"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Pcgmm(Overdispersed):
    r"""Details of PC-GMM.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        Q of r components with r - 1 degrees of freedom. It is tested without ``robust`` (null: all have one effect;
        chi-squared).
    overdispersion : float or None
        :math:`\kappa`, with ``robust``. If it is negative, 0 is used. None with one component.
    f_statistic : float
        First-stage F of all components.
    components : int
        Number of components, r.
    """

    f_statistic: float
    components: int


def pcgmm(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    samples: tuple[float, float],
    correlation: ArrayLike,
    explained: float = 0.99,
    components: int | None = None,
    robust: bool = True,
    centred: bool = False,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect by GMM (LIML) with principal components of the weighted correlations as instruments.

    The components are those of :math:`\Phi_{ij} = |b_{xi}| |b_{xj}| \rho_{ij} / (s_{yi} s_{yj})`, as many as explain a
    given share of the sum of its squared singular values. Standardised traits are regressed on them jointly. With
    ``robust`` the components may have pleiotropic effects of variance :math:`\kappa / n_y`, with :math:`\kappa` at
    which Q equals its degrees of freedom at the effect without overdispersion. The method does not remove confounding
    of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, standardised, and their standard errors.
    samples : (float, float)
        Sample sizes of exposure and outcome, whose samples do not overlap.
    correlation : array_like of dimension (p, p)
        Correlations of the variants, for the effect alleles.
    explained : float
        Share of the squared singular values that the components explain.
    components : int, optional
        Number of components, instead of ``explained``.
    robust : bool
        Whether to allow for overdispersion.
    centred : bool
        Whether to centre the columns of :math:`\Phi`, as ``MendelianRandomization::mr_pcgmm`` does; that result depends
        on allele coding. By default the components are those of :math:`\Phi` itself.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Pcgmm`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the samples are too small.

    References
    ----------
    Patel et al., Robust use of phenotypic heterogeneity at drug target genes for mechanistic insights (preprint).
    Burgess, Zuber, Valdes-Marquez, Sun & Hopewell (2017) Genet Epidemiol 41:714.

    Examples
    --------
    >>> rho = 0.6 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    >>> found = pcgmm([0.1, 0.2, 0.2, 0.1], [0.05, 0.1, 0.1, 0.05], [0.02] * 4, [0.02] * 4, samples=(9000, 9000),
    ...               correlation=rho, components=2)
    >>> round(found.beta, 2), found.details.components
    (0.5, 2)
    """
    if not 0 < explained < 1:
        raise ArgumentError("explained", "lie between 0 and 1", f"{explained:g}", "0.99 is usual")
    data = check_associations(bx, by, sx, sy, correlation)
    R, p = np.asarray(data.correlation), len(data.bx)
    if components is not None and not 1 <= components <= p:
        raise ArgumentError("components", f"lie between 1 and the {p} variants", f"{components}", "leave it out")
    if not data.bx.any():
        raise ArgumentError(
            "bx", "vary for this method", "effects on the exposure that are all zero", "take other variants"
        )
    basis = _basis(np.abs(data.bx) / data.sy, R, explained, components, centred)
    r = basis.shape[1]
    (x, Vx), (y, Vy) = (
        regressed_at_once(b, s, R, n, basis)
        for b, s, n in zip((data.bx, data.by), (data.sx, data.sy), samples, strict=True)
    )
    beta, se, q = diagonalised(x, y, Vx, Vy).least()
    overdispersion, q_p_value = None, None
    if robust and r > 1:
        variances, vectors = np.linalg.eigh(Vy + beta**2 * Vx)
        squares = (vectors.T @ (y - beta * x)) ** 2
        overdispersion = float(samples[1]) * overdispersion_at(squares, variances, r - 1)
        added = max(0.0, overdispersion) / samples[1]
        beta, se, q = diagonalised(x, y, Vx, Vy + added * np.eye(r)).least()
    elif r > 1:
        q_p_value = float(stats.chi2.sf(q, r - 1))
    details = Pcgmm(
        f_statistic=float(x @ np.linalg.solve(Vx, x)) / r,
        components=r,
        overdispersion=overdispersion,
        q_statistic=q,
        q_df=r - 1,
        q_p_value=q_p_value,
    )
    return wald_estimate("PC-GMM", beta, se, p, alpha=alpha, details=details)


def _basis(weights: Array, R: Array, explained: float, components: int | None, centred: bool) -> Array:
    """Return the directions ``[p, r]`` of the weighted correlations with the largest singular values."""
    Phi = R * np.outer(weights, weights)
    if centred:
        Phi = Phi - Phi.mean(axis=0)
    _, sizes, rows = np.linalg.svd(Phi)
    share = np.cumsum(sizes**2) / (sizes**2).sum()
    r = int(np.argmax(share > explained)) + 1 if components is None else components
    return np.asarray(rows[:r].T)
