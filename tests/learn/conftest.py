"""Two scenarios with models learned on them, and how well one set of columns predicts another."""

import numpy as np
import pytest

from latentmr.learn import LinearLearner
from latentmr.learn.linear.moments import EnvironmentMoments
from latentmr.simulate import admixture, linear


@pytest.fixture(scope="session")
def continuous():
    return linear(n_per_env=4000, seed=1)


@pytest.fixture(scope="session")
def continuous_model(continuous):
    return LinearLearner(seed=0).fit(continuous.dataset)


@pytest.fixture(scope="session")
def counts():
    return admixture(n=4000, p=30, seed=0)


@pytest.fixture(scope="session")
def counts_model(counts):
    return LinearLearner(seed=0).fit(counts.dataset)


@pytest.fixture(scope="session")
def r_squared():
    """Mean held-out R2 of each column of ``target`` given the columns of ``given``, clipped at 0."""

    def measure(target, given):
        people = np.random.default_rng(0).permutation(len(target))
        fit, test = np.array_split(people, 2)
        columns = np.column_stack([np.ones(len(given)), given])
        coefficients = np.linalg.lstsq(columns[fit], target[fit], rcond=None)[0]
        error = ((target[test] - columns[test] @ coefficients) ** 2).mean(axis=0)
        return float(np.maximum(1 - error / target[test].var(axis=0), 0).mean())

    return measure


@pytest.fixture(scope="session")
def same_span():
    """Largest share of a column of one set that the other set's columns leave unexplained."""

    def measure(first, second):
        assert first.shape == second.shape
        first, second = first - first.mean(axis=0), second - second.mean(axis=0)
        left = first - second @ np.linalg.lstsq(second, first, rcond=None)[0]
        return float((np.linalg.norm(left, axis=0) / np.linalg.norm(first, axis=0)).max())

    return measure


@pytest.fixture(scope="session")
def moments_of():
    def compute(values, env):
        groups = range(env.max() + 1)
        return EnvironmentMoments(
            np.bincount(env).astype(float),
            np.array([values[env == e].mean(axis=0) for e in groups]),
            np.array([np.cov(values[env == e].T, bias=True).reshape(values.shape[1], -1) for e in groups]),
        )

    return compute
