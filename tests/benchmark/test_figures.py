"""Figures: what is drawn, and that it holds the numbers of the table."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from latentmr.benchmark import run_benchmark, summarise, write_figures
from latentmr.benchmark.figures import _estimates, _grids


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> pd.DataFrame:
    scenarios = ["linear:n=400/800,n_env=2/4", "admixture:n=800,p=5"]
    methods = ["2sls", "linear:bootstrap=0", "oracle"]
    return run_benchmark(scenarios, methods, 2, tmp_path_factory.mktemp("figures")).table


def draw(table: pd.DataFrame, out: Path) -> list[str]:
    return [path.name for path in write_figures(out, table, summarise(table))]


def test_all_figures_are_drawn_twice(table, tmp_path: Path) -> None:
    names = ["estimates", "coverage", "time", "recovery", "size"]
    assert draw(table, tmp_path) == [f"{name}.png" for name in names]
    for name in names:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        root = ElementTree.parse(tmp_path / f"{name}.svg").getroot()
        assert float(root.attrib["width"].removesuffix("pt")) > 300


def test_what_is_not_there_is_not_drawn(table, tmp_path: Path) -> None:
    foils = table[(table["method"] != "linear:bootstrap=0") & table["scenario"].str.startswith("admixture")]
    assert draw(foils, tmp_path) == ["estimates.png", "coverage.png", "time.png"]


def test_runs_without_an_estimate_do_not_stop_it(table, tmp_path: Path) -> None:
    broken = table.copy()
    broken.loc[broken["method"] == "2sls", ["beta", "ci_low", "ci_high"]] = float("nan")
    broken.loc[broken["method"] == "2sls", "reason"] = "no"
    assert len(draw(broken, tmp_path)) == 5


def test_the_same_table_makes_the_same_picture(table, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw(table, tmp_path / name)
    assert (tmp_path / "a" / "size.png").read_bytes() == (tmp_path / "b" / "size.png").read_bytes()


def test_a_grid_is_what_differs_in_people_and_environments_alone(table) -> None:
    assert _grids(summarise(table)) == {
        "linear": {f"linear:n={n},n_env={e}": (n, e) for n in (400, 800) for e in (2, 4)}
    }
    one_size = table[table["scenario"] == "linear:n=400,n_env=2"]
    assert _grids(summarise(one_size)) == {}


def test_an_estimate_that_ran_away_stands_at_the_edge(table) -> None:
    rows = table[table["method"] == "2sls"].copy()
    rows["scenario"] = "admixture"
    rows = pd.concat([rows] * 10, ignore_index=True)
    rows.loc[[0, 1], "beta"] = -1e6, 1e6
    axes = Figure().subplots()
    _estimates(axes, rows, summarise(rows), "admixture")
    low, high = axes.get_xlim()
    drawn = {line.get_marker(): line.get_xdata() for line in axes.lines if line.get_marker() in ("<", ">", "o")}
    assert high - low < 100
    assert [len(drawn[marker]) for marker in ("<", "o", ">")] == [1, len(rows) - 2, 1]
    assert all(low < x < high for values in drawn.values() for x in values)
