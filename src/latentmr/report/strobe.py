"""The STROBE-MR checklist, filled from the run; what a run cannot know is left to the author."""

import csv
import html
import io
import re
from typing import Any

from latentmr.report.strobe_fields import strobe_fields
from latentmr.report.strobe_items import ITEMS, TODO
from latentmr.report.two_sample import is_two_sample
from latentmr.report.two_sample.strobe import ANSWERS, two_sample_fields
from latentmr.results import ReportData

__all__ = ["strobe_csv", "strobe_markdown", "strobe_rows"]

COLUMNS = ("item", "section", "asks", "answer")


def strobe_rows(report: ReportData) -> list[dict[str, str]]:
    """Fill the checklist of Skrivankova et al. (2021), JAMA 326:1614 and BMJ 375:n2233.

    Parameters
    ----------
    report : ReportData
        Where its verdict is ``not identified``, no effect is given.

    Returns
    -------
    list of dict
        ``item, section, asks, answer`` in the order of the checklist. What the run does not know, all of an answer or
        the rest of it, is marked ``AUTHOR TO COMPLETE``.

    Examples
    --------
    >>> from latentmr.results import Verdict
    >>> facts = {"exposures": ["bmi"], "alpha": 0.05}
    >>> rows = strobe_rows(ReportData("bmi on sbp", "", Verdict("caution", "environments", ()), {}, facts=facts))
    >>> len(rows), rows[1]["item"], rows[1]["answer"]
    (42, '2', 'AUTHOR TO COMPLETE')
    >>> next(row["answer"] for row in rows if row["item"] == "6e")
    'One primary estimate for each exposure (bmi), at the level 0.05, without correction.'
    """
    if is_two_sample(report):
        known, answers = two_sample_fields(report), ANSWERS
    else:
        known, answers = strobe_fields(report), {item.label: item.answer for item in ITEMS}
    filled = {label: _filled(answer, known) for label, answer in answers.items()}
    return [
        {"item": item.label, "section": item.section, "asks": item.asks, "answer": filled.get(item.label, TODO)}
        for item in ITEMS
    ]


def strobe_markdown(rows: list[dict[str, str]]) -> str:
    """Write the checklist as a Markdown table; names from the data cannot become markup.

    Parameters
    ----------
    rows : list of dict
        Of :func:`strobe_rows`.

    Returns
    -------
    str
    """
    lines = [["Item", "Section", "What it asks", "Answer"], ["---"] * len(COLUMNS)]
    lines += [[_markdown_cell(row[name]) for name in COLUMNS] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def strobe_csv(rows: list[dict[str, str]]) -> str:
    """Write the checklist as CSV; no cell is a formula to a spreadsheet.

    Parameters
    ----------
    rows : list of dict
        Of :func:`strobe_rows`.

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
    # blanks before a formula do not stop it everywhere
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def _filled(answer: str, known: dict[str, Any]) -> str:
    try:
        return answer.format_map(known) or TODO
    except KeyError:  # a field that the run does not know
        return TODO
