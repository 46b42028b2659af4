"""Multivariable two-sample methods against MendelianRandomization, MVMR and TwoSampleMR."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize, minimize_scalar

from latentmr.two_sample.methods.least_q import least_q, q_terms
from latentmr.two_sample.methods.multivariable import (
    check_several,
    cml,
    conditional_f,
    egger,
    gmm,
    heterogeneity,
    ivw,
    ivw_measurement_error,
    lasso,
    median,
    multiple,
    q_minimisation,
    residual,
    robust_ivw,
)
from latentmr.two_sample.methods.multivariable.gmm import joint_covariances, overdispersion_at
from latentmr.two_sample.methods.wald_interval import wald_estimate

NAMES = {
    "estimate": "beta", "se": "se", "ci_lower": "ci_low", "ci_upper": "ci_high", "p": "p_value"
}  # fmt: skip


def told(found: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Ours by the peers' names; peers that name the exposures are given as lists."""
    result["values"] = {
        name: list(value.values()) if isinstance(value, dict) else value for name, value in result["values"].items()
    }
    extra = found[0].details.numbers()
    ours: dict[str, Any] = {name: [getattr(each, place) for each in found] for name, place in NAMES.items()}
    ours["n_snps"] = found[0].k
    ours["t"] = [each.beta / each.se for each in found]
    if "dispersion" in extra:
        ours["residual_se"] = extra["dispersion"]
    if "q_p_value" in extra:
        ours["Q_and_p"] = [extra["q_statistic"], extra["q_p_value"]]
    if "intercept" in extra:
        ours |= {"intercept": extra["intercept"], "intercept_se": extra["intercept_se"]}
        ours["intercept_p"] = extra["intercept_p_value"]
    return ours


def between(several: Any) -> tuple[np.ndarray, float, float]:
    """Correlation of the exposures, and sample sizes."""
    options = several.results["mv.gmm.robustTRUE"]["options"]
    return np.array(options["cor_x"], dtype=float), options["nx"], options["ny"]


IVW = {
    "mv.ivw.fixed": {"model": "fixed"},
    "mv.ivw.random": {"model": "random"},
    "mv.ivw.default": {"model": "auto"},
    "mv.ivw.t": {"distribution": "t"},
    "mvmr.ivw": {"model": "dispersed", "distribution": "t"},
}


def test_inverse_variance_weighted(several: Any, agree: Any) -> None:
    for name, options in IVW.items():
        result = several.results[name]
        assert agree(result, told(ivw(*several.several, **options), result)) >= 4, name


def test_robust_regression(several: Any, agree: Any) -> None:
    result = several.results["mv.ivw.robust"]
    assert agree(result, told(robust_ivw(*several.several), result)) == 5


def test_egger(several: Any, agree: Any) -> None:
    for name in ("mv.egger.1", "mv.egger.2"):
        result = several.results[name]
        found = egger(*several.several, orient=result["options"]["orientate"] - 1)
        assert agree(result, told(found, result)) == 10, name


def test_median(several: Any, agree: Any) -> None:
    result = several.results["mv.median"]
    values = result["values"]
    found = median(*several.several, draws=4000)
    # the error is stochastic: below
    assert agree(result, told(found, result), left_out=("se", "se_mc_sd")) == 1
    for each, se, sd in zip(found, values["se"], values["se_mc_sd"], strict=True):
        # four standard deviations of the peer's runs of 1,000 draws, with half as much again for ours
        assert abs(each.se - se) < 4 * 1.5 * sd


def test_lasso(several: Any, agree: Any) -> None:
    for name, penalty in (("mv.lasso", None), ("mv.lasso.lambda", 0.1)):
        result = several.results[name]
        found = lasso(*several.several, penalty=penalty)
        ours = told(found, result) | {"lambda": found[0].details.penalty, "n_valid": found[0].details.n_valid}
        ours["valid"] = [f"snp_{j + 1}" for j in np.flatnonzero(found[0].details.valid)]
        ours["reg_estimate"] = [each.details.penalised for each in found]
        # at a given penalty glmnet stops before the minimum: below
        left_out = () if penalty is None else ("reg_estimate",)
        assert agree(result, ours, left_out) >= 5, name


