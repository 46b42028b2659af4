"""Repeated sampling: the Anderson-Rubin test is exact under normal errors; Wald intervals hold when strong."""

import numpy as np
import pytest
from scipy.stats import binom, kstest

from latentmr import liml, ols, tsls
from latentmr.iv import Model, anderson_rubin_test, columns, gather, solve

BETA = 0.5


def draw(rng, n, k, strength, *, heteroskedastic=False):
    Z, u = rng.normal(size=(n, k)), rng.normal(size=n)
    x = strength * Z.sum(axis=1) / np.sqrt(k) + u + 0.5 * rng.normal(size=n)
    noise = rng.normal(size=n) * (np.abs(Z[:, 0]) if heteroskedastic else 1)
    return Z, x, BETA * x + u + noise


def within(hits, trials, level):
    """Whether a count is one that a probability ``level`` yields in all but one of 2,000 experiments."""
    low, high = binom.ppf([0.00025, 0.99975], trials, level)
    return low <= hits <= high


@pytest.mark.parametrize("strength", [0.0, 0.2, 2.0])
def test_anderson_rubin_p_values_are_uniform_at_any_strength(strength):
    rng = np.random.default_rng(11)
    model = Model("LIML", columns(6, slice(0, 4)), columns(6, [4]), columns(6, 5), np.zeros((6, 0)), ("x",))

    def p_value(design):
        return anderson_rubin_test(solve(model, gather(lambda: [design])), BETA).p_value

    p_values = [p_value(np.column_stack(draw(rng, 25, 4, strength))) for _ in range(500)]
    assert kstest(p_values, "uniform").pvalue > 0.001
    assert within(sum(p < 0.05 for p in p_values), 500, 0.05)


def test_anderson_rubin_set_covers_where_instruments_are_weak_and_the_wald_interval_does_not():
    rng = np.random.default_rng(12)
    rows = [tsls(*draw(rng, 100, 8, 0.15), se="homoskedastic") for _ in range(400)]
    assert within(sum(BETA in row.ci_ar for row in rows), 400, 0.95)
    assert sum(row.ci_low <= BETA <= row.ci_high for row in rows) < 0.8 * 400


@pytest.mark.slow  # coverage in 400 draws
@pytest.mark.parametrize("estimator", [tsls, liml])
def test_robust_wald_interval_covers_with_strong_instruments(estimator):
    rng = np.random.default_rng(13)
    rows = [estimator(*draw(rng, 400, 3, 1.5, heteroskedastic=True)) for _ in range(400)]
    assert within(sum(row.ci_low <= BETA <= row.ci_high for row in rows), 400, 0.95)
    betas, errors = np.array([row.beta for row in rows]), np.array([row.se for row in rows])
    assert errors.mean() == pytest.approx(betas.std(), rel=0.12)


@pytest.mark.slow  # coverage in 400 draws
def test_homoskedastic_interval_fails_where_errors_are_not():
    rng = np.random.default_rng(14)
    covered = [0, 0]
    for _ in range(400):
        Z = rng.normal(size=(300, 1))
        x = Z[:, 0] + 0.2 * rng.normal(size=300)
        y = BETA * x + Z[:, 0] ** 2 * rng.normal(size=300)
        for i, se in enumerate(("homoskedastic", "HC1")):
            row = tsls(Z, x, y, se=se)
            covered[i] += row.ci_low <= BETA <= row.ci_high
    assert covered[0] < 0.85 * 400 < 0.9 * 400 < covered[1]


@pytest.mark.slow  # coverage in 400 draws
def test_cluster_interval_covers_where_people_repeat_each_other():
    rng = np.random.default_rng(15)
    covered = [0, 0]
    groups = np.repeat(np.arange(60), 5)
    for _ in range(400):
        Z, u = rng.normal(size=(60, 1))[groups], rng.normal(size=60)[groups]
        x = Z[:, 0] + u + rng.normal(size=300)
        y = BETA * x + 2 * u + rng.normal(size=300)
        for i, options in enumerate(({"se": "HC1"}, {"se": "cluster", "cluster": groups})):
            row = tsls(Z, x, y, **options)
            covered[i] += row.ci_low <= BETA <= row.ci_high
    assert covered[0] < 0.75 * 400 < 0.9 * 400 < covered[1]


def test_liml_is_centred_where_2sls_leans_to_ols():
    rng = np.random.default_rng(16)
    draws = [draw(rng, 400, 30, 0.6) for _ in range(200)]
    median = {f: np.median([f(*d, se="homoskedastic").beta for d in draws]) for f in (tsls, liml)}
    biased = np.median([ols(x, y, se="homoskedastic").beta for _, x, y in draws])
    assert abs(median[liml] - BETA) < 0.03
    assert BETA + 0.1 < median[tsls] < biased
