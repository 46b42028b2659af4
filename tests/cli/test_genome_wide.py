"""Genome-wide components of the variants that are no instruments, from the files to the report and the model."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr.cli.cohort import write_cohort
from latentmr.simulate import admixture
from latentmr.simulate.admixture import with_genome

FAST = ("--bootstrap", "10", "--permutations", "100")


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of three populations: 30 instruments, listed in hits.txt, and 400 other variants."""
    path = tmp_path_factory.mktemp("genome")
    write_cohort(path, with_genome(admixture(n=1500, n_env=3, p=30, n_populations=3, seed=4), m=400, seed=4))
    return path


def files(folder: Path) -> tuple[object, ...]:
    return ("--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site")


def hits(folder: Path) -> tuple[object, ...]:
    return ("--extract", folder / "hits.txt")


TRAITS = ("--exposure", "exposure", "--outcome", "outcome")


@pytest.fixture
def made(finished, genome: Path):
    """The results of one run."""
    return finished("run", *files(genome), *hits(genome), *TRAITS, *FAST)


def test_one_line_says_what_adjusts_the_learner(made) -> None:
    (line,) = (line for line in made.printed.splitlines() if "genome-wide" in line)
    assert line.startswith("2 genome-wide principal components of 3")
    assert "other variants and 2 ancestry groups in their space adjust the learner. The number" in line
    assert "The number of components was chosen by the Tracy-Widom test" in line
    run = json.loads((made.out / "run.json").read_text())
    found = run["genome_wide_components"]
    assert found["number"] == 2
    assert found["individuals"] == 1500
    assert len(found["scree"]) == len(found["statistics"]) == 100
    assert {step["unit"] for step in run["flow"]} == {"samples", "variants", "other variants"}


def test_the_report_draws_the_eigenvalues(made) -> None:
    report = json.loads((made.out / "report.json").read_text())
    assert report["figures"]["scree"]["taken"] == 2
    assert len(report["figures"]["scree"]["eigenvalues"]) == 100
    path = report["figures"]["path"]
    assert [row["components"] for row in path if row["taken"]] == [2]
    assert (path[0]["components"], path[-1]["components"]) == (0, 2 + 12)
    rows = json.loads((made.out / "run.json").read_text())["structure_path"]
    assert [(row["components"], row["beta"]) for row in rows] == [(row["components"], row["beta"]) for row in path]
    assert "2 genome-wide principal components of 3" in report["methods"]
    page = (made.out / "report.html").read_text()
    assert "Population structure" in page
    assert "Eigenvalues of the genetic relationship matrix" in page
    assert "interval by number of genome-wide components" in page
    assert "auxiliary features of learning: 2 genome-wide principal components" in page


def test_a_saved_model_serves_the_same_individuals_and_others(latentmr, genome: Path, tmp_path: Path, capsys) -> None:
    model = tmp_path / "model"
    assert latentmr("learn", *files(genome), *hits(genome), "--out", model, "--diagnosis", "0") == 0
    assert (model / "loadings.parquet").is_file()
    assert latentmr("encode", "--model", model, *files(genome), "--out", tmp_path / "encoded") == 0
    first, again = (pd.read_parquet(path / "instruments.parquet") for path in (model, tmp_path / "encoded"))
    numbers = first.select_dtypes("number").columns
    np.testing.assert_allclose(again[numbers], first[numbers], atol=1e-9)
    assert latentmr("estimate", "--model", model, *files(genome), *TRAITS, *FAST, "--out", tmp_path / "out") == 0
    table = pd.read_csv(tmp_path / "out" / "estimates.tsv", sep="\t")
    assert np.isfinite(table["beta"].iloc[0])
    paths = [Path(entry["path"]).name for entry in json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]]
    assert "loadings.parquet" in paths
    capsys.readouterr()
    assert latentmr("estimate", "--model", model, *files(genome), *TRAITS, "--aux", "PC1", "--out", tmp_path / "x") == 2
    assert "--aux must be what the model was learned with: no aux" in capsys.readouterr().err


def test_check_shows_the_eigenvalues(latentmr, genome: Path, capsys) -> None:
    assert latentmr("check", *files(genome), *hits(genome)) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Genome-wide components: 2 of 100 computed were taken, by the Tracy-Widom test" in printed
    assert "other variants: within 1 Mb" not in printed
    assert "other variants: instrument" in printed


def test_zero_is_a_run_without(latentmr, genome: Path, tmp_path: Path, capsys) -> None:
    alone = tmp_path / "alone"
    assert latentmr("learn", *files(genome), *hits(genome), "--pcs", "0", "--out", alone) == 0
    assert "genome-wide" not in capsys.readouterr().out
    assert not (alone / "loadings.parquet").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pcs", "many"), "--pcs must be auto or a number from 0. Got 'many'"),
        (
            ("--pcs", "500"),
            "--pcs must be less than the number of individuals and at most the number of other variants",
        ),
        (("--pc-window", "-1"), "--pc-window must be at least 0 megabases"),
        (("--build", "19"), "--build must be auto, 36, 37, 38"),
    ],
)
def test_settings_are_refused(latentmr, genome: Path, tmp_path: Path, capsys, options, message: str) -> None:
    assert latentmr("learn", *files(genome), *hits(genome), *options, "--out", tmp_path / "x") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_components_need_a_list(latentmr, genome: Path, tmp_path: Path, capsys) -> None:
    assert latentmr("learn", *files(genome), "--pcs", "3", "--out", tmp_path / "x") == 2
    assert "--pcs must come with --extract or --selection" in capsys.readouterr().err


def test_pca_finds_the_number(latentmr, genome: Path, tmp_path: Path, capsys) -> None:
    assert latentmr("pca", "--bfile", genome / "cohort", "--pcs", "auto", "--out", tmp_path / "pcs") == 0
    printed = capsys.readouterr().out
    assert "2 components (by the Tracy-Widom test" in " ".join(printed.split())
    assert pd.read_csv(tmp_path / "pcs" / "pcs.tsv", sep="\t").columns.tolist() == ["IID", "PC1", "PC2"]
    assert latentmr("pca", "--bfile", genome / "cohort", "--pcs", "few", "--out", tmp_path / "x") == 2
    assert "--pcs must be a number or auto. Got 'few'" in capsys.readouterr().err
