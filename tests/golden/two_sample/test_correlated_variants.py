"""PC-GMM and weak-instrument sets of correlated variants against MendelianRandomization."""

from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods.pcgmm import pcgmm
from latentmr.two_sample.methods.weak_instruments import anderson_rubin, conditional_likelihood_ratio, kleibergen


def test_principal_components(correlated: Any, agree: Any) -> None:
    for robust in (True, False):
        result = correlated.results[f"cor.pcgmm.robust{str(robust).upper()}"]
        options = result["options"]
        found = pcgmm(
            *correlated.arrays,
            samples=(options["nx"], options["ny"]),
            correlation=correlated.matrix("rho"),
            explained=options["thres"],
            robust=robust,
            centred=True,
        )
        extra = found.details.numbers()
        ours = {"estimate": found.beta, "se": found.se, "ci_lower": found.ci_low, "ci_upper": found.ci_high}
        ours |= {"p": found.p_value, "F": extra["f_statistic"], "PCs": extra["components"]}
        ours |= {"Q_and_p": extra["q_statistic"], "overdispersion": extra["overdispersion"]} if robust else {
            "Q_and_p": [extra["q_statistic"], extra["q_p_value"]], "overdispersion": []
        }  # fmt: skip
        # the peer's overdispersion is as near as 1e-4, and a limit near zero with it: in standard errors
        assert agree(result, ours, left_out=("ci_lower",)) == 8
        assert found.ci_low == pytest.approx(result["values"]["ci_lower"], rel=1e-3, abs=1e-3 * found.se)


def test_sets_by_weak_instrument_tests(correlated: Any, agree: Any) -> None:
    """The peer's limits are the outermost points of its grid in ours, which also has pieces beyond the grid."""
    result = correlated.results["cor.clr"]
    options = result["options"]
    low, high, step = options["grid"]
    grid = np.arange(round(low / step), round(high / step) + 1) * step
    ours = {}
    for name, method in {"AR": anderson_rubin, "K": kleibergen, "CLR": conditional_likelihood_ratio}.items():
        found = method(*correlated.arrays, samples=(options["nx"], options["ny"]), correlation=correlated.matrix("rho"))
        assert found.ci is not None
        inside = [interval for interval in found.ci.intervals if interval[1] > low and interval[0] < high]
        ours |= {f"{name}_lower": [a for a, _ in inside], f"{name}_upper": [b for _, b in inside]}
        on_grid = grid[[point in found.ci for point in grid]]
        np.testing.assert_allclose(result["values"][f"{name}_lower"], [on_grid[0]], atol=1e-9)
        np.testing.assert_allclose(result["values"][f"{name}_upper"], [on_grid[-1]], atol=1e-9)
    assert agree(result, ours) == 6
