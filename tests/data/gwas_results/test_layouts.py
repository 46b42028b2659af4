"""Every layout is read with the right sign, whatever its order of columns, case, missing marks and separators."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr.data.gwas_results.layouts import LAYOUTS, named_layout
from latentmr.data.gwas_results.reading import is_binary, read_summary
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.errors import ArgumentError

from .tools import TOOLS, variants

#: Columns that tools and users add, without a meaning for this reader.
EXTRA = ("INFO", "MAF", "HWE_P", "Direction", "HetISq", "gene", "ancestry", "CALL_RATE", "chisq", "comment", "build")
MISSING = ("NA", "", ".", "NaN", "#NA", "NULL", "nan", "N/A", "None")
SEPARATORS = ("\t", ",", " ", ";")


def compare(table: pd.DataFrame, truth: pd.DataFrame, tool: str, *, most_lost: int = 0) -> None:
    """Compare a table with the truth, by position or id: effects of the alternative allele, and its frequency."""
    names = truth["chrom"].astype(str) + ":" + truth["pos"].astype(str)
    places = table["chrom"].str.removeprefix("chr") + ":" + table["pos"]
    by_id = dict(zip(truth["id"], names, strict=True))
    keys = places.where(places.notna(), table["id"].map(by_id))
    known = truth.set_index(names)
    assert keys.is_unique
    assert len(table) >= len(truth) - most_lost
    rows = known.loc[keys]
    alt = table["effect_allele"].to_numpy() == rows["alt"].to_numpy()
    ref = table["effect_allele"].to_numpy() == rows["ref"].to_numpy()
    assert (alt | ref).all()
    other = np.where(alt, rows["ref"], rows["alt"])
    has_other = table["other_allele"].notna().to_numpy()
    assert (table["other_allele"].to_numpy()[has_other] == other[has_other]).all()
    sign = np.where(alt, 1, -1)
    beta, se = table["beta"].to_numpy() * sign, table["se"].to_numpy()
    if tool == "METAL z":
        np.testing.assert_allclose(beta / se, rows["beta"] / rows["se"], rtol=1e-6, atol=1e-9)
    else:
        np.testing.assert_allclose(beta, rows["beta"], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(se, rows["se"], rtol=1e-4)
    eaf, there = table["eaf"].to_numpy(), table["eaf"].notna().to_numpy()
    np.testing.assert_allclose(eaf[there], np.where(alt, rows["f"], 1 - rows["f"])[there], atol=1e-9)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("flipped", [False, True])
def test_every_layout_has_its_sign(tool: str, flipped: bool, tmp_path: Path) -> None:
    truth = variants(np.random.default_rng(1))
    if flipped:
        truth["counts_alt"] = ~truth["counts_alt"]
        truth["beta"] = -truth["beta"]
    layout, write = TOOLS[tool]
    path, readings = tmp_path / "t.tsv", list[TableReading]()
    write(truth).to_csv(path, sep="\t", index=False)
    compare(read_summary(path, readings=readings), truth, tool)
    assert readings[0].layout == layout
    assert readings[0].certain == (tool != "A1 and A2")
    assert readings[0].counted
    assert readings[0].n_rows == len(truth)


def change(frame: pd.DataFrame, rng: np.random.Generator, path: Path) -> int:
    """Write a table in a random way; return how many rows lost a value."""
    frame = frame.astype(object)
    for name in rng.choice(EXTRA, rng.integers(0, 4), replace=False):
        if name.lower() not in frame.columns.str.lower():
            frame[name] = rng.choice(["x", "0.5", "NA", "7"])
    frame = frame[list(rng.permutation(frame.columns))]
    case = rng.choice([str, str.lower, str.upper])
    frame.columns = [case(name) for name in frame.columns]
    lost = 0
    if rng.random() < 0.5:
        # a value is missing in one row
        row, column = rng.integers(len(frame)), rng.integers(frame.shape[1])
        separator = str(rng.choice(SEPARATORS))
        mark = str(rng.choice(MISSING if separator != " " else [mark for mark in MISSING if mark]))
        frame.iloc[row, column], lost = mark, 1
    else:
        separator = str(rng.choice(SEPARATORS))
    text = frame.to_csv(sep=separator, index=False, lineterminator=str(rng.choice(["\n", "\r\n"])))
    start = str(rng.choice(["", "\ufeff", "## made by a tool\n", "# a comment\n", "\n"]))
    path.write_bytes((start + text).encode(str(rng.choice(["utf-8", "utf-8", "utf-16"]))))
    return lost


def read_right_or_refused(tool: str, rng: np.random.Generator, folder: Path) -> bool:
    truth, path = variants(rng), folder / "t.txt"
    lost = change(TOOLS[tool][1](truth), rng, path)
    try:
        table = read_summary(path)
    except ArgumentError:
        return False
    compare(table, truth, tool, most_lost=lost)
    return True


@pytest.mark.parametrize("tool", TOOLS)
def test_random_tables_are_read_right_or_refused(tool: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(sum(map(ord, tool)))
    read = [read_right_or_refused(tool, rng, tmp_path) for _ in range(6)]
    assert sum(read) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_500_random_tables_are_read_right_or_refused(tool: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(sum(map(ord, tool)) + 1)
    read = [read_right_or_refused(tool, rng, tmp_path) for _ in range(500)]
    assert sum(read) >= 450


def test_layouts_are_found_by_their_names() -> None:
    for each in LAYOUTS:
        assert named_layout(each.name) is each
        assert all(named_layout(alias) is each for alias in each.aliases)
        assert each.source
    with pytest.raises(ValueError, match="layout must be one of REGENIE, .* Got 'nothing'; leave it out"):
        named_layout("nothing")


@pytest.mark.parametrize("tool", ["FinnGen 5", "BBJ, meta-analysis", "COVID-19 HGI", "SNPTEST", "PLINK 1.9 assoc"])
def test_frequencies_are_of_the_counted_allele_whatever_their_name(tool: str, tmp_path: Path) -> None:
    truth, path = variants(np.random.default_rng(4)), tmp_path / "t.tsv"
    TOOLS[tool][1](truth).to_csv(path, sep="\t", index=False)
    table = read_summary(path)
    assert table["eaf"].notna().all()
    compare(table, truth, tool)


@pytest.mark.parametrize("tool", ["REGENIE binary", "FinnGen 5", "COVID-19 HGI", "PLINK 1.9 fisher", "PGC 2014"])
def test_tables_of_cases_and_controls_are_known_as_such(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    TOOLS[tool][1](variants(np.random.default_rng(5))).to_csv(path, sep="\t", index=False)
    assert is_binary(path)


def test_the_allele_whose_frequency_is_reported_is_counted(tmp_path: Path) -> None:
    truth, path = variants(np.random.default_rng(6)), tmp_path / "t.tsv"
    frame = TOOLS["A1 and A2"][1](truth).rename(columns={"A1": "A2", "A2": "A1", "FRQ": "A2_FREQ"})
    frame.to_csv(path, sep="\t", index=False)
    readings = list[TableReading]()
    compare(read_summary(path, readings=readings), truth, "")
    assert (readings[0].counted, readings[0].certain) == ("A2 is taken as counted, as A2_FREQ is its frequency", False)


def test_a_table_without_the_column_of_its_counted_allele_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    frame = TOOLS["PLINK 2"][1](variants(np.random.default_rng(6))).drop(columns="A1")
    frame.to_csv(path, sep="\t", index=False)
    with pytest.raises(ValueError, match="must have a column with the effect allele"):
        read_summary(path)
    readings = list[TableReading]()
    frame.drop(columns="OBS_CT").to_csv(path, sep="\t", index=False)
    read_summary(path, readings=readings)
    assert not readings[0].certain


@pytest.mark.parametrize("cut", ["#chrom", "mlogp", "af_alt_cases", "rsids"])
def test_cases_are_known_without_the_layout(cut: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    TOOLS["FinnGen"][1](variants(np.random.default_rng(7))).drop(columns=cut).to_csv(path, sep="\t", index=False)
    assert is_binary(path)


def test_comments_around_a_table_of_snptest_are_passed_over(tmp_path: Path) -> None:
    truth, path, readings = variants(np.random.default_rng(8), 5), tmp_path / "t.out", list[TableReading]()
    text = TOOLS["SNPTEST"][1](truth).to_csv(sep=" ", index=False)
    path.write_text(f"# Analysis by SNPTEST\n# started\n#\n{text}# Completed successfully at 10:00:00\n")
    compare(read_summary(path, readings=readings), truth, "SNPTEST")
    assert readings[0].notes == ()


def test_every_layout_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "gwas_tables.md").read_text()
    for each in LAYOUTS:
        rows = [
            line
            for line in page.splitlines()
            if line.startswith("|") and each.source.split(",")[0].split(" ")[0] in line
        ]
        assert any(f"`{name}`" in row for row in rows for name in (each.name.lower(), *each.aliases)), each.name


def test_a_layout_that_is_named_decides_which_allele_is_counted(tmp_path: Path) -> None:
    truth = variants(np.random.default_rng(2))
    path = tmp_path / "t.tsv"
    TOOLS["A1 and A2"][1](truth).to_csv(path, sep="\t", index=False)
    taken, forced = read_summary(path), read_summary(path, layout="mungesumstats")
    assert (taken["effect_allele"] == forced["other_allele"]).all()
    assert (taken["beta"] == forced["beta"]).all()
    with pytest.raises(ValueError, match=r"must have the columns of the layout REGENIE. Got none called allele0, "):
        read_summary(path, {"layout": "regenie"})


def test_populations_of_pan_ukb_are_chosen(tmp_path: Path) -> None:
    truth = variants(np.random.default_rng(3))
    path = tmp_path / "t.tsv"
    frame = TOOLS["Pan-UKB"][1](truth)
    frame.to_csv(path, sep="\t", index=False)
    for options in ({"layout": "pan-ukb:EUR"}, {"columns": {"beta": "beta_EUR"}}):
        np.testing.assert_allclose(read_summary(path, **options)["beta"], -truth["beta"])
    with pytest.raises(ValueError, match="must have the population 'xxx'. Got meta_hq, AFR, EUR. Give layout"):
        read_summary(path, layout="pan-ukb:XXX")
    frame.drop(columns=[name for name in frame if "meta" in name]).to_csv(path, sep="\t", index=False)
    with pytest.raises(ValueError, match="must have one population, or a meta-analysis of all. Got AFR, EUR. Give"):
        read_summary(path)
