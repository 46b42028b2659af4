"""STROBE-MR checklist of a two-sample run, for items that summary statistics can answer."""

import math
from typing import Any

from latentmr.report.drawing import number
from latentmr.report.strobe_items import TODO
from latentmr.report.strobe_words import (
    See,
    counted,
    effect_words,
    is_withheld,
    names_of,
    primary_of,
    rows_of,
    statistic_words,
    steps_of,
    tests_of,
    titles_there,
    verdict_words,
)
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page.page import PLANS
from latentmr.typing import Row

__all__ = ["ANSWERS", "two_sample_fields"]

#: Text in place of effects that must not be quoted.
WITHHELD = "No effect is reported, because the verdict is not identified."
#: Names of tests of the direction.
DIRECTION = ("direction", "steiger")

#: Answers by item; the author answers the items that are absent.
ANSWERS = {
    "1": "Two-sample Mendelian randomization of {exposures} on {facts[outcome]} with summary statistics. {todo}: title"
    " and abstract of the article.",
    "4a": "Summary statistics from association studies of exposure and outcome; no individual-level data. {todo}:"
    " design, population, setting, locations and dates of each study.",
    "4b": "{participants}. {todo}: eligibility criteria, selection of participants, and power calculations.",
    "4c": "{variants}{filters}{variant_steps}{see[individuals_and_variants, variants_left_out]} {todo}:"
    " genotyping and quality control in each study, and the choice of variants.",
    "4d": "{exposure_and_outcome}. {todo}: assessment and diagnostic criteria of each.",
    "5": "Relevance: the variants are associated with the exposure. Independence: they share no cause with the outcome;"
    " summary statistics cannot be adjusted, and none of the methods removes confounding of the variants with the"
    " outcome by population stratification, assortative mating or dynastic effects that remains in the studies."
    " Exclusion restriction: the variants affect the outcome through the exposure alone{methods}. {todo}: whether both"
    " studies are from one population, and whether their samples overlap.",
    "6a": "{exposure_and_outcome}, in the units of the tables; effects are per unit of the exposure{scale}. {todo}:"
    " scales and models of each study.",
    "6b": "Effects per allele: {facts[harmonisation]}{see[associations, individuals_and_variants]}",
    "6c": "{estimator}{see[estimates]} {todo}: covariates of each study, and whether both used the same.",
    "6d": "{variant_losses}{see[individuals_and_variants, variants_left_out]} {todo}: missing data of participants in"
    " each study.",
    "6e": "One primary estimate for each exposure ({exposures}), at the significance level {facts[alpha]}, without"
    " correction for multiple testing{others_beside}{see[estimates]}",
    "7": "{nulls}{see[tests]} {todo}: prior knowledge.",
    "8": "{analyses}{see[estimates, single_variants, leave_one_out]}",
    "9a": "LatentMR {facts[version]}{packages}: {settings}{command}.",
    "10a": "Variants: {variant_flow}{see[individuals_and_variants]} {todo}: participants at each stage of each study.",
    "11a": "{associations}{see[associations]}",
    "11b": "{effect} Verdict: {level}.",
    "11c": "{absolute_risk}",
    "11d": "Plots in the report: {plots}.",
    "12a": "{verdicts}{see[tests]} Verdict: {level}.",
    "12b": "{statistics}{see[tests]}",
    "13a": "{other_results}",
    "13b": "{without}",
    "13c": "{direction}{see[tests]} {todo}: the reverse analysis, if any.",
    "13e": "Figures in the report, sections {further_plots}.",
    "19": "Code: LatentMR {facts[version]}, run by: {facts[command]} (hashes of the input: Report, section 'How this"
    " was made'). {todo}: availability of the summary statistics.",
}


