"""The STROBE-MR checklist: every item, nothing invented, no effect where there is none, nothing that becomes code."""

import csv
import io
import json
import re
from dataclasses import asdict, replace

import pytest

from latentmr.report.one_sample import ONE_SAMPLE
from latentmr.report.strobe import strobe_csv, strobe_markdown, strobe_rows
from latentmr.report.strobe_fields import WITHHELD
from latentmr.report.strobe_items import ITEMS, TODO
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData

PARTS = {4: "abcde", 6: "abcde", 9: "ab", 10: "abcd", 11: "abcd", 12: "ab", 13: "abcde", 16: "abc"}
LABELS = [f"{number}{part}" for number in range(1, 21) for part in PARTS.get(number, [""])]
#: What no run can know: rationale, objectives, ethics, registration, direction, discussion, funding, conflicts.
AUTHORS = {"2", "3", "4e", "9b", "13c", "14", "15", "16a", "16b", "16c", "18", "20"}
#: What is true of every run.
FIXED = {"10c", "10d"}
SCRIPT = "<script>alert(1)</script>"
FACTS = {
    "exposures": ["bmi"],
    "outcome": "sbp",
    "outcome_type": "continuous",
    "exposure_units": "kg/m2",
    "outcome_units": "mmHg",
    "n": 5321,
    "n_env": 3,
    "env_names": ["north", "south", "west"],
    "environment_column": "site",
    "variants": 97,
    "kind": "counts",
    "filters": {"maf": 0.01, "geno": 0.05},
    "covariates": ["age", "sex"],
    "aux": ["pc1"],
    "clusters": ["family"],
    "placebos": ["hair"],
    "learner": "linear",
    "form": "factor",
    "k": 12,
    "route": "unlinked variants",
    "alpha": 0.05,
    "bootstrap": 200,
    "permutations": 999,
    "diagnosis": 0.2,
    "seed": 7,
    "case_control": False,
    "prevalence": None,
    "exposure_sd": [4.25],
    "version": "0.1.0",
    "command": "latentmr run --seed 7",
    "packages": {"numpy": "2.1.0"},
}
#: Numbers of effects, which nothing else in the report is written with.
EFFECTS = ("0.47", "0.48", "0.53", "0.61", "1.83")


def estimate(**changes):
    base = {
        "method": "LIML",
        "instruments": "learned",
        "adjustment": "covar+env",
        "basis": "linear",
        "exposure": "bmi",
        "beta": 0.4711,
        "se": 0.0312,
        "se_type": "cluster, accounting for estimation of the encoder",
        "alpha": 0.05,
        "n": 5321,
        "k": 12,
    }
    return Estimate(**(base | changes)).to_dict()


def found(name, verdict, reason, **more):
    return TestResult(name, f"null of {name}", verdict, reason, **more).to_dict()


TABLES = {
    "estimates": [
        estimate(primary=True),
        estimate(method="2SLS", beta=0.5312),
        estimate(method="OLS", instruments="none", adjustment="covar", beta=1.8312, se_type="HC1"),
        estimate(method="LIML", instruments="G", adjustment="env", beta=0.6112),
    ],
    "tests": [
        found("strength", "pass", "effective F 24.0", statistic=24.1, df="F(12, 5300)", p_value=1e-9, effect=24.0),
        found("invariance", "warn", "the area is 0.55", statistic=1.2, p_value=0.04),
        found("adjustment", "warn", "adjusted, the effect of bmi is 0.5312"),
        found("heterogeneity", "pass", "no sign (I2 13 %)", statistic=4.61, df="chi2(2)", p_value=0.33, effect=0.13),
        found("leave-one-out", "pass", "without north the estimate is 0.4811"),
        found("placebo: hair", "pass", "no sign of shared confounders"),
        found("learners", "not applicable", "the learner is the linear one"),
    ],
    "effect_by_unit": [
        {"exposure": "bmi", "per": "kg/m2", "effect": "0.471", "interval": "[0.41, 0.53]", "scale": "difference"}
    ],
    "by_environment": [{"environment": "north", "beta": 0.4811, "se": 0.1, "f_statistic": 30.0}],
    "without_environment": [{"environment": "north", "beta": 0.4811, "se of the difference": 0.1}],
    "individuals_and_variants": [
        {"unit": "samples", "stage": "read", "reason": "read from cohort", "removed": 0, "remaining": 5400},
        {"unit": "samples", "stage": "estimation", "reason": "outcome missing", "removed": 79, "remaining": 5321},
        {"unit": "variants", "stage": "read", "reason": "read from cohort", "removed": 0, "remaining": 99},
        {"unit": "variants", "stage": "filter", "reason": "under 0.01 (--maf)", "removed": 2, "remaining": 97},
        {"unit": "variants", "stage": "filter", "reason": "constant", "removed": 0, "remaining": 97},
    ],
    "environments": [{"environment": "north", "people": 2000}],
    "composition": [{"variant": "rs1", "z1": 0.3}],
}


