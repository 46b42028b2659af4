"""One heteroskedastic, clustered, confounded sample, and every estimator under one signature."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from latentmr import fuller, liml, ols, tsls
from latentmr.iv import Model, columns, gather, solve

METHODS = ("OLS", "2SLS", "LIML", "Fuller")
SE_TYPES = ("homoskedastic", "HC1", "cluster")


@dataclass(frozen=True)
class Sample:
    Z: np.ndarray
    x: np.ndarray
    y: np.ndarray
    C: np.ndarray
    cluster: np.ndarray

    def but(self, **changes):
        return replace(self, **changes)

    @property
    def design(self):
        return np.column_stack([self.C, self.Z, self.x, self.y])

    def model(self, method, **more):
        """Model on the columns of :attr:`design`."""
        c, k = self.C.shape[1], self.Z.shape[1]
        m = self.x.shape[1] if self.x.ndim == 2 else 1
        q = c + k + m + 1
        return Model(
            method=method,
            C=columns(q, slice(0, c)),
            Z=columns(q, slice(c, c + k)) if method != "OLS" else np.zeros((q, 0)),
            X=columns(q, slice(q - 1 - m, q - 1)),
            y=columns(q, q - 1),
            exposures=tuple(f"x{j + 1}" for j in range(m)),
            **more,
        )

    def fit(self, method):
        return solve(self.model(method), gather(lambda: [self.design]))


@pytest.fixture(scope="session")
def sample():
    rng = np.random.default_rng(20)
    n, k = 240, 5
    C = rng.normal(size=(n, 2))
    Z = rng.normal(size=(n, k)) + 0.5 * C[:, [0]]
    cluster = np.repeat(np.arange(40), 6)
    u = (rng.normal(size=n) + rng.normal(size=40)[cluster]) * np.exp(0.3 * Z[:, 0])
    x = Z @ np.linspace(0.1, 0.5, k) + C @ [0.5, -1] + u + rng.normal(size=n)
    y = 0.5 * x + C @ [1.0, 1.0] + 1.5 * u + rng.normal(size=n)
    return Sample(Z, x, y, C, cluster)


@pytest.fixture(scope="session")
def estimate():
    def run(method, sample, se="HC1", **options):
        cluster = sample.cluster if se == "cluster" else None
        last = (sample.x, sample.y, sample.C)
        more = {"se": se, "cluster": cluster} | options
        if method == "OLS":
            return ols(*last, **more)
        return {"2SLS": tsls, "LIML": liml, "Fuller": fuller}[method](sample.Z, *last, **more)

    return run


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture(params=SE_TYPES)
def se_type(request):
    return request.param
