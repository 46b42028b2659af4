"""The words with which a run fills the answers of the STROBE-MR checklist."""

import numpy as np

from latentmr.report.forest import one_sample
from latentmr.report.one_sample_sections import ONE_SAMPLE_SECTIONS
from latentmr.report.strobe_items import KINDS, OTHERS, ROUTES, TODO
from latentmr.report.strobe_words import (
    See,
    counted,
    is_withheld,
    model_words,
    names_of,
    primary_of,
    reason_of,
    result_words,
    rows_of,
    statistic_words,
    steps_of,
    tests_of,
    titles_there,
    verdict_words,
)
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["strobe_fields"]


#: Text in place of effects that must not be quoted.
WITHHELD = "No effect is reported, since the verdict is not identified."
#: Tests of the influence of violations on the estimate; their reasons quote effects.
VIOLATIONS = ("adjustment", "hidden factors", "leave-one-out", "sensitivity", "placebo")
#: Tests whose reasons quote no effect.
STATISTICS = ("strength", "invariance", "independence", "overidentification")
#: Statement on comparisons with two-sample methods.
SUMMARY = (
    " Two-sample methods on associations of single variants in the same individuals allow some variants to affect the"
    " outcome through other pathways, under assumptions that differ between methods. They do not allow variants to be"
    " confounded with the outcome."
)
SETTINGS = ("learner", "form", "k", "alpha", "bootstrap", "permutations", "diagnosis", "seed")


def strobe_fields(report: ReportData) -> Row:
    """Return the words for the fields of answers.

    Required fields are left out if they are not known, so that their answers are left to the author.
    """
    needed = _of_facts(report.facts) | _of_tables(report) | _of_effects(report)
    return {
        **{name: words for name, words in needed.items() if words},
        **_in_passing(report),
        "todo": TODO,
        "facts": report.facts,
        "see": See(report, ONE_SAMPLE_SECTIONS),
        "level": report.verdict.level,
    }


def _of_facts(facts: Row) -> dict[str, str]:
    exposures = names_of(facts, "exposures")
    units = [f" ({facts[name]})" if facts.get(name) else "" for name in ("exposure_units", "outcome_units")]
    cases = f", {counted(facts['n_cases'])} cases" if "n_cases" in facts else ""
    kind = KINDS.get(facts.get("kind", ""), "")
    both = f"Exposure: {exposures}{units[0]}; outcome: {facts.get('outcome')}{units[1]}"
    return {
        "exposures": exposures,
        "exposure_and_outcome": both if exposures and "outcome" in facts else "",
        "people": f"{counted(facts['n'])} individuals analysed{cases}" if "n" in facts else "",
        "kind": kind,
        "variants": f"{counted(facts['variants'])} variants, {kind}" if kind and "variants" in facts else "",
        "route": ROUTES.get(facts.get("route", ""), ""),
        "settings": ", ".join(f"{name} {facts[name]}" for name in SETTINGS if facts.get(name) not in (None, "")),
        "spread": ", ".join(f"{sd:.4g}" for sd in np.atleast_1d(facts.get("exposure_sd", []))),
    }


def _in_passing(report: ReportData) -> dict[str, str]:
    """Return the words for optional fields of answers."""
    facts = report.facts
    column, share = facts.get("environment_column"), facts.get("diagnosis")
    filters = [f"{name} {value}" for name, value in (facts.get("filters") or {}).items()]
    packages = [f"{name} {version}" for name, version in (facts.get("packages") or {}).items()]
    scales = dict.fromkeys(str(row.get("scale")) for row in primary_of(report))
    methods = {row.get("method") for row in rows_of(report, "estimates") if row.get("instruments") == "G"}
    summary = any(map(one_sample, rows_of(report, "estimates")))
    comparators = " Comparators on the genotypes assume that every variant is valid, given the adjustment"
    some = "; sisVIVE, TSHT and CIIV allow some variants to be invalid" if methods & {"sisVIVE", "TSHT", "CIIV"} else ""
    return {
        "column": f" (column {column})" if column else "",
        "sampling": ", cases and controls sampled at different rates" if facts.get("case_control") else "",
        "filters": f"; filters: {', '.join(filters)}" if filters else "",
        "variant_steps": "".join(f"; {step}" for step in steps_of(report, "variants")),
        "other_variables": "".join(f"; {words}: {names_of(facts, x)}" for x, words in OTHERS.items() if facts.get(x)),
        "comparators": (f"{comparators}{some}." if methods else "") + (SUMMARY if summary else ""),
        "scale": f", scale: {', '.join(scales)}" if scales else "",
        "form": f", form {facts['form']}" if facts.get("form") else "",
        "levels": "; tests of assumptions have stricter significance levels" if report.tables.get("tests") else "",
        "held_out": f" For these tests, {100 * share:g} % of the individuals were held out of learning."
        if share
        else "",
        "packages": f" ({', '.join(packages)})" if packages else "",
        "command": f"; command: {facts['command']}" if facts.get("command") else "",
    }


