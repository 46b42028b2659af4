"""Checks before learning: whether the environments allow an answer, and which effects could be detected at best."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.diagnose import minimum_detectable_effect
from latentmr.diagnose.environment_variability import variability
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.iv import Fit, Model, columns, first_stage_f, gather, solve
from latentmr.learn import LinearLearner
from latentmr.learn.linear.learner import form_for
from latentmr.learn.linear.moments import environment_moments, mean_shift
from latentmr.results.objects import TestResult, Verdict

__all__ = ["POWER", "explained_beyond_chance", "judge_environments", "power_of_genotypes"]


def judge_environments(dataset: Dataset) -> tuple[TestResult, Verdict]:
    """Test whether, and in how many directions, the genotypes differ between environments.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    TestResult
        ``variability``.
    Verdict
        ``not identified`` if identification rests on environments and they do not differ. Otherwise ``caution``, since
        only learned instruments can be credible.
    """
    if form_for("auto", dataset) == "factor":
        test = variability(mean_shift(environment_moments(dataset).take(dataset.p)), OF_INSTRUMENTS)
        route = (
            "identified by unlinked variants, if the variants are in linkage equilibrium (independent): environments"
            " need not differ, but larger differences give more information about the confounded component"
        )
        return test, Verdict("caution", "unlinked variants", (test.reason, route))
    history = LinearLearner(k=1, form="stationary").fit(dataset).history
    stationary, available = history.k_stationary or 0, history.k_available or 0
    shift = history.variability or mean_shift(environment_moments(dataset).take(dataset.p))
    test = variability(shift, OF_INSTRUMENTS, (stationary, available))
    if test.verdict == "warn":
        advice = "add environments that differ more (other sites, ancestries, birth cohorts)"
        return test, Verdict("not identified", "environments", (test.reason,), (advice,))
    if stationary:
        found = (
            f"{stationary} linear combinations of G have the same mean and covariance in every environment, and may be"
            " exogenous"
        )
        return test, Verdict("caution", "environments", (test.reason, found))
    found = (
        "no linear combination of G has the same distribution in every environment: the mixing is nonlinear, or no"
        " component is exogenous"
    )
    advice = "use `learner` flow, which is the default; the linear learner would find no instruments"
    return test, Verdict("caution", "environments", (test.reason, found), (advice,))


#: Power at the smallest detectable effect.
POWER = 0.8


def power_of_genotypes(dataset: Dataset, alpha: float = 0.05) -> list[dict[str, object]]:
    """Return the strength of all genotypes for each exposure, and the smallest effect that it could detect.

    Parameters
    ----------
    dataset : Dataset
    alpha : float
        Significance level.

    Returns
    -------
    list of dict
        ``exposure, n, r2`` (given environments and covariates, corrected for chance), ``f_statistic``, and
        ``minimum_detectable_effect`` at 80 % power. This is a best case, since learned instruments are a part of the
        genotypes. The list is empty without exposure and outcome.

    Raises
    ------
    ValueError
        If there are too few individuals for the number of genotypes, or an exposure does not vary.
    """
    if not dataset.exposure_names or not dataset.outcome_name:
        return []
    rows = np.flatnonzero(dataset.in_estimation)
    environments = np.unique(dataset.env[rows])
    c, p, m = len(environments) - 1 + dataset.C.shape[1], dataset.p, len(dataset.exposure_names)

    def blocks() -> Iterator[NDArray[np.float64]]:
        for here, G in dataset.blocks(rows):
            indicators = dataset.env[here][:, None] == environments[1:]
            yield np.column_stack([indicators, dataset.C[here], G, dataset.X[here], dataset.y[here]])

    moments = gather(blocks)
    size = c + p + m + 1
    out: list[dict[str, object]] = []
    for j, name in enumerate(dataset.exposure_names):
        model = Model(
            method="2SLS",
            Z=columns(size, slice(c, c + p)),
            X=columns(size, slice(c + p + j, c + p + j + 1)),
            y=columns(size, size - 1),
            C=columns(size, slice(0, c)),
            exposures=(name,),
        )
        fit = solve(model, moments)
        r2 = explained_beyond_chance(fit) / float(fit.total[0, 0])
        sd = np.sqrt(np.diag(fit.total) / moments.n)
        effect = minimum_detectable_effect(moments.n, r2, float(sd[0]), float(sd[1]), alpha, POWER)
        out.append(
            {
                "exposure": name,
                "n": moments.n,
                "r2": r2,
                "f_statistic": first_stage_f(fit, robust=False)[0].statistic,
                "minimum_detectable_effect": effect,
            }
        )
    return out


def explained_beyond_chance(fit: Fit) -> float:
    """Return the sum of squares that the instruments explain in the first exposure, corrected for chance."""
    explained, total = float(fit.within[0, 0]), float(fit.total[0, 0])
    return max(0.0, explained - fit.k * (total - explained) / fit.df)
