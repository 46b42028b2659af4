import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr.data import PlinkSource
from latentmr.data.genome.structure import population_structure, tracy_widom
from latentmr.data.genotypes.held import Held, hold
from latentmr.data.genotypes.variants import VARIANT_COLUMNS

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"


def held(G):
    table = {name: [f"{name}{j}" for j in range(G.shape[1])] for name in VARIANT_COLUMNS}
    return Held(G.astype(np.int8), pd.DataFrame(table), pd.Index(np.arange(len(G))))


def populations(n, p, k, seed, spread=0.12):
    """Individuals of k populations in equal numbers."""
    rng = np.random.default_rng(seed)
    frequencies = np.clip(rng.uniform(0.2, 0.8, p) + spread * rng.normal(size=(k, p)), 0.02, 0.98)
    return held(rng.binomial(2, frequencies[np.arange(n) % k]))


def run(source, number="auto", rows=None, columns=None, seed=1):
    rows = np.arange(len(source.G)) if rows is None else rows
    columns = np.arange(source.G.shape[1]) if columns is None else columns
    return population_structure(source, rows, columns, number, seed=seed)


def approximate(monkeypatch):
    monkeypatch.setattr("latentmr.data.genome.structure.SMALL", 0)
    monkeypatch.setattr("latentmr.data.genome.structure.NARROW", 0)


def cosines(first, second):
    """Return the cosines of the angles between two spaces, from orthonormal columns."""
    return np.linalg.svd(first.T @ second, compute_uv=False)


@pytest.mark.parametrize("k", [2, 5, 9])
def test_k_populations_have_k_minus_one_dimensions(k):
    found = run(populations(600, 1500, k, seed=k))
    assert found.number == k - 1
    members = np.eye(k)[np.arange(600) % k]
    residual = members - members.mean(axis=0)
    explained = found.components.scores.T @ residual
    assert (explained**2).sum() / (residual**2).sum() > 0.95


def test_independent_variants_have_hardly_any_component():
    rng = np.random.default_rng(3)
    taken = [run(held(rng.binomial(2, rng.uniform(0.1, 0.9, 600), (400, 600)))).number for _ in range(40)]
    assert np.mean(taken) < 0.2
    assert max(taken) <= 2


def test_the_statistic_of_noise_has_the_tracy_widom_distribution():
    """Mean -1.21 and standard deviation 1.27 (Tracy & Widom 1996); a known trace makes the latter a little smaller."""
    rng = np.random.default_rng(4)
    statistics = []
    for _ in range(300):
        X = rng.normal(size=(100, 400))
        values = np.linalg.eigvalsh(X @ X.T)[::-1]
        statistics.append(tracy_widom(values[:1], values.sum(), (values**2).sum(), 100)[0])
    assert np.mean(statistics) == pytest.approx(-1.21, abs=0.3)
    assert np.std(statistics) == pytest.approx(1.27, abs=0.3)


def test_both_whole_matrices_agree(monkeypatch):
    source = populations(500, 300, 4, seed=5)
    expected = run(source)
    monkeypatch.setattr("latentmr.data.genome.standardised.COLUMNS", 64)
    found = run(source)
    transposed = run(source, rows=np.arange(250))
    assert found.number == expected.number == transposed.number == 3
    X = source.G - source.G.mean(axis=0)
    q = source.G.mean(axis=0) / 2
    X = X / np.sqrt(2 * q * (1 - q))
    values = np.linalg.eigvalsh(X @ X.T / 300)[::-1]
    for each in (expected, found):
        np.testing.assert_allclose(each.scree, values[:100], rtol=1e-4)
    np.testing.assert_allclose(found.components.scores, X @ found.components.loadings, atol=1e-10)


def test_the_approximation_finds_the_same_number_and_space(monkeypatch):
    source = populations(900, 1200, 6, seed=6)
    exact = run(source)
    approximate(monkeypatch)
    for seed in (1, 2, 3):
        found = run(source, seed=seed)
        assert found.number == exact.number == 5
        assert cosines(found.components.scores, exact.components.scores).min() > 1 - 1e-6
        np.testing.assert_allclose(found.statistics[:6], exact.statistics[:6], rtol=1e-2, atol=0.5)
        assert (found.scree <= exact.scree * (1 + 1e-6)).all()


