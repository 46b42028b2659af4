"""Effects on 0/1 outcomes against OneSampleMR, ivreg and the plug-in fits of R's glm."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr import tsls
from latentmr.iv.binary.structural_mean import multiplicative_structural_mean_model
from latentmr.iv.binary.two_stage import two_stage_predictor_substitution, two_stage_residual_inclusion

pytestmark = pytest.mark.shared

LINKS = {"identity": "identity", "logadd": "log", "logmult": "logmult", "logit": "logit"}
STAGES = {"tsps": two_stage_predictor_substitution, "tsri": two_stage_residual_inclusion}
# our name of each of the peers' coefficients in the outcome's equation
NAMES = {
    "(Intercept)": "intercept",
    "xhat": "x",
    "xhatxhat": "x",
    ".ph": "x",
    "X": "x",
    "res": "residual",
    "resres": "residual",
    ".res": "residual",
    "xhatcovariates": "C",
    "rescovariates": "C",
    "C": "C",
}


@dataclass(frozen=True)
class BinaryCase:
    data: pd.DataFrame
    peers: dict[str, dict[str, Any]]

    @property
    def arrays(self):
        names = [name for name in self.data if name not in ("X", "Y", "C")]
        C = self.data[["C"]] if "C" in self.data else None
        return self.data[names], self.data["X"], self.data["Y"], C

    def expected(self, peer):
        if peer not in self.peers:
            pytest.skip(f"the peer gave no {peer}")
        return self.peers[peer]["values"], self.peers[peer]["tol"]["rtol"]


@pytest.fixture(scope="module", params=["bin_1z", "bin_contexp_cov", "bin_vignette"])
def binary_case(request, shared_golden):
    folder = shared_golden / request.param
    if not folder.is_dir():
        pytest.skip(f"no reference case at {folder}; set LATENTMR_SHARED")
    results = json.loads((folder / "expected.json").read_text())["results"]
    peers = {result["id"]: result for result in results if result.get("use", True)}
    return BinaryCase(pd.read_csv(folder / "inputs.csv"), peers)


@pytest.fixture(scope="module")
def shared_golden():
    return Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[2].parent / "shared")) / "golden"


@pytest.mark.parametrize("peer_link", LINKS)
@pytest.mark.parametrize("stage", STAGES)
def test_both_stages_count_as_in_the_peers_joint_gmm(binary_case, stage, peer_link):
    values, rtol = binary_case.expected(f"{stage}.{peer_link}")
    found = STAGES[stage](*binary_case.arrays, link=LINKS[peer_link])
    second = [i for i, name in enumerate(values["names"]) if not name.startswith("Z")]
    assert len(second) == len(found.coefficients)
    for i in second:
        name = NAMES[values["names"][i]]
        coefficient, error = found.coefficients[name], found.standard_errors[name]
        assert coefficient == pytest.approx(values["coef"][i], rel=rtol)
        assert error == pytest.approx(values["se"][i], rel=rtol)
        assert values["estci"][i][0] == pytest.approx(coefficient, rel=rtol)
    i = values["names"].index(next(name for name in values["names"] if NAMES.get(name) == "x"))
    assert [found.ci_low, found.ci_high] == pytest.approx(values["estci"][i][1:], rel=rtol)


@pytest.mark.parametrize("peer_link", ["logit", "logadd"])
@pytest.mark.parametrize("stage", STAGES)
def test_coefficients_are_those_of_the_plug_in_fit(binary_case, stage, peer_link):
    values, rtol = binary_case.expected(f"glm.{stage}.{peer_link}")
    found = STAGES[stage](*binary_case.arrays, link=LINKS[peer_link]).coefficients
    expected = dict(zip([NAMES[name] for name in values["names"]], values["coef"], strict=True))
    assert found == pytest.approx(expected, rel=rtol)


@pytest.mark.parametrize("method", ["gmm", "gmmalt", "tsls", "tslsalt"])
def test_causal_risk_ratio_and_baseline_risk_equal_the_peers(binary_case, method):
    values, rtol = binary_case.expected(f"msmm.{method}")
    options = {"se": "homoskedastic"} if method.startswith("tsls") else {"first_step": "identity"}
    found = multiplicative_structural_mean_model(*binary_case.arrays, method=method, **options)
    rows = dict(zip(np.atleast_1d(values.get("crr_names", "X")), np.atleast_2d(values["crr"]), strict=True))
    for peer_name, row in rows.items():
        beta, error = found.coefficients[NAMES[peer_name]], found.standard_errors[NAMES[peer_name]]
        assert np.exp([beta, beta - 1.959964 * error, beta + 1.959964 * error]) == pytest.approx(row, rel=rtol)
    assert [found.ratio, *found.ratio_interval] == pytest.approx(rows["X"], rel=rtol)
    if "ey0" in values:
        name = "intercept" if method == "gmmalt" else "baseline risk"
        beta, error = found.coefficients[name], found.standard_errors[name]
        risk = np.array([beta, beta - 1.959964 * error, beta + 1.959964 * error])
        risk = np.exp(risk) if method == "gmmalt" else risk
        assert risk == pytest.approx(list(values["ey0"].values()), rel=rtol)


def test_additive_model_is_2sls(binary_case):
    values, rtol = binary_case.expected("asmm")
    i = values["names"].index("X")
    for peer, se in (("se_classical", "homoskedastic"), ("se_HC0", "HC0")):
        found = tsls(*binary_case.arrays, se=se)
        assert (found.beta, found.se) == pytest.approx((values["coef"][i], values[peer][i]), rel=rtol)
