"""Every branch of every test, and that effect sizes and p-values mean what they say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, f, kstest

from latentmr import tsls
from latentmr.diagnose.environment_variability import variability
from latentmr.diagnose.factor_form import linkage
from latentmr.diagnose.primary_estimate import overidentification, strength
from latentmr.iv import Model, columns, gather, solve
from latentmr.results.history import LinkageGroup, LinkageSummary, Shift
from latentmr.results.printing import counted


def estimate(scale):
    rng = np.random.default_rng(1)
    Z = rng.normal(size=(400, 3))
    x = scale * Z.sum(axis=1) + rng.normal(size=400)
    return tsls(Z, x, x + rng.normal(size=400))[0]


def test_strong_instruments_pass():
    row = estimate(1.0)
    found = strength(row, 396)
    assert (found.name, found.verdict, found.df) == ("strength", "pass", "F(3, 396)")
    assert (found.statistic, found.effect) == (row.f_statistic, row.effective_f)
    assert found.p_value == pytest.approx(f.sf(row.f_statistic, 3, 396))
    assert found.reason == f"the effective F is {row.effective_f:.1f}"


def test_weak_instruments_warn_and_point_to_the_robust_set():
    found = strength(estimate(0.02), 396)
    assert found.verdict == "warn"
    assert "below 10" in found.reason
    assert "conditional likelihood-ratio set" in found.reason


@pytest.mark.parametrize(("effective", "verdict"), [(9.99, "warn"), (10.0, "pass")])
def test_the_verdict_rests_on_the_effective_f(effective, verdict):
    row = replace(estimate(1.0), f_statistic=500.0, effective_f=effective)
    assert strength(row, 396).verdict == verdict


def test_strength_does_not_apply_to_several_exposures():
    found = strength(replace(estimate(1.0), f_statistic=None, effective_f=None), 396)
    assert (found.verdict, found.statistic, found.p_value) == ("not applicable", None, None)
    assert "several exposures" in found.reason


@pytest.mark.parametrize(("k", "m"), [(1, 1), (2, 2)])
def test_overidentification_needs_more_instruments_than_exposures(k, m):
    found = overidentification(0.0, k, m, 0.05)
    assert found.verdict == "not applicable"
    sizes = f"{counted(k, 'instrument')} and {counted(m, 'exposure')}"
    assert found.reason == f"there is no overidentifying restriction to test with {sizes}"


@pytest.mark.parametrize(
    ("kappa", "verdict", "words"),
    [
        (1.005, "pass", "no evidence that the instruments disagree"),
        (1.05, "warn", "the instruments disagree: some are invalid"),
    ],
)
def test_overidentification(kappa, verdict, words):
    found = overidentification(400 * (kappa - 1), 4, 1, 0.05)
    assert found.statistic == pytest.approx(400 * (kappa - 1))
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 3))
    assert found.effect == pytest.approx(found.statistic / 3)
    assert (found.verdict, found.df) == (verdict, "chi2(3)")
    assert found.reason.startswith(words)


def test_a_pass_beside_an_empty_set_is_explained():
    """A 95 % Anderson-Rubin set is empty if the same statistic exceeds a quantile of chi2(k), above that of k - m."""
    statistic = chi2.isf(0.01, 3)
    found = overidentification(statistic, 4, 1, 0.001)
    assert (found.verdict, found.p_value) == ("pass", pytest.approx(0.01))
    assert found.reason == (
        "weak evidence that the instruments disagree: the minimum Anderson-Rubin statistic over all effects has p ="
        " 0.01. This test warns below 0.001; a 95 % Anderson-Rubin set can be empty below 0.05"
    )
    for p, verdict, beginning in (
        (0.051, "pass", "no evidence"),
        (0.049, "pass", "weak evidence"),
        (0.0011, "pass", "weak evidence"),
        (0.0009, "warn", "the instruments disagree"),
    ):
        found = overidentification(chi2.isf(p, 3), 4, 1, 0.001)
        assert found.verdict == verdict
        assert found.reason.startswith(beginning)


def test_a_pass_beside_an_empty_set_names_the_level_of_the_sets():
    found = overidentification(chi2.isf(0.07, 3), 4, 1, 0.001, of_sets=0.1)
    assert found.reason.endswith("a 90 % Anderson-Rubin set can be empty below 0.1")
    assert overidentification(chi2.isf(0.03, 3), 4, 1, 0.001, of_sets=0.01).reason.startswith("no evidence")


def test_overidentification_follows_alpha():
    assert overidentification(8.0, 4, 1, 0.05).verdict == "warn"
    assert overidentification(8.0, 4, 1, 0.01).verdict == "pass"


def test_overidentification_has_its_size_and_finds_an_invalid_instrument():
    model = Model("LIML", columns(6, slice(0, 4)), columns(6, [4]), columns(6, 5), np.zeros((6, 0)), ("x",))

    def p_value(seed, direct):
        rng = np.random.default_rng(seed)
        Z, u = rng.normal(size=(400, 4)), rng.normal(size=400)
        x = Z.sum(axis=1) + u
        design = np.column_stack([Z, x, x + direct * Z[:, 0] + u + rng.normal(size=400)])
        fit = solve(model, gather(lambda: [design]))
        return overidentification(fit.df * (fit.kappa_liml - 1), fit.k, 1, 0.05).p_value

    null = [p_value(seed, 0.0) for seed in range(300)]
    assert kstest(null, "uniform").pvalue > 0.01
    assert sum(p_value(seed, 0.4) < 0.05 for seed in range(20)) >= 19


SHIFT = Shift(statistic=30.0, df=10, effect=0.024)


@pytest.mark.parametrize(("alpha", "verdict"), [(0.05, "pass"), (1e-4, "warn")])
def test_variability_is_a_test_of_equal_means(alpha, verdict):
    found = variability(SHIFT, alpha)
    assert found.p_value == pytest.approx(chi2.sf(30, 10))
    assert (found.verdict, found.df, found.effect, found.statistic) == (verdict, "chi2(10)", 0.024, 30.0)
    assert "2.4 % of the variance of the genotypes lies between environments" in found.reason
    assert found.reason.startswith("the environments do not differ detectably") == (verdict == "warn")


@pytest.mark.parametrize(("stationary", "verdict"), [((3, 6), "pass"), ((6, 6), "warn")])
def test_variability_counts_directions_where_the_stationary_form_found_them(stationary, verdict):
    # covariances may change where means do not, and the reverse
    for shift in (SHIFT, replace(SHIFT, statistic=1.0)):
        found = variability(shift, 0.05, stationary)
        assert found.verdict == verdict
        assert f"{6 - stationary[0]} of 6 directions differ in mean or covariance" in found.reason


def group(largest, first="rs1", second="rs2", pairs=10):
    return LinkageGroup(pairs=pairs, mean_r2=largest**2, largest=largest, first=first, second=second)


QUIET = LinkageSummary(n=10_000.0, within=group(0.02), across=group(0.03), residual=group(0.01))


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, "pass", "the mean r2 is 0.0004 on one chromosome and 0.0009 across"),
        ({"across": None}, "pass", "no linked pair"),
        ({"within": None}, "pass", "every variant is on a separate chromosome"),
        ({"within": None, "across": None, "unknown": group(0.2)}, "pass", "chromosomes are not known"),
        ({"within": group(-0.4)}, "warn", "rs1 and rs2 (r = -0.40) are linked: clump the variants first"),
        ({"within": group(0.4), "across": group(0.5)}, "pass", "on one chromosome"),
        ({"within": group(0.4), "n": 30.0}, "pass", "on one chromosome"),
        (
            {"unknown": group(0.7, "a", "b")},
            "warn",
            "a and b (r = 0.70) appear to be linked, although their chromosomes",
        ),
        ({"residual": group(0.2, "c", "d")}, "warn", "c and d (r = 0.20) are correlated beyond the factors"),
    ],
)
def test_linkage(changes, verdict, words):
    found = linkage(replace(QUIET, **changes))
    assert (found.name, found.verdict) == ("linkage", verdict)
    assert words in found.reason


@pytest.mark.parametrize("summary", [None, LinkageSummary(n=5.0)])
def test_linkage_does_not_apply_without_pairs(summary):
    found = linkage(summary)
    assert (found.verdict, found.effect) == ("not applicable", None)


def test_linkage_effect_is_the_largest_correlation_on_one_chromosome():
    assert linkage(replace(QUIET, within=group(-0.4))).effect == 0.4
    assert linkage(replace(QUIET, within=None, unknown=group(-0.2))).effect == 0.2
    assert linkage(replace(QUIET, within=None)).effect == 0.0
