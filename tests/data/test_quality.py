import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Ledger, Plan, quality
from latentmr.data.quality import count_calls, keep_individuals


def test_people_with_too_many_missing_calls(study: Any, steps: Any) -> None:
    study.genotypes[3, :2] = np.nan
    study.genotypes[4, :1] = np.nan
    data = study.read()
    assert "003" not in data.samples
    assert "004" in data.samples
    assert steps(data)["more than 0.1 of calls missing (mind)"] == (1, 119)
    assert study.read(mind=0.2).n == 120
    assert study.read(mind=0).n == 118


def test_variants_with_too_many_missing_calls(study: Any, steps: Any) -> None:
    study.genotypes[:6, 2] = np.nan
    study.genotypes[10:17, 5] = np.nan
    data = study.read()
    assert data.variants["id"].tolist() == [f"rs{j}" for j in range(10) if j != 5]
    np.testing.assert_array_equal(data.G[20:], np.delete(study.genotypes, 5, axis=1)[20:])
    assert steps(data)["more than 0.05 of calls missing (geno)"] == (1, 9)
    assert study.read(geno=0).p == 8
    assert study.read(geno=1).p == 10


def test_variants_are_judged_among_the_people_who_stay(study: Any) -> None:
    study.genotypes[:2, :] = np.nan
    study.genotypes[2:7, 4] = np.nan  # 7 of 120 are too many, 5 of 118 are not
    assert study.read().p == 10


def test_rare_variants(study: Any, steps: Any) -> None:
    study.genotypes[:, 1] = 0
    study.genotypes[:2, 1] = 1  # frequency 2 / 240
    study.genotypes[:, 6] = 2
    study.genotypes[:2, 6] = 1
    data = study.read()
    assert data.variants["id"].tolist() == [f"rs{j}" for j in (0, 2, 3, 4, 5, 7, 8, 9)]
    assert steps(data)["minor allele frequency under 0.01 (maf)"] == (2, 8)
    assert study.read(maf=2 / 240).p == 10
    assert study.read(maf=0).p == 10


def test_a_person_at_the_threshold_stays() -> None:
    G = np.zeros((3, 100), dtype=np.int8)
    for i, missing in enumerate((28, 29, 30)):
        G[i, :missing] = -127
    assert keep_individuals(count_calls(G), 100, Plan(mind=0.29), Ledger()).tolist() == [True, True, False]


@pytest.mark.parametrize("share", [0.05, 0.1, 0.15, 0.2, 0.29, 0.3])
def test_a_share_at_a_threshold_passes(study: Any, share: float) -> None:
    study.genotypes, study.people = study.genotypes[:100], study.people[:100]
    carriers = np.arange(100) < round(200 * share)
    study.genotypes[:, 1] = np.where(carriers, 1, 0)
    study.genotypes[:, 2] = np.where(carriers, 1, 2)
    names = study.read(maf=share).variants["id"].tolist()
    assert "rs1" in names
    assert "rs2" in names
    study.genotypes[: round(100 * share), 3] = np.nan
    assert "rs3" in study.read(geno=share, mind=1).variants["id"].tolist()
    assert "rs3" not in study.read(geno=share - 0.01, mind=1).variants["id"].tolist()


def test_frequency_is_of_the_calls_that_are_there(study: Any) -> None:
    study.genotypes[:, 1] = 0
    study.genotypes[:2, 1] = 1
    study.genotypes[100:, 1] = np.nan  # frequency 2 / 200
    assert study.read(geno=0.5).p == 10


def test_monomorphic_variants_are_counted_and_named(study: Any, steps: Any) -> None:
    for j, value in enumerate((0, 1, 2)):
        study.genotypes[:, j] = value
    study.genotypes[:5, 1] = np.nan
    data = study.read(mind=0.2)
    assert data.p == 7
    assert steps(data)["monomorphic or constant"] == (3, 7)
    assert data.flow.warnings == ("3 variants do not vary among these individuals and were removed: rs0, rs1, rs2.",)


def test_five_monomorphic_variants_are_named_at_most(study: Any) -> None:
    study.genotypes[:, :6] = 1
    warning = "6 variants do not vary among these individuals and were removed: rs0, rs1, rs2, rs3, rs4, ..."
    assert study.read().flow.warnings[0].startswith(warning)


