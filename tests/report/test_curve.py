"""The figure of how the number of instruments was chosen."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from latentmr.report.curve import curve_svg
from latentmr.report.html import render_html
from latentmr.results import ReportData, Verdict

ROWS = [
    {"k": 1, "nats": 5.0, "area": 0.5, "accepted": "yes"},
    {"k": 2, "nats": 4.5, "area": 0.51, "accepted": "yes"},
    {"k": 3, "nats": 6.0, "area": 0.7, "accepted": "no"},
]


def test_the_chosen_number_is_named_and_in_colour():
    drawn = str(curve_svg(ROWS))
    root = ElementTree.fromstring(drawn)
    assert root.attrib["aria-label"].endswith("with 1 to 3 instruments; 2 were chosen")
    circles = [node.attrib["class"] for node in root.iter() if node.tag == "circle"]
    assert circles == ["foil", "primary", "refused"]
    heights = [float(node.attrib["cy"]) for node in root.iter() if node.tag == "circle"]
    assert heights[1] > heights[0] > heights[2]  # less is drawn lower


@pytest.mark.parametrize("rows", [[], ROWS[:1], [ROWS[0], ROWS[1] | {"nats": None}]])
def test_nothing_is_drawn_of_fewer_than_two(rows):
    assert str(curve_svg(rows)) == ""


def test_equal_objectives_and_none_accepted():
    rows = [row | {"nats": 1.0, "accepted": "no"} for row in ROWS]
    assert "1 were chosen" in str(curve_svg(rows))


def test_the_page_has_it_beside_its_table_and_says_what_to_do():
    report = ReportData(
        "t", "a", Verdict("caution", "environments", ("r",), ("give <more>",)), {"Number of instruments": ROWS}
    )
    page = render_html(report)
    assert page.index("Number of instruments") < page.index("<polyline") < page.index('<th scope="col">nats</th>')
    assert "What to do next" in page
    assert "give &lt;more&gt;" in page
    plain = render_html(replace(report, tables={}, verdict=Verdict("credible", "environments", ("r",))))
    assert "<polyline" not in plain
    assert "What to do next" not in plain
