from typing import Any

import numpy as np
import pandas as pd

PLAN = {"covar": ["age", "sex"], "aux": "pc1", "cluster": "family"}


def scatter_missing(study: Any) -> None:
    rng = np.random.default_rng(11)
    study.genotypes[rng.random(study.genotypes.shape) < 0.02] = np.nan
    study.table.loc[rng.choice(120, 5, replace=False), "x"] = np.nan
    study.table.loc[rng.choice(120, 5, replace=False), "site"] = None


def test_the_order_of_a_phenotype_table_changes_nothing(study: Any, assert_same: Any) -> None:
    scatter_missing(study)
    expected = study.read(**PLAN)
    for seed in range(3):
        study.table = study.table.sample(frac=1, random_state=seed)
        got = study.read(**PLAN)
        assert_same(got, expected)
        assert got.flow == expected.flow


def test_the_order_of_its_columns_changes_nothing(study: Any, assert_same: Any) -> None:
    scatter_missing(study)
    expected = study.read(**PLAN)
    study.table = study.table[["IID", *study.table.columns[:0:-1]]]
    assert_same(study.read(**PLAN), expected)


def test_the_order_of_variants_permutes_columns(study: Any) -> None:
    scatter_missing(study)
    expected = study.read(mind=0.5, geno=0.5)
    order = np.random.default_rng(0).permutation(10)
    study.genotypes, study.variants = study.genotypes[:, order], study.variants.iloc[order].reset_index(drop=True)
    got = study.read(mind=0.5, geno=0.5)
    np.testing.assert_array_equal(got.G, expected.G[:, order])
    np.testing.assert_array_equal(got.fill, expected.fill[:, order])
    pd.testing.assert_frame_equal(got.variants, expected.variants.iloc[order].reset_index(drop=True))
    np.testing.assert_array_equal(got.X, expected.X)
    assert got.flow == expected.flow


def test_the_order_of_people_permutes_rows(study: Any) -> None:
    scatter_missing(study)
    expected = study.read(mind=0.5, **PLAN)
    order = np.random.default_rng(0).permutation(120)
    study.genotypes, study.people = study.genotypes[order], [study.people[i] for i in order]
    got = study.read(mind=0.5, **PLAN)
    rows = pd.Index(expected.samples).get_indexer(got.samples)
    assert (rows >= 0).all()
    assert got.n == expected.n
    for name in ("G", "X", "y", "C", "A", "env", "in_learning", "in_estimation"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name)[rows], err_msg=name)
    same_family = got.cluster == got.cluster.T
    np.testing.assert_array_equal(same_family, (expected.cluster == expected.cluster.T)[np.ix_(rows, rows)])
    np.testing.assert_array_equal(got.fill, expected.fill)
    assert got.flow == expected.flow


def test_names_of_environments_do_not_matter(study: Any) -> None:
    scatter_missing(study)
    expected = study.read()
    study.table["site"] = study.table["site"].map({"a": "30", "b": "20", "c": "10"})
    got = study.read()
    assert got.env_names == ("10", "20", "30")
    np.testing.assert_array_equal(got.env, 2 - expected.env)
    np.testing.assert_array_equal(got.fill, expected.fill[::-1])
    np.testing.assert_array_equal(got.G, expected.G)


def test_swapping_alleles_in_a_fileset_flips_the_counts(study: Any) -> None:
    scatter_missing(study)
    expected = study.read(mind=0.5)
    v = study.variants
    v[["effect_allele", "other_allele"]] = v[["other_allele", "effect_allele"]].to_numpy()
    study.genotypes = 2 - study.genotypes
    got = study.read(mind=0.5)
    np.testing.assert_array_equal(got.G, np.where(expected.G == -127, -127, 2 - expected.G))
    np.testing.assert_allclose(got.fill, 2 - expected.fill, rtol=1e-12)


def test_the_extract_list_chooses_columns_in_the_order_of_the_file(study: Any) -> None:
    whole = study.read()
    data = study.read(extract=study.write_lines("extract.txt", ["rs8", "rs1", "rs4", "rs1"]))
    np.testing.assert_array_equal(data.G, whole.G[:, [1, 4, 8]])
    assert data.variants["id"].tolist() == ["rs1", "rs4", "rs8"]
    assert data.flow.warnings == ()
