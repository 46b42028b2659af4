"""One self-contained page in which every string is escaped."""

import re
from dataclasses import fields, replace
from html.parser import HTMLParser

import pytest

from latentmr.report import render_html, write_html
from latentmr.results import Estimate, ReportData, TestResult, Verdict

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
        tables={"Estimates": [row(primary=True), row(method="OLS", beta=1.25)], "Tests": [test.to_dict()], "Empty": []},
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
    return ReportData(
        title=SCRIPT,
        answer=SCRIPT,
        verdict=Verdict(SCRIPT, SCRIPT, (SCRIPT,)),
        tables={SCRIPT: [{SCRIPT: SCRIPT}], "Estimates": [row(**nasty)], "Tests": [test]},
        notes=(SCRIPT,),
        provenance={SCRIPT: SCRIPT},
    )


def test_script_is_escaped_in_every_field():
    page = render_html(hostile())
    assert "<script" not in page
    # title twice, answer, verdict twice and its class, reason, notes, a table's title, head and cell, provenance, ...
    assert page.count("&lt;script&gt;") >= 20
    assert not any(tag == "script" or any(name.startswith("on") for name in names) for tag, names in Page(page).tags)


def test_page_needs_no_network_and_no_other_file(report):
    page = render_html(report)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    for tag, names in Page(page).tags:
        assert tag not in ("link", "img", "iframe", "script", "object")
        assert not {"src", "href", "srcset", "data"} & set(names)


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


def test_sections_without_content_are_left_out(report):
    page = render_html(replace(report, notes=(), provenance={}, tables={}))
    assert "Notes" not in page
    assert "How this was made" not in page
    assert "<svg" not in page


def test_file_is_the_page_in_utf_8(report, tmp_path):
    report = replace(report, title="Körpergröße → blood pressure")
    write_html(tmp_path / "report.html", report)
    assert (tmp_path / "report.html").read_bytes().decode("utf-8") == render_html(report)
