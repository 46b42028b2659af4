"""Ancestry groups: found again whatever the order of individuals, and better known than any component."""

import numpy as np
import pandas as pd
import pytest

from latentmr.data.genome.groups import SIZE, AncestryGroups, ancestry_groups
from latentmr.data.genome.structure import Structure, population_structure
from latentmr.data.genotypes.held import Held
from latentmr.data.genotypes.variants import VARIANT_COLUMNS


@pytest.fixture(scope="module")
def populations():
    """Five close populations: labels, and the source of their genotypes."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), 240)
    frequencies = np.clip(rng.uniform(0.1, 0.9, 800) + 0.06 * rng.normal(size=(5, 800)), 0.02, 0.98)
    G = rng.binomial(2, frequencies[labels]).astype(np.int8)
    table = pd.DataFrame({name: [f"{name}{j}" for j in range(800)] for name in VARIANT_COLUMNS})
    return labels, Held(G, table, pd.RangeIndex(len(labels)))


@pytest.fixture(scope="module")
def structure(populations):
    labels, source = populations
    return population_structure(source, np.arange(len(labels)), np.arange(800), seed=1)


def explained(features, labels):
    """Share of the variance of the population indicators that linear functions of the features explain."""
    members = np.eye(labels.max() + 1)[labels]
    members = members - members.mean(axis=0)
    basis = np.linalg.qr(np.column_stack([np.ones(len(labels)), features]))[0]
    return ((basis.T @ members) ** 2).sum() / (members**2).sum()


def test_groups_are_the_populations_although_components_are_noisy(populations, structure):
    labels, _ = populations
    assert structure.number == 4
    assert 5 <= structure.groups.number <= 6
    assert explained(structure.features[:, :4], labels) < 0.9
    assert explained(structure.features, labels) > 0.97


def test_the_order_of_individuals_does_not_matter(structure):
    features = structure.features[:, : structure.number]
    order = np.random.default_rng(2).permutation(len(features))
    again = ancestry_groups(features[order], seed=1)
    assert np.array_equal(again.membership(features), structure.groups.membership(features))


def test_probabilities_sum_to_one_and_are_those_of_bayes(structure):
    groups, features = structure.groups, structure.features[:, : structure.number]
    apart = (features[:, None] - groups.centres) @ groups.root
    density = groups.shares * np.exp(-0.5 * (apart**2).sum(axis=2))
    want = density / density.sum(axis=1, keepdims=True)
    assert groups.membership(features) == pytest.approx(want[:, 1:], abs=1e-9)
    assert (np.diff(groups.shares) <= 0).all()


def test_scaling_a_component_does_not_change_the_groups(structure):
    features = structure.features[:, : structure.number]
    turned = features * [1.0, -1.0, 3.0, 1.0]
    assert ancestry_groups(turned, seed=1).number == structure.groups.number


def test_one_population_is_one_group():
    found = ancestry_groups(np.random.default_rng(3).normal(size=(1000, 3)), seed=0)
    assert found.number == 1
    assert found.membership(np.zeros((4, 3))).shape == (4, 0)


def test_few_individuals_have_few_groups():
    far = np.random.default_rng(4).normal(size=(2 * SIZE, 1)) + 100.0 * np.arange(2 * SIZE)[:, None]
    assert ancestry_groups(far, seed=0).number <= 2


def test_names_features_and_files(structure):
    groups = tuple(f"group{i}" for i in range(2, structure.groups.number + 1))
    assert structure.names == ("PC1", "PC2", "PC3", "PC4", *groups)
    assert structure.features.shape[1] == len(structure.names)
    again = Structure.from_dict(structure.to_dict(), structure.components)
    assert np.array_equal(again.features, structure.features)
    plain = AncestryGroups.from_dict(structure.groups.to_dict())
    assert np.array_equal(plain.centres, structure.groups.centres)


def test_further_components_follow_those_taken(populations, structure):
    labels, source = populations
    more = population_structure(source, np.arange(len(labels)), np.arange(800), 8, seed=1)
    assert structure.beyond.shape[1] == 2 * structure.number + 10 - structure.number
    overlap = np.abs(structure.beyond[:, :4].T @ more.features[:, 4:8]) / len(labels)
    assert np.diag(overlap) == pytest.approx(np.ones(4), abs=1e-6)