def two_sample_fields(report: ReportData) -> Row:
    """Return the texts of the fields of answers, without required fields that are not known."""
    needed = _of_facts(report) | _of_tables(report) | _of_effects(report)
    facts = report.facts
    filters = _filters(facts)
    packages = [f"{name} {version}" for name, version in (facts.get("packages") or {}).items()]
    scales = dict.fromkeys(str(row.get("scale")) for row in primary_of(report))
    others = _others(report)
    relaxed = (
        f"; the other methods ({', '.join(others)}) that allow for direct effects make other assumptions about them"
    )
    return {
        **{name: words for name, words in needed.items() if words},
        "filters": "".join(f"; {words}" for words in filters),
        "variant_steps": "".join(f"; {step}" for step in steps_of(report, "variants")),
        "scale": f", scale: {', '.join(scales)}" if scales else "",
        "methods": relaxed if others else "",
        "others_beside": "; the estimates of all other methods are reported" if others else "",
        "packages": f" ({', '.join(packages)})" if packages else "",
        "command": f"; command: {facts['command']}" if facts.get("command") else "",
        "todo": TODO,
        "facts": facts,
        "see": See(report, PLANS),
        "level": report.verdict.level,
    }


def _of_facts(report: ReportData) -> dict[str, str]:
    facts = report.facts
    exposures = names_of(facts, "exposures")
    units = [f" ({facts[name]})" if facts.get(name) else "" for name in ("exposure_units", "outcome_units")]
    sizes = [
        f"{side}: {_sizes(facts[name])} participants"
        for side, name in (("exposure", "n_exposure"), ("outcome", "n_outcome"))
        if _sizes(facts.get(name))
    ]
    cases = f" ({counted(facts['n_cases'])} cases)" if facts.get("n_cases") and facts.get("n_outcome") else ""
    both = f"Exposure: {exposures}{units[0]}; outcome: {facts.get('outcome')}{units[1]}"
    settings = [name for name in ("alpha", "seed", "draws") if facts.get(name) not in (None, "")]
    return {
        "exposures": exposures,
        "exposure_and_outcome": both if exposures and "outcome" in facts else "",
        "participants": f"{'; '.join(sizes)}{cases}",
        "variants": f"{counted(facts['variants'])} variants" if "variants" in facts else "",
        "settings": ", ".join(f"{name} {facts[name]}" for name in settings),
    }


def _filters(facts: dict[str, Any]) -> list[str]:
    """Return how variants were selected and aligned, according to the options."""
    words = [f"{name} {value}" for name, value in (facts.get("filters") or {}).items()]
    if number(facts.get("p_value")) < 1:
        words.append(f"p value for the exposure of at most {number(facts['p_value']):g}")
    if facts.get("clumped"):
        words.append(
            f"clumped with reference genotypes (r2 at most {facts.get('clump_r2')} within {facts.get('clump_kb')} kb)"
        )
    if facts.get("action") is not None:
        words.append(f"palindromic variants by action {facts['action']} of TwoSampleMR")
    return words


def _sizes(found: Any) -> str:
    """Return the known sample sizes."""
    sizes = [size for size in (found if isinstance(found, list) else [found]) if math.isfinite(number(size))]
    return ", ".join(dict.fromkeys(f"{number(size):,.0f}" for size in sizes))


def _of_tables(report: ReportData) -> dict[str, str]:
    """Return the texts on methods, figures and tests, without effects."""
    estimates, hidden = rows_of(report, "estimates"), is_withheld(report)
    methods = _others(report)
    plots = ["all estimates (section 'Estimates')" if hidden else "all estimates (first screen)"]
    scattered = titles_there(report, PLANS, "associations")
    further = titles_there(report, PLANS, "single_variants", "leave_one_out")
    analyses = [*methods, *(title.lower() for title in further)]
    drawn = [*scattered, *further][:2]
    further += ["Funnel plot", "Radial plot"] if scattered else []
    steps = [row for row in rows_of(report, "individuals_and_variants") if row.get("unit") == "variants"]
    lost = [f"{row.get('reason')} ({counted(row.get('removed'))})" for row in steps if row.get("removed")]
    of_direction = [test for test in tests_of(report) if _family(test) in DIRECTION]
    others = [test for test in tests_of(report) if test not in of_direction]
    shown = [test for test in others if not hidden or _family(test) == "strength"]
    return {
        "estimator": _estimator(report),
        "associations": "Effects of each variant, per allele, with standard errors" if scattered else "",
        "nulls": "; ".join(f"{test.get('name')} (null: {test.get('null')})" for test in tests_of(report)),
        "analyses": "; ".join(analyses),
        "variant_flow": "; ".join(steps_of(report, "variants")),
        "variant_losses": f"Variants left out: {', '.join(lost)}"
        if lost
        else "No variant was left out"
        if steps
        else "",
        "plots": ", ".join([*(plots if estimates else []), *(f"'{title}'" for title in drawn)]),
        "further_plots": ", ".join(f"'{title}'" for title in further),
        "verdicts": verdict_words(report),
        "statistics": "; ".join(map(statistic_words, shown)),
        "direction": "" if hidden else "; ".join(map(statistic_words, of_direction)),
    }


