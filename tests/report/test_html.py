"""One self-contained page in which every string is escaped."""

import json
import re
from dataclasses import asdict, fields, replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from latentmr.report import (
    render_fragment,
    render_html,
    strobe_csv,
    strobe_markdown,
    strobe_rows,
    write_figures,
    write_html,
)
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData

SCRIPT = "<script>alert('&\"x\"')</script>"


def row(**changes):
    base = {
        "method": "LIML",
        "instruments": "learned",
        "adjustment": "env",
        "basis": "linear",
        "exposure": "x",
        "beta": 0.5,
        "se": 0.1,
        "se_type": "HC1",
        "alpha": 0.05,
        "n": 100,
        "k": 3,
    }
    return Estimate(**(base | changes)).to_dict()


@pytest.fixture
def report():
    test = TestResult("strength", "no effect", "pass", "effective F 20.0", statistic=20.0, p_value=1e-5)
    return ReportData(
        title="bmi on sbp",
        answer="One unit of bmi changes sbp by 0.5.",
        verdict=Verdict("caution", "environments", ("the first reason", "the second reason")),
        tables={"estimates": [row(primary=True), row(method="OLS", beta=1.25)], "tests": [test.to_dict()], "Empty": []},
        notes=("a note",),
        provenance={"version": "0.1.0"},
    )


