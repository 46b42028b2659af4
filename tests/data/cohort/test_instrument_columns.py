import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset, read_instruments
from latentmr.learn import LinearLearner

NAMES = [f"rs{j}_A" for j in range(10)]


@pytest.fixture
def one_table(study: Any) -> pd.DataFrame:
    """Return one table with everything: id, environment, traits and instruments z0 to z9."""
    calls = pd.DataFrame(study.genotypes.astype(int), columns=[f"z{j}" for j in range(10)])
    return pd.concat([study.table.drop(columns=["sex", "pc1", "family"]), calls], axis=1)


@pytest.mark.parametrize("pheno", [-9, 1.5])
def test_columns_of_plink_are_no_instruments(study: Any, pheno: float) -> None:
    calls = pd.DataFrame(study.genotypes.astype(int), columns=NAMES)
    head = {"FID": "f", "IID": study.people, "PAT": 0, "MAT": 0, "SEX": np.resize([1, 2], 120), "PHENOTYPE": pheno}
    path = study.folder / "cohort.raw"
    pd.concat([pd.DataFrame(head), calls], axis=1).to_csv(path, sep=" ", index=False)
    data = read_instruments(path, **study.plan())
    assert (data.kind, data.variants["id"].tolist()) == ("counts", NAMES)
    np.testing.assert_array_equal(data.G, study.genotypes)
    assert f"{path}: left out of the instruments: FID, PAT, MAT, SEX, PHENOTYPE (columns of PLINK)." in data.flow.notes


def test_dominance_columns_of_plink_are_no_instruments(study: Any) -> None:
    path = study.folder / "cohort.raw"
    head = {"FID": "f", "IID": study.people, "PAT": 0, "MAT": 0, "SEX": 1, "PHENOTYPE": -9}
    head |= {"rs1_A": study.genotypes[:, 0], "rs1_HET": study.genotypes[:, 0] == 1}
    head |= {"rs2_A": study.genotypes[:, 1], "rs2_HET": study.genotypes[:, 1] == 1}
    pd.DataFrame(head).astype({"rs1_HET": int, "rs2_HET": int}).to_csv(path, sep=" ", index=False)
    assert read_instruments(path, **study.plan()).variants["id"].tolist() == ["rs1_A", "rs2_A"]


@pytest.mark.parametrize("name", ["sex", "SEX", "Phenotype", "sample_id"])
def test_other_columns_by_name(study: Any, one_table: pd.DataFrame, name: str) -> None:
    frame = one_table.drop(columns=["site", "x", "y", "age"]).assign(**{name: np.resize([1, 2, 0], 120)})
    assert name not in study.read_table(frame).variants["id"].tolist()
    listed = study.write_lines("l", ["z1", "z2", name])
    assert name in study.read_table(frame, extract=listed).variants["id"].tolist()


def test_columns_with_another_role_are_no_instruments(study: Any, one_table: pd.DataFrame) -> None:
    expected = [f"z{j}" for j in range(10)]
    frame = one_table.drop(columns=["y", "age"])
    pheno = [study.write_table(frame, "x.csv"), study.write_table(one_table[["IID", "y", "age"]], "y.csv")]
    data = study.read_table(frame, pheno=pheno)
    assert data.variants["id"].tolist() == expected
    np.testing.assert_array_equal(data.G, study.genotypes)
    pheno = study.write_table(one_table.assign(cluster="c"), "all.csv")
    data = read_instruments(pheno, **study.plan(pheno=pheno, covar="age", cluster="cluster"))
    assert data.variants["id"].tolist() == expected
    with pytest.raises(ValueError, match="instruments must have no other role. Got x of .*, listed as instruments"):
        study.read_table(frame, extract=study.write_lines("l", ["z1", "x"]))


def test_instruments_that_cannot_be_told_apart(study: Any, one_table: pd.DataFrame) -> None:
    path = study.write_table(one_table, "all.csv")
    message = r"instruments must be told from other columns: .* Got age, z0, .* in .*; name the instruments in a list"
    with pytest.raises(ValueError, match=message):
        read_instruments(path, **study.plan(pheno=path))
    with pytest.raises(ValueError, match="Got x, y, age, z0, z1, z2, z3, z4, z5, z6 and 3 more in "):
        read_instruments(path, pheno=path, env="site")
    listed = study.write_lines("l", ["z1", "z2"])
    assert read_instruments(path, pheno=path, env="site", extract=listed).variants["id"].tolist() == ["z1", "z2"]


