"""Small studies with a known answer, analysed once."""

import numpy as np
import pytest

from latentmr import analyse
from latentmr.data import Dataset
from latentmr.simulate import admixture, linear


@pytest.fixture(scope="session")
def counts():
    return admixture(n=4000, p=30, seed=0)


@pytest.fixture(scope="session")
def continuous():
    return linear(n_per_env=1500, seed=1)


@pytest.fixture(scope="session")
def on_counts(counts):
    return analyse(counts.dataset, "linear")


@pytest.fixture(scope="session")
def on_continuous(continuous):
    return analyse(continuous.dataset, "linear")


@pytest.fixture(scope="session")
def variant(continuous):
    """The continuous study with other parts: labels, phenotypes, covariates."""

    def build(**changes):
        data = continuous.dataset
        parts = {"G": data.G, "env": data.env, "x": data.X, "y": data.y} | changes
        return Dataset.from_arrays(**parts)

    return build


@pytest.fixture
def rng():
    return np.random.default_rng(9)
