import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_limits

from latentmr.data import PlinkSource
from latentmr.data.genome.ld import correlation_r2
from latentmr.data.genome.loadings import load_components, save_components
from latentmr.data.genome.pca import principal_components, project
from latentmr.data.genome.thinning import thin

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"
N, P, K = 120, 400, 4
BOTH = pytest.mark.parametrize("exact", [True, False])


@dataclass
class Memory:
    """Genotypes in memory."""

    G: np.ndarray
    variants: pd.DataFrame
    path: str = "memory"

    def read(self, rows, columns, progress=None):
        return self.G[np.ix_(rows, columns)], "counts"


@pytest.fixture
def source() -> Memory:
    """Five populations, variants that differ in frequency among them, 3 % of calls missing."""
    rng = np.random.default_rng(6)
    frequencies = np.clip(rng.uniform(0.1, 0.9, P) + 0.15 * rng.normal(size=(5, P)), 0.02, 0.98)
    G = rng.binomial(2, frequencies[np.arange(N) % 5]).astype(np.int8)
    G[rng.random(G.shape) < 0.03] = -127
    table = {"id": [f"rs{j}" for j in range(P)], "chrom": ["1"] * 250 + ["2"] * 150, "pos": np.arange(P).astype(str)}
    alleles = {"effect_allele": rng.choice(["A", "C"], P), "other_allele": rng.choice(["G", "T"], P)}
    return Memory(G, pd.DataFrame(table | alleles))


def run(source, k=K, rows=None, columns=None, **options):
    rows = np.arange(len(source.G)) if rows is None else rows
    columns = np.arange(source.G.shape[1]) if columns is None else columns
    return principal_components(source, rows, columns, k, **({"seed": 1} | options))


def standardised(G):
    values = np.where(G == -127, np.nan, G).astype(float)
    q = np.nanmean(values, axis=0) / 2
    return np.nan_to_num((values - 2 * q) / np.sqrt(2 * q * (1 - q)))


def flipped(source, which):
    G = source.G.copy()
    G[:, which] = np.where(G[:, which] == -127, -127, 2 - G[:, which])
    variants = source.variants.copy()
    pair = ["effect_allele", "other_allele"]
    variants.loc[which, pair] = variants.loc[which, pair[::-1]].to_numpy()
    return Memory(G, variants)


def up_to_sign(got, expected, **tolerance):
    np.testing.assert_allclose(got * np.sign((got * expected).sum(axis=0)), expected, **tolerance)


@BOTH
def test_scores_are_eigenvectors_of_the_relationship_matrix(source, exact):
    X = standardised(source.G)
    values, vectors = np.linalg.eigh(X @ X.T / P)
    found = run(source, exact=exact)
    np.testing.assert_allclose(found.eigenvalues, values[::-1][:K], rtol=1e-8)
    up_to_sign(found.scores, vectors[:, ::-1][:, :K], atol=1e-6)
    np.testing.assert_allclose(found.scores, X @ found.loadings, atol=1e-12)
    np.testing.assert_allclose(found.scores.T @ found.scores, np.eye(K), atol=1e-12)
    assert (found.angles <= 1e-4).all()
    largest = found.loadings[np.abs(found.loadings).argmax(axis=0), np.arange(K)]
    assert (largest > 0).all()


@BOTH
def test_flips_and_the_order_of_variants_change_signs_only(source, exact):
    expected = run(source, exact=exact)
    which = np.random.default_rng(0).permutation(P)[:150]
    up_to_sign(run(flipped(source, which), exact=exact).scores, expected.scores, atol=1e-6)
    order = np.random.default_rng(1).permutation(P)
    up_to_sign(run(source, columns=order, exact=exact).scores, expected.scores, atol=1e-6)


@BOTH
def test_people_in_another_order_have_their_own_scores(source, exact):
    rows = np.random.default_rng(2).permutation(N)
    up_to_sign(run(source, rows=rows, exact=exact).scores, run(source, exact=exact).scores[rows], atol=1e-6)


