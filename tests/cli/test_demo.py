"""``latentmr demo``: scenarios and learners, on few individuals."""

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest

from latentmr.cli import demo


@pytest.fixture(autouse=True)
def few_individuals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZES", dict.fromkeys(demo.SIZES, 1500))


@pytest.mark.parametrize(
    ("scenario", "learner", "truth", "files"),
    [
        ("admixture", "auto", 0.5, {"cohort.bed", "cohort.bim", "cohort.fam", "hits.txt", "phenotypes.tsv"}),
        ("polynomial", "linear", 1.0, {"instruments.parquet", "phenotypes.tsv"}),
        ("diffeomorphic", "linear", 1.0, {"instruments.parquet", "phenotypes.tsv"}),
    ],
)
def test_a_scenario_ends_with_the_path_of_a_report_and_a_command_that_works(
    latentmr, tmp_path: Path, capsys, scenario: str, learner: str, truth: float, files: set[str]
) -> None:
    out = tmp_path / "demo"
    chosen = ["--scenario", scenario, "--learner", learner, "--seed", 2]
    assert latentmr("demo", *chosen, "--out", out) == 0
    printed = capsys.readouterr().out.strip().splitlines()
    assert {path.name for path in (out / "data").iterdir()} == files
    assert printed[-1] == str(out / "report.html")
    assert (out / "report.html").is_file()
    assert f"(true effect {truth:g})" in "\n".join(printed)
    assert any(line.startswith(f"True effect {truth:g}. 2SLS on the genotypes misses it by") for line in printed)
    assert printed[-3] == "To run the same analysis on these files:"
    program, *words = shlex.split(printed[-2])
    assert program == "latentmr"
    assert latentmr(*words, "--out", tmp_path / "again", "--quiet") == 0
    assert (tmp_path / "again" / "estimates.tsv").read_bytes() == (out / "estimates.tsv").read_bytes()


def test_auto_says_what_it_chose(latentmr, tmp_path: Path, capsys) -> None:
    assert latentmr("demo", "--verbose", "--out", tmp_path / "demo") == 0
    said = "the linear learner, in closed form, is the default for allele counts; choose another with "
    assert f"Note: {said}--learner" in capsys.readouterr().out
    run = json.loads((tmp_path / "demo" / "run.json").read_text())
    assert run["model"]["learner"]["name"] == "linear"
    assert f"{said}`learner`" in run["analysis_notes"]
    table = pd.read_csv(tmp_path / "demo" / "estimates.tsv", sep="\t")
    assert abs(table["beta"].iloc[0] - 0.5) < 3 * table["se"].iloc[0]


def test_an_unknown_scenario_is_refused(latentmr, tmp_path: Path, capsys) -> None:
    assert latentmr("demo", "--scenario", "none", "--out", tmp_path / "demo") == 2
    assert "--scenario must be one of admixture, polynomial, diffeomorphic. Got 'none'." in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
