"""People drawn from people: populations, blocks, confounders."""

import numpy as np
import pandas as pd
import pytest

from latentmr import tsls
from latentmr.data import Dataset
from latentmr.simulate import admixture, individuals, semisynthetic


@pytest.fixture(scope="module")
def source() -> Dataset:
    """Two populations; pairs of variants one megabase apart, equal in everyone."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["north", "south"], 300)
    f = np.where((labels == "north")[:, None], 0.2, 0.7) * np.ones((1, 30))
    G = np.repeat(rng.binomial(2, f), 2, axis=1).astype(np.float32)
    place = np.arange(60)
    variants = pd.DataFrame(
        {
            "id": [f"rs{j}" for j in place],
            "chrom": [str(1 + j // 20) for j in place],
            "pos": [str(10_000_000 * (1 + j % 20 // 2) + 1_000_000 * (j % 2)) for j in place],
            "effect_allele": "T",
            "other_allele": "C",
        }
    )
    return Dataset.from_arrays(G, labels, variants=variants)


def test_people_keep_the_frequencies_of_their_population(source: Dataset) -> None:
    drawn = semisynthetic(source, n=20_000, p=60, seed=1)
    south = drawn.truth.V[:, 1] == 1
    for rows, population in ((~south, 0), (south, 1)):
        expected = source.G[source.env == population].mean(axis=0)
        assert drawn.dataset.G[rows].mean(axis=0) == pytest.approx(expected, abs=0.06)


def test_a_block_is_copied_whole_and_two_blocks_from_different_people(source: Dataset) -> None:
    drawn = semisynthetic(source, n=4000, p=60, seed=1)
    G, north = drawn.dataset.G, drawn.truth.V[:, 0] == 1
    assert np.array_equal(G[:, 0::2], G[:, 1::2])
    correlation = np.corrcoef(G[north, 0::2].T)
    assert np.abs(correlation[~np.eye(30, dtype=bool)]).max() < 0.15
    apart = semisynthetic(source, n=4000, p=60, block_mb=0.6, seed=1).dataset.G
    assert (apart[:, 0::2] != apart[:, 1::2]).mean() > 0.2


def test_variants_are_chosen_apart(source: Dataset) -> None:
    near = source.variants.assign(pos=[str(int(pos) // 1000) for pos in source.variants["pos"]])
    squeezed = Dataset.from_arrays(source.G, np.array(source.env_names)[source.env], variants=near)
    chosen = semisynthetic(squeezed, n=40, p=3, seed=2).dataset.variants
    assert chosen["chrom"].tolist() == ["1", "2", "3"]
    message = (
        r"^p must be at most 3, the number of source variants that are half a megabase apart\. Got 4;"
        r" use fewer variants\.$"
    )
    with pytest.raises(ValueError, match=message):
        semisynthetic(squeezed, n=40, p=4, seed=2)


def test_sites_mix_populations_and_variants_keep_their_names(source: Dataset) -> None:
    drawn = semisynthetic(source, n=9000, n_env=3, p=5, seed=4)
    data = drawn.dataset
    shares = [drawn.truth.V[data.env == e, 0].mean() for e in range(3)]
    assert np.ptp(shares) > 0.1
    assert np.bincount(data.env).tolist() == [3000] * 3
    assert set(data.variants["id"]) < set(source.variants["id"])
    assert data.variants["effect_allele"].eq("T").all()


def test_missing_calls_are_drawn_by_frequency(source: Dataset) -> None:
    G = source.G.astype(np.int8).copy()
    G[np.random.default_rng(1).random(G.shape) < 0.3] = -127
    holes = Dataset.from_arrays(G, np.array(source.env_names)[source.env], variants=source.variants)
    drawn = semisynthetic(holes, n=20_000, p=60, seed=1)
    assert drawn.dataset.G.min() == 0
    south = drawn.truth.V[:, 1] == 1
    assert drawn.dataset.G[south].mean() == pytest.approx(1.4, abs=0.03)


def test_stratification_confounds_the_variants(source: Dataset) -> None:
    drawn = semisynthetic(source, n=20_000, p=60, seed=5)
    data = drawn.dataset
    naive, known = (tsls(data.G[:, ::2], data.X, data.y, C) for C in (None, drawn.truth.V[:, :1]))
    assert naive.beta - 0.5 > 10 * naive.se
    assert abs(known.beta - 0.5) < 3 * known.se


def test_an_assortative_confounder_follows_the_score_within_populations() -> None:
    source = admixture(n=2000, p=40, seed=2).dataset
    drawn = semisynthetic(source, n=40_000, p=40, confounder="assortative", seed=3)
    data, w = drawn.dataset, drawn.truth.V[:, 0]
    assert w.std() == pytest.approx(1, abs=0.02)
    known = np.column_stack([np.eye(data.n_env)[data.env][:, 1:]])
    naive, free = tsls(data.G, data.X, data.y, known), tsls(data.G, data.X, data.y, w)
    assert naive.beta - 0.5 > 10 * naive.se
    # many weak variants draw 2SLS a little towards least squares
    assert abs(free.beta - 0.5) < 0.06


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"confounder": "odd"},
            r"^confounder must be one of ancestry, local, site, assortative\. Got 'odd'; use one of these names\.$",
        ),
        (
            {"pcs": "all"},
            r"^pcs must be auto or a whole number from 0 to 100\. Got 'all'; auto is the default\.$",
        ),
        (
            {"pcs": 3, "genome": 0},
            r"^pcs must be auto or 0 without genome-wide variants\. Got 3; use a larger genome\.$",
        ),
        ({"block_mb": 0}, r"^block_mb must be above 0\. Got 0; use a length in megabases, such as 5\.$"),
    ],
)
def test_what_cannot_be_drawn(source: Dataset, more, message) -> None:
    with pytest.raises(ValueError, match=message):
        semisynthetic(source, n=40, p=3, **more)


def test_one_population_cannot_be_mixed(source: Dataset) -> None:
    alone = Dataset.from_arrays(source.G, ["north"] * source.n, variants=source.variants)
    for draw in (semisynthetic, individuals):
        message = r"^source must hold at least 2 populations\. Got 1; choose another column\.$"
        with pytest.raises(ValueError, match=message):
            draw(alone, p=3)


def test_only_counts_can_be_resampled(source: Dataset) -> None:
    other = Dataset.from_arrays(source.G + np.float32(0.25), np.array(source.env_names)[source.env])
    with pytest.raises(ValueError, match=r"^source must hold allele counts \(0/1/2\)\. Got"):
        semisynthetic(other, n=40, p=3)
