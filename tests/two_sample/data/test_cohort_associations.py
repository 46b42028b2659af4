"""Per-variant associations from individual data."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr.simulate import admixture
from latentmr.two_sample.data.cohort_associations import associations
from latentmr.two_sample.data.harmonisation import harmonise
from latentmr.two_sample.data.tables import SUMMARY_COLUMNS


@pytest.fixture(scope="module")
def dataset():
    return admixture(n=1500, n_env=3, p=8, n_populations=3, seed=4).dataset


def test_they_are_regressions_within_environments(dataset) -> None:
    age = np.random.default_rng(0).normal(size=(dataset.n, 1))
    data = replace(dataset, C=age, covariate_names=("age",))
    tables = associations(data)
    assert list(tables) == ["x", "y"]
    for name, trait in (("x", data.X[:, 0]), ("y", data.y)):
        table = tables[name]
        assert list(table.columns) == SUMMARY_COLUMNS
        for j in (0, 7):
            design = np.column_stack([data.G[:, j], np.eye(3)[data.env], age])
            beta, rest, *_ = np.linalg.lstsq(design, trait, rcond=None)
            se = np.sqrt(rest[0] / (1500 - 5) * np.linalg.inv(design.T @ design)[0, 0])
            np.testing.assert_allclose(table.loc[j, ["beta", "se"]].to_numpy(dtype=float), [beta[0], se], rtol=1e-8)
    np.testing.assert_allclose(tables["y"]["eaf"], data.G.mean(axis=0) / 2)
    assert harmonise(tables["x"], tables["y"], 1)["keep"].all()


def test_individuals_out_of_estimation_and_missing_calls_do_not_count(dataset) -> None:
    G = dataset.G.copy()
    G[:10, 2] = -127
    some = replace(dataset, G=G, in_estimation=np.arange(1500) < 1000)
    counts = associations(some)["y"]["n"]
    assert counts.tolist() == [1000, 1000, 990, *[1000] * 5]


def test_a_variant_without_variation_has_no_effect(dataset) -> None:
    G = dataset.G.copy()
    G[:, 3] = dataset.env > 0
    table = associations(replace(dataset, G=G))["x"]
    assert np.isnan(table.loc[3, ["beta", "se", "p_value"]].to_numpy(dtype=float)).all()
    assert np.isfinite(table.drop(index=3)[["beta", "se", "p_value"]].to_numpy()).all()


def test_without_an_outcome(dataset) -> None:
    nobody = np.zeros(1500, dtype=bool)
    bare = replace(dataset, outcome_name="", exposure_names=(), X=np.empty((1500, 0)), in_estimation=nobody)
    with pytest.raises(ValueError, match="dataset must have exposures and an outcome"):
        associations(bare)