@pytest.fixture
def report():
    answer = "One unit of bmi (kg/m2) changes sbp by 0.471 mmHg."
    return ReportData(
        "bmi on sbp", answer, Verdict("caution", "unlinked variants", ("a reason",)), dict(TABLES), facts=dict(FACTS)
    )


def empty():
    return ReportData("", "", Verdict("", "", ()), {})


def not_identified(report):
    answer = "The data cannot say how bmi changes sbp: the environments do not differ."
    return replace(report, answer=answer, verdict=Verdict("not identified", "environments", ("no difference",)))


def answers(report):
    return {row["item"]: row["answer"] for row in strobe_rows(report)}


def test_twenty_items_of_which_eight_have_thirty_parts_in_order(report):
    assert [row["item"] for row in strobe_rows(report)] == LABELS == [item.label for item in ITEMS]
    assert len(LABELS) == 42
    assert sum(label[-1].isalpha() for label in LABELS) == 30
    assert all(list(row) == ["item", "section", "asks", "answer"] for row in strobe_rows(report))
    assert all(row["section"] and row["asks"] for row in strobe_rows(report))


def test_an_empty_report_leaves_everything_to_the_author():
    assert {label for label, answer in answers(empty()).items() if answer != TODO} == FIXED


def test_a_full_report_leaves_to_the_author_what_no_run_can_know(report):
    assert {label for label, answer in answers(report).items() if answer == TODO} == AUTHORS


def test_what_no_run_can_know_is_never_answered(report):
    for any_report in (report, not_identified(report), empty(), replace(report, tables={}), replace(report, facts={})):
        assert all(answers(any_report)[label] == TODO for label in AUTHORS)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("1", "One-sample Mendelian randomization of bmi on sbp."),
        ("4a", "one sample in 3 environments (column site)."),
        ("4b", "5,321 individuals analysed."),
        ("4c", "97 variants, allele counts; filters: maf 0.01, geno 0.05; read from cohort: 0 removed, 99 remain;"),
        ("4c", "under 0.01 (--maf): 2 removed, 97 remain (Report, section 'Individuals and variants')."),
        ("4d", "Exposure: bmi (kg/m2); outcome: sbp (mmHg); covariates: age, sex; auxiliary features of learning: pc1"),
        ("5", "identified by unlinked variants: they are independent given"),
        ("6b", "their weights in 12 instruments were learned (learner linear, form factor)"),
        ("6c", "LIML on 12 learned instruments; adjusted for environment indicators, age, sex; errors: cluster"),
        (
            "6c",
            "(200 bootstrap replicates of individuals within environments), clusters: family; 95 % Wald intervals"
            " (Report",
        ),
        ("6c", "95 % Wald intervals (Report, section 'Estimates')"),
        ("6d", "Missing values of allele counts are replaced by the mean"),
        ("6e", "One primary estimate for each exposure (bmi), at the level 0.05, without correction; tests"),
        ("7", "strength (null: null of strength);"),
        ("7", "20 % of the individuals were held out of learning"),
        ("8", "2SLS on the learned instruments (adjustment covar+env); OLS (adjustment covar);"),
        ("9a", "LatentMR 0.1.0 (numpy 2.1.0): learner linear, form factor, k 12, alpha 0.05, bootstrap 200"),
        ("9a", "seed 7; command: latentmr run --seed 7."),
        (
            "10a",
            "0 removed, 5,400 remain; estimation, outcome missing: 79 removed, 5,321 remain; 5,321 individuals"
            " analysed",
        ),
        ("10b", "Standard deviation of the exposure: 4.25 (Report, section 'Environments')."),
        ("11a", "strength 24.1 (F(12, 5300)), p < 0.001: effective F 24.0"),
        ("11b", "0.471 mmHg; 0.471 per kg/m2 of bmi ([0.41, 0.53], difference) (Report, section 'Effect by unit')."),
        ("11b", "Verdict: caution."),
        ("11c", "Not applicable"),
        ("11d", "all estimates (first screen), by environment (section 'Effect by environment')"),
        ("12a", "warn: invariance (the area is 0.55); adjustment"),
        ("12a", "pass: strength; heterogeneity; leave-one-out; placebo: hair. not applicable: learners (Report"),
        ("12b", "heterogeneity 4.61 (chi2(2)), p = 0.33: no sign (I2 13 %)"),
        ("13a", "leave-one-out: without north the estimate is 0.4811; placebo: hair: no sign"),
        ("13b", "2SLS on the learned instruments (adjustment covar+env) 0.531 (0.470 to 0.592) (Report"),
        ("13d", "0.471 (0.410 to 0.532), compared with OLS (adjustment covar) 1.831 (1.770 to 1.892)"),
        ("13e", "'Estimate without an environment', 'Composition of the instruments'."),
        ("17", f"(I2 13 %) (Report, sections 'Tests', 'Effect by environment'). {TODO}: what follows from it."),
        ("19", "run by: latentmr run --seed 7"),
    ],
)
def test_answers_are_the_facts_and_where_to_find_more(report, label, text):
    assert text in answers(report)[label]


