from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import dataset
from latentmr.data.genotypes.genotypes import environment_means, fill_in_place


def test_codes_follow_sorted_names(study: Any) -> None:
    study.table["site"] = np.tile(["c", "a", "b"], 40)
    data = study.read()
    assert data.env_names == ("a", "b", "c")
    np.testing.assert_array_equal(data.env, np.tile([2, 0, 1], 40))


def test_people_without_an_environment(study: Any, steps: Any) -> None:
    study.table.loc[[0, 50], "site"] = None
    pheno = study.write_table(study.table.drop(index=[1, 2, 3]))
    data = study.read(pheno=pheno)
    assert steps(data)["no environment (site) in the tables"] == (5, 115)
    assert {"000", "001", "002", "003", "050"}.isdisjoint(data.samples)
    np.testing.assert_array_equal(data.G, np.delete(study.genotypes, [0, 1, 2, 3, 50], axis=0))


def test_nobody_has_an_environment(study: Any) -> None:
    study.table["site"] = None
    with pytest.raises(
        ValueError, match=r"env must have a label for at least one individual. Got none in 'site'; check"
    ):
        study.read()


def test_people_without_an_auxiliary_feature(study: Any, steps: Any) -> None:
    study.table["pc2"] = study.table["pc1"] ** 2
    study.table.loc[[7, 8], "pc1"] = np.nan
    study.table.loc[[8, 9], "pc2"] = np.nan
    data = study.read(aux=["pc1", "pc2"])
    assert steps(data)["auxiliary feature missing (aux)"] == (3, 117)
    np.testing.assert_array_equal(data.A, study.table[["pc1", "pc2"]].drop([7, 8, 9]))
    study.table["pc2"] = np.nan
    with pytest.raises(
        ValueError, match=r"aux must be known for at least one individual. Got no complete row of pc1, pc2; check"
    ):
        study.read(aux=["pc1", "pc2"])


def test_a_small_environment_is_left_out_of_learning(study: Any, steps: Any) -> None:
    study.table["site"] = np.repeat(["a", "b", "c"], [61, 30, 29])
    data = study.read()
    assert data.env_names == ("a", "b", "c")
    np.testing.assert_array_equal(data.in_learning, study.table["site"] != "c")
    assert data.in_estimation.all()
    assert steps(data)["environment with fewer than 30 individuals"] == (29, 91)
    warning = "environment 'c' has fewer than 30 individuals: it is excluded from learning and kept in estimation."
    assert data.flow.warnings == (warning,)
    assert data.counts_by_environment() == [
        {"environment": "a", "n": 61, "learning": 61, "estimation": 61},
        {"environment": "b", "n": 30, "learning": 30, "estimation": 30},
        {"environment": "c", "n": 29, "learning": 0, "estimation": 29},
    ]


def test_an_environment_is_small_after_the_filters(study: Any) -> None:
    study.table["site"] = np.repeat(["a", "b"], [90, 30])
    assert study.read().in_learning.all()
    study.genotypes[119] = np.nan
    assert study.read().in_learning.sum() == 90


def test_everyone_is_in_one_environment_without_the_option(study: Any) -> None:
    data = study.read(env=None, keep=study.write_lines("keep.txt", study.people[:20]))
    assert data.env_names == ("all",)
    assert data.in_learning.all()


def test_missing_calls_are_filled_with_the_mean_of_the_environment(study: Any) -> None:
    G = study.genotypes
    G[[0, 45], 3] = np.nan
    G[80:, 6] = np.nan  # no call at site c
    data = study.read(geno=1, mind=1)
    expected = G.copy()
    expected[0, 3] = np.nanmean(G[:40, 3])
    expected[45, 3] = np.nanmean(G[40:80, 3])
    expected[80:, 6] = np.nanmean(G[:80, 6])
    np.testing.assert_allclose(data.fill[:, 3], [np.nanmean(G[40 * e : 40 * e + 40, 3]) for e in range(3)], rtol=1e-12)
    (rows, block) = next(data.blocks())
    assert block.dtype == np.float64
    np.testing.assert_array_equal(rows, np.arange(120))
    np.testing.assert_allclose(block, expected, rtol=1e-12)
    assert (data.G[80:, 6] == -127).all()


def test_dosages_are_filled_when_they_are_read(study: Any) -> None:
    values = study.genotypes / 3
    values[[0, 45], 3] = np.nan
    frame = pd.DataFrame(values, columns=study.variants["id"])
    frame.insert(0, "IID", study.people)
    data = study.read_table(frame)
    assert data.G.dtype == np.float32
    np.testing.assert_allclose(
        data.G[[0, 45], 3], [np.nanmean(values[:40, 3]), np.nanmean(values[40:80, 3])], rtol=1e-6
    )


@pytest.mark.parametrize("size", [1, 7, 40, 119, 120, 8192])
def test_blocks_of_every_size_agree(study: Any, size: int) -> None:
    study.genotypes[np.random.default_rng(2).random((120, 10)) < 0.03] = np.nan
    data = study.read(geno=1, mind=1)
    whole = next(data.blocks())[1]
    parts = list(data.blocks(size=size))
    assert [len(rows) for rows, _ in parts] == [size] * (120 // size) + [120 % size] * (120 % size > 0)
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in parts]), np.arange(120))
    np.testing.assert_array_equal(np.vstack([block for _, block in parts]), whole)
    chosen = np.array([100, 3, 3, 57])
    picked = list(data.blocks(chosen, size=size))
    np.testing.assert_array_equal(np.vstack([block for _, block in picked]), whole[chosen])


@pytest.mark.parametrize("block", [1, 9, 8192])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_means_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch, block: int, dtype: type) -> None:
    rng = np.random.default_rng(3)
    G, env = rng.integers(0, 3, (60, 4)).astype(float), rng.integers(0, 3, 60)
    G[rng.random(G.shape) < 0.2] = np.nan
    G[env == 1, 2] = np.nan
    G[:, 3] = np.nan
    expected = np.array([[G[env == e, j][~np.isnan(G[env == e, j])].mean() for j in (0, 1)] for e in range(3)])
    monkeypatch.setattr(dataset, "BLOCK", block)
    got = environment_means(np.where(np.isnan(G), -127 if dtype is np.int8 else np.nan, G).astype(dtype), env, 3)
    np.testing.assert_allclose(got[:, :2], expected, rtol=1e-12)
    np.testing.assert_allclose(got[1, 2], np.nanmean(G[:, 2]), rtol=1e-12)
    np.testing.assert_array_equal(got[:, 3], 0)


@pytest.mark.parametrize("block", [1, 7, 8192])
def test_filling_in_place_does_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    rng = np.random.default_rng(4)
    G, env, fill = rng.normal(size=(50, 4)).astype(np.float32), rng.integers(0, 3, 50), rng.normal(size=(3, 4))
    G[rng.random(G.shape) < 0.3] = np.nan
    expected = np.where(np.isnan(G), fill[env], G).astype(np.float32)
    monkeypatch.setattr(dataset, "BLOCK", block)
    fill_in_place(G, env, fill)
    np.testing.assert_array_equal(G, expected)
