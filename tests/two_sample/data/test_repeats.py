"""Rows of one id: identical rows, and rows of multi-allelic sites."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.two_sample.data import SummaryFiles, read_two_sample

COLUMNS = ["SNP", "effect_allele", "other_allele", "eaf", "beta", "se"]


@pytest.fixture
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    first = pd.DataFrame({"SNP": [f"rs{i}" for i in range(8)], "effect_allele": "A", "other_allele": "G", "eaf": 0.3})
    return tuple(first.assign(beta=rng.normal(size=8), se=0.1) for _ in range(2))


def read(folder: Path, exposure: pd.DataFrame, outcome: pd.DataFrame) -> Any:
    exposure.to_csv(folder / "x.tsv", sep="\t", index=False)
    outcome.to_csv(folder / "y.tsv", sep="\t", index=False)
    return read_two_sample(SummaryFiles([folder / "x.tsv"], folder / "y.tsv"))


def added(table: pd.DataFrame, *rows: tuple[Any, ...], first: bool = False) -> pd.DataFrame:
    parts = [table, pd.DataFrame(list(rows), columns=COLUMNS)]
    return pd.concat(parts[::-1] if first else parts, ignore_index=True)


@pytest.mark.parametrize("first", [False, True])
def test_the_row_with_the_exposures_alleles_is_used(tables: Any, tmp_path: Path, first: bool) -> None:
    exposure, outcome = tables
    found = read(tmp_path, exposure, added(outcome, ("rs2", "T", "G", 0.1, 5, 0.1), first=first))
    np.testing.assert_array_equal(found.by, outcome["beta"])
    assert [step.removed for step in found.flow.steps if "beside a row of the same id" in step.reason] == [1]
    found = read(tmp_path, added(exposure, ("rs2", "T", "G", 0.1, 5, 0.1), first=first), outcome)
    np.testing.assert_array_equal(np.sort(found.by), np.sort(outcome["beta"]))
    assert found.p == 8


@pytest.mark.parametrize("side", [0, 1])
def test_identical_rows_count_once(tables: Any, tmp_path: Path, side: int) -> None:
    expected = read(tmp_path, *tables)
    row = tables[side].iloc[3]
    same, turned = tuple(row), ("rs3", "G", "A", 0.7, -row["beta"], row["se"])
    changed = list(tables)
    changed[side] = added(tables[side], same, turned)
    found = read(tmp_path, *changed)
    np.testing.assert_array_equal(found.by, expected.by)
    np.testing.assert_array_equal(found.BX, expected.BX)
    assert [step.removed for step in found.flow.steps if "another row" in step.reason] == [1, 1]


def test_two_alleles_of_a_site_in_both_tables_are_two_variants(tables: Any, tmp_path: Path) -> None:
    exposure, outcome = tables
    found = read(
        tmp_path,
        added(exposure, ("rs2", "T", "G", 0.1, 0.5, 0.1)),
        added(outcome, ("rs2", "G", "T", 0.9, -0.25, 0.1), first=True),
    )
    assert found.variants["id"].tolist() == ["rs0", "rs1", "rs2_A_G", "rs3", "rs4", "rs5", "rs6", "rs7", "rs2_T_G"]
    np.testing.assert_allclose(found.by, [*outcome["beta"], 0.25])


def test_two_effects_of_the_same_alleles_are_dropped_with_a_reason(tables: Any, tmp_path: Path) -> None:
    exposure, outcome = tables
    found = read(tmp_path, exposure, added(outcome, ("rs2", "A", "G", 0.3, 5, 0.1)))
    reasons = found.harmonised.set_index("id")["drop_reason"]
    assert (found.p, reasons["rs2"]) == (7, "more than one row in the outcome's table")
    found = read(tmp_path, added(exposure, ("rs2", "A", "G", 0.3, 5, 0.1)), outcome)
    assert set(found.harmonised["drop_reason"]) == {"", "more than one row in the exposure's table"}


def test_rows_of_which_none_fits(tables: Any, tmp_path: Path) -> None:
    exposure, outcome = tables
    outcome.loc[2, "other_allele"] = "C"
    found = read(tmp_path, exposure, added(outcome, ("rs2", "T", "G", 0.1, 5, 0.1)))
    assert found.harmonised.set_index("id")["drop_reason"]["rs2"] == "alleles differ between the studies"
    outcome = outcome.drop(index=2)
    found = read(tmp_path, added(exposure, ("rs2", "T", "G", 0.1, 5, 0.1)), outcome)
    assert found.harmonised["id"].tolist() == exposure["SNP"].tolist()
    assert found.harmonised.set_index("id")["drop_reason"]["rs2"] == "not in the outcome's table"
