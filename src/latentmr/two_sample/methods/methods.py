"""Two-sample methods by name, with their settings in the table of estimates."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods import multivariable
from latentmr.two_sample.methods.cml import cml
from latentmr.two_sample.methods.contamination_mixture import contamination_mixture
from latentmr.two_sample.methods.divw import divw
from latentmr.two_sample.methods.egger import egger
from latentmr.two_sample.methods.heterogeneity_penalised import heterogeneity_penalised
from latentmr.two_sample.methods.ivw import ivw
from latentmr.two_sample.methods.lasso import lasso
from latentmr.two_sample.methods.maximum_likelihood import maximum_likelihood
from latentmr.two_sample.methods.median import median
from latentmr.two_sample.methods.method import Method, Option, Settings
from latentmr.two_sample.methods.mode import mode
from latentmr.two_sample.methods.pcgmm import pcgmm
from latentmr.two_sample.methods.pivw import pivw
from latentmr.two_sample.methods.presso import presso
from latentmr.two_sample.methods.radial import radial_egger, radial_ivw
from latentmr.two_sample.methods.raps import raps
from latentmr.two_sample.methods.wald_interval import ERRORS
from latentmr.typing import ArrayLike

__all__ = ["METHODS", "SEVERAL", "estimate_several", "estimate_with"]

#: Number of MR-PRESSO simulations for each variant, and maximum number of simulated effects in all.
PRESSO_DRAWS, PRESSO_EFFECTS = 200, 100_000_000


def _method(
    label: str,
    function: Callable[..., Estimate | Estimates],
    needs: str = "",
    *,
    correlated: bool = False,
    default: bool = True,
    errors: str = ERRORS,
    **options: Option,
) -> Method:
    return Method(label, function, options, tuple(needs.split()), correlated, default, errors)


def _presso_of_table(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Run MR-PRESSO with enough simulations for its Bonferroni-corrected p values to reach significance."""
    p = max(np.size(bx), 1)
    enough = max(draws, min(PRESSO_DRAWS * p, PRESSO_EFFECTS // p))
    return presso(bx, by, sx, sy, draws=enough, seed=seed, alpha=alpha)


def _pcgmm_of_table(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    samples: tuple[float, float],
    correlation: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimate:
    """Run PC-GMM, which also accepts variants without a correlation matrix."""
    known = np.eye(np.size(bx)) if correlation is None else correlation
    return pcgmm(bx, by, sx, sy, samples=samples, correlation=known, alpha=alpha)


#: Methods for one exposure; the first gives the primary estimate.
METHODS = {
    "ivw": _method(
        "IVW (random effects)", ivw, correlated=True, model="random", errors="multiplicative random effects"
    ),
    "ivw-fixed": _method("IVW (fixed effects)", ivw, correlated=True, model="fixed"),
    "ivw-robust": _method("IVW (MM-estimation)", ivw, "seed", robust=True, default=False),
    "ivw-penalised": _method("IVW (penalised weights)", ivw, penalised=True, default=False),
    "egger": _method("MR-Egger", egger, correlated=True, errors="multiplicative random effects"),
    "simple-median": _method("simple median", median, "draws seed", weighting="simple", errors="parametric bootstrap"),
    "weighted-median": _method(
        "weighted median", median, "draws seed", weighting="weighted", errors="parametric bootstrap"
    ),
    "penalised-median": _method(
        "penalised weighted median", median, "draws seed", weighting="penalised", errors="parametric bootstrap"
    ),
    "simple-mode": _method("simple mode", mode, "draws seed", weighting="simple", errors="parametric bootstrap"),
    "weighted-mode": _method("weighted mode", mode, "draws seed", weighting="weighted", errors="parametric bootstrap"),
    "maximum-likelihood": _method("maximum likelihood", maximum_likelihood, errors="multiplicative random effects"),
    "raps": _method("MR-RAPS (Huber)", raps, errors="overdispersion"),
    "divw": _method("debiased IVW", divw, errors="overdispersion"),
    "pivw": _method("penalised IVW", pivw, errors="overdispersion"),
    "radial": _method("radial IVW", radial_ivw, "draws seed", errors="multiplicative random effects"),
    "radial-egger": _method("radial MR-Egger", radial_egger, default=False),
    "contamination-mixture": _method("contamination mixture", contamination_mixture),
    "heterogeneity-penalised": _method("heterogeneity-penalised average", heterogeneity_penalised, default=False),
    "lasso": _method("MR-Lasso", lasso),
    "cml": _method("cML-MA-BIC", cml, "seed sample_size", perturbations=0),
    "cml-dp": _method("cML-MA-BIC-DP", cml, "seed sample_size", default=False),
    "presso": _method("MR-PRESSO", _presso_of_table, "draws seed"),
    "pcgmm": _method("PC-GMM", _pcgmm_of_table, "samples", correlated=True, default=False),
}
#: Methods for several exposures; the first gives the primary estimate.
SEVERAL = {
    "ivw": _method(
        "multivariable IVW", multivariable.ivw, correlated=True, model="random", errors="multiplicative random effects"
    ),
    "egger": _method(
        "multivariable MR-Egger", multivariable.egger, correlated=True, errors="multiplicative random effects"
    ),
    "median": _method("multivariable median", multivariable.median, "draws seed", errors="parametric bootstrap"),
    "lasso": _method("multivariable MR-Lasso", multivariable.lasso),
    "robust": _method("multivariable IVW (MM-estimation)", multivariable.robust_ivw, "seed"),
    "measurement-error": _method("multivariable IVW, measurement error", multivariable.ivw_measurement_error),
    "q-minimisation": _method("multivariable Q-minimisation", multivariable.q_minimisation),
    "gmm": _method("multivariable GMM", multivariable.gmm, "samples_of_several"),
    "cml": _method("multivariable cML-BIC", multivariable.cml, "people"),
}


def estimate_with(
    name: str,
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    settings: Settings | None = None,
    correlation: ArrayLike | None = None,
) -> Estimate:
    """Estimate the effect of one exposure by a method of ``METHODS``, as in the table of ``latentmr summary``.

    Parameters
    ----------
    name : str
        Name of the method, for instance ``weighted-median``.
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    settings : Settings, optional
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        If there is no such method, or the data do not support it. The message gives the reason.

    Examples
    --------
    >>> round(estimate_with("weighted-median", [0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3).beta, 1)
    0.5
    """
    return _known(METHODS, name).estimates(bx, by, sx, sy, settings or Settings(), correlation).only()


def estimate_several(
    name: str,
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    settings: Settings | None = None,
    correlation: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Estimates:
    """Estimate the effects of several exposures jointly by a method of ``SEVERAL``.

    Parameters
    ----------
    name : str
        Name of the method, for instance ``ivw``.
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    settings : Settings, optional
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants.
    names : sequence of str, optional
        Names of the exposures.

    Returns
    -------
    Estimates
        One estimate for each exposure.

    Raises
    ------
    ValueError
        If there is no such method, or the data do not support it.
    """
    return _known(SEVERAL, name).estimates(BX, by, SX, sy, settings or Settings(), correlation, names)


def _known(methods: Mapping[str, Method], name: str) -> Method:
    if name not in methods:
        raise ArgumentError("method", f"be among {', '.join(methods)}", f"{name!r}", "choose one of these names")
    return methods[name]
