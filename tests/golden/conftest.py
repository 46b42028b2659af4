"""Reference numbers of other packages. Eight cases are stored with these tests, the others in the shared folder."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr import Estimate
from latentmr.iv import Fit
from latentmr.iv.problem import Problem, problem

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("LATENTMR_SHARED", HERE.parents[1].parent / "shared")) / "golden"
KEPT = [f"iv_sim_{name}" for name in ("strong", "weak", "many", "irrelevant", "invalid", "disjoint")]
SEVERAL = ["iv_sim_2endog", "iv_sim_2endog_weak"]
CLUSTERED = ["iv_sim_strong", *SEVERAL]
FROM_SHARED = [f"iv_{name}" for name in ("card_1z", "card_2z", "course", "kmenta", "cigarettes")]
SINGLE = [*KEPT, *[pytest.param(name, marks=pytest.mark.shared, id=name) for name in FROM_SHARED]]


@dataclass(frozen=True)
class Case:
    name: str
    exposures: tuple[str, ...]
    Z: np.ndarray
    X: np.ndarray
    y: np.ndarray
    C: np.ndarray | None
    cluster: np.ndarray | None
    peers: dict[str, dict[str, Any]]
    estimates: dict[tuple[Any, ...], tuple[Estimate, ...]] = field(default_factory=dict, repr=False)

    @property
    def x(self) -> np.ndarray:
        return self.X[:, 0] if len(self.exposures) == 1 else self.X

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def n_regressors(self) -> int:
        return 1 + len(self.exposures) + (0 if self.C is None else self.C.shape[1])

    @property
    def cluster_factor(self) -> float:
        """Return the factor of a standard error under both small-sample corrections of clusters."""
        g = len(np.unique(self.cluster))
        return float(np.sqrt((self.n - 1) / (self.n - self.n_regressors) * g / (g - 1)))

    def values(self, peer: str) -> dict[str, Any]:
        return self.peers[peer]["values"]

    def tolerance(self, peer: str) -> float:
        return float(self.peers[peer]["tol"]["rtol"])

    def at_exposures(self, peer: str, key: str) -> np.ndarray:
        values = self.values(peer)
        return np.array([values[key][values["names"].index(exposure)] for exposure in self.exposures])

    def row(self, peer: str) -> tuple[float, float]:
        values = self.values(peer)
        if "names" in values:
            return self.at_exposures(peer, "coef")[0], self.at_exposures(peer, "se")[0]
        return values["estimate"], values["se"]

    def posed(self, method: str, **options: Any) -> Problem:
        return problem(self.Z if method != "OLS" else None, self.X, self.y, self.C, method=method, **options)

    def fit(self, method: str, **options: Any) -> Fit:
        return self.posed(method, **options).fit

    def estimate(self, estimator: Callable[..., Any], **options: Any) -> tuple[Estimate, ...]:
        """Return one row for each exposure, computed once, because sets take time and many peers use the same rows."""
        key = (estimator.__name__, *((name, np.asarray(value).tobytes()) for name, value in sorted(options.items())))
        if key not in self.estimates:
            arrays = (self.x, self.y, self.C) if estimator.__name__ == "ols" else (self.Z, self.x, self.y, self.C)
            self.estimates[key] = estimator(*arrays, **options)
        return self.estimates[key]

    def check(self, peer: str, rows: tuple[Estimate, ...], *, factor: float = 1.0, normal: bool = False) -> None:
        """Compare effects, errors times ``factor`` and their ratio; p-value and interval if the peer is ``normal``."""
        rel, values = self.tolerance(peer), self.values(peer)
        rows = tuple(replace(row, se=factor * row.se) for row in rows)
        ours = {
            "coef": [row.beta for row in rows],
            "se": [row.se for row in rows],
            "t": [row.beta / row.se for row in rows],
        }
        if normal:
            ours["ci_lower"], ours["ci_upper"] = [row.ci_low for row in rows], [row.ci_high for row in rows]
            assert [row.p_value for row in rows] == pytest.approx(self.at_exposures(peer, "p"), rel=rel, abs=1e-9)
        for key in ours.keys() & values.keys():
            assert ours[key] == pytest.approx(self.at_exposures(peer, key), rel=rel), key
        if "df" in values:
            assert values["df"] == self.n - self.n_regressors
        if "kappa" in values:
            method = {"liml": "LIML", "fuller1": "Fuller", "fuller4": "Fuller"}[peer.split(".")[1]]
            kappa = self.fit(method, constant=4.0 if "fuller4" in peer else 1.0).kappa
            assert kappa == pytest.approx(values["kappa"], rel=rel)


def read(folder: Path) -> Case:
    spec = json.loads((folder / "spec.json").read_text())
    data = pd.read_csv(folder / "inputs.csv")
    results = []
    for name in ("expected.json", "expected_python.json"):
        results += json.loads((folder / name).read_text())["results"]
    return Case(
        name=folder.name,
        exposures=tuple(spec["endog"]),
        Z=data[spec["instruments"]].to_numpy(float),
        X=data[spec["endog"]].to_numpy(float),
        y=data[spec["y"][0]].to_numpy(float),
        C=data[spec["exog"]].to_numpy(float) if spec["exog"] else None,
        cluster=data[spec["cluster"][0]].to_numpy() if spec["cluster"] else None,
        peers={result["id"]: result for result in results if result.get("use", True)},
    )


@cache
def found(name: str) -> Case:
    kept = name in KEPT + SEVERAL
    folder = (HERE if kept else SHARED) / name
    if not kept and not folder.is_dir():
        pytest.skip(f"no reference case at {folder}; set LATENTMR_SHARED")
    return read(folder)


@pytest.fixture(scope="module", params=SINGLE)
def case(request: pytest.FixtureRequest) -> Case:
    """One exposure."""
    return found(request.param)


@pytest.fixture(scope="module", params=SEVERAL)
def several(request: pytest.FixtureRequest) -> Case:
    """Two exposures."""
    return found(request.param)


@pytest.fixture(scope="module", params=[*SINGLE, *SEVERAL])
def any_case(request: pytest.FixtureRequest) -> Case:
    return found(request.param)


@pytest.fixture(scope="module", params=CLUSTERED)
def clustered(request: pytest.FixtureRequest) -> Case:
    return found(request.param)


@pytest.fixture(scope="module")
def kept_case():
    return found


@pytest.fixture(scope="session")
def shared_folder():
    return SHARED
