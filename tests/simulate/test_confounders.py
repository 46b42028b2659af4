"""Confounders: what each depends on, and that its latents remove it."""

import numpy as np
import pandas as pd
import pytest

from latentmr import liml
from latentmr.data import Dataset
from latentmr.simulate import semisynthetic
from latentmr.simulate.confounders import CONFOUNDERS, confounded_traits


@pytest.fixture(scope="module")
def source() -> Dataset:
    """Eight populations with different frequencies of 60 independent variants."""
    rng = np.random.default_rng(1)
    f = rng.beta(2, 2, (8, 60))
    labels = np.repeat(np.arange(8), 200)
    G = rng.binomial(2, f[labels]).astype(np.int8)
    variants = pd.DataFrame({"id": [f"rs{j}" for j in range(60)], "chrom": "1", "pos": 10_000_000 * np.arange(60)})
    variants = variants.astype(str).assign(effect_allele="T", other_allele="C")
    return Dataset.from_arrays(G, labels, variants=variants)


@pytest.mark.slow
@pytest.mark.parametrize("admixed", [False, True])
@pytest.mark.parametrize("confounder", CONFOUNDERS)
def test_the_oracle_given_the_latents_is_unbiased(source: Dataset, confounder: str, admixed: bool) -> None:
    errors, naive = [], []
    for seed in range(12):
        drawn = semisynthetic(source, n=20_000, p=50, admixed=admixed, confounder=confounder, pcs=0, seed=seed)
        data = drawn.dataset
        found = liml(data.G.astype(float), data.X, data.y, drawn.truth.V)
        errors.append((found.beta - 0.5) / found.se)
        naive.append(liml(data.G.astype(float), data.X, data.y).beta - 0.5)
    assert abs(np.mean(errors)) < 3.5 / np.sqrt(12)
    assert np.std(errors) < 2
    # and there was something to remove
    assert np.median(np.abs(naive)) > 0.05


def _traits(confounder: str, ancestry, env, seed: int = 0):
    rng = np.random.default_rng(seed)
    G = rng.binomial(2, 0.4, (len(env), 10)).astype(np.int8)
    x, y, V = confounded_traits(confounder, G, ancestry, env, 0.0, rng)
    return y, V


def test_a_local_confounder_sets_few_populations_apart() -> None:
    population = np.repeat(np.arange(14), 2000)
    y, V = _traits("local", np.eye(14)[population], population % 3)
    means = np.array([y[population == k].mean() for k in range(14)])
    apart = means > means.mean() + 1
    assert apart.sum() == 2
    assert np.ptp(means[~apart]) < 0.3
    assert V.shape == (28_000, 14)


def test_a_local_confounder_of_admixed_individuals_is_steep_and_among_its_latents() -> None:
    rng = np.random.default_rng(2)
    ancestry = rng.dirichlet(np.ones(4), 5000)
    _, V = _traits("local", ancestry, np.zeros(5000, dtype=np.int64))
    c = V[:, 4]
    assert c.std() == pytest.approx(1)
    # it is a function of one share, flat but near one half
    share = ancestry[:, np.argmax([abs(np.corrcoef(c, column)[0, 1]) for column in ancestry.T])]
    assert np.ptp(c[share < 0.3]) < 0.02 * np.ptp(c)
    assert np.ptp(c[share > 0.7]) < 0.02 * np.ptp(c)
    order = np.argsort(share)
    assert (np.diff(c[order]) >= -1e-12).all()


def test_a_site_confounder_differs_between_sites() -> None:
    population, env = np.tile(np.arange(4), 6000), np.repeat(np.arange(3), 8000)
    y, V = _traits("site", np.eye(4)[population], env)
    assert V.shape == (24_000, 12)
    means = np.array([[y[(env == e) & (population == k)].mean() for k in range(4)] for e in range(3)])
    interaction = means - means.mean(axis=0) - means.mean(axis=1)[:, None] + means.mean()
    assert interaction.std() > 0.3


def test_latents_of_sites_without_a_population_are_left_out() -> None:
    population, env = np.array([0, 0, 1, 1, 2, 2] * 50), np.array([0, 1] * 150)
    env[population == 2] = 1
    _, V = _traits("site", np.eye(3)[population], env)
    assert V.shape == (300, 5)