def test_penalised_effects_of_the_peer_miss_the_minimum(several: Any) -> None:
    """At the peer's penalised effects the criterion is greater than at ours, by less than a hundred-thousandth."""
    BX, by, SX, sy = several.several
    sign = np.where(BX[:, 0] < 0, -1.0, 1.0)
    X, z = BX * (sign / sy)[:, None], by * sign / sy
    p = len(z)
    P = X @ np.linalg.pinv(X)
    # glmnet's design, its columns scaled by their standard deviations
    scale = np.std((np.eye(p) - P) / sy, axis=0) * sy * p * 0.1

    def criterion(beta: Any) -> float:
        r = np.abs(z - X @ np.asarray(beta))
        return float(np.where(r < scale, r**2 / 2, scale * (r - scale / 2)).sum())

    ours = criterion([each.details.penalised for each in lasso(*several.several, penalty=0.1)])
    peers = several.results["mv.lasso.lambda"]["values"]["reg_estimate"]
    assert ours <= criterion(peers) < ours * (1 + 1e-5)
    assert [each.details.penalised for each in lasso(BX, by, SX, sy, penalty=0.1)] == pytest.approx(peers, rel=0.01)


def test_measurement_error(several: Any, agree: Any) -> None:
    """The peer stops where a step gains less than 1e-4 of the log-likelihood; ours is the maximum."""
    BX, by, SX, sy = several.several
    result = several.results["mv.ivwme"]
    values = result["values"]
    found = ivw_measurement_error(BX, by, SX, sy, exposure_correlation=between(several)[0])
    # of limits near zero and of tiny p values a thousandth is less than that of the estimate: in standard errors
    assert agree(result, told(found, result), left_out=("p", "ci_lower", "ci_upper")) == 2
    for j, each in enumerate(found):
        assert each.ci_low == pytest.approx(values["ci_lower"][j], rel=1e-3, abs=1e-3 * each.se)
        assert each.ci_high == pytest.approx(values["ci_upper"][j], rel=1e-3, abs=1e-3 * each.se)
        assert stats.norm.isf(each.p_value / 2) == pytest.approx(stats.norm.isf(values["p"][j] / 2), rel=1e-3)
    V = SX[:, :, None] * SX[:, None, :] * between(several)[0]
    e, v = q_terms(BX, by, V, sy**2, np.array(values["estimate"]))
    assert 0 <= (e**2 / v).sum() - found[0].details.q_statistic < 1e-4


def test_constrained_maximum_likelihood(several: Any, agree: Any) -> None:
    result = several.results["mv.cml"]
    found = cml(*several.several, people=result["options"]["n"], most_invalid=10)
    ours = told(found, result) | {"K_hat": found[0].details.n_invalid}
    ours["BIC_invalid"] = list(np.flatnonzero(~found[0].details.valid) + 1)
    assert agree(result, ours, left_out=("p",)) == 4
    for each, p_value in zip(found, result["values"]["p"], strict=True):
        assert stats.norm.isf(each.p_value / 2) == pytest.approx(stats.norm.isf(p_value / 2), rel=1e-3)


def test_conditional_strength_and_pleiotropy(several: Any, agree: Any) -> None:
    BX, by, SX, sy = several.several
    for suffix, correlation in (("0", None), ("", between(several)[0])):
        ours = {"cond_F": conditional_f(BX, SX, exposure_correlation=correlation, divisor="variants")}
        assert agree(several.results[f"mvmr.strength{suffix}"], ours) == 1
        found = heterogeneity(BX, by, SX, sy, exposure_correlation=correlation, lost=BX.shape[1] + 1)
        assert agree(several.results[f"mvmr.pleiotropy{suffix}"], {"Q": found.statistic, "p": found.p_value}) == 2


def test_conditional_f_of_the_other_peer(several: Any, agree: Any) -> None:
    """Between the regression and the minimum: its optimiser stops on the way, in half of the cases at the start."""
    BX, by, SX, sy = several.several
    correlation, nx, _ = between(several)
    result = several.results["mv.ivw.condF"]
    found = ivw(BX, by, SX, sy)
    assert agree(result, told(found, result), left_out=("cond_F",)) == 2
    regression = conditional_f(BX, SX, exposure_correlation=correlation, samples=nx)
    V = joint_covariances(check_several(BX, by, SX, sy, exposure_correlation=correlation), nx)
    p, m = BX.shape

    def at(direction: Any) -> float:
        spread = np.einsum("j,pjl,l->p", direction, V, direction)
        return float(((BX @ direction) ** 2 / spread).sum() / (p - m + 1))

    least = min(minimize(at, start, method="BFGS").fun for start in np.eye(m))
    for name in ("mv.ivw.condF", "mv.gmm.robustTRUE", "mv.gmm.robustFALSE"):
        for peers, ours in zip(several.results[name]["values"]["cond_F"], regression, strict=True):
            assert least * (1 - 1e-9) <= peers <= ours * (1 + 1e-6)


