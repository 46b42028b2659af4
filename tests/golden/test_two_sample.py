"""Two-sample methods against MendelianRandomization and TwoSampleMR."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.estimate.summary import egger, i2_gx, ivw, median

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[3] / "shared")) / "golden"
CASES = ["bmi_chd", "bmi_sbp", "hdl_chd", "ldl_chd", "presso_example", "sim_balanced", "sim_directional"]
CASES += ["sim_null_weak", "sim_valid", "small3", "small8", "trig_chd"]
IVW = {
    "mr.ivw.fixed": {"model": "fixed"},
    "mr.ivw.random": {"model": "random"},
    "mr.ivw.default": {"model": "auto"},
    "mr.ivw.t": {"model": "random", "distribution": "t"},
    "mr.ivw.delta": {"weights": "second"},
    "ts.mr_ivw": {"model": "random"},
    "ts.mr_ivw_mre": {"model": "dispersed"},
    "ts.mr_ivw_fe": {"model": "fixed"},
}
EGGER = {
    "mr.egger.normal": {"distribution": "normal"},
    "mr.egger.t-dist": {"distribution": "t"},
    "ts.mr_egger_regression": {"distribution": "t"},
}
#: Where each peer's value is in ours.
NAMES = {
    "estimate": "beta", "b": "beta", "se": "se", "ci_lower": "ci_low", "ci_upper": "ci_high", "p": "p_value",
    "pval": "p_value", "n_snps": "n_variants", "nsnp": "n_variants", "residual_se": "dispersion", "F_mean": "f_mean",
    "Q": "q_statistic", "Q_df": "q_df", "Q_pval": "q_p_value", "intercept": "intercept", "b_i": "intercept",
    "intercept_se": "intercept_se", "se_i": "intercept_se", "intercept_p": "intercept_p_value",
    "pval_i": "intercept_p_value", "intercept_ci_lower": "intercept_ci_low", "intercept_ci_upper": "intercept_ci_high",
    "I2GX": "i2_gx",
}  # fmt: skip


@pytest.fixture(params=[f"ts_{name}" for name in CASES] + ["cor_calcium_glucose", "cor_sim15"])
def case(request: pytest.FixtureRequest) -> Any:
    folder = SHARED / request.param
    if not folder.is_dir():
        pytest.skip(f"no reference values in {folder}; set LATENTMR_SHARED")
    data = pd.read_csv(folder / "inputs.csv")
    arrays = [data[name].to_numpy(float) for name in ("bx", "by", "bxse", "byse")]
    results = json.loads((folder / "expected.json").read_text())["results"]
    rho = pd.read_csv(folder / "rho.csv").to_numpy(float) if (folder / "rho.csv").is_file() else None
    return arrays, rho, {result["id"]: result for result in results if result.get("use", True)}


def check(found: Any, result: dict[str, Any]) -> int:
    """Every value that is told; how many there were."""
    ours = {"beta": found.beta, "se": found.se, "ci_low": found.ci_low, "ci_high": found.ci_high}
    ours |= {"p_value": found.p_value, "n_variants": found.n_variants} | found.extra
    rtol, compared = result["tol"].get("rtol", 1e-6), 0
    values = dict(result["values"])
    for name, pair in zip(("Q", "Q_pval"), values.pop("Q_and_p", ()), strict=False):
        values[name] = pair
    for name, value in values.items():
        if value is None:
            continue
        assert ours[NAMES[name]] == pytest.approx(value, rel=rtol, abs=1e-8 * rtol), name
        compared += 1
    return compared


def alpha_of(result: dict[str, Any]) -> float:
    return float((result.get("options") or {}).get("alpha", 0.05))


@pytest.mark.shared
def test_inverse_variance_weighted(case: Any) -> None:
    arrays, rho, results = case
    if rho is not None:
        for name, model in (("fixed", "fixed"), ("random", "random"), ("default", "auto")):
            assert check(ivw(*arrays, model=model, correlation=rho), results[f"cor.ivw.{name}"]) == 8
        return
    for name, options in IVW.items():
        result = results[name]
        psi = result["options"]["psi"] if name == "mr.ivw.delta" else 0.0
        assert check(ivw(*arrays, psi=psi, alpha=alpha_of(result), **options), result) >= 6, name


@pytest.mark.shared
def test_egger(case: Any) -> None:
    arrays, rho, results = case
    if rho is not None:
        assert check(egger(*arrays, distribution="normal", correlation=rho), results["cor.egger"]) >= 9
        return
    # of three variants, one of the peers gives none
    for name in EGGER.keys() & results.keys():
        result = results[name]
        assert check(egger(*arrays, alpha=alpha_of(result), **EGGER[name]), result) >= 9, name


@pytest.mark.shared
def test_heterogeneity_and_measurement_error(case: Any) -> None:
    arrays, rho, results = case
    if rho is not None or "ts.heterogeneity" not in results:
        return
    bx, _, sx, sy = arrays
    table = results["ts.heterogeneity"]["values"]
    for name, found in (("MR Egger", egger(*arrays)), ("Inverse variance weighted", ivw(*arrays))):
        row = table["method"].index(name)
        assert found.extra["q_statistic"] == pytest.approx(table["Q"][row], rel=1e-6)
        assert found.extra["q_df"] == table["df"][row]
        assert found.extra["q_p_value"] == pytest.approx(table["p"][row], rel=1e-6)
    isq = results["ts.isq"]["values"]
    assert i2_gx(np.abs(bx), sx) == pytest.approx(isq["unweighted"], rel=1e-6, abs=1e-12)
    assert i2_gx(np.abs(bx) / sy, sx / sy) == pytest.approx(isq["weighted"], rel=1e-6, abs=1e-12)


MEDIANS = {
    "mr.median.simple": ("simple", "first"),
    "mr.median.weighted": ("weighted", "first"),
    "mr.median.penalized": ("penalised", "first"),
    "ts.mr_simple_median": ("simple", "second"),
    "ts.mr_weighted_median": ("weighted", "second"),
    "ts.mr_penalised_weighted_median": ("penalised", "second"),
}


@pytest.mark.shared
def test_medians(case: Any) -> None:
    arrays, rho, results = case
    if rho is not None:
        return
    for name in MEDIANS.keys() & results.keys():
        weighting, weights = MEDIANS[name]
        values, penalty = results[name]["values"], results[name]["options"].get("penk") or 20
        found = median(*arrays, weighting=weighting, weights=weights, penalty=penalty, draws=4000)
        assert found.beta == pytest.approx(values["estimate"], rel=1e-6), name
        # four standard deviations of the peer's runs of 1,000 draws, with half as much again for ours
        assert abs(found.se - values["se"]) < 4 * 1.5 * values["se_mc_sd"], name
