"""Two-sample MR from many correlated variants of one region, by their principal components."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.two_sample.methods.effects import SummaryEffect, check_associations, judged
from latentmr.two_sample.methods.multivariable.gmm import overdispersion_at
from latentmr.two_sample.methods.two_sample_moments import diagonalised, regressed_at_once
from latentmr.typing import Array

__all__ = ["pcgmm"]


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
) -> SummaryEffect:
    r"""Effect by GMM (LIML) with principal components of the weighted correlations as instruments.

    The components are those of :math:`\Phi_{ij} = |b_{xi}| |b_{xj}| \rho_{ij} / (s_{yi} s_{yj})`, as many as explain a
    share of the sum of its squared singular values; standardised traits are regressed on them at once. With ``robust``
    pleiotropic effects of the components, of variance :math:`\kappa / n_y`, are allowed for, with :math:`\kappa` that
    at which Q is its degrees of freedom at the effect found without. Confounding of the variants with the outcome is
    not removed by it.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, standardised, and their standard errors.
    samples : (float, float)
        People behind the effects on the exposure and on the outcome, other people.
    correlation : array_like of dimension (p, p)
        Of the variants, for the alleles that the effects are of.
    explained : float
        Share that the components explain.
    components : int, optional
        Their number, instead.
    robust : bool
        Whether to allow for overdispersion.
    centred : bool
        Components of :math:`\Phi` itself (the default), or of its columns after their means are taken off, as
        ``MendelianRandomization::mr_pcgmm``, whose answer so depends on which alleles are counted.
    seed : int
        Not used: the method draws nothing.
    alpha : float
        Level of the interval.

    Returns
    -------
    SummaryEffect
        ``extra``: ``f_statistic`` (first stage, of all components), ``components`` (their number, r), ``q_statistic``
        and ``q_df`` (r - 1), without ``robust`` ``q_p_value`` (null: all components have one effect; chi-squared), with
        it ``overdispersion`` (:math:`\kappa`; where negative 0 is used). With one component neither is known.

    Raises
    ------
    ValueError
        Where the input cannot be such effects, or samples are too small.

    References
    ----------
    Patel et al., Robust use of phenotypic heterogeneity at drug target genes for mechanistic insights (preprint).
    Burgess, Zuber, Valdes-Marquez, Sun & Hopewell (2017) Genet Epidemiol 41:714.

    Examples
    --------
    >>> rho = 0.6 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    >>> found = pcgmm([0.1, 0.2, 0.2, 0.1], [0.05, 0.1, 0.1, 0.05], [0.02] * 4, [0.02] * 4, samples=(9000, 9000),
    ...               correlation=rho, components=2)
    >>> round(found.beta, 2), found.extra["components"]
    (0.5, 2.0)
    """
    if not 0 < explained < 1:
        raise ValueError(f"explained must lie between 0 and 1. Got {explained:g}; 0.99 is usual.")
    data = check_associations(bx, by, sx, sy, correlation)
    R, p = np.asarray(data.correlation), len(data.bx)
    if components is not None and not 1 <= components <= p:
        raise ValueError(f"components must lie between 1 and the {p} variants. Got {components}; leave it out.")
    if not data.bx.any():
        raise ValueError("bx must vary for this method. Got effects on the exposure that are all zero.")
    basis = _basis(np.abs(data.bx) / data.sy, R, explained, components, centred)
    r = basis.shape[1]
    (x, Vx), (y, Vy) = (
        regressed_at_once(b, s, R, n, basis)
        for b, s, n in zip((data.bx, data.by), (data.sx, data.sy), samples, strict=True)
    )
    beta, se, q = diagonalised(x, y, Vx, Vy).least()
    extra = {"f_statistic": float(x @ np.linalg.solve(Vx, x)) / r, "components": float(r)}
    if robust and r > 1:
        variances, vectors = np.linalg.eigh(Vy + beta**2 * Vx)
        squares = (vectors.T @ (y - beta * x)) ** 2
        extra["overdispersion"] = float(samples[1]) * overdispersion_at(squares, variances, r - 1)
        added = max(0.0, extra["overdispersion"]) / samples[1]
        beta, se, q = diagonalised(x, y, Vx, Vy + added * np.eye(r)).least()
    elif r > 1:
        extra["q_p_value"] = float(stats.chi2.sf(q, r - 1))
    extra |= {"q_statistic": q, "q_df": float(r - 1)}
    found = judged("PC-GMM", beta, se, p, alpha=alpha)
    found.extra.update(extra)
    return found


def _basis(weights: Array, R: Array, explained: float, components: int | None, centred: bool) -> Array:
    """Directions ``[p, r]`` of the weighted correlations with the greatest singular values."""
    Phi = R * np.outer(weights, weights)
    if centred:
        Phi = Phi - Phi.mean(axis=0)
    _, sizes, rows = np.linalg.svd(Phi)
    share = np.cumsum(sizes**2) / (sizes**2).sum()
    r = int(np.argmax(share > explained)) + 1 if components is None else components
    return np.asarray(rows[:r].T)
