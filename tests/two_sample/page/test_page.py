"""The page of a two-sample run: its order, its words, its tables, and names that are no markup."""

import json
import re
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest

from latentmr import report as pages
from latentmr.report import render_fragment
from latentmr.results.objects import Verdict
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page import TWO_SAMPLE, is_two_sample
from latentmr.two_sample.page.forests import CONFOUNDING
from latentmr.two_sample.page.page import MOST_ROWS, PLANS

render_html = partial(pages.render_html, kind=TWO_SAMPLE)
write_figures = partial(pages.write_figures, kind=TWO_SAMPLE)

SCRIPT = "<script>alert('&\"x\"')</script>"


@pytest.fixture
def report(report_of_golden_effects):
    return report_of_golden_effects


def titles(page):
    return re.findall(r"<h2>(.*?)</h2>", page)


@pytest.mark.usefixtures("undrawn")
def test_sections_come_in_their_order_and_none_is_of_individuals(report):
    assert titles(render_html(report)) == [
        "Estimates",
        "Tests",
        "Scatter plot",
        "Single variants",
        "Leave-one-out",
        "Funnel plot",
        "Radial plot",
        "Samples and variants",
        "Variants left out",
        "STROBE-MR checklist",
    ]
    words = " ".join(plan.words for plan in PLANS)
    assert "environment" not in words
    assert "learned" not in words


@pytest.mark.usefixtures("undrawn")
def test_answer_verdict_and_forest_come_first_and_with_it_what_no_method_does(report):
    page = render_html(report)
    places = [page.index(text) for text in (report.answer, "Verdict: caution", "<svg", CONFOUNDING, "<h2>")]
    assert places == sorted(places)
    assert "(route: valid variants)" in page
    assert "(route:" not in render_html(replace(report, verdict=Verdict("caution", "", ("a reason",))))


@pytest.mark.usefixtures("undrawn")
def test_columns_of_estimates_that_say_nothing_are_left_out(report, two_sample_report, effects):
    def head(page):
        return re.findall(r'<th scope="col">(.*?)</th>', page[page.index("<h2>Estimates") :].partition("</thead>")[0])

    single = head(render_html(report))
    assert single == ["method", "beta", "se", "se_type", "ci_low", "ci_high", "ci_ar", "p value", "k", "primary"]
    several = head(render_html(two_sample_report({"ldl": effects(9), "hdl": effects(9, 1)})))
    assert several[:2] == ["method", "exposure"]


@pytest.mark.usefixtures("undrawn")
def test_long_tables_show_what_matters_and_say_so(two_sample_report, effects):
    p = 300
    page = render_html(two_sample_report({"x": effects(p)}))
    for which in ("those with the largest weights", "the most precise"):
        assert f"The table shows {MOST_ROWS} of {p} rows, {which}; report.json has all rows." in page
    assert f"The table shows {MOST_ROWS} of {p + 1} rows, those that change the estimate most" in page
    assert page.count("<tr") < 4 * MOST_ROWS + 100
    assert "<td>none</td>" in page


@pytest.mark.usefixtures("undrawn")
def test_variants_left_out_have_their_reason_and_outliers_a_word(report):
    page = render_html(report)
    assert "<td>gone1</td><td>no partner</td>" in page
    assert "<td>True</td>" not in page
    assert "<td>no</td>" in page


def test_a_verdict_of_not_identified_hides_all_effects(report):
    page = render_html(replace(report, verdict=Verdict("not identified", "", ("no strength",)), answer="Cannot say."))
    assert page.index('<details class="withheld">') < page.index("<svg")
    shown, hidden = page.index("<h2>Tests</h2>"), page.index("<h2>Tests of the effect</h2>")
    assert shown < page.index("mean F 31.2") < hidden < page.index("I2 63 %")
    for title in ("Estimates", "Scatter plot", "Single variants", "Leave-one-out", "Tests of the effect"):
        assert re.search(rf'<h2>{title}</h2>\s*<details class="withheld">', page), title
    assert "Forest plot of 3 rows" in page
    assert "<table" not in render_fragment(replace(report, verdict=Verdict("not identified", "", ("r",))))


@pytest.mark.usefixtures("undrawn")
def test_tables_that_are_absent_or_empty_have_no_section(report):
    for title in report.tables:
        without = replace(report, tables={name: rows for name, rows in report.tables.items() if name != title})
        assert render_html(without)
        assert render_html(replace(report, tables=report.tables | {title: []}))
    assert titles(render_html(replace(report, tables={}))) == ["STROBE-MR checklist"]


def hostile(two_sample_report, effects, text):
    frame = effects(12)
    frame["id"] = text
    frame.loc[0, "by"] = 5.0
    report = two_sample_report({text: frame}, text)
    tables = report.tables | {
        "estimates": [row | {"method": text, "se_type": text} for row in report.tables["estimates"]],
        "variants_left_out": [{"id": text, "keep": False, "drop_reason": text}],
        "associations": [row | {"effect_allele": text, "outlier": True} for row in report.tables["associations"]],
        "individuals_and_variants": [row | {"reason": text} for row in report.tables["individuals_and_variants"]],
    }
    lines = [row | {"method": text} for row in report.figures["lines"]]
    return replace(report, tables=tables, figures={"lines": lines}, verdict=Verdict(text, text, (text,)))


@pytest.mark.parametrize("text", [SCRIPT, "$x^2$ $\\frac$", "rs" + "A" * 3000, "", "日本 x\ny"])
def test_names_from_the_data_are_neither_markup_nor_formulas(two_sample_report, effects, text):
    page = render_html(hostile(two_sample_report, effects, text))
    assert "<script" not in page
    assert page.count("<svg") == 7
    if text == SCRIPT:
        assert page.count("&lt;script&gt;") >= 40
    if text.startswith("$"):
        assert "$x^2$" in page[page.index("<svg") :]


def test_figures_are_files_too(report, tmp_path):
    names = {path.name for path in write_figures(tmp_path, report)}
    stems = ("estimates", "scatter", "single", "without", "funnel", "radial", "flow")
    assert names == {f"{stem}.{suffix}" for stem in stems for suffix in ("svg", "png")}


def test_file_names_do_not_come_from_the_data(two_sample_report, effects, tmp_path):
    paths = write_figures(tmp_path, two_sample_report({"../a": effects(9), "/b": effects(9, 1)}))
    assert all(path.parent == tmp_path and re.fullmatch(r"[a-z]+(-\d)?\.(svg|png)", path.name) for path in paths)


def test_the_page_is_made_again_from_json(report):
    again = ReportData.from_dict(json.loads(json.dumps(asdict(report)).replace("NaN", "null")))
    assert is_two_sample(again)
    assert render_html(again) == render_html(report)


def test_the_number_of_rows_in_forests_is_a_fact(report):
    page = render_html(replace(report, facts=report.facts | {"top": 4, "top_by": "influence"}))
    assert "The 4 most influential of" in page
    assert "The 4 variants that change it most are shown" in page


def test_effects_of_zero_and_equal_effects_can_be_shown(two_sample_report, effects):
    frame = effects(6)
    frame["bx"], frame["by"] = 0.1, np.zeros(6)
    assert render_html(two_sample_report({"x": frame}))


def test_a_report_of_the_other_kind_is_refused(report):
    with pytest.raises(ValueError, match="kind must be that of the report, two-sample. Got one-sample; the kind of"):
        pages.render_html(report)
    other = replace(report, facts={})
    with pytest.raises(ValueError, match="kind must be that of the report, one-sample. Got two-sample"):
        pages.strobe_rows(other, TWO_SAMPLE)
