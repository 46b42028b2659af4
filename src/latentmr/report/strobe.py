"""The STROBE-MR checklist, filled from the run. The author completes what a run cannot know."""

import csv
import html
import io
import re

from latentmr.report.kind import Kind
from latentmr.report.one_sample import ONE_SAMPLE
from latentmr.report.strobe_items import ITEMS, TODO
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["strobe_csv", "strobe_markdown", "strobe_rows"]

COLUMNS = ("item", "section", "asks", "answer")


def strobe_rows(report: ReportData, kind: Kind = ONE_SAMPLE) -> list[dict[str, str]]:
    """Fill the checklist of Skrivankova et al. (2021), JAMA 326:1614 and BMJ 375:n2233.

    Parameters
    ----------
    report : ReportData
        Report. If its verdict is ``not identified``, the checklist states no effect.
    kind : Kind
        Kind of the analysis.

    Returns
    -------
    list of dict
        ``item, section, asks, answer`` in the order of the checklist. Answers, or parts of them, that the run does not
        know are marked ``AUTHOR TO COMPLETE``.

    Raises
    ------
    ValueError
        If the report is of another kind.

    Examples
    --------
    >>> from latentmr.results.objects import Verdict
    >>> facts = {"exposures": ["bmi"], "alpha": 0.05}
    >>> rows = strobe_rows(ReportData("bmi on sbp", "", Verdict("caution", "environments", ()), {}, facts=facts))
    >>> len(rows), rows[1]["item"], rows[1]["answer"]
    (42, '2', 'AUTHOR TO COMPLETE')
    >>> next(row["answer"] for row in rows if row["item"] == "6e")
    'One primary estimate for each exposure (bmi), at the level 0.05, without correction.'
    """
    kind.refuse_other(report)
    known = kind.fields(report)
    filled = {label: _filled(answer, known) for label, answer in kind.answers.items()}
    return [
        {"item": item.label, "section": item.section, "asks": item.asks, "answer": filled.get(item.label, TODO)}
        for item in ITEMS
    ]


def strobe_markdown(rows: list[dict[str, str]]) -> str:
    """Return the checklist as a Markdown table, in which names from the data cannot become markup.

    Parameters
    ----------
    rows : list of dict
        Result of :func:`strobe_rows`.

    Returns
    -------
    str
    """
    lines = [["Item", "Section", "What it asks", "Answer"], ["-" * 3] * len(COLUMNS)]
    lines += [[_markdown_cell(row[name]) for name in COLUMNS] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def strobe_csv(rows: list[dict[str, str]]) -> str:
    """Return the checklist as CSV, in which no cell is a formula to a spreadsheet.

    Parameters
    ----------
    rows : list of dict
        Result of :func:`strobe_rows`.

    Returns
    -------
    str
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_csv_cell(row[name]) for name in COLUMNS] for row in rows)
    return out.getvalue()


def _markdown_cell(text: str) -> str:
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", html.escape(" ".join(text.splitlines()), quote=False))


def _csv_cell(text: str) -> str:
    # some spreadsheets evaluate formulas after blanks
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def _filled(answer: str, known: Row) -> str:
    try:
        return answer.format_map(known) or TODO
    except KeyError:  # the run does not know this field
        return TODO
