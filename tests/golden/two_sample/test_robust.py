"""Robust two-sample methods against mr.raps, MRPRESSO, MendelianRandomization, MRcML and RadialMR."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.cml import cml
from latentmr.two_sample.methods.contamination_mixture import contamination_mixture
from latentmr.two_sample.methods.divw import divw
from latentmr.two_sample.methods.heterogeneity_penalised import heterogeneity_penalised
from latentmr.two_sample.methods.lasso import lasso
from latentmr.two_sample.methods.pivw import pivw
from latentmr.two_sample.methods.presso import presso
from latentmr.two_sample.methods.radial import radial_egger, radial_ivw
from latentmr.two_sample.methods.raps import raps, sandwich
from latentmr.two_sample.methods.raps_loss import LOSSES, loss_of
from latentmr.two_sample.methods.raps_shrinkage import normal_mixture, raps_shrinkage


def wald(found: Any) -> dict[str, Any]:
    """Ours, by the peers' names."""
    both = {"estimate": found.beta, "se": found.se, "ci_lower": found.ci_low, "ci_upper": found.ci_high}
    return both | {"p": found.p_value, "n_snps": found.k}


def places(mask: np.ndarray) -> list[int]:
    """Counted from one, as in R."""
    return [int(place) + 1 for place in np.flatnonzero(mask)]


def present(case: Any, *names: str) -> list[str]:
    """Which of the results the case has; it has all, unless it is one of those that peers refused."""
    there = [name for name in names if name in case.results]
    assert there or case.name == "ts_small3" or names[0] in ("mr.cml.noDP.MATRUE", "presso", "mr.cml.DP", "mr.conmix")
    return there


def test_debiased_and_penalised(single: Any, agree: Any) -> None:
    for method, name in ((divw, "mr.divw"), (pivw, "mr.pivw")):
        for each in present(single, f"{name}.odTRUE", f"{name}.odFALSE"):
            found = method(*single.arrays, overdispersion=each.endswith("TRUE"))
            ours = wald(found) | {"condition": found.details.strength, "tau2": found.details.tau2}
            assert agree(single.results[each], ours) >= 7, each


def scores(arrays: tuple[np.ndarray, ...], loss: str, beta: float, tau2: float) -> np.ndarray:
    """Both sums of MR-RAPS by their definitions, in standard deviations of their parts."""
    bx, by, sx, sy = arrays
    kind, v = loss_of(loss), sy**2 + tau2 + (beta * sx) ** 2
    t = (by - beta * bx) / np.sqrt(v)
    effect = kind.psi(t) * (bx / np.sqrt(v) + t * beta * sx**2 / v)
    spread = sx**2 * (t * kind.psi(t) - kind.delta) / v
    return np.array([each.sum() / np.sqrt((each**2).sum()) for each in (effect, spread)])


def raps_by_name(found: Any) -> dict[str, Any]:
    return wald(found) | found.details.numbers()


def test_raps(single: Any, agree: Any) -> None:
    for loss in LOSSES:
        for each in present(single, f"raps.{loss}.odFALSE"):
            found = raps(*single.arrays, loss=loss, overdispersion=False)
            assert agree(single.results[each], raps_by_name(found)) == 4
    for each in present(single, "raps.l2.odTRUE"):
        found = raps(*single.arrays, loss="l2")
        left_out = ("warnings",)
        if single.name == "ts_sim_valid":
            # the variance is 0, the end of its range, which the peer's search comes near and never tries
            assert found.details.tau2 == 0 < single.results[each]["values"]["tau2"] < 1e-8
            assert scores(single.arrays, "l2", found.beta, 0.0)[1] < 0
            assert found.details.tau2_se == pytest.approx(single.results[each]["values"]["tau2_se"], rel=1e-3)
            left_out += ("tau2", "tau2_se")
        assert agree(single.results[each], raps_by_name(found), left_out=left_out) >= 3


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_raps_that_is_robust_and_overdispersed(single: Any, agree: Any, loss: str) -> None:
    # the peer's values solve neither of its two equations, so that the errors at them are compared, and roots are ours
    for each in present(single, f"raps.{loss}.odTRUE"):
        result = single.results[each]
        values = result["values"]
        found = raps(*single.arrays, loss=loss)
        tau2 = found.details.tau2
        ours = scores(single.arrays, loss, found.beta, tau2)
        assert abs(ours[0]) < 1e-6
        assert abs(ours[1]) < 1e-6 if tau2 > 0 else ours[1] < 0
        peers = scores(single.arrays, loss, values["estimate"], values["tau2"])
        assert max(abs(peers[0]), abs(peers[1]) if values["tau2"] > 0 else max(peers[1], 0.0)) > 0.05
        data = check_associations(*single.arrays)
        se, tau2_se, _ = sandwich(data, loss_of(loss), values["estimate"], values["tau2"], True)
        at_peer = {"estimate": values["estimate"], "tau2": values["tau2"], "se": se, "tau2_se": tau2_se}
        at_peer["p"] = 2 * stats.norm.sf(abs(values["estimate"]) / se)
        assert agree(result, at_peer, left_out=("warnings",)) == 5


