"""Draw figures of a benchmark: estimates, coverage, recovery of the latents, time, and required sample size."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from latentmr.benchmark.specification import parse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
from latentmr.typing import Row

__all__ = ["write_figures"]

#: Okabe and Ito's colours, which colour-blind readers can distinguish.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P")
WIDTH = 7.5
ROW = 0.26


def write_figures(out: Path, table: pd.DataFrame, summary: pd.DataFrame) -> list[Path]:
    """Draw the figures that the table supports, as PNG and SVG.

    Parameters
    ----------
    out : Path
        Folder of the figures.
    table, summary : pandas.DataFrame
        Table and summary of the benchmark.

    Returns
    -------
    list of Path
        PNG files written.
    """
    grids = _grids(summary)
    single = [name for name in summary["scenario"].unique() if name not in set().union(*grids.values(), [])]
    drawn: dict[str, Figure] = {}
    plain = summary[summary["scenario"].isin(single)]
    if len(plain):
        rows = table[table["scenario"].isin(single)]
        drawn["estimates"] = _panels(plain, lambda axes, part, name: _estimates(axes, rows, part, name), "estimate")
        drawn["coverage"] = _panels(plain, _coverage, "share of sets that cover the truth, ± 2 Monte Carlo errors")
        drawn["time"] = _panels(plain, _time, "seconds (median), logarithmic")
    learned = plain[plain["leak"].notna()]
    if len(learned):
        drawn["recovery"] = _panels(learned, _recovery, "R² of Z (filled) and leak of V (open), medians")
    if grids:
        drawn["size"] = _sizes(grids, summary)
    paths = []
    for name, figure in drawn.items():
        for suffix in ("svg", "png"):
            figure.savefig(out / f"{name}.{suffix}", dpi=150, metadata={"Date": None} if suffix == "svg" else None)
        paths.append(out / f"{name}.png")
    return paths


def _new(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415  takes half a second to load

    return Figure(figsize=(width, height), layout="constrained")


def _panels(summary: pd.DataFrame, draw: Callable[["Axes", pd.DataFrame, str], None], label: str) -> "Figure":
    """Draw one panel below the other for each scenario, with methods as rows."""
    parts = {str(name): part for name, part in summary.groupby("scenario", sort=False)}
    rows = [len(part) for part in parts.values()]
    figure = _new(WIDTH, 0.6 + sum(0.55 + ROW * count for count in rows))
    grid = figure.subplots(len(parts), 1, squeeze=False, height_ratios=[count + 1 for count in rows])
    for axes, (name, part) in zip(grid[:, 0], parts.items(), strict=True):
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_yticks(range(len(part)), list(map(_label, part["method"], part["failed"])), fontsize=8)
        axes.set_ylim(len(part) - 0.5, -0.5)
        axes.tick_params(axis="x", labelsize=8)
        axes.grid(axis="x", linewidth=0.4, alpha=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes, part, name)
    grid[-1, 0].set_xlabel(label, fontsize=9)
    return figure


def _label(method: str, failed: int) -> str:
    return f"{method} ({failed} failed)" if failed else method


def _estimates(axes: "Axes", rows: pd.DataFrame, part: pd.DataFrame, name: str) -> None:
    here = rows[(rows["scenario"] == name) & rows["beta"].notna()]
    if here.empty:
        return
    # an extreme estimate must not hide the others: an arrow at the edge marks it
    low, high = np.quantile(here["beta"], [0.02, 0.98])
    low, high = min(low, here["truth"].min()), max(high, here["truth"].max())
    margin = 0.15 * (high - low) + 1e-3
    axes.set_xlim(low - margin, high + margin)
    axes.axvline(here["truth"].iloc[0], color=COLOURS[1], linewidth=1)
    spread = np.random.default_rng(0)
    for place, method in enumerate(part["method"]):
        beta = here.loc[here["method"] == method, "beta"].to_numpy()
        if not len(beta):
            continue
        y = place + spread.uniform(-0.25, 0.25, len(beta))
        shown = np.clip(beta, low - 0.9 * margin, high + 0.9 * margin)
        for marker, which, size in (("<", beta < shown, 4), ("o", beta == shown, 2.5), (">", beta > shown, 4)):
            style: Row = {"markersize": size, "markeredgewidth": 0, "alpha": 0.5, "color": COLOURS[0]}
            axes.plot(shown[which], y[which], marker, **style)
        axes.plot(np.median(beta), place, "|", markersize=11, markeredgewidth=1.8, color="black")


def _coverage(axes: "Axes", part: pd.DataFrame, name: str) -> None:
    for place, (share, error) in enumerate(zip(part["coverage"], part["coverage_mc"], strict=True)):
        if np.isfinite(share):
            axes.errorbar(share, place, xerr=2 * error, fmt="o", markersize=4, color=COLOURS[0], elinewidth=1)
    axes.axvline(0.95, color=COLOURS[1], linewidth=1)
    axes.set_xlim(-0.03, 1.03)


def _time(axes: "Axes", part: pd.DataFrame, name: str) -> None:
    axes.plot(part["seconds"], range(len(part)), "o", markersize=4, color=COLOURS[0])
    axes.set_xscale("log")


def _recovery(axes: "Axes", part: pd.DataFrame, name: str) -> None:
    axes.plot(part["r2"], range(len(part)), "o", markersize=5, color=COLOURS[2])
    axes.plot(part["leak"], range(len(part)), "o", markersize=5, color=COLOURS[1], markerfacecolor="none")
    axes.set_xlim(-0.03, 1.03)


def _grids(summary: pd.DataFrame) -> dict[str, dict[str, tuple[int, int]]]:
    """Group scenarios that differ only in sample size and number of environments, each with ``n`` and ``n_env``."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for text in summary["scenario"].unique():
        one = parse("scenario", text)[0]
        options = dict(one.options)
        if {"n", "n_env"} <= set(options):
            rest = ",".join(f"{key}={value}" for key, value in options.items() if key not in ("n", "n_env"))
            shared = one.name + (f":{rest}" if rest else "")
            found.setdefault(shared, {})[text] = (int(options["n"]), int(options["n_env"]))
    return {name: cells for name, cells in found.items() if len({n for n, _ in cells.values()}) > 1}


