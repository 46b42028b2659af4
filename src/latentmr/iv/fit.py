"""Convert solved models on a shared design to rows of the table of estimates."""

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.iv.checks import probability
from latentmr.iv.covariance import Spread
from latentmr.iv.kclass import Fit
from latentmr.iv.model import Model
from latentmr.iv.specification.effective_f import effective_statistic
from latentmr.iv.specification.stage import f_statistic
from latentmr.iv.weak.robust_sets import RobustSets, robust_sets
from latentmr.results.objects import Estimate

__all__ = ["estimate_models"]


def estimate_models(
    models: list[Model], fits: list[Fit], spread: list[Spread], n: int, *, se_type: str = "HC1", alpha: float = 0.05
) -> list[Estimate]:
    """Convert solved models to rows of the table of estimates.

    Parameters
    ----------
    models : list of Model
        Models whose maps refer to the columns of the design.
    fits : list of Fit
        Their solutions.
    spread : list of Spread
        Covariances of their effects and moments.
    n : int
        Number of individuals.
    se_type : str
        Type of the covariances.
    alpha : float
        Significance level of intervals and sets.

    Returns
    -------
    list of Estimate
        One row for each exposure of each model.
    """
    probability("alpha", alpha)
    # models with the same first stage share their confidence sets, which do not depend on the method
    sets: dict[int, list[RobustSets]] = {}
    rows = []
    for model, fit, s in zip(models, fits, spread, strict=True):
        if s.reduced is not None and id(s.reduced) not in sets:
            with threadpool_limits(1):  # the matrices are small, and more threads would be slower
                sets[id(s.reduced)] = robust_sets(fit, s.reduced, alpha)
        found = sets[id(s.reduced)] if s.reduced is not None else [RobustSets(None, None)] * len(fit.beta)
        rows += _rows(model, fit, s, n, se_type, alpha, found)
    return rows


def _rows(
    model: Model, fit: Fit, spread: Spread, n: int, se_type: str, alpha: float, sets: list[RobustSets]
) -> list[Estimate]:
    m = len(fit.beta)
    condition = "" if model.instruments != "learned" else f", {spread.condition}"
    # with several exposures the F of each says little about strength (conditional F is another statistic)
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
            f_statistic=f_statistic(fit) if strength else None,
            effective_f=effective_statistic(fit, spread.reduced) if strength and spread.reduced is not None else None,
            ci_ar=sets[j].anderson_rubin,
            ci_clr=sets[j].likelihood_ratio,
            primary=model.primary,
        )
        for j, name in enumerate(model.exposures)
    ]
