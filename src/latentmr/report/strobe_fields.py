"""What a run puts into the answers of the STROBE-MR checklist, in words."""

import math
from typing import Any

import numpy as np

from latentmr.report.drawing import number
from latentmr.report.sections import GRAVITY
from latentmr.report.strobe_items import KINDS, OTHERS, ROUTES, TODO
from latentmr.results import ReportData
from latentmr.rounding import rounded

__all__ = ["strobe_fields"]

Row = dict[str, Any]

#: In place of effects that must not be quoted.
WITHHELD = "No effect is given, since the data cannot say: the verdict is not identified."
#: Tests that say what violations do to the estimate; their reasons hold effects.
VIOLATIONS = ("adjustment", "leave-one-out", "sensitivity", "placebo")
#: Tests whose reasons hold no effect.
STATISTICS = ("strength", "invariance", "independence", "overidentification")
SETTINGS = ("learner", "form", "k", "alpha", "bootstrap", "permutations", "diagnosis", "seed")


def strobe_fields(report: ReportData) -> dict[str, Any]:
    """Words for the fields of answers; those without which there is no answer are left out where they are not known."""
    needed = _of_facts(report.facts) | _of_tables(report) | _of_effects(report)
    return {
        **{name: words for name, words in needed.items() if words},
        **_in_passing(report),
        "todo": TODO,
        "facts": report.facts,
        "see": _See(report),
        "level": report.verdict.level,
    }


class _See:
    """Ends a sentence with those of the named sections that the report has, as a field of an answer can ask for."""

    def __init__(self, report: ReportData) -> None:
        self.report = report

    def __getitem__(self, titles: str) -> str:
        named = [f"'{title}'" for title in _there(self.report, *titles.split(", "))]
        return f" (Report, section{'s' if len(named) > 1 else ''} {', '.join(named)})." if named else "."


def _of_facts(facts: dict[str, Any]) -> dict[str, str]:
    exposures = _names(facts, "exposures")
    units = [f" ({facts[name]})" if facts.get(name) else "" for name in ("exposure_units", "outcome_units")]
    cases = f", {_count(facts['n_cases'])} cases" if "n_cases" in facts else ""
    kind = KINDS.get(facts.get("kind", ""), "")
    both = f"Exposure: {exposures}{units[0]}; outcome: {facts.get('outcome')}{units[1]}"
    return {
        "exposures": exposures,
        "exposure_and_outcome": both if exposures and "outcome" in facts else "",
        "people": f"{_count(facts['n'])} people analysed{cases}" if "n" in facts else "",
        "kind": kind,
        "variants": f"{_count(facts['variants'])} variants, {kind}" if kind and "variants" in facts else "",
        "route": ROUTES.get(facts.get("route", ""), ""),
        "settings": ", ".join(f"{name} {facts[name]}" for name in SETTINGS if facts.get(name) not in (None, "")),
        "spread": ", ".join(f"{sd:.4g}" for sd in np.atleast_1d(facts.get("exposure_sd", []))),
    }


def _in_passing(report: ReportData) -> dict[str, str]:
    """Words that may be missing from an answer."""
    facts = report.facts
    column, share = facts.get("environment_column"), facts.get("diagnosis")
    filters = [f"{name} {value}" for name, value in (facts.get("filters") or {}).items()]
    packages = [f"{name} {version}" for name, version in (facts.get("packages") or {}).items()]
    scales = dict.fromkeys(str(row.get("scale")) for row in _primary(report))
    methods = {row.get("method") for row in _rows(report, "Estimates") if row.get("instruments") == "G"}
    foils = " Comparisons on the genotypes themselves take every variant for valid, given the adjustment"
    some = "; sisVIVE, TSHT and CIIV allow that some are not" if methods & {"sisVIVE", "TSHT", "CIIV"} else ""
    return {
        "column": f" (column {column})" if column else "",
        "sampling": ", cases and controls sampled apart" if facts.get("case_control") else "",
        "filters": f"; filters: {', '.join(filters)}" if filters else "",
        "variant_steps": "".join(f"; {step}" for step in _steps(report, "variants")),
        "other_variables": "".join(f"; {words}: {_names(facts, x)}" for x, words in OTHERS.items() if facts.get(x)),
        "foils": f"{foils}{some}." if methods else "",
        "scale": f", scale: {', '.join(scales)}" if scales else "",
        "form": f", form {facts['form']}" if facts.get("form") else "",
        "levels": "; tests of assumptions have stricter levels of their own" if report.tables.get("Tests") else "",
        "held_out": f" Of the people, {100 * share:g} % were kept out of learning, for these tests." if share else "",
        "packages": f" ({', '.join(packages)})" if packages else "",
        "command": f"; command: {facts['command']}" if facts.get("command") else "",
    }