def _sizes(grids: dict[str, dict[str, tuple[int, int]]], summary: pd.DataFrame) -> "Figure":
    """Draw RMSE over that of the oracle against sample size, with a line for each number of environments."""
    panels = [
        (name, method)
        for name, cells in grids.items()
        for method in summary.loc[summary["scenario"].isin(cells), "method"].unique()
        if method != "oracle"
    ]
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = _new(WIDTH, 0.5 + 2.7 * rows)
    grid: Any = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_visible(False)
    for axes, (name, method) in zip(grid.ravel(), panels, strict=False):
        part = summary[summary["scenario"].isin(grids[name]) & (summary["method"] == method)]
        cells = pd.DataFrame([grids[name][text] for text in part["scenario"]], columns=["n", "n_env"])
        cells[["ratio", "error"]] = part[["rmse_to_oracle", "rmse_to_oracle_mc"]].to_numpy()
        for index, (n_env, line) in enumerate(cells.sort_values("n").groupby("n_env")):
            style = {"color": COLOURS[index % 6], "marker": MARKERS[index % 6], "markersize": 4, "linewidth": 1}
            shift = 1.05 ** (index - 1.5)
            error = line["error"].fillna(0)
            axes.errorbar(line["n"] * shift, line["ratio"], yerr=error, label=f"{n_env} environments", **style)
        axes.axhline(1, color="grey", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        sizes = sorted(cells["n"].unique())
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes], fontsize=8)
        axes.minorticks_off()
        top = max(2.0, cells["ratio"].max() * 1.2)
        ticks = [tick for tick in (1, 1.5, 2, 3, 5, 10, 20, 50) if tick <= top]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=8)
        axes.set_title(f"{name}, {method}", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(linewidth=0.4, alpha=0.6)
    grid[0, 0].legend(fontsize=8, frameon=False)
    figure.supxlabel("people", fontsize=9)
    figure.supylabel("RMSE over that of the oracle (± Monte Carlo error)", fontsize=9)
    return figure
