"""Tests and sets of one of several exposures, what the arrays at the door refuse, and errors of several kinds."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import chi2

from latentmr import fuller, kclass, liml, ols, tsls
from latentmr.iv import effect_set, effect_test, problem
from latentmr.iv.weak.robust_anderson_rubin import critical_value, statistic_at
from latentmr.iv.weak.subvector import subvector_p_value, subvector_set, subvector_test

N, K = 300, 5
TRUTH = np.array([0.5, -1.0, 0.3])
EFFECTS = (-2.0, 0.0, 0.5, 30.0)


@pytest.fixture(scope="module")
def data():
    """Instruments, three exposures and an outcome; the first two exposures are for two."""
    rng = np.random.default_rng(11)
    Z, u = rng.normal(size=(N, K)), rng.normal(size=N)
    first = np.array([[0.8, 0.1, 0.0], [0.0, 0.7, 0.1], [0.2, 0.0, 0.6], [0.3, -0.4, 0.2], [-0.2, 0.3, 0.4]])
    X = Z @ first + np.column_stack([u, -u, 0.5 * u]) + rng.normal(size=(N, 3)) * np.exp(0.4 * Z[:, [0]])
    return Z, X, u + rng.normal(size=N) * np.exp(0.3 * Z[:, 1])


@pytest.fixture(scope="module")
def posed(data):
    """Problem with some exposures, all of which matter."""

    def pose(m, se, cluster=None):
        Z, X, noise = data
        return problem(Z, X[:, :m], X[:, :m] @ TRUTH[:m] + noise, se=se, cluster=cluster)

    return pose


def line(reduced, beta, exposure=0):
    """The Anderson-Rubin statistic as a function of the other of two exposures' effect, by its angle."""

    def at(angle):
        b = np.array([0.0, 0.0, 1.0])
        b[exposure], b[1 - exposure] = -beta, -np.tan(angle)
        return statistic_at(reduced, b)

    return at


def statistic(reduced, exposure, beta):
    """That of the test; a robust one is divided by the instruments, as its law is F."""
    return subvector_test(reduced, exposure, beta).statistic * (1 if reduced.se_type == "homoskedastic" else K)


def smallest(at, points=400):
    angles = np.pi * ((np.arange(points) + 0.5) / points - 0.5)
    best = min(angles, key=at)
    step = np.pi / points
    return minimize_scalar(at, bounds=(best - step, best + step), method="bounded", options={"xatol": 1e-11}).fun


@pytest.mark.parametrize("exposure", [0, 1])
@pytest.mark.parametrize("beta", EFFECTS)
@pytest.mark.parametrize("se", ["homoskedastic", "HC1"])
def test_statistic_of_two_exposures_is_the_smallest_over_the_other(posed, se, beta, exposure):
    reduced = posed(2, se).reduced
    want = smallest(line(reduced, beta, exposure))
    assert statistic(reduced, exposure, beta) == pytest.approx(want, rel=1e-6)


def smallest_over_two(reduced, beta, exposure):
    others = [j for j in range(3) if j != exposure]

    def at(angles):
        b = np.append(np.zeros(3), 1.0)
        b[exposure], b[others] = -beta, -np.tan(angles)
        return statistic_at(reduced, b)

    grid = np.pi * ((np.arange(16) + 0.5) / 16 - 0.5)
    starts = sorted(((s, t) for s in grid for t in grid), key=at)[:2]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxfev": 2000}
    return min(minimize(at, start, method="Nelder-Mead", options=options).fun for start in starts)


@pytest.mark.parametrize("exposure", [0, 1, 2])
@pytest.mark.parametrize("beta", EFFECTS[:3])
@pytest.mark.parametrize("se", ["homoskedastic", "HC1"])
def test_statistic_of_three_exposures_is_the_smallest_over_the_others(posed, se, beta, exposure):
    reduced = posed(3, se).reduced
    want = smallest_over_two(reduced, beta, exposure)
    assert statistic(reduced, exposure, beta) == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("exposure", [2])
