"""May the factor form have missed factors? Where those that were found fade out, weaker ones are likely below them."""

from typing import Any

from latentmr.results.objects import TestResult

__all__ = ["CLEAR_GAIN", "hidden_factors"]

#: Gain of the criterion from which a factor stands clear of those that cannot be seen.
CLEAR_GAIN = 250.0


def hidden_factors(history: dict[str, Any]) -> TestResult:
    """Look at how much the weakest factors improve the model.

    Ancestry that is a few distant populations gives a few strong factors and then none: the criterion falls steeply,
    and rises at once after the last. Fine-grained ancestry gives weaker and weaker factors, some of which no data show,
    and what is missed confounds. The weakest factor itself is left out of the judgement, since one too many may have
    been taken by chance.

    Parameters
    ----------
    history : dict
        Of the learner: ``n_factors`` and ``candidates`` with ``n_factors`` and ``aic`` of every number tried.

    Returns
    -------
    TestResult
        Without a p-value. The statistic and the effect size are the gain in AIC by the second weakest factor (the
        weakest where only one gain is known); under 250 it warns. Not applicable outside the factor form, where the
        number was given, and with fewer than two factors.
    """
    name, null = "hidden factors", "no factor is missed"
    found, tried = history.get("n_factors"), history.get("candidates", [])
    if found is None:
        return TestResult(name, null, "not applicable", "only the factor form has factors")
    if len(tried) < 2:
        return TestResult(name, null, "not applicable", "the number of factors was given")
    if found < 2:
        return TestResult(name, null, "not applicable", f"{found} factors: there is no second weakest")
    aic = {int(row["n_factors"]): float(row["aic"]) for row in tried}
    gains = sorted(aic[r - 1] - aic[r] for r in aic if r <= found and r - 1 in aic)
    if not gains:
        return TestResult(name, null, "not applicable", "fewer factors were not tried")
    gain = gains[min(1, len(gains) - 1)]
    faint = gain < CLEAR_GAIN
    size = f"{found} factors, the second weakest of which improves AIC by {gain:.0f}"
    reason = f"{size}: structure is fine-grained, and weaker factors may be missed" if faint else size
    return TestResult(name, null, "warn" if faint else "pass", reason, statistic=gain, effect=gain)
