"""The verdict on the answer, by fixed rules."""

from latentmr.learn import Representation
from latentmr.results.objects import Estimate, TestResult, Verdict

__all__ = ["GROSS_AREA", "GROSS_SHARE", "judge_analysis"]

#: Area under the curve for predicting the environment above which the instruments are invalid.
GROSS_AREA = 0.6
#: Share of a residual latent's variance, explained by the instruments, above which they are invalid.
GROSS_SHARE = 0.1

#: Tests of the learned instruments. Without them no answer is credible.
CORE = ("invariance", "independence")

LEARN_AGAIN = (
    "learn again with a smaller `k`, another `seed` or `learner`, more `starts` or `steps`, or with more"
    " genome-wide principal components (`pcs` or `aux`)"
)
#: What to do if a test warns or fails.
ADVICE = {
    "invariance": LEARN_AGAIN,
    "independence": LEARN_AGAIN,
    "independence of covariates": "check whether these covariates are consequences of the genotypes; if they are not,"
    " the instruments are confounded",
    "variability": "add environments that differ more (other sites, ancestries, birth cohorts), or use"
    " unlinked variants with `form` factor",
    "hidden factors": "adjust for more genome-wide components (`pcs`, with all variants in the genotype files, or"
    " `aux`): many variants show structure that few do not",
    "linkage": "clump the variants, or give a larger `n_factors`",
    "strength": "add individuals or stronger variants, and quote the robust set",
    "overidentification": "use `comparators` invalid, and look for variants with direct effects on the outcome",
    "heterogeneity": "look at the effect by environment, and find out which environment differs and why",
    "leave-one-out": "look at the environment without which the estimate changes",
    "adjustment": "report the row that does not adjust for the latents next to the primary row",
    "convergence": "give more `steps`",
    "starts": "give more `starts` or another `seed`",
    "learners": "report the estimates of both learners",
    "entropy": "give another `seed`, more `steps` or a smaller `k`",
    "placebo": "measure the shared confounders and adjust for them; another learner does not remove an association with"
    " the negative-control outcome",
}


def judge_analysis(
    representation: Representation, primary: list[Estimate], tests: list[TestResult], unseen: bool = True
) -> Verdict:
    """Apply the rules of the verdict, the most serious first.

    The verdict is ``not identified`` in three cases. Identification rests on environments and they do not differ. A
    robust set has no finite ends. Or the instruments grossly fail invariance (area under the curve above 0.6) or
    independence (share above 0.1). The verdict is ``caution`` if any other test warns or fails, or if the instruments
    were not tested in held-out individuals. Otherwise it is ``credible``. Doubtful starts are only a remark if
    invariance and independence hold: with fewer instruments than exogenous dimensions, several sets are valid.

    Parameters
    ----------
    representation : Representation
        Representation whose form determines the route of identification.
    primary : list of Estimate
        The primary estimate of each exposure.
    tests : list of TestResult
    unseen : bool
        Whether invariance and independence were tested in held-out individuals.

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
        grave.append(
            "the environments do not differ, so that exogenous and confounded components of G cannot be separated"
        )
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
                f"the data cannot bound the effect: the {name} set for {estimate.exposure} is {quoted}, without finite"
                " ends; add stronger instruments or individuals"
            )
        if estimate.ci_ar is not None and estimate.ci_ar.is_empty:
            # the test of overidentification covers this, at its own level
            remarks.append(
                f"no effect of {estimate.exposure} fits all instruments (the Anderson-Rubin set is empty): some"
                " instruments are invalid, or the effect is heterogeneous"
            )
    passed = all(by_name[name].verdict == "pass" for name in CORE if name in by_name)
    for test in tests:
        # identical environments do no harm if variants are unlinked
        harmless = factor and test.name == "variability"
        if test.verdict not in ("warn", "fail") or harmless or test.name in named:
            continue
        # starts differ if there are more exogenous dimensions than instruments: the tests of the instruments decide
        (remarks if test.name == "starts" and passed else reasons).append(f"{test.name}: {test.reason}")
        named.append(test.name)
    reasons += _untested(by_name, unseen)
    assumption = (
        "identified by unlinked variants: given the factors, variants are independent"
        if factor
        else "identified by environments: the confounded component differs between them, and the exogenous component"
        " does not"
    )
    level = "not identified" if grave else "caution" if reasons else "credible"
    beyond = "no test can detect an exogenous component that is confounded in the same way in every environment"
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
    """Return why the instruments themselves were not tested."""
    out = []
    for name in CORE:
        found = by_name.get(name)
        # without residual latents there is nothing on which the instruments could depend
        nothing = found is not None and found.reason == "there are no residual latents"
        if found is None or (found.verdict == "not applicable" and not nothing):
            out.append(f"{name} of the learned instruments was not tested" + (f": {found.reason}" if found else ""))
    if not unseen:
        out.append(
            "the instruments were tested in the individuals they were learned from, hence optimistically; set a share"
            " of them aside with `diagnosis`"
        )
    return out


def _family(name: str) -> str:
    """Return the key of a test's advice, such as ``placebo`` for ``placebo: height``."""
    return name.split(":", 1)[0].removesuffix(", pairs").replace("independence of aux", "independence")
