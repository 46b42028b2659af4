"""How far to believe the answer, by stated rules."""

from latentmr.learn import Representation
from latentmr.results.objects import Estimate, TestResult, Verdict

__all__ = ["GROSS_AREA", "GROSS_SHARE", "judge_analysis"]

#: Area under the curve of telling environments apart from which the instruments are no instruments.
GROSS_AREA = 0.6
#: Share of a residual latent's variance, explained by the instruments, from which they are none.
GROSS_SHARE = 0.1

#: Tests that judge_analysis the learned instruments themselves: without them nothing is credible.
CORE = ("invariance", "independence")

LEARN_AGAIN = (
    "give a smaller `k`, another `seed` or `learner`, more `starts` or `steps`, or `aux` with genome-wide principal"
    " components"
)
#: What to do where a test warns or fails.
ADVICE = {
    "invariance": LEARN_AGAIN,
    "independence": LEARN_AGAIN,
    "independence of covariates": "look whether these covariates are consequences of the genotypes; if not, the"
    " instruments are confounded",
    "variability": "bring environments that differ more (other sites, ancestries, birth cohorts), or unlinked variants"
    " with `form` factor",
    "hidden factors": "give genome-wide principal components with `aux`: many variants show what these few do not",
    "linkage": "clump the variants, or give a larger `n_factors`",
    "strength": "bring more people or stronger variants; quote the robust set",
    "overidentification": "run `foils` invalid, and look for variants with effects of their own",
    "heterogeneity": "look at the effect by environment: which differs, and why",
    "leave-one-out": "look at the environment without which the estimate changes",
    "adjustment": "report the row adjusted for the latents beside the primary one",
    "convergence": "give more `steps`",
    "starts": "give more `starts` or another `seed`",
    "learners": "report both learners' estimates",
    "entropy": "give another `seed`, more `steps` or a smaller `k`",
    "placebo": "the instruments are confounded with what the placebo shares: no choice of learner mends that",
}


def judge_analysis(
    representation: Representation, primary: list[Estimate], tests: list[TestResult], unseen: bool = True
) -> Verdict:
    """Apply the rules, the gravest first.

    ``not identified`` where the environments do not differ (and identification rests on them), where a robust set has
    no finite ends, or where the instruments grossly fail invariance (area under the curve above 0.6) or independence
    (share above 0.1); ``caution`` where any other test warns or fails, or the instruments were not tested on people
    whom learning never saw; ``credible`` otherwise. Doubtful starts are a remark where invariance and independence
    hold: with fewer instruments than exogenous dimensions several sets are right.

    Parameters
    ----------
    representation : Representation
        Whose form names the route of identification.
    primary : list of Estimate
        One for each exposure.
    tests : list of TestResult
    unseen : bool
        Whether invariance and independence were tested on people whom learning never saw.

    Returns
    -------
    Verdict
    """
    factor = representation.form == "factor"
    by_name = {test.name: test for test in tests}
    grave: list[str] = []
    reasons: list[str] = []
    remarks: list[str] = []
    named: list[str] = []
    if not factor and by_name["variability"].verdict == "warn":
        grave.append("the environments do not differ, so exogenous and confounded parts of G cannot be told apart")
        named.append("variability")
    for test in tests:
        if test.verdict == "fail" and _gross(test):
            grave.append(f"{test.name}: {test.reason}")
            named.append(test.name)
    for estimate in primary:
        quoted = estimate.robust_set
        if quoted is not None and not quoted.is_bounded:
            name = "conditional likelihood-ratio" if estimate.ci_clr is not None else "Anderson-Rubin"
            grave.append(
                f"the data cannot say: the {name} set for {estimate.exposure} is {quoted}, without finite ends; bring"
                " stronger instruments or more people"
            )
        if estimate.ci_ar is not None and estimate.ci_ar.is_empty:
            # the test of overidentification judges this, at a level of its own
            remarks.append(
                f"no effect of {estimate.exposure} fits all instruments (the Anderson-Rubin set is empty): some are"
                " invalid, or the effect is not one number"
            )
    passed = all(by_name[name].verdict == "pass" for name in CORE if name in by_name)
    for test in tests:
        # identical environments do no harm where variants are unlinked
        harmless = factor and test.name == "variability"
        if test.verdict not in ("warn", "fail") or harmless or test.name in named:
            continue
        # starts differ where there are more exogenous dimensions than instruments: the tests of these decide
        (remarks if test.name == "starts" and passed else reasons).append(f"{test.name}: {test.reason}")
        named.append(test.name)
    reasons += _untested(by_name, unseen)
    assumption = (
        "identified by unlinked variants: given the factors, variants are independent"
        if factor
        else "identified by environments: the confounded part changes between them, the exogenous part does not"
    )
    level = "not identified" if grave else "caution" if reasons else "credible"
    beyond = "no test can see an exogenous part that is itself confounded in the same way in every environment"
    advice = list(dict.fromkeys(ADVICE[key] for name in named for key in (_family(name),) if key in ADVICE))
    return Verdict(
        level=level,
        route="unlinked variants" if factor else "environments",
        reasons=(*grave, *reasons, *remarks, assumption, beyond),
        advice=tuple(advice),
    )


def _gross(test: TestResult) -> bool:
    limit = {"invariance": GROSS_AREA, "independence": GROSS_SHARE}.get(test.name)
    return limit is not None and test.effect is not None and test.effect > limit


def _untested(by_name: dict[str, TestResult], unseen: bool) -> list[str]:
    """Why the instruments themselves were not judged, if so."""
    out = []
    for name in CORE:
        found = by_name.get(name)
        # without residual latents there is nothing that the instruments could depend on
        nothing = found is not None and found.reason == "there are no residual latents"
        if found is None or (found.verdict == "not applicable" and not nothing):
            out.append(f"{name} of the learned instruments was not tested" + (f": {found.reason}" if found else ""))
    if not unseen:
        out.append("the instruments were tested on people whom learning saw, which is too kind; set some aside")
    return out


def _family(name: str) -> str:
    """The key of a test's advice: of ``placebo: height`` it is ``placebo``."""
    return name.split(":", 1)[0].removesuffix(", pairs").replace("independence of aux", "independence")
