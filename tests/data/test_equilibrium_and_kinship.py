"""Filters by Hardy-Weinberg, by the variance of dosages and by kinship; the quality table."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data.quality_table import describe_relatives, quality_table


def test_variants_against_hardy_weinberg(study: Any, steps: Any) -> None:
    study.genotypes[:, 3] = np.where(study.genotypes[:, 3] == 1, 0, study.genotypes[:, 3])
    study.genotypes[:, 5] = 1
    study.genotypes[0, 5] = 0
    data = study.read(hwe=1e-3)
    assert steps(data)["Hardy-Weinberg p value under 0.001 (hwe)"] == (2, 8)
    assert "2 variants were removed by hwe: rs3, rs5." in data.flow.warnings
    assert {"rs3", "rs5"}.isdisjoint(data.variants["id"])
    assert data.fill.shape == (3, 8)
    assert "Hardy-Weinberg p value under 0.001 (hwe)" not in steps(study.read())
    with pytest.raises(ValueError, match="hwe and info must keep at least one variant. Got none; lower hwe or info"):
        study.read(hwe=1.0, extract=study.write_lines("list", ["rs3", "rs5"]))


def test_dosages_that_vary_too_little(study: Any, steps: Any) -> None:
    values = study.genotypes.copy()
    values[:, 4] = 0.3 * values[:, 4] + 0.5
    frame = pd.DataFrame(values, columns=study.variants["id"])
    frame.insert(0, "IID", study.people)
    data = study.read_table(frame, info=0.4, hwe=1e-6)
    assert steps(data)["variance ratio under 0.4 (info)"] == (1, 9)
    assert steps(data)["hwe: not applicable to dosages"] == (0, 10)
    assert "rs4" not in data.variants["id"].tolist()
    assert steps(study.read(info=0.4))["info: not applicable to hard calls"] == (0, 10)


@pytest.fixture
def large(study: Any) -> Any:
    """Four hundred variants, and a duplicated individual."""
    rng = np.random.default_rng(7)
    study.genotypes = rng.binomial(2, rng.uniform(0.2, 0.5, 400), (120, 400)).astype(float)
    study.genotypes[17] = study.genotypes[5]
    study.genotypes = study.genotypes[:, study.genotypes.std(axis=0) > 0]
    study.variants = pd.DataFrame(
        {"id": [f"rs{j}" for j in range(400)], "chrom": "1", "pos": [str(j) for j in range(400)], "effect_allele": "A"}
    ).assign(other_allele="G")
    return study


def test_relatives_are_left_out(large: Any, steps: Any) -> None:
    listed = large.write_lines("list", [f"rs{j}" for j in range(100)])
    data = large.read(max_kinship=0.3, exposure=(), outcome=None, panel=True)
    assert steps(data)["related to others, kinship above 0.3 (max_kinship)"] == (1, 119)
    assert "1 pairs of related individuals: 1 duplicates or twins." in data.flow.notes
    assert "017" not in data.samples
    with pytest.raises(ValueError, match=r"max_kinship must be at least 0.47 with 100 variants: below, unrelated"):
        large.read(max_kinship=0.3, extract=listed)
    with pytest.raises(ValueError, match="max_kinship must lie between 0 and 0.5. Got 0.7"):
        large.read(max_kinship=0.7)


def test_continuous_instruments_have_no_equilibrium_to_test(large: Any, steps: Any) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(120, 20)), columns=[f"s{j}" for j in range(20)])
    frame.insert(0, "IID", large.people)
    data = large.read_table(frame, info=0.4, hwe=1e-6)
    assert steps(data)["info: not applicable to continuous instruments"] == (0, 20)
    assert steps(data)["hwe: not applicable to continuous instruments"] == (0, 20)
    with pytest.raises(ValueError, match="max_kinship must come with genotypes. Got continuous instruments; find"):
        large.read_table(frame, max_kinship=0.3)


def test_linked_variants_do_not_pass_for_many(large: Any) -> None:
    large.genotypes = np.repeat(large.genotypes[:, :8], 50, axis=1)
    with pytest.raises(
        ValueError, match="must be left out with 400 variants: unrelated .* as informative as 8 in linkage"
    ):
        large.read(max_kinship=0.3, exposure=(), outcome=None, panel=True)


def test_what_can_be_said_of_relatives(large: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = large.read(exposure=(), outcome=None, panel=True)
    assert describe_relatives(data) == "duplicates or twins: 1 pairs"
    few = large.read(extract=large.write_lines("list", [f"rs{j}" for j in range(50)]))
    assert describe_relatives(few).startswith(
        "unknown, because 50 variants cannot distinguish duplicates from chance (about 200"
    )
    monkeypatch.setattr("latentmr.data.quality_table.AFFORDABLE", 1000.0)
    assert describe_relatives(data).startswith("not computed for 120 individuals; `max_kinship` computes them")


def test_the_quality_table(study: Any) -> None:
    study.genotypes[:5, 2] = np.nan
    table = quality_table(study.read())
    assert table["id"].tolist() == study.variants["id"].tolist()
    assert table["missing"].tolist() == [0, 0, 5 / 120, *[0] * 7]
    np.testing.assert_allclose(table["frequency"], np.nanmean(study.genotypes, axis=0) / 2)
    assert table["hwe_p"].between(0, 1).all()
    assert table["info"].isna().all()
    frame = pd.DataFrame(study.genotypes / 2, columns=study.variants["id"])
    frame.insert(0, "IID", study.people)
    table = quality_table(study.read_table(frame))
    assert table[["missing", "hwe_p"]].isna().all(axis=None)
    assert (table["info"] < 0.5).all()