class Page(HTMLParser):
    """Tags with their attributes, and whether they close in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def hostile():
    nasty = {field.name: SCRIPT for field in fields(Estimate) if field.type is str}
    test = TestResult(SCRIPT, SCRIPT, SCRIPT, SCRIPT, df=SCRIPT).to_dict()
    panel = {
        "names": [SCRIPT, SCRIPT],
        "edges": [-1.0, 0.0, 1.0],
        "counts": [[20, 0], [0, 20]],
        "environments": [{"name": SCRIPT, "mean": [0.0, 0.0], "covariance": [[1.0, 0.0], [0.0, 1.0]]}] * 2,
    }
    return ReportData(
        title=SCRIPT,
        answer=SCRIPT,
        verdict=Verdict(SCRIPT, SCRIPT, (SCRIPT,), (SCRIPT,)),
        tables={
            SCRIPT: [{SCRIPT: SCRIPT}],
            "estimates": [row(**nasty), row(**nasty, primary=True)],
            "tests": [test],
            "by_environment": [{"environment": SCRIPT, "beta": 1.0, "se": 0.1, "f_statistic": 12.0}],
            "without_environment": [{"environment": SCRIPT, "beta": 1.0, "se of the difference": 0.1}],
            "individuals_and_variants": [
                {"unit": unit, "stage": "read", "reason": SCRIPT, "removed": SCRIPT, "remaining": 5}
                for unit in ("samples", "variants")
            ],
            "environments": [{"environment": SCRIPT, "people": SCRIPT}],
            "composition": [{"variant": SCRIPT, "z1": 0.1}, {"variant": "rs1", "z1": -0.2}],
        },
        notes=(SCRIPT,),
        provenance={SCRIPT: SCRIPT},
        facts={"exposures": [SCRIPT], "outcome": SCRIPT, "covariates": [SCRIPT], "n": 10, "env_names": [SCRIPT]},
        figures={"space": {"before": panel, "after": panel}},
        methods=SCRIPT,
    )


def test_script_is_escaped_in_every_field():
    page = render_html(hostile())
    assert "<script" not in page
    # title twice, answer, verdict twice and its class, reason, notes, a table's title, head and cell, provenance, ...
    assert page.count("&lt;script&gt;") >= 40
    assert page.count("<svg") == 6
    assert not any(tag == "script" or any(name.startswith("on") for name in names) for tag, names in Page(page).tags)


def test_page_needs_no_network_and_no_other_file(report):
    page = render_html(report)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page)
    for tag, names in Page(page).tags:
        assert tag not in ("link", "img", "iframe", "script", "object")
        assert not {"src", "href", "srcset", "data"} & set(names)


def test_names_of_arguments_are_code_on_the_page_and_plain_in_the_checklist(report):
    verdict = Verdict("caution", "environments", ("give `a<b`",), ("more `steps` or another `seed`",))
    test = TestResult("strength", "n", "warn", "leave `k` out", statistic=2.0).to_dict()
    changed = replace(report, verdict=verdict, notes=("use `aux` & `n_factors`",), tables={"tests": [test]})
    page = render_html(replace(changed, facts={"exposures": ["bmi"]}))
    for shown in (
        "<li>more <code>steps</code> or another <code>seed</code></li>",
        "<li>give `a&lt;b`</li>",
        "<li>use <code>aux</code> &amp; <code>n_factors</code></li>",
        "<td>leave <code>k</code> out</td>",
    ):
        assert shown in page
    rows = strobe_rows(changed)
    assert "leave k out" in strobe_csv(rows)
    assert "leave k out" in strobe_markdown(rows)


def test_a_fragment_shows_what_did_not_pass_and_counts_what_did(report):
    failed = TestResult("linkage", "n", "warn", "clump, or give `n_factors`").to_dict()
    page = render_fragment(replace(report, tables=report.tables | {"tests": [*report.tables["tests"], failed]}))
    assert page.count("<table") == 2
    assert re.search(r"<td[^>]*>linkage</td>\s*<td[^>]*>clump, or give <code>n_factors</code></td>", page)
    assert "1 of 2 tests passed; all are in" in page
    assert page.index(report.answer) < page.index("<table") < page.index("Verdict: <strong>caution")
    many = render_fragment(replace(report, tables={"estimates": [row()] * 40}))
    assert many.count("<tr") == 31
    assert "... and 10 more rows" in many


def test_a_report_of_an_earlier_version_is_rendered(report):
    old = json.loads(json.dumps(asdict(report)))
    old["tables"] = {
        "Estimates": [
            row(primary=True, se_type="HC1, counting the learning"),
            row(se_type="HC1, given the instruments"),
        ],
        "Tests": old["tables"]["tests"],
        "Samples and variants": [{"unit": "samples", "stage": "read", "reason": "r", "removed": 0, "remaining": 5}],
        "Environments": [{"environment": "north", "people": 100}],
    }
    page = render_html(ReportData.from_dict(old))
    assert "LIML (fixed)" in page
    for title in ("Individuals and variants", "Environments", "Tests"):
        assert f"<h2>{title}</h2>" in page
    assert '<th scope="col">individuals</th>' in page


def test_tags_are_nested_in_order(report):
    assert Page(render_html(report)).open == []
    assert Page(render_html(hostile())).open == []


def test_answer_verdict_reasons_and_notes_are_shown(report):
    page = render_html(report)
    for text in (report.title, report.answer, "Verdict: caution", "route: environments", "a note", "0.1.0"):
        assert text in page
    assert page.index("the first reason") < page.index("the second reason")
    assert 'class="verdict caution"' in page


def test_tables_have_heads_and_rows_and_empty_ones_are_left_out(report):
    page = render_html(report)
    assert page.count('<th scope="col">beta</th>') == 1
    assert page.count('<tr class="primary">') == 1
    assert "<h2>Tests</h2>" in page
    assert "Empty" not in page


def test_numbers_are_short_and_absent_values_are_dashes(report):
    page = render_html(
        replace(report, tables={"Numbers": [{"a": 1 / 3, "b": None, "c": float("nan"), "d": 12345678, "e": "<20"}]})
    )
    assert "<td>0.3333</td><td>–</td><td>–</td><td>12345678</td><td>&lt;20</td>" in page


def test_estimates_have_the_digits_of_their_errors_and_small_p_values_a_bound(report):
    numbers = {"beta": 0.123456, "se": 0.0312, "ci_low": 0.0623, "ci_high": 0.18461, "p_value": 1e-9}
    page = render_html(replace(report, tables={"Numbers": [numbers]}))
    assert "<td>0.123</td><td>0.031</td><td>0.062</td><td>0.185</td><td>&lt; 0.001</td>" in page


def test_sections_without_content_are_left_out(report):
    page = render_html(replace(report, notes=(), provenance={}, tables={}))
    assert "Notes" not in page
    assert "How this was made" not in page
    assert "<svg" not in page


def test_file_is_the_page_in_utf_8(report, tmp_path):
    report = replace(report, title="Körpergröße → blood pressure")
    write_html(tmp_path / "report.html", report)
    assert (tmp_path / "report.html").read_bytes().decode("utf-8") == render_html(report)


def not_identified(report):
    verdict = Verdict("not identified", "environments", ("the environments do not differ",))
    return replace(report, verdict=verdict, answer="The data cannot say how bmi changes sbp.")


def test_a_run_that_is_not_identified_says_so_first_and_hides_its_numbers(report):
    page = render_html(not_identified(report))
    alert = page.index('<div class="verdict not-identified" role="alert">')
    assert page.index("<main>") < alert < page.index("The data cannot say") < page.index("<svg")
    folded = page.index('<details class="withheld">')
    assert folded < page.index("<svg")
    assert folded < page.index(">1.25<")
    assert "<details open" not in page
    assert 'class="answer' not in page
    assert "<table" not in render_fragment(not_identified(report))


def test_tests_that_quote_effects_are_collapsed_too(report):
    quoting = TestResult("leave-one-out", "n", "pass", "without site3 the estimate is 0.4704, at most").to_dict()
    report = replace(report, tables=report.tables | {"tests": [*report.tables["tests"], quoting]})
    page = render_html(not_identified(report))
    place = page.index("0.4704")
    assert page.rindex("<details", 0, place) == page.rindex('<details class="withheld">', 0, place)
    assert page.index("effective F 20.0") < page.index("Tests of the effect") < place
    assert "Tests of the effect" not in render_html(report)


def test_the_answer_of_a_credible_run_is_not_hidden(report):
    page = render_html(report)
    assert 'role="alert"' not in page
    assert "withheld" not in page
    assert page.index("<svg") < page.index("<h2>")
    assert report.answer in render_fragment(report)
    assert render_fragment(report).count("<table") == 1


def test_tests_are_sorted_by_what_matters(report):
    tests = [
        TestResult(name, "n", verdict, "r").to_dict()
        for name, verdict in (("a", "not applicable"), ("b", "pass"), ("c", "fail"), ("d", "warn"))
    ]
    page = render_html(replace(report, tables={"tests": tests}))
    assert [page.index(f"<td>{name}</td>") for name in "cdba"] == sorted(
        page.index(f"<td>{name}</td>") for name in "cdba"
    )


def test_figures_are_files_too(report, tmp_path):
    paths = write_figures(tmp_path, report)
    assert [path.name for path in paths] == ["estimates.svg", "estimates.png"]
    text = paths[0].read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert "var(--" not in text
    assert root.find("{http://www.w3.org/2000/svg}title").text.startswith("Forest plot of 2 rows")
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_the_same_report_makes_the_same_page(report):
    assert render_html(report) == render_html(report)


def test_a_report_survives_json(report):
    again = ReportData.from_dict(json.loads(json.dumps(asdict(report))))
    assert again == report
    assert render_html(again) == render_html(report)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": 3}, "title"),
        ({"verdict": {"level": "credible"}}, "verdict.reasons, verdict.route"),
        ({"verdict": None}, "verdict"),
        ({"tables": {"estimates": [1]}}, "tables"),
        ({"notes": None, "facts": []}, "notes, facts"),
    ],
)
def test_a_report_that_is_none_is_refused(report, change, what):
    with pytest.raises(
        ValueError, match=rf"^a report must be as this version writes it. Got one without a valid {what};"
    ):
        ReportData.from_dict(asdict(report) | {"notes": list(report.notes)} | change)


def test_what_is_no_object_is_refused():
    with pytest.raises(ValueError, match="a report must be as this version writes it"):
        ReportData.from_dict([1, 2])
