"""Steiger's test and correlations of variants against TwoSampleMR."""

from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods.correlations import (
    effective_n,
    r_from_effects,
    r_from_frequency,
    r_from_log_odds,
    r_from_p,
)
from latentmr.two_sample.methods.steiger import SteigerDirection, steiger, steiger_filter

NAMES = {
    "r2_exp": "r2_exposure", "r2_out": "r2_outcome", "r2_exp_adj": "true_r2_exposure", "r2_out_adj": "true_r2_outcome",
    "correct_causal_direction": "forward", "steiger_test": "p_value", "correct_causal_direction_adj": "true_forward",
    "steiger_test_adj": "true_p_value", "vz": "volume", "vz0": "volume_reverse", "vz1": "volume_forward",
    "sensitivity_ratio": "sensitivity_ratio",
}  # fmt: skip


def in_numbers(result: dict[str, Any]) -> dict[str, Any]:
    """With 0 and 1 for false and true."""
    values = {name: np.asarray(value) for name, value in result["values"].items()}
    numbers = {name: value.astype(float) if value.dtype == bool else value for name, value in values.items()}
    return result | {"values": {name: value.tolist() for name, value in numbers.items()}}


@pytest.fixture(scope="module")
def case(read_case: Any) -> Any:
    return read_case("steiger_sim")


def test_every_value_is_compared(case: Any) -> None:
    known = {"r.pn", "r.bsen", "effective_n", "steiger.1.1", "steiger.0.8.0.6", "steiger.pn"}
    known |= {"steiger.filter.cont", "steiger.filter.binary"}
    known |= {f"r.lor.{model}.{corrected}" for model in ("logit", "probit") for corrected in ("TRUE", "FALSE")}
    assert case.results.keys() == known


def test_correlations(case: Any, agree: Any) -> None:
    t = case.inputs
    assert agree(case.results["r.pn"], {"r": r_from_p(t["p_exp"], t["n_exp"])}) == 1
    assert agree(case.results["r.bsen"], {"r": r_from_effects(t["beta_exp"], t["se_exp"], t["n_exp"])}) == 1
    for model in ("logit", "probit"):
        for corrected in (True, False):
            columns = (t[name] for name in ("lor", "eaf", "ncase", "ncontrol", "prevalence"))
            ours = {"r": r_from_log_odds(*columns, model=model, corrected=corrected)}
            assert agree(case.results[f"r.lor.{model}.{str(corrected).upper()}"], ours) == 1
    assert agree(case.results["effective_n"], {"n": effective_n(t["ncase"], t["ncontrol"])}) == 1


def told(found: SteigerDirection) -> dict[str, Any]:
    return {theirs: getattr(found, ours) for theirs, ours in NAMES.items()}


def test_direction(case: Any, agree: Any) -> None:
    t = case.inputs
    r_x = r_from_effects(t["beta_exp"], t["se_exp"], t["n_exp"])
    r_y = r_from_effects(t["beta_out"], t["se_out"], t["n_out"])
    for name, reliabilities in (("1.1", (1.0, 1.0)), ("0.8.0.6", (0.8, 0.6))):
        x, y = reliabilities
        found = steiger(r_x, r_y, t["n_exp"], t["n_out"], reliability_exposure=x, reliability_outcome=y)
        assert agree(in_numbers(case.results[f"steiger.{name}"]), told(found)) == 12
    r_x, r_y = r_from_p(t["p_exp"], t["n_exp"]), r_from_p(t["p_out"], t["n_out"])
    assert agree(in_numbers(case.results["steiger.pn"]), told(steiger(r_x, r_y, t["n_exp"], t["n_out"]))) == 12


def test_filter(case: Any, agree: Any) -> None:
    t = case.inputs
    people = effective_n(t["ncase"], t["ncontrol"])
    # where there are effects and errors, the peer takes these, not p values
    r_x = r_from_effects(t["beta_exp"], t["se_exp"], t["n_exp"])
    r_y = r_from_effects(t["beta_out"], t["se_out"], t["n_out"])
    continuous = steiger_filter(r_x, r_y, t["n_exp"], t["n_out"])
    liability = r_from_log_odds(*(t[name] for name in ("lor", "eaf", "ncase", "ncontrol", "prevalence")))
    binary = steiger_filter(r_from_frequency(t["beta_exp"], t["eaf"]), liability, t["n_exp"], people)
    for name, found, values in (("cont", continuous, 5), ("binary", binary, 6)):
        ours = {"SNP": t["SNP"], "rsq_exposure": found.r2_exposure, "rsq_outcome": found.r2_outcome}
        ours |= {"dir": found.forward, "p": found.p_value, "effective_n_outcome": np.asarray(people)}
        assert agree(in_numbers(case.results[f"steiger.filter.{name}"]), ours) == values