def test_genotypes_that_stay_on_disk_give_the_same_space(monkeypatch):
    """The solution of a part of the individuals, and two multiplications."""
    source = populations(900, 1200, 6, seed=6)
    exact = run(source)
    approximate(monkeypatch)
    monkeypatch.setattr("latentmr.data.genotypes.held.MOST", 400 * 1200)
    monkeypatch.setattr("latentmr.data.genome.spectrum.MOST", 400 * 1200)
    monkeypatch.setattr("latentmr.data.genome.spectrum.SUBSET", 300)
    disk = type("Disk", (), {"path": "here", "variants": source.variants, "read": source.read, "G": source.G})()
    for seed in (1, 2):
        found = run(disk, seed=seed)
        assert found.number == exact.number == 5
        assert cosines(found.components.scores, exact.components.scores).min() > 1 - 1e-4
        np.testing.assert_allclose(found.statistics[:5], exact.statistics[:5], rtol=0.05)
    monkeypatch.setattr("latentmr.data.genome.spectrum.SUBSET", 3000)
    assert run(disk).number == 5


@pytest.mark.parametrize("whole", [True, False])
def test_order_does_not_matter(monkeypatch, whole):
    source = populations(400, 800, 4, seed=7)
    if not whole:
        approximate(monkeypatch)
    expected = run(source)
    rng = np.random.default_rng(8)
    rows, columns = rng.permutation(400), rng.permutation(800)
    found = run(source, rows=rows, columns=columns)
    assert found.number == expected.number
    np.testing.assert_allclose(
        np.abs(found.features), np.abs(expected.features[rows]), atol=1e-3 if not whole else 1e-8
    )


def test_features_have_unit_variance():
    found = run(populations(300, 500, 3, seed=9))
    np.testing.assert_allclose(found.features[:, : found.number].var(axis=0), 1.0)
    assert found.without_individuals().features.shape == (0, len(found.names))


def test_a_requested_number_is_taken():
    source = populations(300, 500, 3, seed=9)
    found = run(source, number=7)
    assert found.number == 7
    assert found.rule == "as requested"
    assert not found.is_full
    assert len(found.scree) == len(found.statistics) == 100
    np.testing.assert_allclose(found.components.eigenvalues, found.scree[:7])


def test_many_similar_populations_do_not_hide_each_other():
    """The first of 39 similar eigenvalues does not exceed the quantile, the last does; a tenth of n may be taken."""
    found = run(populations(120, 2000, 40, seed=10, spread=0.3))
    assert found.statistics[0] < 0.98 < found.statistics[38]
    assert (found.statistics[40:] < 0.98).all()
    assert found.number == 12
    assert found.is_full
    assert "at most 12, one for each 10 individuals and variants" in found.rule


def test_impossible_numbers_are_refused():
    source = populations(60, 100, 3, seed=11)
    for number in (0, 60, 101):
        with pytest.raises(ValueError, match="number must be at least 1, less than the number of individuals"):
            run(source, number=number)
    with pytest.raises(ValueError, match="number must be auto or a whole number"):
        run(source, number="many")


def test_genotypes_that_fit_are_held(monkeypatch):
    source = populations(60, 100, 3, seed=11)
    other = type("Other", (), {"path": "here", "variants": source.variants, "read": source.read})()
    rows, columns = np.arange(0, 60, 2), np.arange(5, 50)
    inside, new_rows, new_columns = hold(other, rows, columns)
    np.testing.assert_array_equal(inside.read(new_rows, new_columns)[0], source.G[np.ix_(rows, columns)])
    assert inside.variants["id"].tolist() == source.variants["id"].iloc[columns].tolist()
    monkeypatch.setattr("latentmr.data.genotypes.held.MOST", 10)
    assert hold(other, rows, columns)[0] is other


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED")
def test_thousand_genomes():
    source = PlinkSource(SHARED / "kg1_thin14k" / "kg1_thin14k")
    found = population_structure(source, np.arange(1092), np.arange(14_079), seed=1)
    assert found.number == 26
    # plink2 --pca 2
    np.testing.assert_allclose(found.scree[:2], [36.5843, 24.6503], rtol=1e-5)
