"""From models on a shared design to rows of the table of estimates."""

import numpy as np
from numpy.typing import NDArray

from latentmr.estimate.anderson_rubin import anderson_rubin_set
from latentmr.estimate.checks import probability
from latentmr.estimate.conditional_likelihood_ratio import conditional_likelihood_ratio_set
from latentmr.estimate.covariance import Spread, spreads
from latentmr.estimate.kclass import Fit
from latentmr.estimate.model import Model
from latentmr.estimate.moments import Blocks, Moments
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results import Estimate

__all__ = ["estimate_models", "rows_of"]


def estimate_models(
    models: list[Model],
    fits: list[Fit],
    moments: Moments,
    blocks: Blocks,
    *,
    se_type: str = "HC1",
    cluster: NDArray[np.int64] | None = None,
    alpha: float = 0.05,
) -> list[Estimate]:
    """Bring solved models into rows of the table, in one more pass over the design.

    Parameters
    ----------
    models : list of Model
        Whose maps refer to the columns of the design.
    fits : list of Fit
        Their solutions.
    moments : Moments
        Of the design.
    blocks : Blocks
        The design.
    se_type : str
        ``homoskedastic``, ``HC1`` or ``cluster``.
    cluster : np.ndarray of dimension (n,), optional
        Codes 0, 1, ... of each row's cluster.
    alpha : float
        Significance level of intervals and sets.

    Returns
    -------
    list of Estimate
        For each model one row for each exposure.
    """
    probability("alpha", alpha)
    spread = spreads(fits, moments, blocks, se_type, cluster)
    return [
        row
        for model, fit, s in zip(models, fits, spread, strict=True)
        for row in rows_of(model, fit, s, moments.n, se_type, alpha)
    ]


def rows_of(model: Model, fit: Fit, spread: Spread, n: int, se_type: str, alpha: float) -> list[Estimate]:
    """Rows of the table for one solved model, one for each exposure."""
    m = len(fit.beta)
    condition = ", given the instruments" if model.instruments == "learned" else ""
    # strength is that of a single exposure: with several, F of each says little (conditional F is another statistic)
    strength = fit.k > 0 and m == 1
    return [
        Estimate(
            method=model.method,
            instruments=model.instruments,
            adjustment=model.adjustment,
            basis=model.basis,
            exposure=name,
            beta=float(fit.beta[j]),
            se=float(np.sqrt(spread.covariance[j, j])),
            se_type=se_type + condition,
            alpha=alpha,
            n=n,
            k=fit.k,
            f_statistic=_first_stage_f(fit) if strength else None,
            effective_f=_effective_f(fit, spread) if strength else None,
            ci_ar=anderson_rubin_set(fit, alpha),
            ci_clr=conditional_likelihood_ratio_set(fit, alpha),
            primary=model.primary,
        )
        for j, name in enumerate(model.exposures)
    ]


def _first_stage_f(fit: Fit) -> float:
    return float((fit.within[0, 0] / fit.k) / (_unexplained(fit) / fit.df)) if _unexplained(fit) else float("inf")


def _effective_f(fit: Fit, spread: Spread) -> float:
    noise = float(np.trace(spread.reduced.first[0, 0])) if spread.reduced is not None else float("nan")
    return float(fit.within[0, 0] / noise) if _unexplained(fit) else float("inf")


def _unexplained(fit: Fit) -> float:
    """Sum of squares that the first stage leaves; 0 where the instruments contain the exposure, but for rounding."""
    left = float(fit.total[0, 0] - fit.within[0, 0])
    return left if left > RANK_TOLERANCE * fit.total[0, 0] else 0.0
