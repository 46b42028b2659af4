"""Reference numbers of two-sample methods: simulated cases lie one folder up, the others in the shared folder."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).parent.parent
SHARED = Path(os.environ.get("LATENTMR_SHARED", HERE.parents[1].parent / "shared")) / "golden"
KEPT = {folder.name for folder in HERE.iterdir() if folder.is_dir()}
SINGLE = ["ts_bmi_chd", "ts_bmi_sbp", "ts_hdl_chd", "ts_ldl_chd", "ts_presso_example", "ts_sim_balanced"]
SINGLE += ["ts_sim_directional", "ts_sim_null_weak", "ts_sim_valid", "ts_small3", "ts_small8", "ts_trig_chd"]
CORRELATED = ["cor_calcium_glucose", "cor_sim15"]
SEVERAL = ["mv_lipids_chd", "mv_sim2", "mv_sim3_pleio"]
INFINITE = {"inf": np.inf, "-inf": -np.inf}


@dataclass(frozen=True)
class Case:
    name: str
    inputs: pd.DataFrame
    results: dict[str, dict[str, Any]]
    folder: Path

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """bx, by, sx, sy of one exposure."""
        return tuple(self.inputs[name].to_numpy(float) for name in ("bx", "by", "bxse", "byse"))

    @property
    def several(self) -> tuple[np.ndarray, ...]:
        """BX, by, SX, sy of several exposures."""
        names = [name for name in self.inputs if name.startswith("bx") and not name.startswith("bxse")]
        BX = self.inputs[names].to_numpy(float)
        SX = self.inputs[[name.replace("bx", "bxse") for name in names]].to_numpy(float)
        return BX, self.inputs["by"].to_numpy(float), SX, self.inputs["byse"].to_numpy(float)

    def matrix(self, name: str) -> np.ndarray:
        return pd.read_csv(self.folder / f"{name}.csv").to_numpy(float)


def read(name: str) -> Case:
    folder = (HERE if name in KEPT else SHARED) / name
    if not folder.is_dir():
        pytest.skip(f"no reference case at {folder}; set LATENTMR_SHARED")
    results = json.loads((folder / "expected.json").read_text())["results"]
    return Case(
        name=name,
        inputs=pd.read_csv(folder / "inputs.csv") if (folder / "inputs.csv").is_file() else pd.DataFrame(),
        results={result["id"]: result for result in results if result.get("use", True)},
        folder=folder,
    )


def marked(names: list[str]) -> list[Any]:
    return [name if name in KEPT else pytest.param(name, marks=pytest.mark.shared, id=name) for name in names]


@pytest.fixture(scope="module", params=marked(SINGLE))
def single(request: pytest.FixtureRequest) -> Case:
    """One exposure, uncorrelated variants."""
    return read(request.param)


@pytest.fixture(scope="module", params=marked(CORRELATED))
def correlated(request: pytest.FixtureRequest) -> Case:
    """One exposure, correlated variants."""
    return read(request.param)


@pytest.fixture(scope="module", params=marked(SEVERAL))
def several(request: pytest.FixtureRequest) -> Case:
    """Several exposures."""
    return read(request.param)


@pytest.fixture(scope="session")
def read_case() -> Callable[[str], Case]:
    return read


@pytest.fixture(scope="session")
def agree() -> Callable[..., int]:
    """Compare every value of a peer's result with ours under the peer's name; what is left out must be named."""

    def compare(result: dict[str, Any], ours: dict[str, Any], left_out: tuple[str, ...] = ()) -> int:
        rtol = float(result["tol"].get("rtol", 0.0))
        atol = float(result["tol"].get("atol", 1e-8 * rtol))
        values = {name: value for name, value in result["values"].items() if value is not None and name not in left_out}
        lacking = sorted(values.keys() - ours.keys())
        assert lacking == [], f"{result['id']} has values that are not compared: {lacking}"
        for name, value in values.items():
            told = f"{result['id']}: {name}"
            peers, mine = (np.atleast_1d(np.asarray(each, dtype=object)) for each in (value, ours[name]))
            assert peers.shape == mine.shape, told
            for i, (a, b) in enumerate(zip(peers.ravel(), mine.ravel(), strict=True)):
                if a is None:
                    continue
                if isinstance(a, str) and a not in INFINITE:
                    assert str(b) == a, f"{told}[{i}]"
                    continue
                assert float(b) == pytest.approx(INFINITE.get(a, a), rel=rtol, abs=atol), f"{told}[{i}]"
        return len(values)

    return compare
