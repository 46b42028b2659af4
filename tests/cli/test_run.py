import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from latentmr.simulate import Simulated

FILES = {
    "estimates.tsv",
    "tests.tsv",
    "instruments.parquet",
    "model.safetensors",
    "model.json",
    "run.json",
    "report.json",
    "report.html",
    "strobe_mr.csv",
    "strobe_mr.md",
}
COLUMNS = [
    *("method", "instruments", "adjustment", "basis", "exposure", "beta", "se", "se_type", "ci_low", "ci_high"),
    *("ci_ar", "ci_clr", "p_value", "n", "k", "f_statistic", "effective_f", "primary", "scale"),
]


@pytest.fixture(scope="session")
def main_job(finished, inputs, traits, quick):
    return finished("run", *inputs, *traits, *quick, "--seed", 7, "--threads", 1)


@pytest.fixture(scope="session")
def done(main_job) -> Path:
    return main_job.out


@pytest.fixture(scope="session")
def quiet_job(finished, inputs, traits, quick):
    return finished("run", *inputs, *traits, *quick, "--seed", 7, "--threads", 1, "--quiet")


def test_writes_the_contract(done: Path, cohort: Simulated) -> None:
    assert {path.name for path in done.iterdir()} == FILES
    estimates = pd.read_csv(done / "estimates.tsv", sep="\t", dtype={"primary": str}, keep_default_na=False)
    assert list(estimates.columns) == COLUMNS
    assert (estimates["primary"] == "true").sum() == 1
    first = estimates.iloc[0]
    assert (first["method"], first["instruments"], first["adjustment"]) == ("LIML", "learned", "env+latent")
    assert first["se_type"] == "HC1, accounting for estimation of the encoder"
    tests = pd.read_csv(done / "tests.tsv", sep="\t")
    assert list(tests.columns) == ["name", "null", "statistic", "df", "p_value", "effect", "verdict", "reason"]
    instruments = pq.read_table(done / "instruments.parquet")
    assert instruments.num_rows == cohort.dataset.n
    assert instruments.column_names[:2] == ["id", "z1"]
    assert str(instruments.schema.field("z1").type) == "float"


def test_run_json_can_be_replayed(done: Path, folder: Path) -> None:
    run = json.loads((done / "run.json").read_text())
    assert run["seed"] == 7
    assert run["command"][:2] == ["latentmr", "run"]
    assert {Path(entry["path"]).name for entry in run["inputs"]} == {
        "cohort.bed",
        "cohort.bim",
        "cohort.fam",
        "phenotypes.tsv",
    }
    assert all(len(entry["sha256"]) == 64 for entry in run["inputs"])
    assert run["verdict"]["level"] in ("caution", "not identified")
    assert run["verdict"]["route"] == "unlinked variants"
    assert run["peak_memory_mb"] > 0
    flow = pd.DataFrame(run["flow"])
    assert set(flow["unit"]) == {"samples", "variants"}


def test_same_seed_same_files(done: Path, quiet_job) -> None:
    for name in ("estimates.tsv", "tests.tsv", "model.safetensors", "instruments.parquet"):
        assert (done / name).read_bytes() == (quiet_job.out / name).read_bytes()


def test_thread_counts_agree(finished, inputs, traits, quick, done: Path) -> None:
    two = finished("run", *inputs, *traits, *quick, "--seed", 7, "--threads", 2).out
    tables = [pd.read_csv(out / "estimates.tsv", sep="\t")[["beta", "se"]].to_numpy() for out in (done, two)]
    np.testing.assert_allclose(tables[0], tables[1], rtol=1e-8)


def test_learn_then_estimate_is_run(latentmr, inputs, traits, linear, few_draws, done: Path, tmp_path: Path) -> None:
    assert latentmr("learn", *inputs, *linear, "--out", tmp_path / "model", "--seed", 7) == 0
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "model.json",
        "model.safetensors",
        "instruments.parquet",
        "run.json",
    }
    given = ["--model", tmp_path / "model", *inputs, *traits, *few_draws]
    assert latentmr("estimate", *given, "--out", tmp_path / "again", "--seed", 7) == 0
    assert (tmp_path / "again" / "estimates.tsv").read_bytes() == (done / "estimates.tsv").read_bytes()


def test_encode_gives_the_instruments_of_run(latentmr, folder: Path, done: Path, tmp_path: Path) -> None:
    assert latentmr("encode", "--model", done, "--bfile", folder / "cohort", "--out", tmp_path / "e") == 0
    ours, theirs = (pq.read_table(path / "instruments.parquet") for path in (tmp_path / "e", done))
    assert ours.equals(theirs)


def test_encode_flips_swapped_alleles(latentmr, cohort: Simulated, folder: Path, done: Path, tmp_path: Path) -> None:
    table = pd.DataFrame(2 - cohort.dataset.G, columns=cohort.dataset.variants["id"])
    table.insert(0, "IID", [f"P{i + 1:06d}" for i in range(len(table))])
    table.to_csv(tmp_path / "g.tsv", sep="\t", index=False)
    alleles = pd.DataFrame({"id": table.columns[1:], "effect_allele": "G", "other_allele": "A"})
    alleles.to_csv(tmp_path / "variants.tsv", sep="\t", index=False)
    flags = ["--instruments", tmp_path / "g.tsv", "--variants", tmp_path / "variants.tsv"]
    assert latentmr("encode", "--model", done, *flags, "--out", tmp_path / "e") == 0
    ours, theirs = (pq.read_table(path / "instruments.parquet") for path in (tmp_path / "e", done))
    assert ours.equals(theirs)
    notes = json.loads((tmp_path / "e" / "run.json").read_text())["notes"]
    assert any("flipped" in note for note in notes)


def test_check_says_whether_environments_differ(latentmr, inputs, traits, tmp_path: Path, capsys) -> None:
    assert latentmr("check", *inputs, *traits) == 0
    assert "Do the environments differ?" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert latentmr("check", *inputs, "--out", tmp_path / "c") == 0
    assert json.loads((tmp_path / "c" / "run.json").read_text())["variability"]["verdict"] == "pass"


def test_table_fits_120_columns(main_job) -> None:
    lines = main_job.printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Effect of"))
    table = lines[start : start + 14]
    assert any("learned" in line for line in table)
    assert max(map(len, table)) <= 120


def test_quiet_prints_nothing(quiet_job) -> None:
    assert quiet_job.printed == ""
    assert quiet_job.errors == ""
    assert (quiet_job.out / "report.html").is_file()


def test_report_is_self_contained(done: Path) -> None:
    page = (done / "report.html").read_text()
    assert "<svg" in page
    for loader in ("http://", "https://", " src=", "@import", "<link"):
        assert loader not in page


def test_demo_ends_with_the_path_of_the_report(latentmr, tmp_path: Path, capsys) -> None:
    out = tmp_path / "demo"
    assert latentmr("demo", "--out", out) == 0
    printed = capsys.readouterr().out.strip().splitlines()
    assert printed[-1] == str(out / "report.html")
    assert "true effect 0.5" in "\n".join(printed)
    table = pd.read_csv(out / "estimates.tsv", sep="\t")
    naive = table[(table["method"] == "2SLS") & (table["instruments"] == "G") & (table["adjustment"] == "none")]
    assert abs(naive["beta"].iloc[0] - 0.5) > 0.25
    primary = table.iloc[0]
    assert abs(primary["beta"] - 0.5) < 3 * primary["se"]
