"""Other classical methods against TwoSampleMR and mr.raps."""

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

from latentmr.two_sample.methods import egger, ivw
from latentmr.two_sample.methods.egger_bootstrap import egger_bootstrap
from latentmr.two_sample.methods.grip import grip
from latentmr.two_sample.methods.leave_one_out import leave_one_out
from latentmr.two_sample.methods.maximum_likelihood import maximum_likelihood
from latentmr.two_sample.methods.ratio import single_variants
from latentmr.two_sample.methods.rucker import rucker
from latentmr.two_sample.methods.sign import sign_test
from latentmr.two_sample.methods.wald_interval import wald_estimate


def test_meta_analysis_of_ratios(single: Any, agree: Any) -> None:
    found = ivw(*single.arrays, model="fixed")
    ours = {"b": found.beta, "se": found.se, "pval": found.p_value, "nsnp": found.k}
    assert agree(single.results["ts.mr_meta_fixed_simple"], ours) == 4


def test_sign(single: Any, agree: Any) -> None:
    result = single.results["ts.mr_sign"]
    if single.name == "ts_small3":
        # of fewer than six variants, the peer gives no value
        assert not any(result["values"].values())
        return
    found = sign_test(*single.arrays)
    assert agree(result, {"b": found.effect, "pval": found.p_value, "nsnp": int(found.df[9:].split(",")[0])}) == 3


def test_grip(single: Any, agree: Any) -> None:
    result, found = single.results["ts.mr_grip"], grip(*single.arrays)
    extra, df = found.details, found.k - 2
    # the peer's errors are those of the residuals even if their dispersion is below 1
    factor = max(1.0, 1 / extra.dispersion)
    assert [found.se, extra.intercept_se] == pytest.approx(
        [factor * extra.dispersed_se, factor * extra.intercept_dispersed_se]
    )
    ours = {"b": found.beta, "se": extra.dispersed_se, "nsnp": found.k}
    ours |= {"pval": 2 * stats.t.sf(abs(found.beta) / extra.dispersed_se, df)}
    ours |= {"b_i": extra.intercept, "se_i": extra.intercept_dispersed_se, "b.adj": extra.adjusted_beta}
    ours |= {"pval_i": 2 * stats.t.sf(abs(extra.intercept) / extra.intercept_dispersed_se, df)}
    # the peer's error of the corrected effect is compared below
    assert agree(result, ours, left_out=("se.adj", "pval.adj")) == 8


def test_error_of_the_corrected_grip_effect(single: Any) -> None:
    # the corrected effect is a sum of by times numbers that do not depend on by; of its variance, the peer's mixed term
    # has bx^2 - sx^2 where the variance of the sum has bx^2 - 3 sx^2: in one case it is negative, so the peer has none
    bx, by, sx, sy = single.arrays
    found = grip(bx, by, sx, sy)
    w, a, a3 = sy**-2, bx**2 - sx**2, bx**2 - 3 * sx**2
    of_by = np.mean((by - (found.beta * bx**2 + found.details.intercept) / bx) ** 2)
    parts = w * bx * (w.sum() * a3 - w @ a)
    divisor = w.sum() * (w @ (bx**4 - 6 * bx**2 * sx**2 + 3 * sx**4)) - (w @ a) ** 2
    assert parts @ by / divisor == pytest.approx(found.details.adjusted_beta, rel=1e-9)
    assert np.sqrt(of_by * parts @ parts) / abs(divisor) == pytest.approx(found.details.adjusted_dispersed_se, rel=1e-9)
    of_errors = np.sqrt(parts**2 @ sy**2) / abs(divisor)
    assert found.details.adjusted_se == pytest.approx(max(of_errors, found.details.adjusted_dispersed_se), rel=1e-9)
    mixed = 2 * w.sum() * (w @ a) * ((w * bx) ** 2 @ (a3 - a))
    theirs = of_by * (parts @ parts + mixed)
    values = single.results["ts.mr_grip"]["values"]
    if values["se.adj"] is None:
        assert theirs < 0
        assert found.details.reliability < 0
    else:
        assert np.sqrt(theirs) / divisor == pytest.approx(values["se.adj"], rel=1e-6)


def test_egger_by_bootstrap(single: Any) -> None:
    values = single.results["ts.mr_egger_regression_bootstrap"]["values"]
    found = egger_bootstrap(*single.arrays, regression="scaled", draws=4000)
    ours = [found.beta, found.se, found.details.intercept, found.details.intercept_se]
    theirs = [values[name] for name in ("estimate", "se", "intercept", "intercept_se")]
    # the peer averages a row of zeros in
    assert (np.abs(np.array(ours) - theirs) < 4 * np.array(values["mc_sd"]) + np.abs(theirs) / 1000).all()


def test_leave_one_out(single: Any, agree: Any) -> None:
    for name, method, options in (
        ("ts.leaveoneout", ivw, {"model": "random"}),
        ("ts.leaveoneout.egger", egger, {}),
    ):
        # of three variants, the peer leaves none out for MR-Egger
        if name not in single.results:
            assert single.name == "ts_small3"
            continue
        result = single.results[name]
        found = leave_one_out(*single.arrays, method=method, **options)
        together = found.together[0]
        ours = {"SNP": [*single.inputs["SNP"], "All"], "b": [*found.beta, together.beta]}
        ours |= {"se": [*found.se, together.se], "p": [*found.p_value, together.p_value]}
        assert agree(result, by_name(result, ours)) == 4