def _of_tables(report: ReportData) -> dict[str, str]:
    """What was done, what is drawn, and what tests say; no effects."""
    estimates, withheld = _rows(report, "Estimates"), _withheld(report)
    titles = _there(report, "Effect by environment", "Estimate without an environment")
    quoted = {_model(row) for row in _primary(report)}
    analyses = [model for model in dict.fromkeys(map(_model, estimates)) if model not in quoted]
    analyses += [title.lower() for title in titles]
    analyses += [str(test.get("name")) for test in _tests(report, *VIOLATIONS, "learners", "starts")]
    place = "section 'Estimates'" if withheld else "first screen"
    plots = [f"all estimates ({place})"] if estimates else []
    plots += [f"by environment (section '{title}')" for title in titles if title == "Effect by environment"]
    further = _there(report, "Estimate without an environment", "Composition of the instruments")
    further += ["Learned space"] if report.figures.get("space", {}).get("before", {}).get("environments") else []
    statistics = STATISTICS if withheld else (*STATISTICS, "heterogeneity")
    return {
        "estimator": _estimator(report),
        "nulls": "; ".join(f"{test.get('name')} (null: {test.get('null')})" for test in _tests(report)),
        "analyses": "; ".join(analyses),
        "people_steps": "; ".join(_steps(report, "samples")),
        "plots": ", ".join(plots),
        "further_plots": ", ".join(f"'{title}'" for title in further),
        "verdicts": _verdicts(report),
        "strength": "; ".join(map(_statistic, _tests(report, "strength"))),
        "statistics": "; ".join(map(_statistic, _tests(report, *statistics))),
        "heterogeneity": "" if withheld else "; ".join(map(_statistic, _tests(report, "heterogeneity"))),
    }


def _of_effects(report: ReportData) -> dict[str, str]:
    """Effects, or that there are none to quote."""
    quoted, others = _primary(report), [row for row in _rows(report, "Estimates") if row.get("primary") != "true"]
    effects = [
        f"{row.get('effect')} per {row.get('per')} of {row.get('exposure')} ({row.get('interval')}, {row.get('scale')})"
        for row in _rows(report, "Effect by unit")
    ]
    agreeing = [f"{test.get('name')}: {test.get('reason')}" for test in _tests(report, "learners", "starts")]
    # a difference and a ratio cannot be compared
    pairs = [
        f"{row.get('exposure')}: {_result(row)}, against {_result(other)}"
        for row in quoted
        for other in others
        if other.get("instruments") == "none" and all(row.get(x) == other.get(x) for x in ("exposure", "scale"))
    ]
    binary = report.facts.get("outcome_type") == "binary"
    risks = [f"The effect is a difference of risks. {TODO}: the period that it belongs to"]
    absolute = binary and any(row.get("scale") in ("difference", "risk difference") for row in quoted)
    found = {
        "effect": [report.answer.removesuffix("."), *effects] if report.answer else [],
        "absolute_risk": risks if absolute else [],
        "violations": [f"{test.get('name')}: {test.get('reason')}" for test in _tests(report, *VIOLATIONS)],
        "other_results": [*(_result(row) for row in others if row.get("instruments") == "learned"), *agreeing],
        "comparison": pairs,
    }
    where = {"effect": "Effect by unit", "violations": "Tests", "other_results": "Estimates", "comparison": "Estimates"}
    see = _See(report)
    words = {name: "; ".join(parts) + see[where.get(name, "")] for name, parts in found.items() if parts}
    if _withheld(report):
        words = dict.fromkeys(words, WITHHELD) | {"effect": f"{WITHHELD} {report.answer}".strip()}
    if "outcome_type" in report.facts and not binary:
        words["absolute_risk"] = "Not applicable: the outcome is no risk."
    return words