def test_residual_latents_are_named_if_the_primary_row_adjusts_for_them(report):
    rows = [row | {"adjustment": f"{row['adjustment']}+latent"} for row in TABLES["estimates"]]
    said = answers(replace(report, tables=TABLES | {"estimates": rows}))["6c"]
    assert "adjusted for environment indicators, age, sex, residual latents; errors" in said


def test_the_path_over_components_is_a_further_plot_and_its_test_a_violation(report):
    path = found("hidden factors", "pass", "with 20 genome-wide components instead of 10, the estimate is 0.4811")
    more = replace(report, tables=TABLES | {"tests": [*TABLES["tests"], path]}, figures={"path": [{"components": 0}]})
    said = answers(more)
    assert "hidden factors: with 20 genome-wide components instead of 10, the estimate is 0.4811" in said["13a"]
    assert "'Composition of the instruments', 'Population structure'" in said["13e"]
    assert not any("0.4811" in answer for answer in answers(not_identified(more)).values())


@pytest.mark.parametrize(
    ("fact", "labels"),
    [
        ("exposures", {"1", "4d", "6a", "6e", "10b"}),
        ("outcome", {"1", "4d", "6a", "10b"}),
        ("outcome_type", {"6a", "11c"}),
        ("n", {"4b", "10a", "10b"}),
        ("n_env", {"4a"}),
        ("variants", {"4c", "6b"}),
        ("kind", {"4c", "6b", "6d"}),
        ("covariates", {"6c"}),
        ("learner", {"6b"}),
        ("k", {"6b"}),
        ("route", {"5"}),
        ("alpha", {"6c", "6e"}),
        ("exposure_sd", {"10b"}),
        ("version", {"9a", "19"}),
        ("command", {"19"}),
        *((name, set()) for name in ("filters", "aux", "clusters", "placebos", "packages", "diagnosis", "bootstrap")),
    ],
)
def test_an_item_without_its_facts_is_the_authors(report, fact, labels):
    facts = {name: value for name, value in FACTS.items() if name != fact}
    unanswered = {label for label, answer in answers(replace(report, facts=facts)).items() if answer == TODO}
    assert unanswered == AUTHORS | labels


@pytest.mark.parametrize("plan", [plan for plan in ONE_SAMPLE.plans if plan.key in TABLES], ids=lambda plan: plan.key)
def test_no_answer_points_to_a_section_that_is_not_there(report, plan):
    tables = {name: rows for name, rows in TABLES.items() if name != plan.key}
    assert f"'{plan.title}'" not in " ".join(answers(replace(report, tables=tables)).values())


@pytest.mark.parametrize("outcome_type", ["continuous", "binary"])
def test_what_is_not_identified_has_no_effect(report, outcome_type):
    report = replace(report, facts=FACTS | {"outcome_type": outcome_type})
    said = " ".join(answers(report).values())
    assert all(number in said for number in EFFECTS if number != "0.61")
    withheld = not_identified(report)
    found = answers(withheld)
    assert not [number for number in EFFECTS if number in " ".join(found.values())]
    assert found["11b"] == f"{WITHHELD} {withheld.answer} Verdict: not identified."
    assert {label for label, answer in found.items() if answer == WITHHELD} == {"13a", "13b", "13d"} | (
        {"11c"} if outcome_type == "binary" else set()
    )
    assert found["17"] == TODO
    assert "heterogeneity" not in found["12b"]