def test_single_variants(single: Any, agree: Any) -> None:
    result = single.results["ts.singlesnp"]
    found = single_variants(*single.arrays)
    ours = {"SNP": [*single.inputs["SNP"], "All - Inverse variance weighted", "All - MR Egger"]}
    ours |= {
        theirs: [*getattr(found, name), *(getattr(each, name) for each in found.together)]
        for theirs, name in (("b", "beta"), ("se", "se"), ("p", "p_value"))
    }
    assert agree(result, by_name(result, ours)) == 4


def by_name(result: dict[str, Any], table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Rows in the order of the peer's names."""
    rows = {name: i for i, name in enumerate(table["SNP"])}
    assert len(rows) == len(table["SNP"]) == len(result["values"]["SNP"])
    return {name: [values[rows[snp]] for snp in result["values"]["SNP"]] for name, values in table.items()}


def test_rucker(single: Any, agree: Any) -> None:
    result = single.results["ts.rucker"]
    normal, t = (rucker(*single.arrays, distribution=distribution) for distribution in ("normal", "t"))
    letters = dict.fromkeys("ABCD")
    at = normal.dispersion
    factors = [1.0, max(1.0, at["ivw"]), 1.0, max(1.0, at["egger"])]
    theirs = [min(1.0, at["ivw"]), at["ivw"], min(1.0, at["egger"]), at["egger"]]

    def with_their_errors(found: dict[str, Any], errors: dict[str, float], df: float) -> dict[str, Any]:
        """Estimates with the peer's errors, which are also multiplied by a dispersion below 1."""
        for letter, factor, dispersion in zip(letters, factors, theirs, strict=True):
            if letter in found:
                assert found[letter].se == pytest.approx(errors[letter] * factor / dispersion)
        return {
            letter: wald_estimate(each.method, each.beta, errors[letter], each.k, df=df)
            for letter, each in found.items()
        }

    df = len(single.inputs) - 2
    of_slopes = with_their_errors(t.effects, t.dispersed_se, df)
    effects = list(with_their_errors(normal.effects, normal.dispersed_se, np.inf).values())
    intercepts = list(with_their_errors(normal.intercepts, normal.intercepts_dispersed_se, np.inf).values())
    assert result["values"].keys() == {"estimates", "Q", "res", "intercept"}
    assert normal.model == t.model == result["values"]["res"]

    def table(rows: list[Any], methods: list[str], p_values: list[float]) -> dict[str, Any]:
        ours = {"Method": methods, "Estimate": [row.beta for row in rows], "SE": [row.se for row in rows]}
        ours |= {"CI_low": [row.ci_low for row in rows], "CI_upp": [row.ci_high for row in rows], "P": p_values}
        return ours | {"nsnp": [row.k for row in rows]}

    names = ["Egger fixed effects", "Egger random effects"]
    # the peer's p values of slopes of MR-Egger, and no other, are by the t distribution
    p_values = [effects[0].p_value, effects[1].p_value, of_slopes["C"].p_value, of_slopes["D"].p_value]
    part = {"id": result["id"], "tol": result["tol"]}
    assert agree(
        part | {"values": result["values"]["estimates"]},
        table(effects, ["IVW fixed effects", "IVW random effects", *names], p_values),
    ) == 7  # fmt: skip
    assert agree(
        part | {"values": result["values"]["intercept"]},
        table(intercepts, names, [row.p_value for row in intercepts]),
    ) == 6  # fmt: skip
    kinds = ("ivw", "egger", "difference")
    ours = {"Method": ["Q_ivw", "Q_egger", "Q_diff"], "Q": [normal.q_statistic[kind] for kind in kinds]}
    ours |= {"df": [normal.q_df[kind] for kind in kinds], "P": [normal.q_p_value[kind] for kind in kinds]}
    assert agree(part | {"values": result["values"]["Q"]}, ours) == 4


def test_maximum_likelihood(single: Any) -> None:
    found = maximum_likelihood(*single.arrays, model="fixed")
    # of three variants, there is no value
    if "raps.l2.odFALSE" in single.results:
        values = single.results["raps.l2.odFALSE"]["values"]
        assert found.beta == pytest.approx(values["estimate"], rel=1e-5)
    # the peers climb the same likelihood, but stop before its top: these values, not used elsewhere, say how far
    theirs = json.loads((single.folder / "expected.json").read_text())["results"]
    stopped = {
        each["id"]: each["values"] for each in theirs if each["id"] in ("mr.maxlik.fixed", "ts.mr_two_sample_ml")
    }
    reached = [stopped["mr.maxlik.fixed"]["LR_and_p"][0], stopped["ts.mr_two_sample_ml"]["Q"]]
    assert found.details.q_statistic <= min(reached) * (1 + 1e-9)