def test_one_seed_one_result(source):
    first, again, other = (run(source, exact=False, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.scores, again.scores)
    np.testing.assert_array_equal(first.loadings, again.loadings)
    np.testing.assert_allclose(other.scores, first.scores, atol=1e-6)


@BOTH
def test_threads_do_not_matter(source, exact):
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            results.append(run(source, exact=exact))
    np.testing.assert_allclose(results[0].scores, results[1].scores, atol=1e-8)
    np.testing.assert_allclose(results[0].loadings, results[1].loadings, atol=1e-8)


@BOTH
def test_blocks_do_not_matter(source, exact, monkeypatch):
    expected = run(source, exact=exact)
    monkeypatch.setattr("latentmr.data.genome.standardised.COLUMNS", 37)
    monkeypatch.setattr("latentmr.data.genome.standardised.ROWS", 50)
    np.testing.assert_allclose(run(source, exact=exact).scores, expected.scores, atol=1e-8)


def test_a_basis_that_is_full_starts_again(source, monkeypatch):
    expected = run(source, exact=True)
    monkeypatch.setattr("latentmr.data.genome.krylov.BASIS", 1)
    monkeypatch.setattr("latentmr.data.genome.pca.SPARE", 2)
    passes = []
    found = run(source, exact=False, progress=lambda done, total: passes.append(done == total))
    assert sum(passes) > 3 + 4
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)


@pytest.mark.parametrize("passes", [2, 3, 4])
def test_components_that_need_more_passes_say_so(source, monkeypatch, passes):
    expected = run(source, k=10, exact=True).scores
    monkeypatch.setattr("latentmr.data.genome.krylov.PASSES", passes)
    found = run(source, k=10, exact=False)
    true = np.arccos(np.minimum(np.abs((found.scores * expected).sum(axis=0)), 1.0))
    assert found.angles.max() > 1e-4
    assert (true <= found.angles + 1e-7).all()


def test_dosages_are_standardised_alike(source):
    dosages = Memory(np.where(source.G == -127, np.nan, source.G).astype(np.float32), source.variants)
    np.testing.assert_allclose(run(dosages).scores, run(source).scores, atol=1e-10)


def test_what_does_not_vary_is_left_out(source):
    source.G[:, 3], source.G[:, 5] = 2, -127
    found = run(source)
    assert found.variants["id"].tolist() == [f"rs{j}" for j in range(P) if j not in (3, 5)]
    up_to_sign(found.scores, run(source, columns=np.delete(np.arange(P), [3, 5])).scores, atol=1e-12)


@BOTH
def test_who_the_components_were_made_of_gets_the_same_scores(source, exact):
    rows = np.arange(0, N, 2)
    made = run(source, rows=rows, exact=exact)
    np.testing.assert_allclose(project(source, rows, made), made.scores, atol=1e-12)
    one = project(source, rows[[7]], made)
    np.testing.assert_allclose(one, made.scores[[7]], atol=1e-12)