def test_far_from_the_truth_the_smallest_over_two_others_is_found_too(posed, exposure):
    reduced = posed(3, "HC1").reduced
    want = smallest_over_two(reduced, 30.0, exposure)
    assert statistic(reduced, exposure, 30.0) == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("df", [1, 2, 7])
def test_conditional_law_tends_to_chi2_as_the_largest_root_grows(df):
    for smallest_root in (0.1, 2.0, 9.0):
        want = chi2.sf(smallest_root, df)
        found = [subvector_p_value(smallest_root, largest, df, True) for largest in (10.0, 20.0, 1e2, 1e4, 1e7)]
        assert (np.diff(found) > -1e-12).all()
        assert found[0] < want
        assert found[-1] == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("df", [1, 2, 7])
@pytest.mark.parametrize("largest", [0.5, 5.0, 50.0, 1e5])
def test_conditional_p_value_falls_from_one_and_is_at_most_the_unconditional(df, largest):
    roots = np.linspace(0, min(largest, 40), 60)
    found = np.array([subvector_p_value(root, largest, df, True) for root in roots])
    assert found[0] == pytest.approx(1.0)
    assert (np.diff(found) < 0).all()
    assert (found <= chi2.sf(roots, df) + 1e-9).all()
    # nothing exceeds the largest root
    assert found[-1] == pytest.approx(0.0 if largest <= 40 else chi2.sf(40, df), rel=0.6, abs=1e-12)


@pytest.mark.parametrize("mean", [0.0, 3.0, 30.0])
def test_conditional_law_is_that_of_wishart_roots_and_conservative_without_first_stage(mean):
    rng = np.random.default_rng(0)
    W = rng.normal(size=(2000, 4, 2))
    W[:, 0, 0] += mean
    roots = np.linalg.eigvalsh(W.transpose(0, 2, 1) @ W)
    found = np.array([subvector_p_value(low, high, 3, True) for low, high in roots])
    size, naive = np.mean(found < 0.05), np.mean(chi2.sf(roots[:, 0], 3) < 0.05)
    assert naive <= size < 0.065
    assert size == pytest.approx(0.05, abs=0.015) if mean else naive < size / 2


@pytest.mark.parametrize("m", [2, 3])
def test_homoskedastic_set_holds_what_its_test_does_not_reject(posed, m):
    reduced = posed(m, "homoskedastic").reduced
    for exposure in range(m):
        found = subvector_set(reduced, exposure, 0.05)
        assert TRUTH[exposure] in found
        for end in (end for interval in found.intervals for end in interval):
            assert subvector_test(reduced, exposure, end).p_value == pytest.approx(0.05, abs=1e-6)
        for beta in np.tan(np.linspace(-1.5, 1.5, 41)):
            assert (beta in found) == (subvector_test(reduced, exposure, beta).p_value >= 0.05)


@pytest.mark.parametrize("se", ["HC1", "cluster"])
def test_robust_set_is_the_projection_of_the_set_of_both(posed, se):
    reduced = posed(2, se, np.arange(N) % 60 if se == "cluster" else None).reduced
    bound = critical_value(reduced, 0.05)
    found = subvector_set(reduced, 0, 0.05)
    assert found.is_bounded
    for beta in (*np.linspace(-1, 2, 31), -50.0, 50.0):
        assert (beta in found) == (smallest(line(reduced, beta), 200) <= bound)
    for end in (end for interval in found.intervals for end in interval):
        assert smallest(line(reduced, end)) == pytest.approx(bound, rel=1e-6)


def test_robust_set_of_three_exposures_ends_at_the_critical_value(posed):
    reduced = posed(3, "HC1").reduced
    found = subvector_set(reduced, 1, 0.05)
    assert TRUTH[1] in found
    ends = [end for interval in found.intervals for end in interval if np.isfinite(end)]
    assert ends
    for end in ends:
        assert statistic(reduced, 1, end) == pytest.approx(critical_value(reduced, 0.05), rel=1e-5)


