"""Tests of the assumptions of the factor form: variants in linkage equilibrium, and no missing factor."""

from collections.abc import Sequence
from math import sqrt

from scipy.stats import norm

from latentmr.results.history import FactorsTried, LinkageGroup, LinkageSummary
from latentmr.results.objects import TestResult

__all__ = ["CLEAR_GAIN", "LINKED", "hidden_factors", "linkage"]

#: Absolute correlation above which a pair on one chromosome counts as linked (r2 = 0.01).
LINKED = 0.1
#: The same for pairs on unknown chromosomes: population structure alone rarely gives such a correlation.
LINKED_ANYWHERE = 0.5
#: Gain of the criterion above which a factor is clearly stronger than factors that cannot be detected.
CLEAR_GAIN = 250.0


def linkage(summary: LinkageSummary | None) -> TestResult:
    """Compare the correlation of variants within chromosomes with that across chromosomes.

    The null is that variants on one chromosome are no more correlated than variants on two chromosomes, as under
    population structure without linkage. A pair on one chromosome counts as linked if its correlation within
    environments is above 0.1, above the largest across chromosomes, and significant at 5 % with Bonferroni correction.
    A significant correlation above 0.1 across chromosomes that the factors do not explain means that a factor is
    missing. The effect size is the largest absolute correlation on one chromosome (of any pair if chromosomes are not
    known).

    Parameters
    ----------
    summary : LinkageSummary or None
        From the history of the factor form; None for other forms, which do not have this assumption.

    Returns
    -------
    TestResult
    """
    null = "variants on one chromosome are no more correlated than variants on two chromosomes"
    if summary is None or summary.residual is None:
        reason = "only the factor form with at least two variants has this assumption"
        return TestResult("linkage", null, "not applicable", reason)
    within, across, unknown, residual = summary.within, summary.across, summary.unknown, summary.residual
    noise = float(norm.isf(0.025 / residual.pairs)) / sqrt(summary.n)
    limit = max(LINKED, noise, abs(across.largest) if across else 0.0)
    effect = abs(within.largest) if within else abs(unknown.largest) if unknown else 0.0
    df = f"{residual.pairs} pairs"
    if within and abs(within.largest) > limit:
        return TestResult("linkage", null, "warn", f"{_pair(within)} are linked: {_CLUMP}", df=df, effect=effect)
    if unknown and abs(unknown.largest) > max(LINKED_ANYWHERE, noise):
        reason = f"{_pair(unknown)} appear to be linked, although their chromosomes are not known: {_CLUMP}"
        return TestResult("linkage", null, "warn", reason, df=df, effect=effect)
    if abs(residual.largest) > max(LINKED, noise):
        reason = f"{_pair(residual)} are correlated beyond the factors: a factor may be missing, increase `n_factors`"
        return TestResult("linkage", null, "warn", reason, df=df, effect=effect)
    if within and across:
        reason = f"the mean r2 is {within.mean_r2:.2g} on one chromosome and {across.mean_r2:.2g} across chromosomes"
    elif within or across:
        reason = "there is no linked pair" if within else "every variant is on a separate chromosome"
    else:
        reason = (
            "no pair appears to be linked; chromosomes are not known, so that weaker linkage cannot be distinguished"
            " from structure"
        )
    return TestResult("linkage", null, "pass", reason, df=df, effect=effect)


_CLUMP = "clump the variants first, which keeps one of each linked pair"


def _pair(group: LinkageGroup) -> str:
    return f"{group.first} and {group.second} (r = {group.largest:.2f})"


def hidden_factors(found: int | None, tried: Sequence[FactorsTried]) -> TestResult:
    """Report how much the weakest factors improve the model, as a sign of factors that are missed.

    A few distant ancestral populations give a few strong factors and no others: the criterion falls steeply, and rises
    right after the last factor. Fine-grained ancestry gives a sequence of weaker and weaker factors. Some of these are
    too weak to be detected, and missed factors confound. The weakest factor itself is not used, because it may have
    been selected by chance.

    Parameters
    ----------
    found : int or None
        Number of factors; None outside the factor form.
    tried : sequence of FactorsTried
        All numbers of factors that were tried, from the learner's history.

    Returns
    -------
    TestResult
        A result without a p-value. The statistic and the effect size are the gain in AIC by the second weakest factor
        (the weakest if only one gain is known). The verdict is ``warn`` if the gain is below 250. The test is ``not
        applicable`` outside the factor form, if the number of factors was given, and with fewer than two factors.
    """
    name, null = "hidden factors", "no factor is missed"
    if found is None:
        return TestResult(name, null, "not applicable", "only the factor form has factors")
    if len(tried) < 2:
        return TestResult(name, null, "not applicable", "the number of factors was given")
    if found < 2:
        return TestResult(
            name, null, "not applicable", f"the number of factors is {found}: there is no second weakest factor"
        )
    aic = {row.n_factors: row.aic for row in tried}
    gains = sorted(aic[r - 1] - aic[r] for r in aic if r <= found and r - 1 in aic)
    if not gains:
        return TestResult(name, null, "not applicable", "smaller numbers of factors were not tried")
    gain = gains[min(1, len(gains) - 1)]
    faint = gain < CLEAR_GAIN
    size = f"the second weakest of {found} factors improves AIC by {gain:.0f}"
    reason = f"{size}: population structure is fine-grained, and weaker factors may be missed" if faint else size
    return TestResult(name, null, "warn" if faint else "pass", reason, statistic=gain, effect=gain)