def test_a_variant_that_varies_only_among_people_who_were_removed(study: Any) -> None:
    study.genotypes[:, 3] = 0
    study.genotypes[:40, 3] = 2
    study.table.loc[:39, "site"] = None
    assert "rs3" not in study.read().variants["id"].tolist()


def test_nobody_passes(study: Any) -> None:
    study.genotypes[:, :3] = np.nan
    with pytest.raises(
        ValueError, match=r"mind must keep at least one individual. Got none with at most 0.1 of calls missing"
    ):
        study.read()


@pytest.mark.parametrize("plan", [{"maf": 0.5}, {"geno": 0.0, "mind": 1.0}])
def test_no_variant_passes(study: Any, plan: dict[str, float]) -> None:
    study.genotypes[0, :] = np.nan
    message = "geno and maf must keep at least one variant. Got none that varies and passes both filters; lower maf or"
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(**plan)


def test_frequency_of_dosages_but_not_of_continuous_instruments(study: Any, steps: Any) -> None:
    values = study.genotypes / 2
    values[:, 2] = 0.001 * values[:, 3]
    frame = pd.DataFrame(values, columns=study.variants["id"])
    frame.insert(0, "IID", study.people)
    data = study.read_table(frame)
    assert data.p == 9
    assert steps(data)["minor allele frequency under 0.01 (maf)"] == (1, 9)
    frame["rs9"] -= 1
    frame["rs8"] = 3.5
    data = study.read_table(frame)
    assert data.variants["id"].tolist() == [f"rs{j}" for j in (0, 1, 3, 4, 5, 6, 7, 9)]
    assert steps(data)["minor allele frequency under 0.01 (maf), among columns within 0 to 2"] == (1, 8)
    assert steps(data)["monomorphic or constant"] == (1, 9)
    assert data.kind == "continuous"
    frame[study.variants["id"]] = values - 1
    data = study.read_table(frame)
    assert data.p == 10
    assert steps(data)["allele frequency: not applicable to continuous instruments"] == (0, 10)


@pytest.mark.parametrize("dtype", [np.int8, np.float32])
@pytest.mark.parametrize("block", [1, 7, 8192])
def test_counts_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch, dtype: type, block: int) -> None:
    rng = np.random.default_rng(1)
    G = rng.integers(0, 3, (50, 6)).astype(float)
    G[rng.random(G.shape) < 0.1] = np.nan
    G[:, 2] = np.nan
    G[:20, 4] = 1
    monkeypatch.setattr(quality, "BLOCK", block)
    calls = count_calls(np.where(np.isnan(G), -127 if dtype is np.int8 else np.nan, G).astype(dtype))
    missing = np.isnan(G)
    np.testing.assert_array_equal(calls.missing_of_person, missing.sum(axis=1))
    np.testing.assert_array_equal(calls.missing_of_variant, missing.sum(axis=0))
    known = [column[~np.isnan(column)] for column in G.T]
    np.testing.assert_allclose(calls.mean, [c.mean() if len(c) else 0 for c in known], rtol=1e-12)
    np.testing.assert_array_equal(calls.low, [c.min() if len(c) else 0 for c in known])
    np.testing.assert_array_equal(calls.high, [c.max() if len(c) else 0 for c in known])


@pytest.mark.parametrize(
    ("p", "missing", "mind", "stays"),
    [
        (8, 1, 0.1, True), (8, 2, 0.1, False), (10, 1, 0.1, True), (10, 2, 0.1, False), (1, 1, 0.1, False),
        (2, 1, 0.1, True), (2, 2, 0.1, False), (50, 1, 0.01, True), (100, 10, 0.1, True), (100, 11, 0.1, False),
        (8, 1, 0.0, False), (8, 8, 1.0, True),
    ],
)  # fmt: skip
def test_one_missing_call_is_no_bad_individual(p: int, missing: int, mind: float, stays: bool) -> None:
    G = np.zeros((1, p), dtype=np.int8)
    G[0, :missing] = -127
    ledger = Ledger()
    assert keep_individuals(count_calls(G), p, Plan(mind=mind), ledger).tolist() == [stays]
    assert ("two or more" in ledger.steps[0].reason) == (0 < mind * p < 1 and p > 1)
