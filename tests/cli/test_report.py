"""Reports again from their data, checklists, figures and units."""

import csv
import json
import os
from pathlib import Path

import pytest

from latentmr.cli import main
from latentmr.results.report_data import KEYS


@pytest.fixture(scope="module")
def results(tmp_path_factory, folder: Path) -> Path:
    out = tmp_path_factory.mktemp("report") / "out"
    words = ["run", "--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site"]
    words += ["--exposure", "exposure", "--outcome", "outcome", "--learner", "linear", "--bootstrap", 10]
    words += ["--exposure-units", "kg/m2", "--outcome-units", "mmHg", "--figures", "--out", out, "--quiet"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["latentmr", *map(str, words)])
        with pytest.raises(SystemExit):
            main()
    return out


def test_units_figures_and_checklist_are_written(results: Path) -> None:
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "One unit of exposure (kg/m2)" in page
    assert "mmHg" in page
    names = {path.name for path in (results / "figures").iterdir()}
    assert {"estimates.svg", "estimates.png", "space.svg", "composition.png", "flow.svg", "environments.svg"} <= names
    items = list(csv.reader((results / "strobe_mr.csv").read_text(encoding="utf-8").splitlines()))
    assert len(items) == 1 + 42
    assert "AUTHOR TO COMPLETE" in (results / "strobe_mr.md").read_text(encoding="utf-8")


def test_facts_hold_what_the_command_said(results: Path) -> None:
    facts = json.loads((results / "report.json").read_text())["facts"]
    assert facts["environment_column"] == "site"
    assert facts["filters"]["MAF from"] == 0.01
    assert facts["command"].startswith("latentmr run --bfile")
    assert facts["bootstrap"] == 10


def test_rendered_again_it_is_the_same_page(latentmr, results: Path, tmp_path: Path, capsys) -> None:
    assert latentmr("report", results, "--out", tmp_path / "again") == 0
    assert capsys.readouterr().out.strip().endswith(str(tmp_path / "again" / "report.html"))
    for name in ("report.html", "strobe_mr.md", "strobe_mr.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (results / name).read_bytes()
    assert not (tmp_path / "again" / "figures").exists()


def test_a_report_of_the_release_before_is_the_same_page(latentmr, results: Path, tmp_path: Path) -> None:
    titles = {key: title for title, key in KEYS.items()}
    report = json.loads((results / "report.json").read_text(encoding="utf-8"))
    report["tables"] = {titles[key]: rows for key, rows in report["tables"].items()}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    assert latentmr("report", tmp_path, "--quiet") == 0
    for name in ("report.html", "strobe_mr.md", "strobe_mr.csv"):
        assert (tmp_path / name).read_bytes() == (results / name).read_bytes()


def test_rendered_in_place_other_results_stay(latentmr, results: Path) -> None:
    before = (results / "estimates.tsv").read_bytes()
    os.truncate(results / "report.html", 0)
    assert latentmr("report", results, "--figures", "--quiet") == 0
    assert "<main>" in (results / "report.html").read_text(encoding="utf-8")
    assert (results / "estimates.tsv").read_bytes() == before


def test_a_folder_without_results_is_refused(latentmr, tmp_path: Path, capsys) -> None:
    assert latentmr("report", tmp_path / "none") == 2
    assert "DIR must be a folder with the results of a run. Got" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"title": "t"}', "\x00"])
def test_a_damaged_report_is_refused(latentmr, tmp_path: Path, capsys, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    assert latentmr("report", tmp_path) == 2
    assert "latentmr: error: DIR must hold a report.json that can be read. Got" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_units_must_be_one_for_each_exposure(latentmr, inputs, traits, tmp_path: Path, capsys) -> None:
    units = ["--exposure-units", "a", "--exposure-units", "b"]
    assert latentmr("run", *inputs, *traits, *units, "--learner", "linear", "--out", tmp_path / "o") == 2
    assert (
        "--exposure-units must be given once for each exposure (exposure). Got 2: a, b; give"
        " one unit for each exposure, in their order, or none."
    ) in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