def test_raps_with_shrinkage(read_case: Any, agree: Any) -> None:
    case = read_case("raps_shrinkage_bmi_sbp")
    bx, _, sx, _ = case.arrays
    prior = normal_mixture(bx / sx)
    assert agree(case.results["mixture"], {"p": prior.share, "mu": [0.0, 0.0], "sigma": prior.sd}) == 3
    for name, result in case.results.items():
        if name == "mixture":
            continue
        options = {key: result["options"][key] for key in ("loss", "shrinkage")}
        overdispersion = result["options"]["over_dispersion"]
        found = raps_shrinkage(*case.arrays, **options, overdispersion=overdispersion)
        if overdispersion and options["loss"] == "tukey":
            # the peer finds no root, and gives the effect without overdispersion; there is one
            residual, tau2 = found.details.residual, found.details.tau2
            v = (case.arrays[3] ** 2 + tau2) + (found.beta * sx) ** 2
            kind = loss_of("tukey")
            parts = (residual * kind.psi(residual) - kind.delta) / v
            assert tau2 > 0
            assert abs(parts.sum()) < 1e-6 * np.abs(parts).sum()
            found = raps_shrinkage(*case.arrays, **options, overdispersion=False)
        assert agree(result, raps_by_name(found)) == 4, name


def test_heterogeneity_penalised(read_case: Any, agree: Any) -> None:
    case = read_case("ts_small8")
    found = heterogeneity_penalised(*case.arrays, prior=0.5)
    ours = {"estimate": found.beta, "ci_lower": [found.ci_low], "ci_upper": [found.ci_high]}
    assert agree(case.results["mr.hetpen"], ours) == 3


def p_value(told: str) -> float:
    return float(told.lstrip("<"))


def test_presso(single: Any, agree: Any) -> None:
    for each in present(single, "presso"):
        result = single.results[each]
        values, draws = result["values"], result["options"]["NbDistribution"]
        chosen = [place - 1 for place in values.get("outlier_indices") or []]
        found = presso(*single.arrays, p_values="share", draws=20 * draws, outliers=chosen or None)
        ours = {"RSSobs": found.details.global_statistic, "outlier_RSSobs": found.details.squared_residual}
        extra = found.details
        # the peer's errors are multiplied by the dispersion even if it is below 1
        for name, beta, se, floored, k in (
            ("raw", extra.raw, extra.raw_dispersed_se, extra.raw_se, len(single.inputs)),
            ("corrected", found.beta, extra.dispersed_se, found.se, found.k),
        ):
            assert floored >= se
            t = beta / se
            ours |= {f"{name}_estimate": beta, f"{name}_se": se, f"{name}_t": t}
            ours[f"{name}_p"] = 2 * stats.t.sf(abs(t), k - 1)
        ours["outlier_indices"] = places(found.details.outlier)
        # of the effects, as those are given
        ours["distortion_coef"] = 100 * found.details.numbers().get("distortion", np.nan)
        assert agree(result, ours, left_out=("global_p", "outlier_p", "distortion_p")) >= 5
        simulated = [(values["global_p"], found.details.global_p_value, 1)]
        if values.get("distortion_p"):
            simulated.append((values["distortion_p"], found.details.distortion_p_value, 1))
        p = len(single.inputs)
        if values.get("outlier_p"):
            simulated += [(a, b, p) for a, b in zip(values["outlier_p"], found.details.outlier_p_value, strict=True)]
        for told, mine, tests in simulated:
            # four binomial errors of the peer's draws, and one draw
            share = max(mine / tests, 1 / draws)
            assert abs(p_value(told) - mine) < tests * (4 * np.sqrt(share * (1 - share) * 1.05 / draws) + 1 / draws)
        tested = presso(*single.arrays, p_values="share", draws=20 * draws)
        # variants on which more draws could not change the peer's mind
        clear = np.abs(tested.details.outlier_p_value - 0.05) > 4 * p * np.sqrt(0.05 / p / draws)
        assert set(places(tested.details.outlier & clear)) == {i + 1 for i in chosen if clear[i]}


