"""Binary outcomes, case-control studies, comparators and bootstrap replicates from the shell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("undrawn")

TRAITS = ["--exposure", "exposure", "--outcome", "case"]


@pytest.fixture(scope="session")
def cases(folder: Path) -> Path:
    """The cohort's phenotypes with a 0/1 outcome."""
    frame = pd.read_csv(folder / "phenotypes.tsv", sep="\t")
    frame["case"] = (frame["outcome"] > frame["outcome"].quantile(0.7)).astype(int)
    path = folder / "cases.tsv"
    frame.to_csv(path, sep="\t", index=False)
    return path


@pytest.fixture
def naive(linear) -> list[object]:
    """Options of a job without bootstrap replicates."""
    return [*linear, "--bootstrap", 0, "--permutations", 100]


@pytest.fixture
def study(folder: Path, cases: Path) -> list[object]:
    return ["--bfile", folder / "cohort", "--pheno", cases, "--env", "site"]


def table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "estimates.tsv", sep="\t", dtype={"primary": str}, keep_default_na=False)


def test_a_binary_outcome_has_ratios_beside_the_risk_difference(latentmr, study, naive, tmp_path: Path, capsys) -> None:
    assert latentmr("run", *study, *TRAITS, *naive, "--out", tmp_path / "out") == 0
    found = table(tmp_path / "out")
    assert list(found["scale"].unique()) == ["difference", "log risk ratio", "log odds ratio, conditional"]
    primary = found[found["primary"] == "true"]
    assert list(primary["scale"]) == ["difference"]
    assert primary["ci_clr"].iloc[0].startswith("[")
    assert "changes the risk of case by" in capsys.readouterr().out


def test_a_case_control_study_has_an_odds_ratio_alone(latentmr, study, naive, tmp_path: Path, capsys) -> None:
    assert latentmr("run", *study, *TRAITS, *naive, "--case-control", "--out", tmp_path / "out") == 0
    found = table(tmp_path / "out")
    assert list(found["scale"]) == ["log odds ratio, conditional"]
    assert list(found["primary"]) == ["true"]
    printed = capsys.readouterr().out
    assert "multiplies the odds of case by" in printed
    assert "give --prevalence for risk differences" in printed


def test_prevalence_gives_the_risk_difference_of_the_population(latentmr, study, naive, tmp_path: Path) -> None:
    options = [*TRAITS, *naive, "--case-control", "--prevalence", 0.05]
    assert latentmr("run", *study, *options, "--out", tmp_path / "out") == 0
    found = table(tmp_path / "out")
    assert list(found["scale"]) == ["risk difference", "log risk ratio", "log odds ratio, conditional"]
    assert list(found["primary"]) == ["true", "false", "false"]


def test_comparators_for_invalid_instruments(latentmr, inputs, traits, naive, tmp_path: Path) -> None:
    assert latentmr("run", *inputs, *traits, *naive, "--comparators", "invalid", "--out", tmp_path / "out") == 0
    found = table(tmp_path / "out").set_index("method")
    rows = [method for method in ("sisVIVE", "TSHT", "CIIV") if method in found.index]
    assert "sisVIVE" in rows
    assert (found.loc[rows, "instruments"] == "G").all()
    # sisVIVE has no standard error, and none is made up
    assert found.loc["sisVIVE", "se"] == "NA"
    assert "sisVIVE" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_bootstrap_replicates(latentmr, inputs, traits, linear, tmp_path: Path) -> None:
    for replicates, name in ((0, "naive"), (20, "counted")):
        options = [*linear, "--permutations", 100, "--bootstrap", replicates]
        assert latentmr("run", *inputs, *traits, *options, "--out", tmp_path / name) == 0
    naive, counted = table(tmp_path / "naive"), table(tmp_path / "counted")
    assert len(counted) == len(naive) + 1
    assert naive["se_type"].iloc[0] == "HC1, treating the instruments as fixed"
    assert list(counted["se_type"].iloc[:2]) == [
        "HC1, accounting for estimation of the encoder",
        "HC1, treating the instruments as fixed",
    ]
    assert np.isclose(counted["beta"].iloc[0], naive["beta"].iloc[0])
    assert counted["se"].iloc[1] == naive["se"].iloc[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--bootstrap", 5], "--bootstrap must be 0 or at least 10 replicates. Got 5"),
        (["--foils", "magic"], "--comparators must be among invalid, summary. Got 'magic'"),
        (["--prevalence", 0.1], "--prevalence must come with --case-control"),
        (["--case-control", "--prevalence", 2], "prevalence must lie between 0 and 1. Got 2"),
        (["--case-control"], "--case-control must come with a binary outcome. Got 'outcome', which is continuous"),
    ],
)
def test_refusals(latentmr, inputs, traits, tmp_path: Path, capsys, change, message) -> None:
    assert latentmr("run", *inputs, *traits, *change, "--out", tmp_path / "out") == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert list(tmp_path.iterdir()) == []


def test_several_exposures_in_a_case_control_study(latentmr, study, tmp_path: Path, capsys) -> None:
    arguments = ["--exposure", "exposure", "--exposure", "outcome", "--outcome", "case", "--case-control"]
    assert latentmr("run", *study, *arguments, "--out", tmp_path / "out") == 2
    assert "--case-control must come with one exposure. Got 2; name one --exposure at a time" in capsys.readouterr().err