@pytest.mark.parametrize(
    ("scale", "answer"),
    [
        ("difference", f"The effect is a risk difference. {TODO}: the period to which it refers."),
        ("risk difference", f"The effect is a risk difference. {TODO}: the period to which it refers."),
        ("log odds ratio, conditional", TODO),
    ],
)
def test_a_binary_outcome_has_cases_and_a_risk_difference_on_its_scale(report, scale, answer):
    facts = FACTS | {"outcome_type": "binary", "n_cases": 1234, "case_control": True}
    tables = TABLES | {"estimates": [estimate(primary=True, scale=scale), *TABLES["estimates"][1:]]}
    filled = answers(replace(report, facts=facts, tables=tables))
    assert filled["11c"] == answer
    assert "5,321 individuals analysed, 1,234 cases" in filled["4b"]
    assert "cases and controls sampled at different rates" in filled["4a"]
    # an odds ratio is not compared with a difference
    assert (filled["13d"] == TODO) == (scale != "difference")


def test_counts_that_are_hidden_stay_hidden(report):
    step = {"unit": "samples", "stage": "read", "reason": "read", "removed": "<20", "remaining": "hidden"}
    hidden = replace(report, facts=FACTS | {"n": "<20"}, tables=TABLES | {"individuals_and_variants": [step]})
    assert answers(hidden)["10a"].startswith("read: <20 removed, hidden remain; <20 individuals analysed")
    assert "&lt;20 individuals" in strobe_markdown(strobe_rows(hidden))


def test_several_exposures_are_all_named(report):
    rows = [estimate(primary=True), estimate(primary=True, exposure="ldl")]
    several = replace(
        report, facts=FACTS | {"exposures": ["bmi", "ldl"], "exposure_sd": [4.25, 0.9]}, tables={"estimates": rows}
    )
    assert "Exposure: bmi, ldl (kg/m2); outcome" in answers(several)["4d"]
    assert "Standard deviation of the exposure: 4.25, 0.9." in answers(several)["10b"]


def test_the_same_after_json(report):
    again = ReportData.from_dict(json.loads(json.dumps(asdict(report))))
    assert strobe_rows(again) == strobe_rows(report)


def hostile(text):
    facts = {name: [text] if isinstance(value, list) else text for name, value in FACTS.items()}
    facts |= {"exposure_sd": [1.0], "alpha": 0.05, "diagnosis": 0.2, "filters": {text: text}, "packages": {text: text}}
    tables = {title: [dict.fromkeys(rows[0], text)] for title, rows in TABLES.items()}
    tables["estimates"] = [row | {"method": text, "adjustment": text, "exposure": text} for row in TABLES["estimates"]]
    return ReportData(text, text, Verdict(text, text, (text,)), tables, facts=facts)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        (SCRIPT, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a|b", r"a\|b"),
        ("a\nb\r\nc", "a b c"),
        ("a\\|b", r"a\\\|b"),
        ("[a](javascript:b)", r"\[a\](javascript:b)"),
        ("*a* `b` my_name", r"\*a\* \`b\` my\_name"),
        ("a & b", "a &amp; b"),
    ],
)
def test_names_from_the_data_do_not_become_markup(text, escaped):
    page = strobe_markdown(strobe_rows(hostile(text)))
    assert page.count(escaped) >= 20
    assert "<" not in page
    lines = page.splitlines()
    assert len(lines) == 2 + len(LABELS)
    assert all(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 5 for line in lines)


def test_csv_is_read_back(report):
    for text in (SCRIPT, "a|b", 'a "quoted", name', "a\nb"):
        for rows in (strobe_rows(report), strobe_rows(hostile(text))):
            header, *body = csv.reader(io.StringIO(strobe_csv(rows)))
            assert header == ["item", "section", "asks", "answer"]
            assert body == [list(row.values()) for row in rows]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1+1", "\n=1+1"])
def test_no_cell_is_a_formula(report, text):
    row = {"item": "1", "section": "Methods", "asks": "what", "answer": text}
    assert list(csv.reader(io.StringIO(strobe_csv([row]))))[1] == ["1", "Methods", "what", f"'{text}"]
    cells = [cell for line in csv.reader(io.StringIO(strobe_csv(strobe_rows(hostile(text))))) for cell in line]
    assert any(cell.startswith("'") for cell in cells)
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")]