def test_contamination_mixture(single: Any, agree: Any) -> None:
    for each in present(single, "mr.conmix", "mr.conmix.psi"):
        result = single.results[each]
        # the peer's limits are those of its grid, too narrow where effects on the exposure are negative
        grid = single.results["mr.conmix"]["values"]
        found = contamination_mixture(
            *single.arrays,
            spread=result["options"]["psi"] or None,
            limits=(grid["ci_min"], grid["ci_max"]),
            alpha=result["options"].get("alpha", 0.05),
        )
        # the peer's test multiplies by the squared dispersion where its set divides by it
        divided = stats.chi2.isf(found.p_value, 1)
        ours = {"estimate": found.beta, "psi": found.details.spread, "valid": places(found.details.valid)}
        ours["p"] = stats.chi2.sf(divided * found.details.dispersion**4, 1)
        ours["ci_lower"], ours["ci_upper"] = (list(ends) for ends in zip(*found.ci.intervals, strict=True))
        # of its grid
        left_out = ("ci_min", "ci_max", "ci_step", "ci_range_n")
        assert agree(result, ours, left_out=left_out) == 6, each
        if result["values"].get("ci_range_n"):
            cells = sum((high - low) / 0.01 for low, high in found.ci.intervals)
            assert abs(cells - result["values"]["ci_range_n"]) < 1 + len(found.ci.intervals)


def lasso_loss(case: Any, effect: float, pleiotropy: np.ndarray, penalty: float) -> float:
    """What glmnet makes least, by its definition."""
    bx, by, _, sy = case.arrays
    sign, p = np.where(bx < 0, -1.0, 1.0), len(bx)
    b = np.abs(bx) / sy
    left = np.eye(p) - np.outer(b, b) / (b @ b)
    design, outcome = left / sy, left @ (sign * by / sy)
    scale = design.std(axis=0)
    return float(((outcome - design @ pleiotropy) ** 2).sum() / (2 * p) + penalty * (scale * np.abs(pleiotropy)).sum())


def test_lasso(single: Any, agree: Any) -> None:
    for each in present(single, "mr.lasso", "mr.lasso.lambda"):
        result = single.results[each]
        values = result["values"]
        found = lasso(*single.arrays, penalty=values["lambda"] if each.endswith("lambda") else None)
        names = single.inputs["SNP"].to_numpy()
        ours = wald(found) | {"reg_estimate": found.details.penalised, "lambda": found.details.penalty}
        ours |= {"n_valid": found.details.n_valid, "valid_snps": names[found.details.valid].tolist()}
        own, peers = found.details.pleiotropy, np.array(values["intercepts"])
        assert agree(result, ours, left_out=("intercepts",)) >= 7, each
        # coordinate descent stops where it gains little: its values are not as small as ours, which are exact
        at_ours, at_peers = (lasso_loss(single, 0.0, pleiotropy, values["lambda"]) for pleiotropy in (own, peers))
        assert at_ours <= at_peers * (1 + 1e-12)
        assert ((own == 0) == (peers == 0)).all()
        np.testing.assert_allclose(own, peers, rtol=1e-3, atol=1e-3 * max(np.abs(peers).max(), 1e-8))


def test_constrained_maximum_likelihood(single: Any, agree: Any) -> None:
    for each in present(single, "mr.cml.noDP.MATRUE", "mr.cml.noDP.MAFALSE"):
        result = single.results[each]
        average = each.endswith("MATRUE")
        found = cml(
            *single.arrays, sample_size=result["options"]["n"], average=average, perturbations=0, converge=False
        )
        ours = wald(found) | {"BIC_invalid": [] if average else places(~found.details.valid)}
        assert agree(result, ours) >= 6
    for each in present(single, "MRcML.noDP") if "mr.cml.noDP.MATRUE" in single.results else []:
        result = single.results[each]
        ours: dict[str, Any] = {}
        for criterion in ("bic", "aic"):
            for average in (True, False):
                found = cml(
                    *single.arrays,
                    sample_size=result["options"]["n"],
                    criterion=criterion,
                    average=average,
                    perturbations=0,
                    # the peer returns the last of 100 steps
                    converge=False,
                )
                name = ("MA_" if average else "") + criterion.upper()
                ours |= {f"{name}_theta": found.beta, f"{name}_se": found.se, f"{name}_p": found.p_value}
                if criterion == "bic":
                    ours["BIC_invalid"] = places(~found.details.valid)
        assert agree(result, ours) >= 11


