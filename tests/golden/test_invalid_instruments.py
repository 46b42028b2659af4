"""sisVIVE 1.4, TSHT of RobustIV 0.2.5 and CIIV 1.0.0 on three data sets in the shared folder."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr.iv.invalid.ciiv import ciiv
from latentmr.iv.invalid.sisvive import sisvive, sisvive_path
from latentmr.iv.invalid.tsht import tsht

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[2].parent / "shared")) / "golden"
CASES = ("inv_majority", "inv_plurality", "inv_lineardata")
pytestmark = pytest.mark.shared


class Case:
    def __init__(self, folder):
        data = pd.read_csv(folder / "inputs.csv")
        self.Z, self.C = (data.filter(regex=f"^{letter}[0-9]+$").to_numpy(float) for letter in "zx")
        self.x, self.y = data["d"].to_numpy(float), data["y"].to_numpy(float)
        results = json.loads((folder / "expected.json").read_text())["results"]
        self.peers = {result["id"]: result for result in results if result.get("use", True)}

    def peer(self, name):
        if name not in self.peers:
            pytest.skip(f"{name} is not to be used")
        return self.peers[name]["values"], self.peers[name]["tol"]["rtol"]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    folder = SHARED / request.param
    if not folder.is_dir():
        pytest.skip(f"no reference case at {folder}; set LATENTMR_SHARED")
    return Case(folder)


def close(value, expected, rtol):
    expected = np.asarray(expected, dtype=float)
    np.testing.assert_array_less(np.abs(value - expected), rtol * np.maximum(1e-8, np.abs(expected)) + 1e-14)


def flat(value):
    """Return the leaves of a peer's number, list or named list, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, list) else [value]


def names(columns):
    return [f"z{j + 1}" for j in columns]


def numbers(columns):
    return ",".join(str(j + 1) for j in columns)


# The peer's path does not depend on its argument `normalize`: lars normalises whatever it says.
@pytest.mark.parametrize("peer", ["normTRUE", "normFALSE"])
def test_sisvive_path(case, peer):
    values, rtol = case.peer(f"sisvive.path.{peer}")
    path = sisvive_path(case.Z, case.x, case.y, normalize=True)
    close(path.penalty[:-1], values["lambda"], rtol)
    close(path.beta, values["beta"], rtol)
    close(path.direct, values["alpha"], rtol)
    assert (path.direct != 0).sum(axis=1).tolist() == values["n_invalid"]
    assert [numbers(np.flatnonzero(row)) for row in path.direct] == values["invalid"]


def test_sisvive_cross_validated(case):
    values, rtol = case.peer("sisvive.cv")
    results = [sisvive(case.Z, case.x, case.y, seed=seed) for seed in range(10)]
    beta = np.array([result.beta for result in results])
    step = results[0].details.penalties[1]
    path = results[0].details.path
    # both choose from the same grid: seeds move the choice by some of its steps around the peer's range
    around = [path.at(np.array([result.details.penalty + move * step]))[1][0] for result in results for move in (-1, 1)]
    assert min(around) <= values["beta_min"] * (1 + rtol)
    assert max(around) >= values["beta_max"] * (1 - rtol)
    spread = values["beta_max"] - values["beta_min"]
    assert beta.min() >= values["beta_min"] - spread / 2 - rtol * abs(values["beta_min"])
    assert beta.max() <= values["beta_max"] + spread / 2 + rtol * abs(values["beta_max"])
    close(beta.mean(), values["beta_mean"], max(rtol, spread / 2 / abs(values["beta_mean"])))
    chosen = [numbers(result.invalid) for result in results]
    assert max(set(chosen), key=chosen.count) == values["invalid_modal"]


@pytest.mark.parametrize("voting", ["MaxClique", "MP"])
@pytest.mark.parametrize("robust", [True, False])
def test_tsht(case, voting, robust):
    values, rtol = case.peer(f"tsht.robust{str(robust).upper()}.{voting}")
    result = tsht(case.Z, case.x, case.y, case.C, voting=voting, robust=robust)
    close(result.beta, values["beta"], rtol)
    close(result.se, values["se"], rtol)
    close(result.ci.intervals[0], values["ci"], rtol)
    assert names(result.relevant) == values["relevant"]
    assert names(result.valid) == values["valid"]
    assert result.details.majority == values["majority"]
    assert result.details.votes.tolist() == values["voting"]
    assert len(result.details.cliques) == 1


@pytest.mark.parametrize("firststage", [True, False])
@pytest.mark.parametrize("robust", [True, False])
def test_ciiv(case, firststage, robust):
    values, rtol = case.peer(f"ciiv.robust{str(robust).upper()}.first{str(firststage).upper()}")
    result = ciiv(case.Z, case.x, case.y, case.C, robust=robust, firststage=firststage)
    assert values["robust"] == robust == (result.details.overidentification == "Hansen")
    assert names(result.valid) == values["Valid_Instruments"]
    assert len(result.valid) == values["Nr_valid"]
    if firststage:
        assert names(result.relevant) == values["Relevant_Instruments"]
        assert len(result.relevant) == values["Nr_relevant"]
    close(result.beta, flat(values["Coefficients_CIM"])[0], rtol)
    close(result.se, flat(values["sd_CIM"])[0], rtol)
    close(result.ci.intervals[0], flat(values["ci_CIM"]), rtol)
    if robust:
        gmm = result.details.gmm
        close(gmm.beta, values["Coefficients_CIM_GMM"][0], rtol)
        close(gmm.se, flat(values["sd_CIM_GMM"])[0], rtol)
        close(gmm.ci.intervals[0], flat(values["ci_CIM_GMM"]), rtol)
    test = values["HansenJ_CIM" if robust else "Sargan_CIM"]
    close(result.details.p_value, flat(test)[0], rtol)
