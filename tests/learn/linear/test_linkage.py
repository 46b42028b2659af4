"""What the factor form keeps of the correlations among its variants, for the check of linkage."""

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset
from latentmr.data.dataset import VARIANT_COLUMNS
from latentmr.diagnose.factor_form import linkage
from latentmr.learn import LinearLearner
from latentmr.learn.linear.linkage import linkage_summary


def variants(chromosomes):
    p = len(chromosomes)
    return pd.DataFrame(
        {"id": [f"rs{j}" for j in range(p)], "chrom": chromosomes} | {name: ["NA"] * p for name in VARIANT_COLUMNS[2:]}
    )


@pytest.fixture
def covariance():
    S = np.diag([1.0, 4.0, 1.0, 9.0])
    S[0, 1] = S[1, 0] = 2 * 0.3
    S[0, 2] = S[2, 0] = -0.2
    S[2, 3] = S[3, 2] = -3 * 0.05
    return S


def test_pairs_are_sorted_by_chromosome(covariance):
    found = linkage_summary(covariance, np.zeros((4, 4)), 1000, variants(["1", "1", "2", "NA"])).to_dict()
    assert found["n"] == 1000
    assert {name: found[name]["pairs"] for name in ("within", "across", "unknown", "residual")} == {
        "within": 1,
        "across": 2,
        "unknown": 3,
        "residual": 6,
    }
    assert found["within"] == {
        "pairs": 1,
        "mean_r2": pytest.approx(0.09),
        "largest": pytest.approx(0.3),
        "first": "rs0",
        "second": "rs1",
    }
    assert (found["across"]["largest"], found["across"]["second"]) == (pytest.approx(-0.2), "rs2")
    assert found["across"]["mean_r2"] == pytest.approx(0.02)
    assert found["unknown"]["largest"] == pytest.approx(-0.05)


def test_what_the_factors_imply_is_taken_out_of_the_residual_alone(covariance):
    implied = np.zeros((4, 4))
    implied[0, 1] = implied[1, 0] = 0.6
    found = linkage_summary(covariance, implied, 1000, variants(["1"] * 4)).to_dict()
    assert found["within"]["largest"] == pytest.approx(0.3)
    assert (found["residual"]["largest"], found["residual"]["second"]) == (pytest.approx(-0.2), "rs2")


@pytest.mark.parametrize("name", ["NA", "0", "nan", ""])
def test_chromosomes_that_are_not_known(covariance, name):
    found = linkage_summary(covariance, covariance * 0, 1000, variants([name] * 4)).to_dict()
    assert (found["within"], found["across"]) == (None, None)
    assert found["unknown"]["pairs"] == 6


def test_one_variant_has_no_pair():
    found = linkage_summary(np.eye(1), np.zeros((1, 1)), 100, variants(["1"]))
    assert [getattr(found, name) for name in ("within", "across", "unknown", "residual")] == [None] * 4
    assert linkage(found).verdict == "not applicable"


def study(chromosomes, rng, copies=()):
    G = rng.binomial(2, 0.4, size=(3000, len(chromosomes)))
    for first, second in copies:
        G[:, second] = np.where(rng.random(3000) < 0.8, G[:, first], G[:, second])
    return Dataset.from_arrays(G, np.repeat(["a", "b", "c"], 1000), variants=variants(chromosomes))


def test_linked_variants_are_found_though_a_factor_explains_them():
    data = study(["1", "1", "2", "3", "4", "5"], np.random.default_rng(0), copies=[(0, 1)])
    history = LinearLearner().fit(data).history
    result = linkage(history.linkage)
    assert result.verdict == "warn"
    assert result.reason.startswith("rs0 and rs1 (r = 0.8")


def test_unlinked_variants_pass():
    data = study(["1", "1", "2", "2", "4", "5"], np.random.default_rng(0))
    assert linkage(LinearLearner().fit(data).history.linkage).verdict == "pass"