def _of_tables(report: ReportData) -> dict[str, str]:
    """Return the words on analyses, figures and tests, without effects."""
    estimates, withheld = rows_of(report, "estimates"), is_withheld(report)
    by_environment = titles_there(report, ONE_SAMPLE_SECTIONS, "by_environment")
    without = titles_there(report, ONE_SAMPLE_SECTIONS, "without_environment")
    quoted = {model_words(row) for row in primary_of(report)}
    analyses = [model for model in dict.fromkeys(map(model_words, estimates)) if model not in quoted]
    analyses += [title.lower() for title in (*by_environment, *without)]
    analyses += [str(test.get("name")) for test in tests_of(report, *VIOLATIONS, "learners", "starts")]
    place = "section 'Estimates'" if withheld else "first screen"
    plots = [f"all estimates ({place})"] if estimates else []
    plots += [f"by environment (section '{title}')" for title in by_environment]
    further = [*without, *titles_there(report, ONE_SAMPLE_SECTIONS, "composition")]
    further += ["Population structure"] if report.figures.get("path") else []
    further += ["Learned space"] if report.figures.get("space", {}).get("before", {}).get("environments") else []
    statistics = STATISTICS if withheld else (*STATISTICS, "heterogeneity")
    return {
        "estimator": _estimator(report),
        "nulls": "; ".join(f"{test.get('name')} (null: {test.get('null')})" for test in tests_of(report)),
        "analyses": "; ".join(analyses),
        "people_steps": "; ".join(steps_of(report, "samples")),
        "plots": ", ".join(plots),
        "further_plots": ", ".join(f"'{title}'" for title in further),
        "verdicts": verdict_words(report),
        "strength": "; ".join(map(statistic_words, tests_of(report, "strength"))),
        "statistics": "; ".join(map(statistic_words, tests_of(report, *statistics))),
        "heterogeneity": "" if withheld else "; ".join(map(statistic_words, tests_of(report, "heterogeneity"))),
    }


def _of_effects(report: ReportData) -> dict[str, str]:
    """Return the words on effects, or the statement that none is reported."""
    quoted, others = primary_of(report), [row for row in rows_of(report, "estimates") if row.get("primary") != "true"]
    effects = [
        f"{row.get('effect')} per {row.get('per')} of {row.get('exposure')} ({row.get('interval')}, {row.get('scale')})"
        for row in rows_of(report, "effect_by_unit")
    ]
    agreeing = [f"{test.get('name')}: {reason_of(test)}" for test in tests_of(report, "learners", "starts")]
    # differences and ratios cannot be compared
    pairs = [
        f"{row.get('exposure')}: {result_words(row)}, compared with {result_words(other)}"
        for row in quoted
        for other in others
        if other.get("instruments") == "none" and all(row.get(x) == other.get(x) for x in ("exposure", "scale"))
    ]
    binary = report.facts.get("outcome_type") == "binary"
    risks = [f"The effect is a risk difference. {TODO}: the period to which it refers"]
    absolute = binary and any(row.get("scale") in ("difference", "risk difference") for row in quoted)
    found = {
        "effect": [report.answer.removesuffix("."), *effects] if report.answer else [],
        "absolute_risk": risks if absolute else [],
        "violations": [f"{test.get('name')}: {reason_of(test)}" for test in tests_of(report, *VIOLATIONS)],
        "other_results": [*(result_words(row) for row in others if row.get("instruments") == "learned"), *agreeing],
        "comparison": pairs,
    }
    where = {"effect": "effect_by_unit", "violations": "tests", "other_results": "estimates", "comparison": "estimates"}
    see = See(report, ONE_SAMPLE_SECTIONS)
    words = {name: "; ".join(parts) + see[where.get(name, "")] for name, parts in found.items() if parts}
    if is_withheld(report):
        words = dict.fromkeys(words, WITHHELD) | {"effect": f"{WITHHELD} {report.answer}".strip()}
    if "outcome_type" in report.facts and not binary:
        words["absolute_risk"] = "Not applicable: the outcome is not a risk."
    return words


def _estimator(report: ReportData) -> str:
    facts, rows = report.facts, primary_of(report)
    if not rows or not {"covariates", "alpha"} <= set(facts):
        return ""
    se_type, clusters = str(rows[0].get("se_type")), names_of(facts, "clusters")
    replicates = ""
    if "accounting" in se_type or "counting" in se_type:
        replicates = f" ({facts.get('bootstrap')} bootstrap replicates of individuals within environments)"
    sets = {"ci_clr": "conditional likelihood-ratio sets", "ci_ar": "Anderson-Rubin sets"}
    intervals = ["Wald intervals", *(words for name, words in sets.items() if rows[0].get(name))]
    latents = "latent" in str(rows[0].get("adjustment")).split("+")
    adjusted = ["environment indicators", *map(str, facts["covariates"]), *(["residual latents"] if latents else [])]
    parts = [
        f"{rows[0].get('method')} on {rows[0].get('k')} learned instruments",
        f"adjusted for {', '.join(adjusted)}",
        f"errors: {se_type}{replicates}{f', clusters: {clusters}' if clusters else ''}",
        f"{100 * (1 - facts['alpha']):g} % {', '.join(intervals)}",
    ]
    return "; ".join(parts)
