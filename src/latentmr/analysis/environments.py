"""Do the environments allow an answer at all? Judged before any training."""

from latentmr.data import Dataset
from latentmr.diagnose.environment_variability import variability
from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.learn import LinearLearner
from latentmr.learn.linear.learner import form_for
from latentmr.learn.linear.moments import environment_moments, mean_shift
from latentmr.results.objects import TestResult, Verdict

__all__ = ["judge_environments"]


def judge_environments(dataset: Dataset) -> tuple[TestResult, Verdict]:
    """Ask whether, and in how many directions, the genotypes differ between environments.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    TestResult
        ``variability``.
    Verdict
        ``not identified`` where identification rests on environments that do not differ; else ``caution``, since only
        learned instruments can be credible.
    """
    if form_for("auto", dataset) == "factor":
        test = variability(mean_shift(environment_moments(dataset).take(dataset.p)), OF_INSTRUMENTS)
        route = (
            "identified by unlinked variants, if they are unlinked: environments need not differ, but more differences"
            " tell more of what is confounded"
        )
        return test, Verdict("caution", "unlinked variants", (test.reason, route))
    history = LinearLearner(k=1, form="stationary").fit(dataset).history
    stationary, available = history.k_stationary or 0, history.k_available or 0
    shift = history.variability or mean_shift(environment_moments(dataset).take(dataset.p))
    test = variability(shift, OF_INSTRUMENTS, (stationary, available))
    if test.verdict == "warn":
        advice = "bring environments that differ more (other sites, ancestries, birth cohorts)"
        return test, Verdict("not identified", "environments", (test.reason,), (advice,))
    if stationary:
        found = f"{stationary} linear combinations of G have one mean and covariance everywhere, and may be exogenous"
        return test, Verdict("caution", "environments", (test.reason, found))
    found = "no linear combination of G has one law everywhere: mixing is nonlinear, or nothing is exogenous"
    advice = "learn with --learner flow, the default; the linear learner would find nothing"
    return test, Verdict("caution", "environments", (test.reason, found), (advice,))
