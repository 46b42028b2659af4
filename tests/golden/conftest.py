"""Reference numbers of other packages: six cases lie beside these tests, the others in the shared folder."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.estimate import Fit, Model, columns, gather, solve

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("LATENTMR_SHARED", HERE.parents[1].parent / "shared")) / "golden"
KEPT = [f"iv_sim_{name}" for name in ("strong", "weak", "many", "irrelevant", "invalid", "disjoint")]
FROM_SHARED = [f"iv_{name}" for name in ("card_1z", "card_2z", "course", "kmenta", "cigarettes")]


@dataclass(frozen=True)
class Case:
    name: str
    exposure: str
    Z: np.ndarray
    x: np.ndarray
    y: np.ndarray
    C: np.ndarray | None
    cluster: np.ndarray | None
    peers: dict[str, dict[str, Any]]

    @property
    def n_regressors(self) -> int:
        return 2 + (0 if self.C is None else self.C.shape[1])

    def values(self, peer: str) -> dict[str, Any]:
        return self.peers[peer]["values"]

    def tolerance(self, peer: str) -> float:
        return float(self.peers[peer]["tol"]["rtol"])

    def row(self, peer: str) -> tuple[float, float]:
        values = self.values(peer)
        if "names" in values:
            i = values["names"].index(self.exposure)
            return values["coef"][i], values["se"][i]
        return values["estimate"], values["se"]

    def fit(self, method: str) -> Fit:
        C = np.zeros((len(self.y), 0)) if self.C is None else self.C
        design = np.column_stack([C, self.Z, self.x, self.y])
        c, q = C.shape[1], design.shape[1]
        model = Model(
            method=method,
            C=columns(q, slice(0, c)),
            Z=columns(q, slice(c, q - 2)),
            X=columns(q, slice(q - 2, q - 1)),
            y=columns(q, q - 1),
            exposures=("x",),
        )
        return solve(model, gather(lambda: [design]))


def read(folder: Path) -> Case:
    spec = json.loads((folder / "spec.json").read_text())
    data = pd.read_csv(folder / "inputs.csv")
    results = []
    for name in ("expected.json", "expected_python.json"):
        if (folder / name).is_file():
            results += json.loads((folder / name).read_text())["results"]
    return Case(
        name=folder.name,
        exposure=spec["endog"][0],
        Z=data[spec["instruments"]].to_numpy(float),
        x=data[spec["endog"][0]].to_numpy(float),
        y=data[spec["y"][0]].to_numpy(float),
        C=data[spec["exog"]].to_numpy(float) if spec["exog"] else None,
        cluster=data[spec["cluster"][0]].to_numpy() if spec["cluster"] else None,
        peers={result["id"]: result for result in results if result.get("use", True)},
    )


@pytest.fixture(
    scope="module", params=KEPT + [pytest.param(name, marks=pytest.mark.shared, id=name) for name in FROM_SHARED]
)
def case(request: pytest.FixtureRequest) -> Case:
    kept = request.param in KEPT
    folder = (HERE if kept else SHARED) / request.param
    if not kept and not folder.is_dir():
        pytest.skip(f"no reference case at {folder}; set LATENTMR_SHARED")
    return read(folder)


@pytest.fixture(scope="module")
def kept_case():
    return lambda name: read(HERE / name)
