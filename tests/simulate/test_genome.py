"""Genome-wide variants that are drawn with the instruments, and their components."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset
from latentmr.simulate import admixture, draw, individuals, semisynthetic, with_components

POPULATIONS, VARIANTS = 4, 500


@pytest.fixture(scope="module")
def source() -> Dataset:
    """Populations whose variants differ, four to a block of two megabases; one in ten calls is missing."""
    rng = np.random.default_rng(0)
    labels = np.repeat([f"p{k}" for k in range(POPULATIONS)], 150)
    f = rng.uniform(0.1, 0.9, (POPULATIONS, VARIANTS))
    G = rng.binomial(2, f[np.repeat(np.arange(POPULATIONS), 150)]).astype(np.int8)
    G[rng.random(G.shape) < 0.1] = -127
    place = np.arange(VARIANTS)
    variants = pd.DataFrame(
        {
            "id": [f"rs{j}" for j in place],
            "chrom": (1 + place // 100).astype(str),
            "pos": (1 + 500_000 * (place % 100)).astype(str),
            "effect_allele": "T",
            "other_allele": "C",
        }
    )
    return Dataset.from_arrays(G, labels, variants=variants)


def test_instruments_and_phenotypes_do_not_depend_on_the_genome(source: Dataset) -> None:
    for more in ({}, {"admixed": True}, {"confounder": "local"}):
        alone, with_it = (semisynthetic(source, n=600, p=10, genome=m, pcs=0, seed=4, **more) for m in (0, 200))
        assert alone.genome is None
        assert np.array_equal(alone.dataset.G, with_it.dataset.G)
        assert np.array_equal(alone.dataset.X, with_it.dataset.X)
        assert np.array_equal(alone.dataset.y, with_it.dataset.y)


def test_other_variants_are_a_megabase_from_instruments(source: Dataset) -> None:
    drawn = semisynthetic(source, n=40, p=20, genome=10_000, pcs=0, seed=1)
    assert drawn.genome is not None
    hits, others = (table[["chrom", "pos"]].astype(int).to_numpy() for table in _tables(drawn))
    far = (hits[:, None, 0] != others[:, 0]) | (np.abs(hits[:, None, 1] - others[:, 1]) >= 1_000_000)
    assert far.all()
    # all that are far enough, if fewer than requested
    every = source.variants[["chrom", "pos"]].astype(int).to_numpy()
    allowed = ((hits[:, None, 0] != every[:, 0]) | (np.abs(hits[:, None, 1] - every[:, 1]) >= 1_000_000)).all(axis=0)
    assert len(others) == allowed.sum()


def test_a_block_has_the_same_donors_for_instruments_and_others(source: Dataset) -> None:
    # the calls of a variant say who the donor is: equal calls of two variants come from one individual
    people = np.arange(source.n)
    G = np.repeat(np.stack([people % 3, people // 3 % 3], axis=1), VARIANTS // 2, axis=1).astype(np.int8)
    marked = Dataset.from_arrays(G, np.array(source.env_names)[source.env], variants=source.variants)
    drawn = semisynthetic(marked, n=500, p=20, genome=200, block_mb=10, pcs=0, seed=2)
    assert drawn.genome is not None
    hits, others = _tables(drawn)
    first = {(c, int(p) // 10_000_000): j for j, (c, p) in enumerate(zip(hits["chrom"], hits["pos"], strict=True))}
    shared = 0
    for j, (c, p) in enumerate(zip(others["chrom"], others["pos"], strict=True)):
        i = first.get((c, int(p) // 10_000_000))
        same_half = i is not None and (_number(hits, i) < VARIANTS // 2) == (_number(others, j) < VARIANTS // 2)
        if same_half:
            shared += 1
            assert np.array_equal(drawn.dataset.G[:, i], drawn.genome.G[:, j])
    assert shared > 10


def test_missing_calls_of_others_are_drawn_by_frequency(source: Dataset) -> None:
    drawn = semisynthetic(source, n=8000, p=5, genome=100, pcs=0, seed=3)
    assert drawn.genome is not None
    assert drawn.genome.G.min() == 0
    columns = source.variants["id"].isin(drawn.genome.variants["id"]).to_numpy()
    for k in range(POPULATIONS):
        rows = drawn.truth.V[:, k] == 1
        assert drawn.genome.G[rows].mean(axis=0) == pytest.approx(source.fill[k, columns], abs=0.25)


def test_components_of_the_genome_describe_the_populations(source: Dataset) -> None:
    drawn = semisynthetic(source, n=900, p=10, genome=300, seed=5)
    data = drawn.dataset
    assert data.aux_names[:3] == ("PC1", "PC2", "PC3")
    assert data.A[:, :3].std(axis=0) == pytest.approx(1)
    assert _explained(data.A, drawn.truth.V) > 0.97
    # a requested number is a prefix, and 0 none
    assert drawn.genome is not None
    three = with_components(data, drawn.genome, 3).A[:, :3]
    assert np.abs(np.corrcoef(three.T, data.A[:, :3].T)[:3, 3:].diagonal()) == pytest.approx(1, abs=1e-6)
    assert with_components(data, drawn.genome, 0).A.shape == (900, 0)


def test_without_a_genome_there_are_no_components(source: Dataset) -> None:
    drawn = semisynthetic(source, n=600, p=10, genome=0)
    assert drawn.genome is None
    assert drawn.dataset.A.shape == (600, 0)


def test_individuals_keep_their_genotypes(source: Dataset) -> None:
    drawn = individuals(source, n_env=3, p=10, genome=100, pcs=0, seed=6)
    columns = source.variants["id"].isin(drawn.dataset.variants["id"]).to_numpy()
    known = source.G[:, columns] >= 0
    assert np.array_equal(drawn.dataset.G[known], source.G[:, columns][known])
    assert drawn.dataset.G.min() == 0
    assert np.array_equal(drawn.truth.V.argmax(axis=1), source.env)
    # sites mix the populations in different proportions
    shares = np.array([drawn.truth.V[drawn.dataset.env == e].mean(axis=0) for e in range(3)])
    assert np.ptp(shares, axis=0).max() > 0.2
    again = draw("individuals", source=source, n_env=3, p=10, genome=100, pcs=0, seed=6)
    assert np.array_equal(again.dataset.y, drawn.dataset.y)


def test_printing_counts_the_genome(source: Dataset) -> None:
    drawn = semisynthetic(source, n=600, p=10, genome=100, pcs=0)
    assert "100 other variants" in repr(drawn)
    assert repr(drawn.genome) == "Genome: 600 individuals, 100 variants"
    assert "other variants" not in repr(replace(drawn, genome=None))
    assert "other variants" not in repr(admixture(n=60, p=5))


def _tables(drawn):
    return drawn.dataset.variants, drawn.genome.variants


def _number(variants: pd.DataFrame, row: int) -> int:
    return int(variants["id"].iloc[row][2:])


def _explained(A, V) -> float:
    """Share of the variance of the columns of V that A explains."""
    design = np.column_stack([np.ones(len(A)), A])
    left = V - design @ np.linalg.lstsq(design, V, rcond=None)[0]
    return float(1 - left.var(axis=0).sum() / V.var(axis=0).sum())