def test_columns_of_the_phenotypes_are_left_out_in_learning(study: Any, one_table: pd.DataFrame) -> None:
    pheno = study.write_table(study.table, "pheno.csv")
    data = study.read_table(one_table, pheno=pheno, exposure=(), outcome=None)
    assert data.variants["id"].tolist() == [f"z{j}" for j in range(10)]
    assert "left out of the instruments: x, y, age (also in a phenotype table" in data.flow.warnings[0]


def test_continuous_columns_among_genotypes(study: Any, one_table: pd.DataFrame) -> None:
    frame = one_table.drop(columns=["site", "x", "y"])
    pheno = study.write_table(study.table.drop(columns="age"))
    message = "instruments must be all genotypes or all continuous. Got 10 columns of 0, 1 and 2, and other numbers in"
    with pytest.raises(ValueError, match=re.escape(f"{message} age; leave out")):
        study.read_table(frame, pheno=pheno)
    listed = study.write_lines("l", [*frame.columns[1:]])
    assert study.read_table(frame, pheno=pheno, extract=listed).kind == "continuous"


def test_row_numbers_are_no_instruments(study: Any, scores: Any) -> None:
    scores(0.0)
    frame = pd.read_csv(study.folder / "i.tsv", sep="\t")
    for name in ("X", "", "row", "Unnamed: 0"):
        shown = frame.copy()
        shown.insert(0, name, range(1, 121))
        assert study.read_table(shown).variants["id"].tolist() == [f"s{j}" for j in range(6)]


def test_counts_beyond_two_are_no_stray_codes(study: Any) -> None:
    study.genotypes[[6, 7, 8], 1] = [3, 3, 4]
    assert Dataset.from_arrays(study.genotypes, study.table["site"]).kind == "continuous"


def test_an_instrument_with_another_name_is_reported(study: Any, one_table: pd.DataFrame) -> None:
    frame = one_table.drop(columns=["site", "x", "y", "age"]).assign(smoker=study.genotypes[:, 0])
    assert "smoker is an instrument with a name unlike the others" in study.read_table(frame).flow.warnings[0]


@pytest.mark.parametrize(("code", "shown"), [(-9, "2 values of -9"), (3, "2 values of 3"), (9, "2 values of 9")])
def test_stray_codes_among_hard_calls(study: Any, code: int, shown: str) -> None:
    study.genotypes[[6, 7], 1] = code
    frame = pd.DataFrame(study.genotypes.astype(int), columns=NAMES).assign(IID=study.people)
    message = f"be 0, 1 or 2 in a column of hard calls. Got 'rs1_A' with {shown} among them; write NA"
    with pytest.raises(ValueError, match=message):
        study.read_table(frame)
    with pytest.raises(ValueError, match=f"G must be 0, 1 or 2 in a column of hard calls. Got 'v2' with {shown}"):
        Dataset.from_arrays(study.genotypes, study.table["site"])
    data = study.read_table(frame, missing_codes=f"rs1_A:{code}")
    assert (data.kind, data.G[6, 1], data.G[7, 1]) == ("counts", -127, -127)


@pytest.fixture
def scores(study: Any) -> Callable[[float], Dataset]:
    values = np.random.default_rng(3).normal(size=(120, 6))

    def read(offset: float, suffix: str = ".tsv") -> Dataset:
        frame = pd.DataFrame(values, columns=[f"s{j}" for j in range(6)]).assign(IID=study.people)
        frame["s0"] += offset
        path = study.folder / f"i{suffix}"
        frame.to_parquet(path) if suffix == ".parquet" else study.write_table(frame, path.name)
        return read_instruments(path, **study.plan())

    return read


@pytest.mark.parametrize("suffix", [".tsv", ".parquet"])
def test_an_offset_loses_no_digits(scores: Any, suffix: str) -> None:
    usual, shifted = scores(0.0, suffix), scores(1e7, suffix)
    assert (usual.G.dtype, shifted.G.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(shifted.G[:, 0] - 1e7, usual.G[:, 0], atol=1e-6)
    ours, theirs = (LinearLearner(seed=0, k=2).fit(data).encode(data.G) for data in (usual, shifted))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