def test_new_people_fall_where_their_population_is(source):
    made = run(source, rows=np.arange(0, 100), k=4)
    new = project(source, np.arange(100, N), made)
    centres = np.array([made.scores[np.arange(100) % 5 == each].mean(axis=0) for each in range(5)])
    nearest = ((new[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.arange(100, N) % 5)


def test_projection_matches_by_id_and_alleles(source):
    made = run(source)
    which = np.arange(0, P, 3)
    other = flipped(source, which)
    order = np.random.default_rng(4).permutation(P)
    moved = Memory(other.G[:, order], other.variants.iloc[order].reset_index(drop=True))
    moved.variants["effect_allele"] = moved.variants["effect_allele"].str.lower()
    np.testing.assert_allclose(project(moved, np.arange(N), made), made.scores, atol=1e-12)


def test_absent_variants_are_at_the_mean_and_few(source):
    made = run(source)
    kept = np.arange(10, P)
    fewer = Memory(source.G[:, kept], source.variants.iloc[kept].reset_index(drop=True))
    expected = standardised(source.G)[:, kept] @ made.loadings[kept]
    np.testing.assert_allclose(project(fewer, np.arange(N), made), expected, atol=1e-12)
    with pytest.raises(ValueError, match="memory must hold.*Got none for 10 of 400, for instance 'rs0'"):
        project(fewer, np.arange(N), made, absent=0.02)
    source.variants.loc[:99, "effect_allele"] = "TTT"
    with pytest.raises(ValueError, match="Got none for 100 of 400, for instance 'rs0'; check ids, strand"):
        project(source, np.arange(N), made)


def test_a_variant_that_is_there_twice_is_refused(source):
    made = run(source)
    source.variants.loc[1] = source.variants.loc[0]
    with pytest.raises(ValueError, match="variants must occur once. Got 'rs0'.*twice"):
        project(source, np.arange(N), made)


def test_components_come_back_as_they_were_saved(source, tmp_path):
    made = run(source, exact=False)
    path = save_components(made, tmp_path / "new" / "folder")
    assert path.name == "loadings.parquet"
    back = load_components(path.parent)
    for name in ("eigenvalues", "loadings", "frequencies", "angles"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
        assert getattr(back, name).dtype == np.float64
    pd.testing.assert_frame_equal(back.variants, made.variants, check_dtype=False)
    assert back.scores.shape == (0, K)
    np.testing.assert_array_equal(project(source, np.arange(N), back), project(source, np.arange(N), made))
    columns = pq.read_schema(path).names
    assert columns == ["id", "chrom", "pos", "effect_allele", "other_allele", "frequency", "PC1", "PC2", "PC3", "PC4"]


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"folder must hold saved components.*loadings.parquet does not exist"):
        load_components(tmp_path)
    pq.write_table(pa.table({"id": ["rs1"]}), tmp_path / "loadings.parquet")
    with pytest.raises(ValueError, match="must be a file written by save_components"):
        load_components(tmp_path)
    (tmp_path / "loadings.parquet").write_text("no")
    with pytest.raises(ValueError, match="must be a file written by save_components"):
        load_components(tmp_path)


def test_too_many_components_are_refused(source):
    for options in ({"k": 0}, {"k": N}, {"k": 5, "columns": np.arange(4)}):
        with pytest.raises(ValueError, match="k must be at least 1, less than the number of individuals"):
            run(source, **options)
    source.G[:, 1:] = source.G[:, [0]]
    for exact in (True, False):
        with pytest.raises(ValueError, match="k must be at most the rank"):
            run(source, k=3, exact=exact)


def test_continuous_values_are_refused(source):
    scores = Memory(source.G.astype(np.float32) * 3, source.variants)
    with pytest.raises(ValueError, match="memory must hold genotypes between 0 and 2"):
        run(scores)


@BOTH
def test_few_variants_are_no_trouble(source, exact):
    """Fewer variants than people: the Krylov space ends before it is full."""
    X = standardised(source.G[:, :12])
    found = run(source, columns=np.arange(12), k=6, exact=exact)
    up_to_sign(found.scores, np.linalg.svd(X)[0][:, :6], atol=1e-6)


@pytest.fixture
def dense() -> Memory:
    """300 people, 500 variants on two chromosomes in linkage disequilibrium with their neighbours."""
    rng = np.random.default_rng(9)
    haplotypes = np.empty((600, 500))
    haplotypes[:, 0] = rng.random(600)
    for j in range(1, 500):
        haplotypes[:, j] = np.where(rng.random(600) < 0.1, rng.random(600), haplotypes[:, j - 1])
    alleles = (haplotypes < rng.choice([0.004, 0.3, 0.5, 0.7], 500)).astype(np.int8)
    G = alleles[:300] + alleles[300:]
    G[rng.random(G.shape) < 0.01] = -127
    table = {"id": [f"rs{j}" for j in range(500)], "chrom": ["3"] * 300 + ["chrX"] * 200}
    positions = np.concatenate([np.sort(rng.integers(1, 10**6, 300)), np.sort(rng.integers(1, 10**6, 200))])
    return Memory(G, pd.DataFrame(table | {"pos": positions.astype(str)}))


def thinned(source, columns=None, **options):
    columns = np.arange(500) if columns is None else columns
    return thin(source, np.arange(300), columns, **({"r2": 0.2, "kb": 20.0} | options))


def test_thinning_keeps_all_that_it_can(dense):
    """No two kept ones are correlated, and whatever common variant was dropped is, with one kept before it."""
    kept = thinned(dense)
    r2 = correlation_r2(dense.G, dense.G)
    positions, chrom = dense.variants["pos"].astype(int).to_numpy(), dense.variants["chrom"].to_numpy()
    close = (np.abs(positions[:, None] - positions) < 20_000) & (chrom[:, None] == chrom)
    linked = close & (r2 >= 0.2)
    np.fill_diagonal(linked, False)
    assert not linked[np.ix_(kept, kept)].any()
    called = np.where(dense.G == -127, np.nan, dense.G)
    frequency = np.nanmean(called, axis=0) / 2
    common = np.minimum(frequency, 1 - frequency) >= 0.01
    assert common[kept].all()
    assert (~common).any()
    for j in np.setdiff1d(np.flatnonzero(common), kept):
        assert linked[j, kept[kept < j]].any()
    assert 20 < len(kept) < common.sum() / 2


def test_thinning_leaves_out_missing_calls(dense):
    first = int(thinned(dense)[0])
    dense.G[:, first] = np.where(np.arange(300) < 30, -127, np.abs(dense.G[:, first]) % 3)
    assert first in thinned(dense, geno=0.1)
    assert first not in thinned(dense, geno=0.09)


def test_thinning_knows_no_blocks_and_no_order(dense, monkeypatch):
    expected = thinned(dense)
    order = np.random.default_rng(5).permutation(500)
    assert sorted(thinned(dense, columns=order)) == expected.tolist()
    for size in (1, 7, 100):
        monkeypatch.setattr("latentmr.data.genome.thinning.COMPARED", size)
        np.testing.assert_array_equal(thinned(dense), expected)


def test_thinning_takes_hard_calls_and_dosages_together(dense):
    expected = thinned(dense)
    values = np.where(dense.G == -127, np.nan, dense.G).astype(np.float32)

    class Mixed(Memory):
        def read(self, rows, columns, progress=None):
            G = self.G if columns[0] % 2 else values
            return G[np.ix_(rows, columns)], "dosages"

    np.testing.assert_array_equal(thinned(Mixed(dense.G, dense.variants)), expected)


def test_thresholds_of_thinning_are_checked(dense):
    bad = (
        ({"r2": 0.0}, "r2 must"),
        ({"kb": np.inf}, "kb must"),
        ({"maf": 0.6}, "maf must"),
        ({"geno": 2}, "geno must"),
    )
    for options, message in bad:
        with pytest.raises(ValueError, match=message):
            thinned(dense, **options)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED")
def test_continents_stand_apart():
    source = PlinkSource(SHARED / "kg1_thin14k" / "kg1_thin14k")
    people = pd.read_csv(SHARED / "kg1_thin14k" / "samples.tsv", sep="\t").set_index("iid")
    continent = people.loc[source.samples, "super_population"].to_numpy()
    found = principal_components(source, np.arange(1092), np.arange(14_079), 2, seed=1)
    # plink2 --pca 2
    np.testing.assert_allclose(found.eigenvalues, [36.5843, 24.6503], rtol=1e-5)
    means = pd.DataFrame(found.scores).groupby(continent).transform("mean").to_numpy()
    assert (means.var(axis=0) / found.scores.var(axis=0) > 0.96).all()
