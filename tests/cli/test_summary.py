"""``latentmr summary``: tables of GWAS results to estimates, plots and a report."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

from latentmr.two_sample.methods.methods import METHODS

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[3] / "shared"))
FILES = {"estimates.tsv", "tests.tsv", "harmonised.tsv", "variants.tsv", "run.json", "report.json", "report.html"}
FILES |= {"strobe_mr.md", "strobe_mr.csv"}
QUICK = ["--method", "ivw", "--draws", "100"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty variants: bmi.tsv, ldl.tsv, chd.tsv (odds ratios), and genotypes of 200 individuals."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    p = 20
    gamma = rng.normal(0, 0.1, p)
    frame = pd.DataFrame({"SNP": [f"rs{i}" for i in range(p)], "effect_allele": ["A", "C"] * 10})
    frame["other_allele"], frame["eaf"] = ["G", "A"] * 10, 0.3
    studies = {"bmi": gamma, "ldl": rng.normal(0, 0.1, p), "chd": 0.5 * gamma}
    for name, effect in studies.items():
        beta = effect + rng.normal(0, 0.01, p)
        table = frame.assign(se=0.01, pval=1e-10, samplesize=50_000)
        table["odds_ratio" if name == "chd" else "beta"] = np.exp(beta) if name == "chd" else beta
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    G = rng.binomial(2, 0.3, (200, p)).astype(np.int8)
    G[:, 1] = G[:, 0]
    properties = {"sid": frame["SNP"].to_numpy(), "chromosome": ["1"] * p, "bp_position": 1000 * (1 + np.arange(p))}
    properties |= {"allele_1": frame["effect_allele"].to_numpy(), "allele_2": frame["other_allele"].to_numpy()}
    to_bed(folder / "panel.bed", G, properties=properties, count_A1=True)
    return folder


def both(folder: Path) -> list[object]:
    return ["--exposure-file", folder / "bmi.tsv", "--outcome-file", folder / "chd.tsv"]


def test_the_files_and_the_screen(latentmr, capsys, tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert latentmr("summary", *both(tables), "--draws", 100, "--out", out) == 0
    assert {path.name for path in out.iterdir()} == FILES
    said = capsys.readouterr().out
    assert "One unit of bmi multiplies the odds of chd by 1.6" in said
    assert "cannot be assessed from summary statistics" in said
    estimates = pd.read_csv(out / "estimates.tsv", sep="\t")
    assert estimates["primary"].sum() == 1
    assert len(estimates) == sum(method.default for method in METHODS.values())
    assert set(estimates["scale"]) == {"log odds ratio"}
    harmonised = pd.read_csv(out / "harmonised.tsv", sep="\t")
    assert (len(harmonised), harmonised["keep"].all()) == (20, True)
    run = json.loads((out / "run.json").read_text())
    assert run["verdict"]["level"] == "caution"
    assert [Path(file["path"]).name for file in run["inputs"]] == ["bmi.tsv", "chd.tsv"]
    assert run["methods"]["egger"][0]["extra"]["intercept_p_value"] > 0
    page = (out / "report.html").read_text()
    assert "bmi on chd" in page
    assert latentmr("report", out, "--out", tmp_path / "again") == 0
    assert (tmp_path / "again" / "report.html").read_text() == page


@pytest.mark.usefixtures("undrawn")
def test_the_same_answer_on_any_number_of_threads(latentmr, tables: Path, tmp_path: Path) -> None:
    for threads in (1, 2):
        out = tmp_path / str(threads)
        assert latentmr("summary", *both(tables), "--draws", 100, "--threads", threads, "--out", out, "--quiet") == 0
    for name in ("estimates.tsv", "tests.tsv", "variants.tsv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


@pytest.mark.usefixtures("undrawn")
def test_several_exposures(latentmr, capsys, tables: Path, tmp_path: Path) -> None:
    more = ["--exposure-file", tables / "ldl.tsv", "--exposure", "BMI", "--exposure", "LDL", "--outcome", "CHD"]
    assert latentmr("summary", *both(tables), *more, "--draws", 100, "--out", tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert "One unit of BMI multiplies the odds of CHD" in said
    assert "One unit of LDL" in said
    estimates = pd.read_csv(tmp_path / "out" / "estimates.tsv", sep="\t")
    assert estimates["exposure"][estimates["primary"]].tolist() == ["BMI", "LDL"]
    assert len(pd.read_csv(tmp_path / "out" / "harmonised.tsv", sep="\t")) == 40


@pytest.mark.usefixtures("undrawn")
def test_reference_genotypes(latentmr, tables: Path, tmp_path: Path) -> None:
    panel = ["--ref-bfile", tables / "panel"]
    assert latentmr("summary", *both(tables), *panel, "--clump-r2", 0.5, *QUICK, "--out", tmp_path / "clumped") == 0
    harmonised = pd.read_csv(tmp_path / "clumped" / "harmonised.tsv", sep="\t", keep_default_na=False)
    # of equal p values the larger effect goes first
    best, other = (1, 0) if abs(harmonised["beta_exposure"][1]) > abs(harmonised["beta_exposure"][0]) else (0, 1)
    assert harmonised["drop_reason"][other] == f"in linkage disequilibrium with rs{best} (r2 1.000)"
    assert harmonised["drop_reason"][best] == ""
    assert json.loads((tmp_path / "clumped" / "run.json").read_text())["inputs"][2]["path"].endswith("panel.bed")
    # two variants that are the same cannot be told apart
    assert latentmr("summary", *both(tables), *panel, "--correlated", *QUICK, "--out", tmp_path / "both") == 2
    assert not (tmp_path / "both").exists()


@pytest.mark.usefixtures("undrawn")
def test_figures_are_written_as_files(latentmr, tables: Path, tmp_path: Path) -> None:
    assert latentmr("summary", *both(tables), *QUICK, "--figures", "--out", tmp_path / "out") == 0
    names = {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"scatter", "funnel", "radial"} <= {name.split("-")[0].split("_")[0] for name in names}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--exposure-file", "{}/bmi.tsv"], "--outcome-file must be given. Got none"),
        (
            ["--exposure-file", "{}/nothing.tsv", "--outcome-file", "{}/chd.tsv"],
            "nothing.tsv must be a file. Got a path that does not exist",
        ),
        (
            ["--exposure-columns", "beta:b"],
            (
                "--exposure-columns must be of the form beta=COL,se=COL. Got 'beta:b'; write an"
                " equals sign between the two names."
            ),
        ),
        (["--exposure-columns", "beta=b"], "must have the column 'b', as given for beta"),
        (["--outcome-type", "survival"], "--outcome-type must be auto, continuous or binary. Got 'survival'; auto"),
        (["--action", "4"], "action must be 1, 2 or 3. Got 4; 2 is usual."),
        (["--method", "magic"], "--method must be among ivw, "),
        (["--top", "0"], "--top must be at least 1. Got 0"),
        (["--draws", "3"], "--draws must be at least 100. Got 3"),
        (["--ref-bfile", "{}/panel", "--ref-pfile", "{}/panel"], "--ref-bfile must be given without --ref-pfile."),
        (["--ref-bfile", "{}/nowhere"], "nowhere"),
        (["--p-value", "1e-50"], "--p-value must be reached by at least one variant"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    latentmr, capsys, tables: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    given = [option.format(tables) for option in options]
    start = [] if given[0] == "--exposure-file" else both(tables)
    assert latentmr("summary", *start, *given, "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def real() -> Path:
    folder = SHARED / "data" / "sumstats"
    if not folder.is_dir():
        pytest.skip(f"no reference data in {folder}; set LATENTMR_SHARED")
    return folder


def peers(case: str) -> dict[str, Any]:
    results = json.loads((SHARED / "golden" / case / "expected.json").read_text())["results"]
    return {result["id"]: result["values"] for result in results}


PEERS = {
    "IVW (random effects)": ("ts.mr_ivw", "b", "se"),
    "IVW (fixed effects)": ("ts.mr_ivw_fe", "b", "se"),
    "MR-Egger": ("ts.mr_egger_regression", "b", "se"),
    "simple median": ("ts.mr_simple_median", "estimate", None),
    "weighted median": ("ts.mr_weighted_median", "estimate", None),
    "debiased IVW": ("mr.divw.odTRUE", "estimate", "se"),
}


@pytest.mark.shared
@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("case", "files", "variants"),
    [
        ("ts_bmi_sbp", ["mrraps_bmi_sbp.tsv", "mrraps_bmi_sbp.tsv"], 160),
        ("ts_bmi_chd", ["twosamplemr_bmi_exposure.tsv", "twosamplemr_chd_outcome.tsv"], 79),
    ],
)
def test_real_tables_give_the_peers_answers(
    latentmr, real: Path, tmp_path: Path, case: str, files: list[str], variants: int
) -> None:
    tables = [tmp_path / name for name in files]
    for name, table in zip(files, tables, strict=True):
        # the peer's answers are of all rows, also of those that harmonise_data marked as not to be used
        frame = pd.read_csv(real / name, sep="\t", dtype=str, keep_default_na=False)
        frame.drop(columns="mr_keep", errors="ignore").to_csv(table, sep="\t", index=False)
    options = [
        "--exposure-file",
        tables[0],
        "--outcome-file",
        tables[1],
        "--quiet",
        "--out",
        tmp_path / "o",
    ]
    assert latentmr("summary", *options) == 0
    rows = pd.read_csv(tmp_path / "o" / "estimates.tsv", sep="\t").set_index("method")
    assert (rows["k"].drop("MR-PRESSO") == variants).all()
    values = peers(case)
    for label, (name, beta, se) in PEERS.items():
        assert rows["beta"][label] == pytest.approx(values[name][beta], rel=1e-4), label
        if se:
            assert rows["se"][label] == pytest.approx(values[name][se], rel=1e-3), label


@pytest.mark.shared
@pytest.mark.usefixtures("undrawn")
def test_a_real_table_of_several_exposures(latentmr, real: Path, tmp_path: Path) -> None:
    path = real / "mvmr_lipids_sbp.tsv"
    names = {"LDL": "LDL", "HDL": "HDL", "TG": "Trg"}
    options: list[object] = ["--outcome-file", path, "--outcome", "SBP", "--outcome-columns", "beta=SBP_beta,se=SBP_se"]
    for name, column in names.items():
        options += ["--exposure-file", path, "--exposure", name]
        options += ["--exposure-columns", f"beta={column}_beta,se={column}_se"]
    assert latentmr("summary", *options, "--aligned", "--quiet", "--out", tmp_path / "o") == 0
    rows = pd.read_csv(tmp_path / "o" / "estimates.tsv", sep="\t")
    rows = rows[rows["primary"]]
    table = pd.read_csv(path, sep="\t")
    weights = 1 / table["SBP_se"].to_numpy() ** 2
    X = table[[f"{column}_beta" for column in names.values()]].to_numpy()
    coefficients = np.linalg.solve(X.T @ (weights[:, None] * X), X.T @ (weights * table["SBP_beta"].to_numpy()))
    np.testing.assert_allclose(rows["beta"], coefficients, rtol=1e-8)
