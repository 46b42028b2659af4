"""The verdict on the command line and in files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def with_control(folder: Path, tmp_path: Path) -> Path:
    """Phenotypes with a negative control of pure noise, with missing values, and one that is not numeric."""
    frame = pd.read_csv(folder / "phenotypes.tsv", sep="\t")
    rng = np.random.default_rng(2)
    frame["height"] = rng.normal(size=len(frame))
    frame.loc[::10, "height"] = np.nan
    frame["colour"] = "red"
    frame.to_csv(tmp_path / "more.tsv", sep="\t", index=False, na_rep="NA")
    return tmp_path / "more.tsv"


def test_run_shows_and_writes_the_verdict(
    latentmr, folder, with_control: Path, traits, linear, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = [
        "--bfile",
        folder / "cohort",
        "--pheno",
        with_control,
        "--env",
        "site",
        *traits,
        "--negative-control",
        "height",
    ]
    latentmr("run", *arguments, *linear, "--bootstrap", 10, "--permutations", "199", "--out", out)
    shown = capsys.readouterr().out
    run = json.loads((out / "run.json").read_text())
    assert f"Verdict: {run['verdict']['level']} (route: unlinked variants)" in shown
    assert all(reason in shown for reason in run["verdict"]["reasons"])
    assert run["diagnosis"] == {"share": 0.2, "seed": 0, "people": 300}
    assert run["placebos"] == ["height"]
    assert [row["name"] for row in run["without_environment"]] == ["site1", "site2", "site3"]
    assert len(run["environment_pairs"]) == 3
    assert run["flow"][-1]["reason"] == "set aside for diagnosis"
    tests = pd.read_csv(out / "tests.tsv", sep="\t").set_index("name")
    expected = {"invariance", "independence", "entropy", "leave-one-out", "sensitivity", "placebo: height"}
    assert expected <= set(tests.index)
    assert tests.loc["invariance", "df"] == "199 permutations"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Environments in pairs" in page
    assert "placebo: height" in page


def test_learning_holds_out_the_same_individuals(latentmr, inputs, traits, linear, few_draws, tmp_path: Path) -> None:
    latentmr("learn", *inputs, *linear, "--diagnosis", "0.3", "--out", tmp_path / "m", "--quiet")
    model = json.loads((tmp_path / "m" / "model.json").read_text())
    assert model["history"]["diagnosis"] == {"share": 0.3, "seed": 0, "people": 450}
    given = ["--model", tmp_path / "m", *inputs, *traits, *few_draws]
    latentmr("estimate", *given, "--out", tmp_path / "e", "--quiet")
    run = json.loads((tmp_path / "e" / "run.json").read_text())
    assert run["flow"][-1]["removed"] == 450
    assert not any("judged on" in note for note in run["analysis_notes"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--diagnosis", "0.7"],
            "--diagnosis must be a share of individuals from 0 to 0.5. Got 0.7; the default is 0.2.",
        ),
        (["--permutations", "50"], "--permutations must be an integer of at least 100. Got 50; the default is 999."),
        (["--negative-control", "colour"], "--negative-control must be a numeric column. Got 'colour'"),
        (["--placebo", "outcome"], "--outcome and --negative-control must name different columns. Got 'outcome' twice"),
        (["--placebo", "nowhere"], "column 'nowhere' must be in exactly one --pheno table"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    latentmr, folder, with_control: Path, traits, tmp_path: Path, capsys, arguments, message
) -> None:
    given = ["--bfile", folder / "cohort", "--pheno", with_control, "--env", "site", *traits]
    assert latentmr("run", *given, *arguments, "--learner", "linear", "--out", tmp_path / "out") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_check_gives_a_verdict_and_the_power(latentmr, inputs, traits, tmp_path: Path, capsys) -> None:
    latentmr("check", *inputs, *traits, "--out", tmp_path / "c")
    shown = capsys.readouterr().out
    assert "Verdict before learning: caution (route: unlinked variants)" in shown
    assert "Power for exposure: all genotypes together explain" in shown
    run = json.loads((tmp_path / "c" / "run.json").read_text())
    assert run["verdict"]["level"] == "caution"
    assert run["power"][0]["exposure"] == "exposure"
    assert run["power"][0]["minimum_detectable_effect"] > 0


def test_check_without_phenotypes_computes_no_power(latentmr, inputs, capsys) -> None:
    latentmr("check", *inputs)
    assert "Power" not in capsys.readouterr().out


def test_check_says_why_there_is_no_power(latentmr, inputs, folder, tmp_path: Path, capsys) -> None:
    frame = pd.read_csv(folder / "phenotypes.tsv", sep="\t")
    frame["same"] = frame["site"].map({"site1": 1.0, "site2": 2.0, "site3": 3.0})
    frame[["IID", "same"]].to_csv(tmp_path / "same.tsv", sep="\t", index=False)
    latentmr("check", *inputs, "--pheno", tmp_path / "same.tsv", "--exposure", "same", "--outcome", "outcome")
    assert "Power was not computed: same must vary given the covariates" in capsys.readouterr().out


def test_continuous_instruments_are_judged_before_learning(latentmr, tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(1)
    ids = [f"P{i}" for i in range(400)]
    instruments = pd.DataFrame(rng.normal(size=(400, 3)) * 5, columns=["a", "b", "c"])
    instruments.insert(0, "IID", ids)
    instruments.to_csv(tmp_path / "i.tsv", sep="\t", index=False)
    pd.DataFrame({"IID": ids, "site": np.tile(["n", "s"], 200)}).to_csv(tmp_path / "p.tsv", sep="\t", index=False)
    latentmr("check", "--instruments", tmp_path / "i.tsv", "--pheno", tmp_path / "p.tsv", "--env", "site")
    shown = capsys.readouterr().out
    assert "Verdict before learning: not identified (route: environments)" in shown
    assert "What to do: add environments that differ more" in shown
