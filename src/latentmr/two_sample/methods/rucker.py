"""Rucker's framework: choice between IVW and MR-Egger, with fixed or random effects, by heterogeneity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.results.printing import ShortRepr
from latentmr.two_sample.methods.associations import check_associations, coded_to_raise
from latentmr.two_sample.methods.regression import KnownErrors, regress
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["RuckerChoice", "rucker"]


@dataclass(frozen=True, repr=False)
class RuckerChoice(ShortRepr):
    """Models by their letters, and the chosen model.

    Parameters
    ----------
    model : str
        ``A``: IVW with fixed effects; ``B``: with random effects; ``C``: MR-Egger with fixed effects; ``D``: with
        random effects.
    effects : dict of str to Estimate
        Effects by letter.
    intercepts : dict of str to Estimate
        Intercepts of MR-Egger by letter.
    q_statistic, q_df, q_p_value : dict of str to float
        Statistics ``ivw`` (Cochran's Q; null: one effect), ``egger`` (Rucker's Q'; null: one effect, and pleiotropic
        effects of one size) and ``difference`` (null: no directional pleiotropy); each chi-squared with ``q_df`` under
        its null.
    cooks_distance : np.ndarray of dimension (p,)
        Influence of each variant on the chosen model's line; zero if it fits all variants perfectly.
    dispersion : dict of str to float
        Residual standard errors of ``ivw`` and ``egger``.
    dispersed_se, intercepts_dispersed_se : dict of str to float
        Standard errors of effects and intercepts by letter, multiplied by the dispersion if that is below 1, as
        TwoSampleMR prints them.
    """

    model: str
    effects: dict[str, Estimate]
    intercepts: dict[str, Estimate]
    q_statistic: dict[str, float]
    q_df: dict[str, int]
    q_p_value: dict[str, float]
    cooks_distance: Array
    dispersion: dict[str, float]
    dispersed_se: dict[str, float]
    intercepts_dispersed_se: dict[str, float]

    @property
    def chosen(self) -> Estimate:
        """Effect by the chosen model."""
        return self.effects[self.model]


def rucker(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    distribution: str = "normal",
    threshold: float = 0.05,
    alpha: float = 0.05,
) -> RuckerChoice:
    """Choose between IVW and MR-Egger by their heterogeneity.

    The choice is IVW with fixed effects if Cochran's Q is not significant, and IVW with random effects if MR-Egger's Q'
    is not significantly smaller. Otherwise it is MR-Egger, with fixed effects if Q' is not significant, and random
    effects if it is. Intervals do not account for the choice and are too short. Random-effects errors are multiplied by
    the dispersion of the residuals if that is above 1. TwoSampleMR's ``mr_rucker`` also multiplies the errors of all
    four models if it is below 1; those errors are in ``dispersed_se``. That function uses normal intervals but t
    distributions for p values of MR-Egger slopes; here ``distribution`` applies to both. The method does not remove
    confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    distribution : str
        ``normal``, or ``t`` with the degrees of freedom of the residuals.
    threshold : float
        Significance level of the tests of heterogeneity.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    RuckerChoice

    Raises
    ------
    ValueError
        If the associations are invalid, or all effects on the exposure are equal.

    References
    ----------
    Rucker et al. (2011) Biostatistics 12:122. Bowden et al. (2018) Int J Epidemiol 47:1264.

    Examples
    --------
    >>> found = rucker([0.1, 0.2, 0.3, 0.4], [0.07, 0.13, 0.16, 0.22], [0.01] * 4, [0.02] * 4)
    >>> found.model, round(found.chosen.beta, 2)
    ('A', 0.56)
    """
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    if not 0 < threshold < 1:
        raise ArgumentError("threshold", "be a level between 0 and 1", f"{threshold:g}", "0.05 is usual")
    data = check_associations(bx, by, sx, sy, fewest=3)
    p, sign = len(data.bx), coded_to_raise(data.bx)
    design, y = np.column_stack([sign * data.bx, np.ones(p)]), sign * data.by
    fits = {"ivw": regress(design[:, :1], y, data.sy, None), "egger": regress(design, y, data.sy, None)}
    q = {name: fit.q_statistic for name, fit in fits.items()}
    q["difference"] = max(0.0, q["ivw"] - q["egger"])
    df = {"ivw": p - 1, "egger": p - 2, "difference": 1}
    p_value = {name: float(stats.chi2.sf(q[name], df[name])) for name in q}
    if p_value["ivw"] > threshold:
        model = "A"
    elif p_value["difference"] > threshold:
        model = "B"
    else:
        model = "C" if p_value["egger"] > threshold else "D"
    effects, intercepts, dispersed, dispersed_at = {}, {}, {}, {}
    for letter, name, random in (("A", "ivw", 0), ("B", "ivw", 1), ("C", "egger", 0), ("D", "egger", 1)):
        fit = fits[name]
        se = fit.se * (fit.factor if random else 1.0)
        peers = fit.se * (fit.dispersion if random else min(fit.dispersion, 1.0))
        reference_df = fit.df if distribution == "t" else np.inf
        title = f"{'IVW' if name == 'ivw' else 'MR-Egger'} ({'random' if random else 'fixed'} effects)"
        dispersed[letter] = float(peers[0])
        effects[letter] = wald_estimate(title, fit.coefficients[0], se[0], p, df=reference_df, alpha=alpha)
        if name == "egger":
            dispersed_at[letter] = float(peers[1])
            intercepts[letter] = wald_estimate("intercept", fit.coefficients[1], se[1], p, df=reference_df, alpha=alpha)
    chosen = design[:, :1] if model in "AB" else design
    distance = _cooks_distance(chosen / data.sy[:, None], y / data.sy, fits["ivw" if model in "AB" else "egger"])
    dispersion = {name: fit.dispersion for name, fit in fits.items()}
    return RuckerChoice(model, effects, intercepts, q, df, p_value, distance, dispersion, dispersed, dispersed_at)


def _cooks_distance(X: Array, z: Array, fit: KnownErrors) -> Array:
    """Return Cook's distance of each row of a regression of z on X."""
    leverage = (np.linalg.qr(X)[0] ** 2).sum(axis=1)
    residuals = z - X @ fit.coefficients
    # rounding is no residual
    if fit.dispersion < 1e-9:
        return np.zeros(len(z))
    # a row with leverage 1 has unbounded influence
    left = np.maximum(1 - leverage, np.finfo(float).eps)
    return np.asarray(residuals**2 / (X.shape[1] * fit.dispersion**2) * leverage / left**2)
