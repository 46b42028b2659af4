"""Mode-based estimates against TwoSampleMR and MendelianRandomization."""

from typing import Any

import pytest

from latentmr.two_sample.methods.mode import mode

MODES = {
    f"ts.mr_{weighting}_mode{nome}": {"weighting": weighting, "weights": "first" if nome else "second"}
    for weighting in ("simple", "weighted")
    for nome in ("", "_nome")
}
MODES |= {
    f"mr.mbe.{theirs}.{stderror}.phi{phi}": {"weighting": weighting, "weights": weights, "phi": float(phi)}
    for theirs, weighting in (("weighted", "weighted"), ("unweighted", "simple"))
    for stderror, weights in (("delta", "second"), ("simple", "first"))
    for phi in ("0.25", "0.5", "1")
}


def test_modes(single: Any) -> None:
    names = {name for name in single.results if "_mode" in name or "mbe" in name}
    assert len(names) >= 4
    for name in names:
        values = single.results[name]["values"]
        assert values.keys() == {"estimate", "se", "se_mc_sd"}
        found = mode(*single.arrays, draws=4000, **MODES[name])
        # the same point of the same grid: far closer than the tolerance of the case
        assert found.beta == pytest.approx(values["estimate"], rel=1e-9), name
        # six standard deviations of the peer's runs of 500 or 1,000 draws; of so few runs, theirs may be too small
        assert abs(found.se - values["se"]) < 6 * max(values["se_mc_sd"], 0.01 * values["se"]), name
