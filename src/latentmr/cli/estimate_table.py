"""Tables of estimates, which leave out columns on a narrow terminal and rows on a short one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from latentmr.results.objects import Estimate, Verdict
from latentmr.results.rounding import rounded_set

__all__ = ["EstimateTable", "one_sample_table", "plain_table", "two_sample_table"]

#: End of ``se_type`` in rows that treat the learned instruments as fixed, and in rows that do not.
FIXED, ENCODER = "treating the instruments as fixed", "accounting for estimation of the encoder"

#: Spaces between columns.
LOOSE, TIGHT = 2, 1


@dataclass(frozen=True)
class EstimateTable:
    """A table of estimates, the primary ones first.

    Parameters
    ----------
    title : str
    columns : list of tuple
        Name and justification of each column.
    rows : list of list of str
    primary : list of bool
        Whether a row is bold.
    optional : tuple of str
        Columns that a narrow terminal leaves out, the first one first.
    remarks : tuple of tuple of str
        A column and a sentence that is shown below the table with it; the sentence is always shown if the column is
        empty.
    """

    title: str
    columns: list[tuple[str, Any]]
    rows: list[list[str]]
    primary: list[bool]
    optional: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    def shown_columns(self, console: Console, count: int, *, everything: bool = False) -> list[str]:
        """Return the names of the columns that fit the width of a console, for the first ``count`` rows."""
        names = [name for name, _ in self.columns]
        for optional in () if everything else self.optional:
            if self._width(console, names, count, TIGHT) <= console.width:
                break
            names.remove(optional)
        return names

    def fitted(self, console: Console, names: Sequence[str], count: int) -> Table:
        """Return the table with the widest gaps between its columns that a console has room for."""
        wide = self._width(console, names, count, LOOSE) <= console.width
        return self.table(names, count, LOOSE if wide else TIGHT)

    def _width(self, console: Console, names: Sequence[str], count: int, gap: int) -> int:
        table = self.table(names, count, gap)
        return Measurement.get(console, console.options.update(max_width=1000), table).maximum

    def table(self, names: Sequence[str], count: int, gap: int) -> Table:
        """Return the columns of these names and the first ``count`` rows, with ``gap`` spaces between columns."""
        chosen = [i for i, (name, _) in enumerate(self.columns) if name in names]
        table = plain_table("", [self.columns[i] for i in chosen], gap)
        for cells, bold in list(zip(self.rows, self.primary, strict=True))[:count]:
            table.add_row(*(escape(cells[i]) for i in chosen), style="bold" if bold else None)
        return table

    def sentences(self, names: Sequence[str]) -> list[str]:
        """Return the remarks on the columns of these names, and which columns are left out."""
        out = [sentence for column, sentence in self.remarks if not column or column in names]
        absent = [name for name, _ in self.columns if name not in names]
        if absent:
            out.append(f"Not shown at this width: {', '.join(absent)} (see estimates.tsv).")
        return out


def one_sample_table(
    rows: tuple[Estimate, ...], verdict: Verdict, truth: float | None = None, level: float = 0.0
) -> EstimateTable:
    """Return the table of a cohort's estimates.

    Parameters
    ----------
    rows : tuple of Estimate
    verdict : Verdict
    truth : float, optional
        The true effect, if it is known.
    level : float
        Level of the test of overidentification.

    Returns
    -------
    EstimateTable
    """
    coverage = f"{100 * (1 - rows[0].alpha):g} %"
    wald, clr, ar = (f"{name} {coverage}" for name in ("Wald", "CLR", "AR"))
    several = len({row.exposure for row in rows}) > 1
    columns: list[tuple[str, Any]] = [("method", "left"), ("instruments", "left"), ("adjustment", "left")]
    columns += [("exposure", "left")] if several else []
    columns += [("effect", "right"), (wald, "left"), (clr, "left"), (ar, "left"), ("F", "right"), ("eff. F", "right")]
    remarks: list[tuple[str, str]] = []
    if any(row.se_type.endswith(FIXED) for row in rows):
        others = any(row.se_type.endswith(ENCODER) for row in rows)
        more = "; the others account for estimation of the encoder" if others else ""
        remarks.append(("", f"(fixed): errors treat the learned instruments as fixed{more}."))
    if any(row.ci_clr is not None for row in rows) and verdict.level != "not identified":
        remarks.append((clr, "Report the CLR set: it is valid however weak the instruments are."))
    if any(row.ci_ar is not None and row.ci_ar.is_empty for row in rows):
        remarks.append(
            (
                ar,
                f"AR empty: at level {rows[0].alpha:g}, no single effect fits all instruments of that row. The test of"
                f" overidentification concerns the primary row, at level {level:g}.",
            )
        )
    cells = []
    for row in rows:
        fixed = " (fixed)" if row.se_type.endswith(FIXED) else ""
        scale = "" if row.scale == "difference" else f", {row.scale.removesuffix(', conditional')}"
        line = [row.method + fixed + scale, row.instruments, row.adjustment, *([row.exposure] if several else [])]
        line += [f"{row.beta:.3f}", "" if isnan(row.se) else f"[{row.ci_low:.3f}, {row.ci_high:.3f}]"]
        line += ["" if found is None else rounded_set(found, row.se) for found in (row.ci_clr, row.ci_ar)]
        line += ["" if f is None else f"{f:.1f}" for f in (row.f_statistic, row.effective_f)]
        cells.append(line)
    return EstimateTable(
        _title(rows, verdict) + (f" (true effect {truth:g})" if truth is not None else ""),
        columns,
        cells,
        [row.primary for row in rows],
        ("F", ar, wald, "eff. F"),
        tuple(remarks),
    )


def two_sample_table(rows: tuple[Estimate, ...], verdict: Verdict) -> EstimateTable:
    """Return the table of the estimates of two-sample methods."""
    coverage, several = f"{100 * (1 - rows[0].alpha):g} %", len({row.exposure for row in rows}) > 1
    columns: list[tuple[str, Any]] = [("method", "left"), *([("exposure", "left")] if several else [])]
    columns += [("effect", "right"), (f"{coverage} interval", "left"), ("p", "right"), ("variants", "right")]
    cells = []
    for row in rows:
        line = [row.method, *([row.exposure] if several else []), f"{row.beta:.4f}"]
        line += ["" if isnan(row.ci_low) else f"[{row.ci_low:.4f}, {row.ci_high:.4f}]"]
        cells.append([*line, "" if isnan(row.p_value) else f"{row.p_value:.2g}", f"{row.k:,}"])
    scale = f" ({rows[0].scale})" if rows[0].scale != "difference" else ""
    title = _title(rows, verdict) + scale
    return EstimateTable(title, columns, cells, [row.primary for row in rows], ("variants", "p"))


def _title(rows: tuple[Estimate, ...], verdict: Verdict) -> str:
    title = "Effect of " + " and ".join(dict.fromkeys(row.exposure for row in rows))
    return title + (", not identified: do not report these estimates" if verdict.level == "not identified" else "")


def plain_table(title: str, columns: Sequence[tuple[str, Any]], gap: int = LOOSE) -> Table:
    """Return an empty table without lines, with ``gap`` spaces between its columns."""
    table = Table(
        title=escape(title) or None,
        title_justify="left",
        box=None,
        pad_edge=False,
        title_style="bold",
        show_edge=False,
        padding=(0, gap, 0, 0),
    )
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")
    return table