def test_robust_set_ends_where_the_p_value_is_alpha(posed):
    reduced = posed(2, "HC1").reduced
    for end in subvector_set(reduced, 0, 0.05).intervals[0]:
        assert subvector_test(reduced, 0, end).p_value == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("exposure", [0, 1])
def test_homoskedastic_set_lies_inside_the_projection(posed, exposure):
    reduced = posed(2, "homoskedastic").reduced
    found = subvector_set(reduced, exposure, 0.05)
    inside = [beta for beta in np.linspace(-3, 3, 200) if beta in found]
    assert len(inside) > 3
    largest = max(subvector_test(reduced, exposure, beta).statistic for beta in inside)
    # chi2(k) projects the whole set; less one degree of freedom for the other exposure is enough
    assert largest <= chi2.isf(0.05, K - 1) < chi2.isf(0.05, K)


@pytest.mark.parametrize("se", ["homoskedastic", "HC1"])
def test_order_and_units_of_the_exposures(data, se):
    Z, X, noise = data
    X, y = X[:, :2], X[:, :2] @ TRUTH[:2] + noise
    want = np.array(effect_set(Z, X, y, test="AR", exposure=0, se=se).intervals)
    swapped = effect_set(Z, X[:, ::-1], y, test="AR", exposure=1, se=se).intervals
    assert np.array(swapped) == pytest.approx(want, rel=1e-6)
    # the other exposure's unit, and adding it to the outcome, change nothing; this one's unit scales
    other = effect_set(Z, X * [1, 1e3], y + 5 * X[:, 1], test="AR", exposure=0, se=se).intervals
    assert np.array(other) == pytest.approx(want, rel=1e-5)
    scaled = effect_set(Z, X * [1e-2, 1], y, test="AR", exposure=0, se=se).intervals
    assert np.array(scaled) == pytest.approx(1e2 * want, rel=1e-6)


RNG = np.random.default_rng(1)
Z = RNG.normal(size=(60, 3))
U = RNG.normal(size=60)
X = Z @ [1.0, 1.0, 1.0] + U + RNG.normal(size=60)
TWO = np.column_stack([X, Z @ [1.0, -1.0, 0.0] + RNG.normal(size=60)])
Y = X + U
HOLE = np.where(np.arange(60) < 2, np.nan, X)

