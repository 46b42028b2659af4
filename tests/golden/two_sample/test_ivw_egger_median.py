"""Two-sample methods against MendelianRandomization and TwoSampleMR."""

from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods import egger, i2_gx, ivw, median

IVW = {
    "mr.ivw.fixed": {"model": "fixed"},
    "mr.ivw.random": {"model": "random"},
    "mr.ivw.default": {"model": "auto"},
    "mr.ivw.t": {"model": "random", "distribution": "t"},
    "mr.ivw.delta": {"weights": "second"},
    "mr.ivw.penalized": {"penalised": True},
    "mr.ivw.robust": {"robust": True},
    "ts.mr_uwr": {"model": "random", "weights": "equal"},
    "ts.mr_ivw": {"model": "random"},
    "ts.mr_ivw_mre": {"model": "dispersed"},
    "ts.mr_ivw_fe": {"model": "fixed"},
}
EGGER = {
    "mr.egger.normal": {"distribution": "normal"},
    "mr.egger.penalized": {"distribution": "normal", "penalised": True},
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


def told(found: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Ours, by the peers' names."""
    ours = {"beta": found.beta, "se": found.se, "ci_low": found.ci_low, "ci_high": found.ci_high}
    ours |= {"p_value": found.p_value, "n_variants": found.k} | found.details.numbers()
    both = {name: ours[place] for name, place in NAMES.items() if place in ours}
    if "Q_and_p" in result["values"]:
        both["Q_and_p"] = [ours["q_statistic"], ours["q_p_value"]]
    return both


def alpha_of(result: dict[str, Any]) -> float:
    return float((result.get("options") or {}).get("alpha", 0.05))


def test_inverse_variance_weighted(single: Any, agree: Any) -> None:
    # of three variants, one of the peers gives fewer
    for name, options in ((name, options) for name, options in IVW.items() if name in single.results):
        result = single.results[name]
        psi = result["options"]["psi"] if name == "mr.ivw.delta" else 0.0
        found = ivw(*single.arrays, psi=psi, alpha=alpha_of(result), **options)
        assert agree(result, told(found, result)) >= 6, name


def test_inverse_variance_weighted_of_correlated_variants(correlated: Any, agree: Any) -> None:
    for name, model in (("fixed", "fixed"), ("random", "random"), ("default", "auto")):
        result = correlated.results[f"cor.ivw.{name}"]
        found = ivw(*correlated.arrays, model=model, correlation=correlated.matrix("rho"))
        assert agree(result, told(found, result)) == 7


def test_egger(single: Any, agree: Any) -> None:
    # of three variants, one of the peers gives none
    for name in EGGER.keys() & single.results.keys():
        result = single.results[name]
        found = egger(*single.arrays, alpha=alpha_of(result), **EGGER[name])
        assert agree(result, told(found, result)) >= 9, name


def test_egger_of_correlated_variants(correlated: Any, agree: Any) -> None:
    result = correlated.results["cor.egger"]
    found = egger(*correlated.arrays, distribution="normal", correlation=correlated.matrix("rho"))
    assert agree(result, told(found, result)) >= 9


def test_heterogeneity_and_measurement_error(single: Any, agree: Any) -> None:
    if "ts.heterogeneity" not in single.results:
        assert single.name == "ts_small3"
        return
    bx, _, sx, sy = single.arrays
    found = {
        "MR Egger": egger(*single.arrays).details.numbers(),
        "Inverse variance weighted": ivw(*single.arrays).details.numbers(),
    }
    result = single.results["ts.heterogeneity"]
    rows = [found[method] for method in result["values"]["method"]]
    ours = {"method": result["values"]["method"], "Q": [row["q_statistic"] for row in rows]}
    ours |= {"df": [row["q_df"] for row in rows], "p": [row["q_p_value"] for row in rows]}
    assert agree(result, ours) == 4
    ours = {"unweighted": i2_gx(np.abs(bx), sx), "weighted": i2_gx(np.abs(bx) / sy, sx / sy)}
    assert agree(single.results["ts.isq"], ours) == 2
    ours = {"intercept": found["MR Egger"]["intercept"], "se": found["MR Egger"]["intercept_se"]}
    assert agree(single.results["ts.pleiotropy"], ours | {"p": found["MR Egger"]["intercept_p_value"]}) == 3


MEDIANS = {
    "mr.median.simple": ("simple", "first"),
    "mr.median.weighted": ("weighted", "first"),
    "mr.median.penalized": ("penalised", "first"),
    "ts.mr_simple_median": ("simple", "second"),
    "ts.mr_weighted_median": ("weighted", "second"),
    "ts.mr_penalised_weighted_median": ("penalised", "second"),
}


def test_medians(single: Any) -> None:
    for name in MEDIANS.keys() & single.results.keys():
        weighting, weights = MEDIANS[name]
        result = single.results[name]
        values, penalty = result["values"], result["options"].get("penk") or 20
        found = median(*single.arrays, weighting=weighting, weights=weights, penalty=penalty, draws=4000)
        assert found.beta == pytest.approx(values["estimate"], rel=1e-6), name
        # four standard deviations of the peer's runs of 1,000 draws, with half as much again for ours
        assert abs(found.se - values["se"]) < 4 * 1.5 * values["se_mc_sd"], name
