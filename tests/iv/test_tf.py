"""tF: the published critical values, its size, and what it says of an estimate."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from latentmr import liml, ols, tsls
from latentmr.iv.tf import tf_critical_value, tf_test

PUBLISHED = {2.0: 18.66, 2.1: 9.74, 2.5: 4.92, 3.0: 3.65, 4.0: 2.80, 5.0: 2.46, 6.0: 2.27, 8.0: 2.08, 9.0: 2.02}


def test_tf_critical_values_are_the_published_ones():
    """Those are rounded up to two decimals."""
    found = {t: np.ceil(100 * tf_critical_value(t**2) - 1e-9) / 100 for t in PUBLISHED}
    assert found == pytest.approx(PUBLISHED)
    assert tf_critical_value(104.68) == pytest.approx(norm.isf(0.025), abs=1e-12)
    assert tf_critical_value(104.6) > norm.isf(0.025) + 1e-6
    assert tf_critical_value(252.0, 0.01) > tf_critical_value(252.35, 0.01) == tf_critical_value(1e6, 0.01)
    assert tf_critical_value(10.0) == pytest.approx(3.43, abs=0.005)


@pytest.mark.parametrize("alpha", [0.1, 0.05, 0.01])
def test_tf_critical_values_fall(alpha):
    F = np.geomspace(norm.isf(alpha / 2) ** 2 * 1.0001, 1e3, 300)
    found = np.array([tf_critical_value(f, alpha) for f in F])
    assert (np.diff(found) <= 1e-12).all()
    assert found[-1] >= norm.isf(alpha / 2)
    assert tf_critical_value(norm.isf(alpha / 2) ** 2 * 0.9999, alpha) == np.inf


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_size_of_tf(alpha):
    edge = np.linspace(-6, 6, 481)
    v, e = np.meshgrid(edge, edge, indexing="ij")
    weight = norm.pdf(v) * norm.pdf(e) * (edge[1] - edge[0]) ** 2
    table = np.linspace(0, 25, 2501)
    values = np.array([tf_critical_value(t**2, alpha) for t in table])

    def size(strength, rho):
        f = strength + v
        t_ar = rho * v + np.sqrt(1 - rho**2) * e
        t = np.abs(t_ar * f) / np.sqrt(np.maximum(f**2 - 2 * rho * t_ar * f + t_ar**2, 1e-12))
        at = np.abs(f)
        finite = np.interp(at, table, np.where(np.isinf(values), 0, values))
        rejects = (at > norm.isf(alpha / 2) + 0.01) & (t > finite)
        return float((weight * rejects).sum())

    sizes = {(s, rho): size(s, rho) for s in (0.3, 1.5, 4.0, 8.5, 12.0, 16.0) for rho in (0.0, 0.5, 0.9, 0.9999)}
    assert max(sizes.values()) < alpha * 1.03
    assert max(size for (_, rho), size in sizes.items() if rho > 0.99) > alpha * 0.9


def test_tf_test():
    rng = np.random.default_rng(3)
    z, u = rng.normal(size=400), rng.normal(size=400)
    weak = tsls(z, 0.15 * z + u, u + 0.3 * rng.normal(size=400))[0]
    found = tf_test(weak)
    critical = tf_critical_value(weak.effective_f)
    assert found.statistic == pytest.approx(abs(weak.beta) / weak.se)
    assert found.effect == pytest.approx(weak.se * critical / norm.isf(0.025))
    strong = replace(weak, effective_f=500.0)
    assert tf_test(strong).effect == pytest.approx(weak.se)
    assert tf_test(strong, 0.01).effect > 1.05 * weak.se
    doubtful = replace(weak, beta=2.5 * weak.se, effective_f=8.0)
    assert tf_test(doubtful).verdict == "warn"
    assert tf_test(replace(doubtful, effective_f=200.0)).verdict == "pass"
    none = tf_test(replace(doubtful, effective_f=2.0))
    assert (none.verdict, none.effect) == ("warn", np.inf)
    assert "every effect" in none.reason
    assert tf_test(liml(z, 0.15 * z + u, u + 0.3 * rng.normal(size=400))).statistic is not None


def test_tf_does_not_apply_elsewhere():
    rng = np.random.default_rng(0)
    Z, C, u = rng.normal(size=(400, 4)), rng.normal(size=400), rng.normal(size=(400, 3))
    X, y = Z[:, :2] + u[:, :2], u.sum(axis=1)
    cases = {
        "4 instruments": tsls(Z, X[:, 0], y, C),
        "several exposures": tsls(Z[:, :2], X, y, C)[0],
        "the method is OLS": ols(X[:, 0], y, C),
        "standard error is zero": replace(tsls(Z[:, 0], X[:, 0], y, C)[0], se=0.0),
    }
    for reason, estimate in cases.items():
        found = tf_test(estimate)
        assert (found.verdict, found.statistic, found.effect) == ("not applicable", None, None)
        assert reason in found.reason


@pytest.mark.parametrize(
    ("f", "alpha", "message"),
    [
        (-1.0, 0.05, "f must be a first-stage F, zero or more. Got -1"),
        (float("nan"), 0.05, "f must be a first-stage F, zero or more. Got nan"),
        (10.0, 0.2, "alpha must be above 0 and at most 0.1. Got 0.2"),
    ],
)
def test_refusals(f, alpha, message):
    with pytest.raises(ValueError, match=message):
        tf_critical_value(f, alpha)
