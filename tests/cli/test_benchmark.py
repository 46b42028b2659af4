"""``latentmr benchmark`` and scenarios that resample individuals, from the command line."""

import json
import os
import sys
from pathlib import Path

import pandas as pd
import pytest

from latentmr.benchmark import METHODS
from latentmr.cli.cohort import write_cohort
from latentmr.data import read_plink
from latentmr.simulate import admixture, semisynthetic


@pytest.fixture
def people(tmp_path: Path) -> list[object]:
    folder = tmp_path / "people"
    folder.mkdir()
    write_cohort(folder, admixture(n=300, p=50, seed=3))
    return ["--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--population", "site"]


def test_a_table_a_summary_and_figures(latentmr, tmp_path: Path, capsys) -> None:
    out = tmp_path / "b"
    words = ["--scenario", "linear:n=600", "--method", "2sls", "--method", "linear:k=30", "--seeds", 2, "--seed", 5]
    assert latentmr("benchmark", *words, "--workers", 1, "--out", out) == 0
    table = pd.read_csv(out / "benchmark.tsv", sep="\t")
    assert table["seed"].tolist() == [5, 5, 6, 6]
    assert len(pd.read_csv(out / "summary.tsv", sep="\t")) == 2
    assert (out / "estimates.png").is_file()
    said = capsys.readouterr().out
    assert "2 (2 failed)" in said
    assert "2 runs without an estimate (linear:k=30): " in said
    assert f"4 rows: {out / 'benchmark.tsv'}." in said


@pytest.mark.parametrize("part", ["latentmr.benchmark.job.write_summary", "latentmr.cli.scenarios.write_figures"])
def test_a_disk_that_is_full_at_the_end_is_one_line(latentmr, tmp_path: Path, capsys, monkeypatch, part: str) -> None:
    def full(*given: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("latentmr.cli.scenarios.write_figures", lambda *given: [])
    words = ["--scenario", "linear:n=400", "--method", "ols", "--seeds", 2, "--workers", 1, "--out", tmp_path / "b"]
    with monkeypatch.context() as patch:
        patch.setattr(part, full)
        assert latentmr("benchmark", *words) == 2
    said = capsys.readouterr().err
    assert "No space left on device at" in said
    assert "whose 2 rows are intact" in said
    assert latentmr("benchmark", *words) == 0


def test_an_interrupt_says_how_to_resume(latentmr, tmp_path: Path, capsys, monkeypatch) -> None:
    def interrupted(*given: object, on_row, **more: object) -> None:  # type: ignore[no-untyped-def]
        on_row({"scenario": "linear", "method": "ols"}, 7, 20)
        raise KeyboardInterrupt

    monkeypatch.setattr("latentmr.cli.scenarios.run_benchmark", interrupted)
    assert latentmr("benchmark", "--scenario", "linear", "--method", "ols", "--out", tmp_path / "b") == 130
    assert f"7 rows are saved in {tmp_path / 'b'}; run the same command again to resume" in capsys.readouterr().err


def test_quiet_is_quiet(latentmr, tmp_path: Path, capsys) -> None:
    words = ["--scenario", "linear:n=400", "--method", "ols", "--seeds", 1, "--workers", 1, "--quiet"]
    assert latentmr("benchmark", *words, "--out", tmp_path / "b") == 0
    said = capsys.readouterr()
    assert said.out + said.err == ""


def test_help_lists_every_method(latentmr, capsys) -> None:
    assert latentmr("benchmark", "--help") == 0
    words = set(capsys.readouterr().out.replace(",", " ").replace(";", " ").replace(".", " ").split())
    assert set(METHODS) <= words


def test_people_are_resampled_onto_disk(latentmr, people, tmp_path: Path) -> None:
    out = tmp_path / "s"
    assert (
        latentmr("simulate", "semisynthetic", *people, "--n", 600, "--n-env", 3, "--p", 9, "--out", out, "--quiet") == 0
    )
    source = read_plink(people[1], pheno=[people[3]], env="site", panel=True)  # type: ignore[arg-type]
    drawn = semisynthetic(source, n=600, n_env=3, p=9)
    assert (out / "hits.txt").read_text().split() == drawn.dataset.variants["id"].tolist()
    read = read_plink(
        str(out / "cohort"), pheno=[out / "phenotypes.tsv"], env="site", maf=0.0, extract=out / "hits.txt"
    )
    assert (read.G == drawn.dataset.G).all()
    assert read.variants[["id", "chrom"]].equals(drawn.dataset.variants[["id", "chrom"]])
    every = read_plink(str(out / "cohort"), pheno=[out / "phenotypes.tsv"], env="site", maf=0.0)
    assert drawn.genome is not None
    places = every.variants["id"].isin(drawn.genome.variants["id"])
    assert (every.G[:, places] == drawn.genome.G).all()
    truth = json.loads((out / "truth.json").read_text())
    assert truth["source"]["population"] == "site"
    assert truth["d_v"] == 5


def test_individuals_on_disk_without_a_genome(latentmr, people, tmp_path: Path, capsys) -> None:
    out = tmp_path / "s"
    words = ["simulate", "individuals", *people, "--p", 9, "--genome", 0, "--confounder", "site", "--out", out]
    assert latentmr(*words) == 0
    assert not (out / "hits.txt").exists()
    assert "--extract" not in capsys.readouterr().out
    assert len(pd.read_csv(out / "phenotypes.tsv", sep="\t")) == 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["simulate", "semisynthetic", "--bfile", "x"],
            "--pheno and --population must be given with --bfile. Got none",
        ),
        (["simulate", "linear", "--admixed"], "--admixed must be left out of linear"),
        (["simulate", "semisynthetic"], "input genotypes (--bfile, --pheno and --population) must be given"),
        (["simulate", "linear", *["--bfile", "x", "--pheno", "y", "--population", "z"]], "must be left out of linear"),
        (["benchmark", "--scenario", "linaer", "--method", "ols"], "the nearest is linear"),
        (["benchmark", "--scenario", "linear"], "--method must be given at least once"),
        (["benchmark", "--scenario", "linear:d_z=-1", "--method", "ols"], "d_z must be a whole number from 1"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(latentmr, tmp_path: Path, capsys, words, message) -> None:
    assert latentmr(*words, "--out", tmp_path / "b") == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_one_line(latentmr, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "msprime", None)
    assert latentmr("simulate", "coalescent", "--n", 40, "--out", tmp_path / "b") == 2
    said = capsys.readouterr().err
    assert said == "latentmr: error: the coalescent scenario needs msprime: pip install 'latentmr[coalescent]'\n"
    assert list(tmp_path.iterdir()) == []