def test_generalised_method_of_moments(several: Any) -> None:
    """The peer's numbers follow from its estimates, exactly; its estimates are not at the minimum of its own Q."""
    BX, by, SX, sy = several.several
    p, m = BX.shape
    correlation, nx, ny = between(several)
    data = check_several(BX, by, SX, sy, exposure_correlation=correlation)
    VX = joint_covariances(data, nx)
    spread = 1 / (ny * sy**2 + by**2)
    vy = (1 - spread @ by**2) / (ny - p + 1) / spread
    plain = several.results["mv.gmm.robustFALSE"]["values"]
    for name, robust in (("mv.gmm.robustFALSE", False), ("mv.gmm.robustTRUE", True)):
        values = several.results[name]["values"]
        beta, kappa = np.array(values["estimate"]), 0.0
        if robust:
            e, v = q_terms(BX, by, VX, vy, np.array(plain["estimate"]))
            kappa = ny * overdispersion_at(e**2, v, p - m)
            # R's uniroot stops at a quarter-thousandth power of the machine's precision
            assert values["overdispersion"] == pytest.approx(kappa, abs=2e-4)
            kappa = max(0.0, values["overdispersion"])
        e, v = q_terms(BX, by, VX, vy + kappa / ny, beta)
        se = np.sqrt(np.diag(np.linalg.inv(BX.T @ (BX / v[:, None]))))
        q = float((e**2 / v).sum())
        assert se == pytest.approx(np.array(values["se"]), rel=1e-9)
        assert np.atleast_1d(values["Q_and_p"])[0] == pytest.approx(q, rel=1e-9)
        if not robust:
            assert values["Q_and_p"][1] == pytest.approx(stats.chi2.sf(q, p - m), rel=1e-9)
        half = stats.norm.isf(0.025) * se
        assert np.array(values["ci_lower"]) == pytest.approx(beta - half, rel=1e-9)
        assert np.array(values["ci_upper"]) == pytest.approx(beta + half, rel=1e-9)
        assert np.array(values["p"]) == pytest.approx(2 * stats.norm.sf(np.abs(beta) / se), rel=1e-8)
        exact = least_q(BX, by, VX, vy + kappa / ny)
        assert exact.q_statistic < q * (1 - 1e-4)
        found = gmm(BX, by, SX, sy, samples=(nx, ny), exposure_correlation=correlation, robust=robust)
        assert [each.beta for each in found] == pytest.approx(exact.beta, rel=1e-2)
        if not robust:
            assert found[0].details.q_statistic == pytest.approx(exact.q_statistic, rel=1e-12)


def test_q_minimisation(several: Any) -> None:
    """The peer puts a wrong number in the place of the overdispersion: there is one at which its effects are ours."""
    BX, by, SX, sy = several.several
    result = several.results["mvmr.qhet"]
    peers = np.array(result["values"]["estimate"])

    def off(log: float) -> float:
        found = q_minimisation(
            BX, by, SX, sy, exposure_correlation=between(several)[0], overdispersion=float(np.exp(log))
        )
        return float(np.abs(np.array([each.beta for each in found]) / peers - 1).max())

    nearest = minimize_scalar(off, bounds=(-10, 3), method="bounded")
    assert nearest.fun < result["tol"]["rtol"]
    estimated = q_minimisation(BX, by, SX, sy, exposure_correlation=between(several)[0])[0].details.overdispersion
    assert estimated < np.exp(nearest.x) / 10


def test_two_sample_mr(several: Any, agree: Any) -> None:
    for method, call in (("mv_multiple", multiple), ("mv_residual", residual)):
        for intercept in (False, True):
            for specific in (False, True):
                name = f"ts.{method}.i{str(intercept).upper()}.s{str(specific).upper()}"
                result = several.results[name]
                names = result["values"]["exposure"]
                found = call(*several.several, names=names, intercept=intercept, instrument_specific=specific)
                assert all(each.se >= each.details.dispersed_se for each in found)
                # the peer's errors are those of the residuals even if their dispersion is below 1
                found = [
                    wald_estimate(each.method, each.beta, each.details.dispersed_se, each.k, exposure=each.exposure,
                                  details=each.details)
                    for each in found
                ]  # fmt: skip
                ours = told(found, result) | {"exposure": [each.exposure for each in found]}
                assert agree(result, ours | {"n_snp": [each.k for each in found]}) == 5, name