def test_constrained_maximum_likelihood_with_perturbation(single: Any) -> None:
    for each in present(single, "mr.cml.DP"):
        result = single.results[each]
        values, options = result["values"], result["options"]
        most = int(options["K_vec"].split(":")[1])
        found = cml(
            *single.arrays, sample_size=options["n"], perturbations=5 * options["num_pert"], most_invalid=most, seed=1
        )
        # the deviations are of three runs only, so that theirs may be far too small: of 200 perturbations, the mean
        # has se / sqrt(200), and the deviation se / sqrt(400); the peer's are means of three
        noise = found.se * np.sqrt(1 / 200 / 3 + 1 / 1000)
        assert abs(found.beta - values["estimate"]) < 4 * max(noise, values["estimate_mc_sd"] / np.sqrt(3))
        assert abs(found.se - values["se"]) < 4 * max(noise, values["se_mc_sd"] / np.sqrt(3))


WEIGHTS = {"w1": "first", "w2": "second", "w3": "modified"}


def test_radial(single: Any, agree: Any) -> None:
    names = single.inputs["SNP"].to_numpy()
    bx, by, sx, sy = single.arrays
    for key, weights in WEIGHTS.items():
        for each in present(single, f"radial.ivw.{key}"):
            result = single.results[each]
            found = radial_ivw(*single.arrays, weights=weights, outlier_alpha=result["options"]["alpha"])
            extra, values = found.details.numbers(), result["values"]
            outliers = names[found.details.outlier].tolist()
            ours = {"Q": extra["q_statistic"], "df": extra["q_df"], "per_snp_Q": found.details.variant_q}
            ours |= {"outliers": outliers if outliers else "none"}
            assert agree(result, ours, left_out=("coef_names", "estimate", "se")) == 4
            estimates, errors = dict(enumerate(values["estimate"])), dict(enumerate(values["se"]))
            regressions = {"values": {"estimate": values["estimate"][:2], "se": values["se"][:2]}}
            # the peer's errors are multiplied by the dispersion even if it is below 1
            factor = max(1.0, 1 / extra["dispersion"])
            assert found.se == pytest.approx(factor * extra["dispersed_se"])
            assert extra["iterative_se"] >= extra["iterative_dispersed_se"]
            pairs = [(found.beta, extra["dispersed_se"]), (extra["iterative"], extra["iterative_dispersed_se"])]
            ours = {"estimate": [pair[0] for pair in pairs], "se": [pair[1] for pair in pairs]}
            assert agree(result | regressions, ours) == 2
            exact = extra["exact_fixed"]

            def q(beta: float, dispersion: float = 1.0) -> float:
                return float(((by - beta * bx) ** 2 / (dispersion * sy**2 + (beta * sx) ** 2)).sum())

            # the peer seeks the least of Q to a ten-thousandth, in [-2, 2] only
            if estimates[2] is not None:
                assert exact == pytest.approx(estimates[2], abs=1.3e-4)
                assert extra["exact_fixed_se"] == pytest.approx(errors[2], rel=1e-5)
                assert q(exact) <= q(estimates[2])
            else:
                assert abs(exact) > 2
            assert extra["exact_random"] == pytest.approx(estimates[3], abs=1.3e-4)
            # deviations of 1,000 draws on both sides, with heavy tails if variants are few
            heavy = 2 if len(bx) < 10 else 1
            assert extra["exact_random_se"] == pytest.approx(errors[3], rel=4 * heavy * np.sqrt(1 / 1000))
        for each in present(single, f"radial.egger.{key}"):
            result = single.results[each]
            found = radial_egger(*single.arrays, weights=weights, outlier_alpha=result["options"]["alpha"])
            outliers = names[found.details.outlier].tolist()
            # of two coefficients there are p - 2; the peer states p - 1
            ours = {"Q": found.details.q_statistic, "df": found.details.q_df + 1}
            ours |= {"outliers": outliers if outliers else "none"}
            assert agree(result, ours, left_out=("coef_names", "estimate", "se")) == 3
            for part, pair in (
                ("estimate", (found.details.intercept, found.beta)),
                ("se", (found.details.intercept_dispersed_se, found.details.dispersed_se)),
            ):
                assert list(result["values"][part]) == ["(Intercept)", "Wj"]
                listed = {"values": {part: list(result["values"][part].values())}}
                assert agree(result | listed, {part: list(pair)}) == 1
