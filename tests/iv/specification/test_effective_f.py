"""Effective F: identities, the critical values of the paper, pyfixest, size."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from latentmr.iv.problem import problem
from latentmr.iv.specification.bias_bound import effective_f_critical_value, worst_bias
from latentmr.iv.specification.effective_f import TOLERANCES, effective_f, effective_f_table
from latentmr.iv.specification.first_stage import first_stage_f

GOLDEN = Path(__file__).parents[2] / "golden"
ERRORS = ("homoskedastic", "HC0", "HC1", "cluster")


def posed(se="HC1", seed=0, n=400, k=4):
    rng = np.random.default_rng(seed)
    Z, C = rng.normal(size=(n, k)), rng.normal(size=(n, 2))
    Z += C[:, :1]
    shock = rng.normal(size=(n, 2)) @ [[1.5, 0.5], [0.5, 1.5]] * np.exp(0.4 * Z[:, :1])
    x = 0.3 * Z @ rng.normal(size=k) + C[:, 0] + shock[:, 0]
    groups = np.arange(n) % 40 if se == "cluster" else None
    return problem(Z, x, x + shock[:, 1] + C[:, 1], C, method="2SLS", se=se, cluster=groups)


@pytest.mark.parametrize("se", ERRORS)
def test_effective_f_is_the_robust_f_with_one_instrument(se):
    one = posed(se, k=1)
    assert effective_f(one).statistic == pytest.approx(first_stage_f(one)[0].statistic, rel=1e-10)
    assert effective_f(one).effect == pytest.approx(23.1085, abs=1e-3)


def test_effective_f_is_f_under_homoskedastic_errors():
    many = posed("homoskedastic", k=5)
    found = effective_f(many)
    assert found.statistic == pytest.approx(first_stage_f(many)[0].statistic, rel=1e-10)
    assert found.effect == pytest.approx(effective_f_critical_value(np.eye(5))[0])


def test_critical_values_of_the_paper_with_one_instrument():
    found = [effective_f_critical_value(np.eye(1), tau)[0] for tau in TOLERANCES]
    assert np.round(found, 1) == pytest.approx([37.4, 23.1, 15.1, 12.0])
    # with one degree of freedom the law is that of a squared normal, all but exactly
    exact = [(np.sqrt(1 / tau) + norm.isf(0.05)) ** 2 for tau in TOLERANCES]
    assert found == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 500])
def test_effective_degrees_of_freedom(k):
    assert effective_f_critical_value(np.eye(k))[1] == pytest.approx(k)
    values = np.geomspace(1, 100, k)
    critical, degrees = effective_f_critical_value(np.diag(values))
    assert 1 - 1e-9 <= degrees <= k + 1e-9
    assert critical == pytest.approx(effective_f_critical_value(7 * np.diag(values))[0])
    if k > 1:
        assert critical > effective_f_critical_value(np.eye(k))[0]


@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_worst_bias_under_homoskedastic_errors(k):
    omega = np.array([[1.0, -0.8], [-0.8, 4.0]])
    assert worst_bias(omega[:, :, None, None] * np.eye(k)) == pytest.approx(abs(k - 2) / k, abs=1e-6)


def test_worst_bias_is_that_over_effects_and_directions():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    W = (root @ root.T).reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    beta = np.tan(np.linspace(-1.57, 1.57, 400))[:, None]
    c = rng.normal(size=(4000, 3))
    c /= np.linalg.norm(c, axis=1)[:, None]
    cross = np.einsum("ia,ab,ib->i", c, W[0, 1], c) - beta * np.einsum("ia,ab,ib->i", c, W[0, 0], c)
    trace = np.trace(W[0, 1]) - beta * np.trace(W[0, 0])
    S1 = np.trace(W[1, 1]) - 2 * beta * np.trace(W[0, 1]) + beta**2 * np.trace(W[0, 0])
    sampled = (np.abs(trace - 2 * cross) / np.sqrt(S1 * np.trace(W[0, 0]))).max()
    assert sampled - 1e-9 <= worst_bias(W) <= min(1.0, sampled * 1.01)


@pytest.mark.parametrize("se", ERRORS)
def test_generalised_critical_values_are_under_the_simplified_ones(se):
    many = posed(se)
    rows = effective_f_table(many)
    assert [row.tau for row in rows] == list(TOLERANCES)
    assert all(row.generalised <= row.simplified + 1e-9 for row in rows)
    assert rows[1].simplified == effective_f(many).effect
    assert rows[1].generalised == effective_f(many, generalised=True).effect
    pair = effective_f_table(many.fit, many.reduced)
    assert [row.generalised for row in pair] == [None] * 4
    assert [row.simplified for row in pair] == [row.simplified for row in rows]


def test_size_of_the_effective_f_in_the_worst_direction():
    rng = np.random.default_rng(0)
    W = np.diag([8.0, 2.0, 1.0, 1.0])
    critical, _ = effective_f_critical_value(W, 0.1)
    c = np.sqrt(10 * np.trace(W)) * np.eye(4)[0]
    draws = c + rng.normal(size=(40_000, 4)) * np.sqrt(np.diag(W))
    size = ((draws**2).sum(axis=1) / np.trace(W) > critical).mean()
    assert size == pytest.approx(0.05, abs=0.006)


PYFIXEST = {
    ("iv_sim_strong", None): 82.78032981796895,
    ("iv_sim_strong", "cl"): 84.44355696266598,
    ("iv_sim_weak", None): 0.342926206715926,
    ("iv_sim_many", None): 3.5164160038609804,
}


@pytest.mark.parametrize(("name", "cluster"), PYFIXEST)
def test_effective_f_of_pyfixest(name, cluster):
    """pyfixest 0.60.0 on instruments, exposure and outcome given the covariates.

    It has the products of the instruments as they are, about zero, so its number on the data themselves is another one
    (246.7 for the first case); and its small-sample factor does not count what was partialled out.
    """
    spec = json.loads((GOLDEN / name / "spec.json").read_text())
    data = pd.read_csv(GOLDEN / name / "inputs.csv")
    found = effective_f(
        problem(
            data[spec["instruments"]],
            data[spec["endog"][0]],
            data[spec["y"][0]],
            data[spec["exog"]] if spec["exog"] else None,
            cluster=None if cluster is None else data[cluster],
        )
    )
    n, k, c = len(data), len(spec["instruments"]), len(spec["exog"])
    assert found.statistic * (n - k - 1) / (n - k - c - 1) == pytest.approx(PYFIXEST[name, cluster], rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: effective_f(p, tau=0), "tau must lie between 0 and 1. Got 0"),
        (lambda p: effective_f(p, alpha=2), "alpha must lie between 0 and 1. Got 2"),
        (
            lambda p: effective_f(p.fit, generalised=True),
            "generalised must be False for a Fit, which has no rows. Got True; give arrays or a Problem",
        ),
        (lambda p: effective_f_critical_value(np.eye(2), 1.5), "tau must lie between 0 and 1. Got 1.5"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(posed())
