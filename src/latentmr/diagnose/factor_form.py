"""What the factor form assumes: that variants are unlinked, and that no factor is missed."""

from collections.abc import Sequence
from math import sqrt

from scipy.stats import norm

from latentmr.results.history import FactorsTried, LinkageGroup, LinkageSummary
from latentmr.results.objects import TestResult

__all__ = ["CLEAR_GAIN", "LINKED", "hidden_factors", "linkage"]

#: Absolute correlation from which a pair on one chromosome counts as linked (r2 = 0.01).
LINKED = 0.1
#: The same for pairs whose chromosomes are not known: structure alone seldom correlates two variants so much.
LINKED_ANYWHERE = 0.5
#: Gain of the criterion from which a factor stands clear of those that cannot be seen.
CLEAR_GAIN = 250.0


def linkage(summary: LinkageSummary | None) -> TestResult:
    """Compare the correlation of variants within chromosomes with that across.

    The null is that variants on one chromosome are correlated no more than variants on two, as under structure
    without linkage. A pair on one chromosome counts as linked if its correlation within environments is above 0.1
    and above the largest across chromosomes, and significant at 5 % with Bonferroni's correction. A significant
    correlation above 0.1 that the factors leave across chromosomes means that a factor is missing. The effect size
    is the largest absolute correlation on one chromosome (of any pair if chromosomes are not known).

    Parameters
    ----------
    summary : LinkageSummary or None
        From the history of the factor form; None for other forms, which do not assume it.

    Returns
    -------
    TestResult
    """
    null = "variants on one chromosome are correlated no more than variants on two"
    if summary is None or summary.residual is None:
        reason = "only the factor form, with two variants or more, assumes it"
        return TestResult("linkage", null, "not applicable", reason)
    within, across, unknown, residual = summary.within, summary.across, summary.unknown, summary.residual
    noise = float(norm.isf(0.025 / residual.pairs)) / sqrt(summary.n)
    limit = max(LINKED, noise, abs(across.largest) if across else 0.0)
    effect = abs(within.largest) if within else abs(unknown.largest) if unknown else 0.0
    df = f"{residual.pairs} pairs"
    if within and abs(within.largest) > limit:
        return TestResult("linkage", null, "warn", f"{_pair(within)} are linked: {_CLUMP}", df=df, effect=effect)
    if unknown and abs(unknown.largest) > max(LINKED_ANYWHERE, noise):
        reason = f"{_pair(unknown)} look linked, though their chromosomes are not known: {_CLUMP}"
        return TestResult("linkage", null, "warn", reason, df=df, effect=effect)
    if abs(residual.largest) > max(LINKED, noise):
        reason = f"{_pair(residual)} are correlated beyond the factors: one may be missing, give a larger `n_factors`"
        return TestResult("linkage", null, "warn", reason, df=df, effect=effect)
    if within and across:
        reason = f"mean r2 {within.mean_r2:.2g} on one chromosome, {across.mean_r2:.2g} across"
    elif within or across:
        reason = "no linked pair" if within else "every variant is on a chromosome of its own"
    else:
        reason = "no pair looks linked; chromosomes are not known, so weaker linkage cannot be told from structure"
    return TestResult("linkage", null, "pass", reason, df=df, effect=effect)


_CLUMP = "clump first, keep one of each linked pair"


def _pair(group: LinkageGroup) -> str:
    return f"{group.first} and {group.second} (r = {group.largest:.2f})"


def hidden_factors(found: int | None, tried: Sequence[FactorsTried]) -> TestResult:
    """Look at how much the weakest factors improve the model: if they fade out, weaker ones are likely below them.

    Ancestry that is a few distant populations gives a few strong factors and then none: the criterion falls steeply,
    and rises at once after the last. Fine-grained ancestry gives weaker and weaker factors, some of which no data show,
    and what is missed confounds. The weakest factor itself is left out of the judgement, since one too many may have
    been taken by chance.

    Parameters
    ----------
    found : int or None
        Number of factors; None outside the factor form.
    tried : sequence of FactorsTried
        Every number that was tried, from the learner's history.

    Returns
    -------
    TestResult
        Without a p-value. The statistic and the effect size are the gain in AIC by the second weakest factor (the
        weakest if only one gain is known); under 250 it warns. Not applicable outside the factor form, if the
        number was given, and with fewer than two factors.
    """
    name, null = "hidden factors", "no factor is missed"
    if found is None:
        return TestResult(name, null, "not applicable", "only the factor form has factors")
    if len(tried) < 2:
        return TestResult(name, null, "not applicable", "the number of factors was given")
    if found < 2:
        return TestResult(name, null, "not applicable", f"{found} factors: there is no second weakest")
    aic = {row.n_factors: row.aic for row in tried}
    gains = sorted(aic[r - 1] - aic[r] for r in aic if r <= found and r - 1 in aic)
    if not gains:
        return TestResult(name, null, "not applicable", "fewer factors were not tried")
    gain = gains[min(1, len(gains) - 1)]
    faint = gain < CLEAR_GAIN
    size = f"{found} factors, the second weakest of which improves AIC by {gain:.0f}"
    reason = f"{size}: structure is fine-grained, and weaker factors may be missed" if faint else size
    return TestResult(name, null, "warn" if faint else "pass", reason, statistic=gain, effect=gain)