REFUSALS = {
    "unknown test": (
        lambda: effect_test(Z, X, Y, 0, test="LR"),
        "test must be one of AR, CLR, K. Got 'LR'; choose one of these.",
    ),
    "unknown set": (
        lambda: effect_set(Z, X, Y, test="wald"),
        "test must be one of AR, CLR, K. Got 'wald'; choose one of these.",
    ),
    "CLR of two": (
        lambda: effect_test(Z, TWO, Y, [0, 0], test="CLR"),
        "test must be AR or K with several exposures. Got 'CLR' for 2; choose one of these.",
    ),
    "CLR set of two": (
        lambda: effect_set(Z, TWO, Y),
        "test must be AR for a set with several exposures. Got 'CLR'; choose AR.",
    ),
    "K set of two": (
        lambda: effect_set(Z, TWO, Y, test="K"),
        "test must be AR for a set with several exposures. Got 'K'; choose AR.",
    ),
    "exposure too large": (
        lambda: effect_set(Z, TWO, Y, test="AR", exposure=2),
        "exposure must be a whole number from 0 to 1. Got 2; give the position of the exposure.",
    ),
    "exposure negative": (
        lambda: effect_set(Z, X, Y, exposure=-1),
        "exposure must be a whole number from 0 to 0. Got -1; give the position of the exposure.",
    ),
    "effects too many": (
        lambda: effect_test(Z, X, Y, [0, 1]),
        "beta must be a finite effect for each of the 1 exposures. Got [0, 1];"
        " give one finite number for each exposure.",
    ),
    "effects too few": (
        lambda: effect_test(Z, TWO, Y, 0.5, test="AR"),
        "beta must be a finite effect for each of the 2 exposures. Got 0.5; give one finite number for each exposure.",
    ),
    "effects a matrix": (
        lambda: effect_test(Z, TWO, Y, [[0, 1]], test="AR"),
        "beta must be a finite effect for each of the 2 exposures. Got [[0, 1]];"
        " give one finite number for each exposure.",
    ),
    "effect missing": (
        lambda: effect_test(Z, X, Y, float("nan")),
        "beta must be a finite effect for each of the 1 exposures. Got nan; give one finite number for each exposure.",
    ),
    "alpha 0": (lambda: effect_set(Z, X, Y, alpha=0), "alpha must lie between 0 and 1. Got 0; 0.05 gives"),
    "alpha 1": (lambda: effect_set(Z, X, Y, alpha=1), "alpha must lie between 0 and 1. Got 1; 0.05 gives"),
    "alpha missing": (lambda: effect_set(Z, X, Y, alpha=float("nan")), "alpha must lie between 0 and 1. Got nan"),
    "few instruments": (
        lambda: effect_set(Z[:, :1], TWO, Y, test="AR"),
        "Z must have at least as many independent instruments as exposures (2) given the covariates (adjustment none)."
        " Got 1; add variants or leave out covariates.",
    ),
    "no instruments": (
        lambda: effect_set(None, X, Y),
        "as exposures (1) given the covariates (adjustment none). Got 0",
    ),
    "constant exposure": (lambda: effect_test(Z, np.ones(60), Y, 0), "x must vary given the covariates"),
    "missing exposure": (
        lambda: effect_set(Z, HOLE, Y),
        "x must be finite. Got 2 missing or infinite values; drop the rows with these values.",
    ),
    "missing instrument": (lambda: effect_set(HOLE, X, Y), "Z must be finite. Got 2 missing or infinite values"),
    "missing outcome": (lambda: effect_test(Z, X, HOLE, 0), "y must be finite. Got 2 missing or infinite values"),
    "one cluster": (
        lambda: effect_set(Z, X, Y, cluster=np.zeros(60)),
        "cluster must have at least two clusters. Got one",
    ),
    "one cluster of two ways": (
        lambda: effect_set(Z, X, Y, cluster=np.column_stack([np.arange(60), np.zeros(60)])),
        "cluster must have at least two clusters. Got one",
    ),
    "three ways": (
        lambda: effect_test(Z, X, Y, 0, cluster=np.zeros((60, 3))),
        "cluster must have one label for each of the 60 rows of y, or two labels for two-way clustering."
        " Got shape (60, 3); align it with y.",
    ),
    "errors and clusters": (
        lambda: effect_set(Z, X, Y, se="HC0", cluster=np.arange(60)),
        "se must be cluster if cluster is given. Got 'HC0'; leave one of the two out.",
    ),
    "cluster without labels": (
        lambda: effect_set(Z, X, Y, se="cluster"),
        "cluster must have at least two clusters. Got none; give a cluster label for each row, or another se.",
    ),
    "unknown error": (lambda: effect_set(Z, X, Y, se="HC2"), "se must be one of homoskedastic, HC0, HC1, cluster"),
    "Bekker for a test": (
        lambda: effect_test(Z, X, Y, 0, se="bekker"),
        "se must be homoskedastic, HC0, HC1 or cluster for a test. Got 'bekker'; use it for estimates only.",
    ),
    "Bekker for a set": (lambda: effect_set(Z, X, Y, se="bekker"), "se must be homoskedastic, HC0, HC1 or cluster"),
    "Bekker for OLS": (
        lambda: ols(X, Y, se="bekker"),
        "se must not be bekker for OLS, which has no instruments. Got 'bekker'; use homoskedastic.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal(case):
    call, message = REFUSALS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_an_exposure_must_be_a_whole_number():
    with pytest.raises(ValueError, match="exposure must be"):
        effect_set(Z, TWO, Y, test="AR", exposure=0.5)


FITS = {
    "2SLS": lambda **more: tsls(Z, X, Y, **more),
    "LIML": lambda **more: liml(Z, X, Y, **more),
    "Fuller": lambda **more: fuller(Z, X, Y, **more),
    "OLS": lambda **more: ols(X, Y, **more),
    "k-class": lambda **more: kclass(Z, X, Y, kappa=0.9, **more),
}


@pytest.mark.parametrize("fit", FITS)
def test_two_equal_ways_are_one(fit):
    groups = np.arange(60) % 20
    one, two = FITS[fit](cluster=groups), FITS[fit](cluster=np.column_stack([groups, groups]))
    assert two.se == pytest.approx(one.se, rel=1e-9)
    if fit != "OLS":
        assert two.effective_f == pytest.approx(one.effective_f, rel=1e-9)
        assert np.array(two.ci_ar.intervals) == pytest.approx(np.array(one.ci_ar.intervals), rel=1e-6)
        assert np.array(two.ci_clr.intervals) == pytest.approx(np.array(one.ci_clr.intervals), rel=1e-6)


def test_two_ways_are_the_sum_of_both_less_their_intersection():
    first, second = np.arange(60) % 12, np.arange(60) // 6
    u = Y - Y.mean() - (X - X.mean()) * ols(X, Y).beta
    score = (X - X.mean()) * u

    def meat(labels):
        return (np.bincount(labels, score) ** 2).sum()

    middle = meat(first) + meat(second) - meat(12 * second + first)
    want = np.sqrt(59 / 58 * 10 / 9 * middle) / ((X - X.mean()) ** 2).sum()
    found = ols(X, Y, cluster=np.column_stack([first, second]))
    assert found.se == pytest.approx(want, rel=1e-9)
    assert found == ols(X, Y, cluster=np.column_stack([second, first]).astype(str))


@pytest.mark.parametrize("fit", FITS)
def test_hc1_is_hc0_with_its_factor(fit):
    C = U + np.arange(60)
    # one exposure, one covariate and the intercept
    ratio = FITS[fit](C=C, se="HC1").se / FITS[fit](C=C, se="HC0").se
    assert ratio == pytest.approx(np.sqrt(60 / 57), rel=1e-12)


def test_bekker_errors_written_out():
    """Hansen, Hausman and Newey (2008), without their terms for errors that are not normal."""
    z, x, y = (v - v.mean(axis=0) for v in (Z, X, Y))
    e = y - liml(Z, X, Y).beta * x

    def inside(v):
        return z @ np.linalg.lstsq(z, v, rcond=None)[0]

    share = e @ inside(e) / (e @ e)
    free = x - e * (e @ x) / (e @ e)
    H = x @ inside(x) - share * (x @ x)
    middle = (1 - share) ** 2 * free @ inside(free) + share**2 * (free @ (free - inside(free)))
    want = np.sqrt(e @ e / 58 * middle) / H
    assert liml(Z, X, Y, se="bekker").se == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("estimator", [tsls, liml, fuller])
def test_bekker_errors_tend_to_homoskedastic_ones_as_instruments_become_strong(estimator):
    def ratio(strength, k, n=1500):
        rng = np.random.default_rng(2)
        z, u = rng.normal(size=(n, k)), rng.normal(size=n)
        x = strength * z.sum(axis=1) / np.sqrt(k) + 0.5 * u + rng.normal(size=n)
        bekker, plain = (estimator(z, x, u, se=se).se for se in ("bekker", "homoskedastic"))
        return bekker / plain

    assert ratio(3.0, 2) == pytest.approx(1, abs=2e-3)
    assert ratio(30.0, 2) == pytest.approx(1, abs=1e-3)
    assert ratio(0.6, 120) > 1.01