def _estimator(report: ReportData) -> str:
    facts, rows = report.facts, _primary(report)
    if not rows or not {"covariates", "alpha"} <= set(facts):
        return ""
    se_type, clusters = str(rows[0].get("se_type")), _names(facts, "clusters")
    draws = f" ({facts.get('bootstrap')} draws of people within environments)" if "counting" in se_type else ""
    sets = {"ci_clr": "conditional likelihood-ratio sets", "ci_ar": "Anderson-Rubin sets"}
    intervals = ["Wald intervals", *(words for name, words in sets.items() if rows[0].get(name))]
    parts = [
        f"{rows[0].get('method')} on {rows[0].get('k')} learned instruments",
        f"adjusted for {', '.join(['environment indicators', *map(str, facts['covariates'])])}",
        f"errors: {se_type}{draws}{f', clusters: {clusters}' if clusters else ''}",
        f"{100 * (1 - facts['alpha']):g} % {', '.join(intervals)}",
    ]
    return "; ".join(parts)


def _verdicts(report: ReportData) -> str:
    tests = _rows(report, "Tests")
    parts = []
    for level in sorted({str(test.get("verdict")) for test in tests}, key=lambda x: ((*GRAVITY, x).index(x), x)):
        # what passed needs no words, and where effects are withheld, words may hold them
        short = level not in GRAVITY[:2] or _withheld(report)
        named = [
            str(test.get("name")) if short else f"{test.get('name')} ({test.get('reason')})"
            for test in tests
            if str(test.get("verdict")) == level
        ]
        parts.append(f"{level}: {'; '.join(named)}")
    return ". ".join(parts)


def _withheld(report: ReportData) -> bool:
    return report.verdict.level == "not identified"


def _rows(report: ReportData, title: str) -> list[Row]:
    return report.tables.get(title, [])


def _there(report: ReportData, *titles: str) -> list[str]:
    return [title for title in titles if report.tables.get(title)]


def _primary(report: ReportData) -> list[Row]:
    return [row for row in _rows(report, "Estimates") if row.get("primary") == "true"]


def _tests(report: ReportData, *names: str) -> list[Row]:
    """Tests that apply, of these families: `placebo` stands for `placebo: NAME`."""
    made = [test for test in _rows(report, "Tests") if test.get("verdict") != "not applicable"]
    return [test for test in made if not names or str(test.get("name")).split(":")[0] in names]


def _steps(report: ReportData, unit: str) -> list[str]:
    steps = []
    for row in _rows(report, "Samples and variants"):
        if row.get("unit") == unit and (row.get("removed") != 0 or row.get("stage") == "read"):
            removed, left = _count(row.get("removed")), _count(row.get("remaining"))
            stage = f"{row['stage']}, " if row.get("stage") in ("learning", "estimation") else ""
            steps.append(f"{stage}{row.get('reason')}: {removed} removed, {left} left")
    return steps


def _names(facts: dict[str, Any], name: str) -> str:
    return ", ".join(map(str, facts.get(name) or ()))


def _count(value: Any) -> str:
    """A count, or what stands in its place where it is too small to be shown."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _statistic(test: Row) -> str:
    statistic, p_value = number(test.get("statistic")), number(test.get("p_value"))
    value = f" {statistic:.4g}" if math.isfinite(statistic) else ""
    df = f" ({test['df']})" if test.get("df") else ""
    p = "" if math.isnan(p_value) else ", p < 0.001" if p_value < 0.001 else f", p = {p_value:.2g}"
    return f"{test.get('name')}{value}{df}{p}: {test.get('reason')}"


def _model(row: Row) -> str:
    on = {"G": " on the genotypes", "learned": " on the learned instruments"}.get(str(row.get("instruments")), "")
    given = ", given the instruments" if str(row.get("se_type")).endswith("given the instruments") else ""
    return f"{row.get('method')}{on} (adjustment {row.get('adjustment')}{given})"


def _result(row: Row) -> str:
    beta, se, low, high = (number(row.get(name)) for name in ("beta", "se", "ci_low", "ci_high"))
    interval = f" ({rounded(low, se)} to {rounded(high, se)})" if math.isfinite(low + high) else ""
    scale = "" if row.get("scale") == "difference" else f", {row.get('scale')}"
    return f"{_model(row)} {rounded(beta, se)}{interval}{scale}"
