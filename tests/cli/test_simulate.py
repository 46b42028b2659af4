"""Scenarios on disk: what was drawn is what is read, and the truth stands beside it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr import read_instruments, read_plink
from latentmr.simulate import SCENARIOS, draw


def test_continuous_instruments_are_read_as_they_were_drawn(latentmr, tmp_path: Path, capsys) -> None:
    out = tmp_path / "s"
    latentmr("simulate", "polynomial", "--n", 600, "--n-env", 3, "--d-z", 2, "--seed", 4, "--out", out)
    drawn = draw("polynomial", n=600, n_env=3, d_z=2, seed=4)
    read = read_instruments(
        out / "instruments.parquet",
        pheno=[out / "phenotypes.tsv"],
        env="site",
        exposure=["exposure"],
        outcome="outcome",
    )
    assert read.kind == "continuous"
    assert np.array_equal(read.G, drawn.dataset.G)
    assert np.allclose(read.X, drawn.dataset.X, atol=1e-6)
    assert np.allclose(read.y, drawn.dataset.y, atol=1e-6)
    truth = json.loads((out / "truth.json").read_text())
    assert truth == {
        "scenario": "polynomial",
        "seed": 4,
        "options": {"n": 600, "n_env": 3, "d_z": 2},
        "beta": 1.0,
        "people": 600,
        "d_z": 2,
        "d_v": 3,
    }
    latents = pd.read_parquet(out / "truth.parquet")
    assert list(latents.columns) == ["IID", "z1", "z2", "v1", "v2", "v3"]
    assert np.allclose(latents[["z1", "z2"]], drawn.truth.Z)
    assert latents["IID"].tolist() == read.samples.tolist()
    assert f"latentmr run --instruments {out}/instruments.parquet" in capsys.readouterr().out


def test_counts_are_read_as_they_were_drawn(latentmr, tmp_path: Path) -> None:
    out = tmp_path / "s"
    latentmr("simulate", "admixture", "--n", 300, "--n-env", 3, "--p", 9, "--fst", 0.2, "--out", out, "--quiet")
    drawn = draw("admixture", n=300, n_env=3, p=9, fst=0.2)
    read = read_plink(str(out / "cohort"), pheno=[out / "phenotypes.tsv"], env="site", maf=0.0)
    assert np.array_equal(read.G, drawn.dataset.G)
    assert list(pd.read_parquet(out / "truth.parquet").columns) == ["IID", "v1", "v2", "v3", "v4"]


def test_the_printed_command_runs(latentmr, tmp_path: Path, capsys) -> None:
    out = tmp_path / "s"
    latentmr("simulate", "linear", "--n", 800, "--out", out)
    line = capsys.readouterr().out.split("  latentmr ")[1].split()
    assert latentmr(*line, "--learner", "linear", "--k", 3, "--out", tmp_path / "r", "--quiet") == 0
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["linaer"], "SCENARIO must be one of linear, "),
        (["linear", "--seed", "-1"], "--seed must be a whole number from 0. Got -1."),
        (["linear", "--population", "x"], "--bfile and --pheno must be given with --population. Got none; give all"),
        (["linear", "--p", "4"], "p must be left out of linear"),
        (["admixture", "--n", "3"], "--n must be at least two individuals"),
    ],
)
def test_bad_options_write_nothing(latentmr, tmp_path: Path, capsys, arguments, message) -> None:
    assert latentmr("simulate", *arguments, "--out", tmp_path / "s") == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_lists_every_scenario(latentmr, capsys) -> None:
    assert latentmr("simulate", "--help") == 0
    words = set(capsys.readouterr().out.replace(",", " ").replace(".", " ").split())
    assert set(SCENARIOS) <= words
