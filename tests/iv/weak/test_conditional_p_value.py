"""The conditional p-value between its two limits, and its size."""

import numpy as np
import pytest
from scipy.stats import chi2

from latentmr import liml
from latentmr.iv import Model, columns, conditional_likelihood_ratio_test, conditional_p_value, gather, solve


@pytest.mark.parametrize("k", [2, 3, 10, 100])
@pytest.mark.parametrize("statistic", [0.1, 3.0, 20.0])
def test_limits(k, statistic):
    assert conditional_p_value(statistic, 0.0, k) == pytest.approx(chi2.sf(statistic, k), rel=1e-8)
    assert conditional_p_value(statistic, 1e10, k) == pytest.approx(chi2.sf(statistic, 1), rel=1e-4)
    between = [conditional_p_value(statistic, strength, k) for strength in (0, 1, 10, 100, 1e4, 1e7)]
    assert (np.diff(between) <= 1e-9).all()


def test_one_instrument_is_chi2():
    assert conditional_p_value(3.0, 7.0, 1) == pytest.approx(chi2.sf(3.0, 1))
    assert conditional_p_value(0.0, 7.0, 5) == 1.0


@pytest.mark.parametrize("k", [2, 5, 40])
def test_agrees_with_draws(k):
    # given the strength, the likelihood ratio is a function of a chi2(1) and an independent chi2(k - 1)
    rng = np.random.default_rng(k)
    parallel, rest = rng.chisquare(1, 200_000), rng.chisquare(k - 1, 200_000)
    for strength in (0.5, 10.0, 300.0):
        length = parallel + rest
        gap = length - strength
        ratio = 0.5 * (gap + np.sqrt(gap**2 + 4 * strength * parallel))
        for statistic in (1.0, 4.0, 10.0):
            share = np.mean(ratio > statistic)
            error = np.sqrt(share * (1 - share) / len(ratio))
            assert conditional_p_value(statistic, strength, k) == pytest.approx(share, abs=4 * error + 1e-5)


@pytest.mark.parametrize("strength", [0.0, 0.1, 1.0])
def test_size(strength):
    rng = np.random.default_rng(3)
    n, k, draws = 200, 5, 1000
    q = k + 2
    model = Model(
        method="LIML",
        C=np.zeros((q, 0)),
        Z=columns(q, slice(0, k)),
        X=columns(q, slice(k, k + 1)),
        y=columns(q, q - 1),
        exposures=("x",),
    )
    rejected = 0
    for _ in range(draws):
        Z, u = rng.normal(size=(n, k)), rng.normal(size=n)
        x = strength * Z.sum(axis=1) / np.sqrt(k) + 0.9 * u + np.sqrt(0.19) * rng.normal(size=n)
        design = np.column_stack([Z, x, 0.5 * x + u])
        fit = solve(model, gather(lambda design=design: [design]))
        rejected += conditional_likelihood_ratio_test(fit, 0.5).p_value < 0.05
    # 5 % within 3 Monte Carlo errors; the estimated covariance of the errors costs a little at n = 200
    assert 0.03 < rejected / draws < 0.075


def test_set_is_invariant_and_with_one_instrument_is_that_of_the_test(sample):
    base = liml(sample.Z, sample.x, sample.y, sample.C).ci_clr
    turned = liml(sample.Z @ np.linalg.qr(np.random.default_rng(0).normal(size=(sample.Z.shape[1],) * 2))[0] * 7,
                  sample.x, sample.y, sample.C).ci_clr  # fmt: skip
    assert np.allclose(base.intervals, turned.intervals, rtol=1e-8)
    scaled = liml(sample.Z, 2 * sample.x, 3 * sample.y + 1, sample.C).ci_clr
    assert np.allclose(np.array(base.intervals) * 1.5, scaled.intervals, rtol=1e-8)


def test_errors_that_repeat_each_other_are_not_applicable():
    rng = np.random.default_rng(0)
    Z, u = rng.normal(size=(100, 2)), rng.normal(size=100)
    x = Z @ [1.0, 1.0] + u
    assert liml(Z, x, 0.5 * x + u, se="homoskedastic").ci_clr is None
    design = np.column_stack([Z, x, 0.5 * x + u])
    model = Model("LIML", columns(4, slice(0, 2)), columns(4, [2]), columns(4, 3), np.zeros((4, 0)), ("x",))
    result = conditional_likelihood_ratio_test(solve(model, gather(lambda: [design])), 0.0)
    assert result.verdict == "not applicable"
    assert "multiples of each other" in result.reason