def _of_effects(report: ReportData) -> dict[str, str]:
    """Return the texts with effects, or that effects are not reported."""
    see = See(report, PLANS)
    others = [row for row in rows_of(report, "estimates") if row.get("primary") != "true"]
    results = [_result(report, row) for row in others if math.isfinite(number(row.get("beta")))]
    words = {
        "effect": f"{report.answer.removesuffix('.')}{see['effect_by_unit']}" if report.answer else "",
        "other_results": f"{'; '.join(results)}{see['estimates']}" if results else "",
        "without": "; ".join(_without(report)) + see["leave_one_out"] if _without(report) else "",
    }
    if is_withheld(report):
        words = {name: WITHHELD for name, text in words.items() if text}
        words["effect"] = f"{WITHHELD} {report.answer}".strip()
    if report.facts.get("outcome_type") == "continuous":
        words["absolute_risk"] = "Not applicable: the outcome is not a risk."
    return words


def _lost(reasons: list[str]) -> str:
    return f"Variants left out: {', '.join(reasons)}" if reasons else "No variant was left out"


def _others(report: ReportData) -> list[str]:
    """Return the methods other than the primary one."""
    quoted = {str(row.get("method")) for row in primary_of(report)}
    methods = dict.fromkeys(str(row.get("method")) for row in rows_of(report, "estimates"))
    return [name for name in methods if name not in quoted]


def _result(report: ReportData, row: dict[str, Any]) -> str:
    several = len(report.facts.get("exposures") or ()) > 1
    return (f"{row.get('exposure')}: " if several else "") + f"{row.get('method')} {effect_words(row)}"


def _without(report: ReportData) -> list[str]:
    """Return the range of the leave-one-out estimates for each exposure."""
    out = []
    rows = rows_of(report, "leave_one_out")
    for exposure in dict.fromkeys(str(row.get("exposure")) for row in rows):
        part = [row for row in rows if str(row.get("exposure")) == exposure and row.get("without") != "none"]
        known = sorted(
            (row for row in part if math.isfinite(number(row.get("beta")))), key=lambda row: number(row["beta"])
        )
        if known:
            low, high = known[0], known[-1]
            out.append(
                f"{exposure}: leaving out one variant, the IVW estimate is {number(low['beta']):.3g} (without"
                f" {low.get('without')}) to {number(high['beta']):.3g} (without {high.get('without')})"
            )
    return out


def _family(test: dict[str, Any]) -> str:
    """Return the name of a test without its exposure."""
    return str(test.get("name")).partition(":")[0].lower()


def _estimator(report: ReportData) -> str:
    rows = primary_of(report)
    if not rows or "alpha" not in report.facts:
        return ""
    k = dict.fromkeys(counted(row.get("k")) for row in rows)
    errors = dict.fromkeys(str(row.get("se_type")) for row in rows)
    methods = dict.fromkeys(str(row.get("method")) for row in rows)
    parts = [
        f"{', '.join(methods)} on {', '.join(k)} variants",
        f"standard errors: {', '.join(errors)}",
        f"{100 * (1 - report.facts['alpha']):g} % intervals",
    ]
    return "; ".join(parts)
