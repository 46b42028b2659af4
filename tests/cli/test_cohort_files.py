"""Options that say how tables and lists of individuals are read, from the command line."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "phenotypes.tsv", sep="\t")


def notes(out: Path) -> str:
    return json.dumps(json.loads((out / "run.json").read_text()))


def test_row_numbers_do_not_become_ids(
    latentmr: Any, folder: Path, table: pd.DataFrame, tmp_path: Path, capsys: Any
) -> None:
    table.sample(frac=1, random_state=2).reset_index(drop=True).to_csv(tmp_path / "p.csv")
    read = ["check", "--bfile", folder / "cohort", "--pheno", tmp_path / "p.csv", "--env", "site"]
    assert latentmr(*read) == 0
    assert "1500 of 1500" in capsys.readouterr().out.replace(",", "")
    table.rename(columns={"IID": "name"}).to_csv(tmp_path / "p.csv")
    assert latentmr(*read) == 2
    assert "name the id column with --id" in capsys.readouterr().err
    assert latentmr(*read, "--id", "name") == 0


def test_codes_of_missing_values(latentmr: Any, folder: Path, table: pd.DataFrame, tmp_path: Path, capsys: Any) -> None:
    case = (table["outcome"] > table["outcome"].median()).astype(int)
    table["outcome"] = np.where(np.arange(len(table)) % 10 == 0, 0, case + 1)
    table["centre"] = np.arange(len(table)) % 4
    table.to_csv(tmp_path / "p.tsv", sep="\t", index=False)
    read = ["check", "--bfile", folder / "cohort", "--pheno", tmp_path / "p.tsv", "--env", "site"]
    read += ["--exposure", "exposure", "--outcome", "outcome", "--covar", "centre", "--categorical", "centre"]
    assert latentmr(*read) == 2
    message = r"--outcome must be coded 0/1 or 1/2, or be declared as continuous. Got 'outcome' with 150 values of 0"
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert "(--missing-codes outcome:0), or give --outcome-type continuous" in error
    assert latentmr(*read, "--missing-codes", "outcome:0", "--out", tmp_path / "out") == 0
    written = notes(tmp_path / "out")
    assert "outcome: 150 values of 0 were read as missing" in written
    assert "centre: categorical with 4 levels" in written
    assert latentmr(*read, "--missing-codes", "height:0") == 2
    assert "--missing-codes must name columns that are read" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "pca"])
def test_a_list_that_removes_nobody(latentmr: Any, folder: Path, tmp_path: Path, capsys: Any, verb: str) -> None:
    (tmp_path / "l.txt").write_text("P1\nnobody\n")
    read = [verb, "--bfile", folder / "cohort", "--remove", tmp_path / "l.txt"]
    read += ["--pheno", folder / "phenotypes.tsv", "--env", "site"] if verb == "check" else ["--pcs", "2"]
    assert latentmr(*read, "--out", tmp_path / "out") == 2
    assert "or allow it (--allow-unmatched)" in capsys.readouterr().err
    assert latentmr(*read, "--allow-unmatched", "--out", tmp_path / "out") == 0


def test_ids_within_families(latentmr: Any, folder: Path, table: pd.DataFrame, tmp_path: Path, capsys: Any) -> None:
    fam = (folder / "cohort.fam").read_text().split("\n")[: len(table)]
    for suffix in ("bed", "bim"):
        (tmp_path / f"c.{suffix}").write_bytes((folder / f"cohort.{suffix}").read_bytes())
    own = [str(1 + i % 2) for i in range(len(table))]
    rows = [f"F{i // 2} {own[i]} {' '.join(line.split()[2:])}" for i, line in enumerate(fam)]
    (tmp_path / "c.fam").write_text("\n".join(rows) + "\n")
    table = table.assign(IID=own, FID=[f"F{i // 2}" for i in range(len(table))])
    table.to_csv(tmp_path / "p.tsv", sep="\t", index=False)
    read = ["--bfile", tmp_path / "c", "--pheno", tmp_path / "p.tsv", "--env", "site"]
    assert latentmr("check", *read) == 2
    capsys.readouterr()
    assert latentmr("check", *read, "--id-pair") == 0
    assert "found by FID and IID" in capsys.readouterr().out
    assert latentmr("pca", *read[:2], "--id-pair", "--pcs", "2", "--out", tmp_path / "pca") == 0
    written = pd.read_csv(tmp_path / "pca" / "pcs.tsv", sep="\t", dtype=str)
    assert written.columns.tolist() == ["FID", "IID", "PC1", "PC2"]
    assert latentmr("check", *read, "--pheno", tmp_path / "pca" / "pcs.tsv", "--aux", "PC1", "--id-pair") == 0


def test_one_table_for_everything(
    latentmr: Any, folder: Path, table: pd.DataFrame, tmp_path: Path, capsys: Any
) -> None:
    calls = np.random.default_rng(1).binomial(2, 0.3, (len(table), 12))
    everything = pd.concat([table, pd.DataFrame(calls, columns=[f"z{j}" for j in range(12)])], axis=1)
    path = tmp_path / "all.csv"
    everything.to_csv(path, index=False)
    read = ["--instruments", path, "--pheno", path, "--env", "site"]
    assert latentmr("learn", *read, "--out", tmp_path / "model") == 2
    assert "name the instruments in a list (--extract)" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
    assert latentmr("check", *read, "--exposure", "exposure", "--outcome", "outcome") == 0
    assert "12 instruments (counts)" in capsys.readouterr().out
