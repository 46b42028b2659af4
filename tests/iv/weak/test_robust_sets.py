"""Anderson-Rubin, conditional likelihood-ratio and score sets: exact inversions, of every shape, in every unit."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr import liml, tsls
from latentmr.iv import anderson_rubin_set, conditional_likelihood_ratio_set, effect_set, effect_test, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.weak.kleibergen import (
    kleibergen_set,
    kleibergen_test,
    robust_conditional_likelihood_ratio_set,
    robust_conditional_likelihood_ratio_test,
)
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_set, robust_anderson_rubin_test

INFINITY = float("inf")
TESTS = ("AR", "CLR", "K")
#: Effects over the whole line, as its angles see it, and far out.
LINE = np.sort(np.concatenate([np.tan(np.pi * (np.arange(1, 90) / 90 - 0.5)), [-1e6, -1e3, 1e3, 1e6]]))


@dataclass(frozen=True)
class Sample:
    Z: np.ndarray
    x: np.ndarray
    y: np.ndarray
    cluster: np.ndarray

    def but(self, **changes):
        return replace(self, **changes)

    def options(self, se):
        return {"se": se} | ({"cluster": self.cluster} if se == "cluster" else {})

    def posed(self, se, C=None):
        return problem(self.Z, self.x, self.y, C, **self.options(se))

    def set(self, test, se="HC1", C=None, alpha=0.05):
        return effect_set(self.Z, self.x, self.y, C, test=test, alpha=alpha, **self.options(se))

    def p_value(self, test, beta, se="HC1"):
        return effect_test(self.Z, self.x, self.y, beta, test=test, **self.options(se)).p_value


def draw(strength, invalid, seed, n=180, k=3):
    """Heteroskedastic, clustered, confounded; ``invalid`` is the first instrument's own effect."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, k))
    cluster = np.arange(n) % 45
    u = (rng.normal(size=n) + 0.5 * rng.normal(size=45)[cluster]) * np.exp(0.4 * Z[:, 0])
    x = strength * Z @ np.linspace(1, 0.5, k) / np.sqrt(k) + u + rng.normal(size=n)
    y = 0.5 * x + u + rng.normal(size=n) + invalid * Z[:, 0]
    return Sample(Z, x, y, cluster)


#: By the shape of the Anderson-Rubin sets.
SAMPLES = {
    "interval": draw(1.5, 0.0, 1),
    "two half-lines": draw(0.3, 0.0, 5),
    "whole line": draw(0.0, 0.0, 6),
    "empty": draw(1.5, 3.0, 4),
}


@pytest.fixture(params=SAMPLES)
def shaped(request):
    return request.param, SAMPLES[request.param]


@pytest.fixture(scope="module")
def strong():
    return SAMPLES["interval"]


@pytest.fixture(scope="module")
def ray():
    return SAMPLES["two half-lines"]


def shape(found):
    if found.is_empty:
        return "empty"
    if found.is_bounded:
        return "interval" if len(found.intervals) == 1 else "intervals"
    return "whole line" if len(found.intervals) == 1 else "two half-lines"


def ends(found):
    return [end for interval in found.intervals for end in interval if np.isfinite(end)]


def assert_same(found, want, rel=1e-7):
    assert len(found.intervals) == len(want)
    for ours, theirs in zip(found.intervals, want, strict=True):
        assert ours == pytest.approx(theirs, rel=rel, abs=rel)


@pytest.mark.parametrize("se", ["homoskedastic", "HC1", "cluster"])
def test_samples_have_the_shapes_that_name_them(shaped, se):
    name, sample = shaped
    assert shape(sample.set("AR", se)) == name


def test_robust_anderson_rubin_set_of_a_homoskedastic_reduced_form_is_the_closed_form(shaped):
    posed = shaped[1].posed("homoskedastic")
    for alpha in (0.5, 0.05, 0.001):
        want = anderson_rubin_set(posed.fit, alpha)
        assert_same(robust_anderson_rubin_set(posed.reduced, alpha), want.intervals)


def test_robust_likelihood_ratio_set_of_a_homoskedastic_reduced_form_is_the_closed_form(shaped):
    posed = shaped[1].posed("homoskedastic")
    for alpha in (0.5, 0.05, 0.001):
        want = conditional_likelihood_ratio_set(posed.fit, alpha)
        assert_same(robust_conditional_likelihood_ratio_set(posed.reduced, alpha), want.intervals, 1e-6)


@pytest.mark.parametrize("se", ["HC1", "cluster"])
@pytest.mark.parametrize("test", TESTS)
def test_the_p_value_is_alpha_at_every_end_and_crosses_there(shaped, test, se):
    _, sample = shaped
    found = sample.set(test, se)
    for low, high in found.intervals:
        for end, inwards in ((low, 1), (high, -1)):
            if np.isfinite(end):
                step = inwards * 1e-5 * (1 + abs(end))
                assert sample.p_value(test, end, se) == pytest.approx(0.05, abs=1e-6)
                assert sample.p_value(test, end + step, se) > 0.05 > sample.p_value(test, end - step, se)
    # neither side of a whole or an empty line has an end
    assert len(ends(found)) % 2 == 0


@pytest.mark.parametrize("se", ["HC0", "cluster"])
@pytest.mark.parametrize("test", TESTS)
def test_a_set_holds_exactly_what_its_test_does_not_reject(shaped, test, se):
    reduced = shaped[1].posed(se).reduced
    found = shaped[1].set(test, se)
    run = {
        "AR": robust_anderson_rubin_test,
        "CLR": robust_conditional_likelihood_ratio_test,
        "K": kleibergen_test,
    }[test]
    kept = [run(reduced, beta).p_value >= 0.05 for beta in LINE]
    assert [beta in found for beta in LINE] == kept


@pytest.mark.parametrize("test", TESTS)
def test_units_of_measurement(shaped, test):
    _, sample = shaped
    found = sample.set(test).intervals
    assert_same(sample.but(x=1e-4 * sample.x).set(test), [tuple(1e4 * e for e in i) for i in found], 1e-6)
    assert_same(sample.but(y=2e5 * sample.y).set(test), [tuple(2e5 * e for e in i) for i in found], 1e-6)
    assert_same(sample.but(y=-sample.y).set(test), [(-high, -low) for low, high in found[::-1]], 1e-6)


@pytest.mark.parametrize("test", TESTS)
def test_basis_of_the_instruments(ray, test):
    mixing = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -3.0], [5.0, 0.0, 100.0]])
    assert_same(ray.but(Z=ray.Z @ mixing + 7).set(test), ray.set(test).intervals, 1e-6)


@pytest.mark.parametrize("test", TESTS)
def test_an_effect_more_is_a_shift_of_the_set(shaped, test):
    _, sample = shaped
    want = [(low + 3, high + 3) for low, high in sample.set(test).intervals]
    assert_same(sample.but(y=sample.y + 3 * sample.x).set(test), want, 1e-6)


@pytest.mark.parametrize("test", TESTS)
def test_order_of_the_rows(ray, test):
    order = np.random.default_rng(0).permutation(len(ray.y))
    parts = {name: getattr(ray, name)[order] for name in ("Z", "x", "y", "cluster")}
    assert_same(Sample(**parts).set(test, "cluster"), ray.set(test, "cluster").intervals, 1e-6)


@pytest.mark.parametrize("test", TESTS)
def test_clusters_of_one_row_are_hc1(ray, test):
    # (n - 1) / (n - r) g / (g - 1) is n / (n - r) with g = n
    alone = ray.but(cluster=np.arange(len(ray.y)))
    assert_same(alone.set(test, "cluster"), ray.set(test, "HC1").intervals, 1e-6)


@pytest.mark.parametrize("beta", [-1.0, 0.5, 40.0])
def test_small_sample_factors_are_all_that_hc0_hc1_and_lonely_clusters_differ_by(strong, beta):
    n = len(strong.y)
    alone = strong.but(cluster=np.arange(n))
    bare, robust, clustered = (
        robust_anderson_rubin_test(s.posed(se).reduced, beta).statistic
        for s, se in ((strong, "HC0"), (strong, "HC1"), (alone, "cluster"))
    )
    assert bare / robust == pytest.approx(n / (n - 1), rel=1e-10)
    assert clustered == pytest.approx(robust, rel=1e-10)


def test_one_instrument_has_one_statistic(strong):
    one = strong.but(Z=strong.Z[:, :1])
    reduced = one.posed("HC1").reduced
    for beta in (-2.0, 0.0, 0.5, 9.0):
        want = robust_anderson_rubin_test(reduced, beta).statistic
        assert kleibergen_test(reduced, beta).statistic == pytest.approx(want, rel=1e-9)
        assert robust_conditional_likelihood_ratio_test(reduced, beta).statistic == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("name", ["interval", "two half-lines", "whole line"])
def test_one_instrument_has_one_set_at_one_critical_value(name):
    one = SAMPLES[name].but(Z=SAMPLES[name].Z[:, :1])
    # Anderson-Rubin is referred to F, the others to chi2
    level = float(f_distribution.sf(chi2.isf(0.05, 1), 1, len(one.y) - 2))
    want = one.set("AR", alpha=level).intervals
    assert_same(one.set("K"), want, 1e-6)
    assert_same(one.set("CLR"), want, 1e-6)


@pytest.mark.parametrize("se", ["HC0", "HC1", "cluster"])
@pytest.mark.parametrize("beta", [0.0, 0.5, -3.0])
def test_anderson_rubin_written_out(strong, se, beta):
    rng = np.random.default_rng(5)
    n, k = strong.Z.shape
    c = rng.normal(size=(n, 2))
    C = np.column_stack([np.ones(n), c])
    Z, e = (v - C @ np.linalg.lstsq(C, v, rcond=None)[0] for v in (strong.Z, strong.y - beta * strong.x))
    products = Z * e[:, None]
    factor = {"HC0": 1.0, "HC1": n / (n - 3), "cluster": (n - 1) / (n - 3) * 45 / 44}[se]
    if se == "cluster":
        products = np.array([products[strong.cluster == g].sum(axis=0) for g in range(45)])
    statistic = e @ Z @ np.linalg.solve(factor * products.T @ products, Z.T @ e)
    found = effect_test(strong.Z, strong.x, strong.y, beta, c, test="AR", **strong.options(se))
    assert found.statistic == pytest.approx(statistic / k, rel=1e-9)
    assert found.p_value == pytest.approx(f_distribution.sf(statistic / k, k, n - k - 3), rel=1e-8)


def test_score_and_likelihood_ratio_written_out(strong):
    Z, x, y = (v - v.mean(axis=0) for v in (strong.Z, strong.x, strong.y))
    n, beta = len(y), 0.2
    e = y - beta * x
    V, cross, own = ((Z * (a * b)[:, None]).T @ Z * n / (n - 1) for a, b in ((e, e), (x, e), (x, x)))
    g = Z.T @ e
    D = Z.T @ x - cross @ np.linalg.solve(V, g)
    anderson_rubin = g @ np.linalg.solve(V, g)
    score = (D @ np.linalg.solve(V, g)) ** 2 / (D @ np.linalg.solve(V, D))
    r = D @ np.linalg.solve(own - cross @ np.linalg.solve(V, cross), D)
    likelihood_ratio = (anderson_rubin - r + np.sqrt((anderson_rubin - r) ** 2 + 4 * r * score)) / 2
    reduced = strong.posed("HC1").reduced
    assert kleibergen_test(reduced, beta).statistic == pytest.approx(score, rel=1e-9)
    assert robust_conditional_likelihood_ratio_test(reduced, beta).statistic == pytest.approx(
        likelihood_ratio, rel=1e-8
    )


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("se", ["homoskedastic", "HC0", "HC1", "cluster"])
def test_every_kind_of_error_has_its_sets(strong, test, se):
    found = strong.set(test, se)
    assert found.alpha == 0.05
    for end in ends(found):
        assert strong.p_value(test, end, se) == pytest.approx(0.05, abs=1e-6)
    assert 0.5 in found
    assert strong.set(test, se, alpha=0.2).length < found.length < strong.set(test, se, alpha=0.01).length


def test_sets_beside_bekker_errors_are_homoskedastic(strong):
    bekker, plain = (liml(strong.Z, strong.x, strong.y, se=se) for se in ("bekker", "homoskedastic"))
    assert bekker.ci_ar == plain.ci_ar
    assert bekker.ci_clr == plain.ci_clr
    assert bekker.se != plain.se


@pytest.mark.parametrize("test", TESTS)
def test_many_instruments(test):
    sample = draw(2.0, 0.0, 6, n=500, k=40)
    found = sample.set(test)
    assert ends(found)
    reduced = sample.posed("HC1").reduced
    run = {
        "AR": robust_anderson_rubin_test,
        "CLR": robust_conditional_likelihood_ratio_test,
        "K": kleibergen_test,
    }[test]
    assert [run(reduced, end).p_value for end in ends(found)] == pytest.approx([0.05] * len(ends(found)), abs=1e-6)
    line = LINE[::4]
    assert [beta in found for beta in line] == [run(reduced, beta).p_value >= 0.05 for beta in line]


def test_duplicated_rows_double_the_statistic_unless_they_are_clusters(strong):
    n = len(strong.y)
    parts = {name: np.concatenate([getattr(strong, name)] * 2) for name in ("Z", "x", "y")}
    twice = Sample(**parts, cluster=np.tile(np.arange(n), 2))
    once = robust_anderson_rubin_test(strong.posed("HC0").reduced, 0.1).statistic
    assert robust_anderson_rubin_test(twice.posed("HC0").reduced, 0.1).statistic == pytest.approx(2 * once, rel=1e-9)
    factor = (2 * n - 1) / (2 * n - 1) * n / (n - 1)
    clustered = robust_anderson_rubin_test(twice.posed("cluster").reduced, 0.1).statistic
    assert clustered * factor == pytest.approx(once, rel=1e-9)


@pytest.mark.parametrize("invert", [robust_anderson_rubin_set, robust_conditional_likelihood_ratio_set, kleibergen_set])
def test_covariates_listed_or_partialled_out(shaped, invert):
    _, sample = shaped
    C = np.random.default_rng(7).normal(size=(len(sample.y), 2)) + sample.Z[:, :2]
    listed = sample.posed("HC0", C).reduced
    ones = np.column_stack([np.ones(len(C)), C])
    parts = {
        name: value - ones @ np.linalg.lstsq(ones, value, rcond=None)[0]
        for name, value in (("Z", sample.Z), ("x", sample.x), ("y", sample.y))
    }
    # two degrees of freedom apart, since the second does not know of the covariates
    apart = sample.but(**parts).posed("HC0").reduced
    assert apart.df == listed.df + 2
    assert_same(invert(replace(apart, df=listed.df), 0.05), invert(listed, 0.05).intervals, 1e-6)


def test_a_set_may_be_several_intervals(strong):
    """The score test has no power where the Anderson-Rubin statistic is largest."""
    found = strong.set("K")
    assert len(found.intervals) >= 2
    far = [i for i in found.intervals if not i[0] <= 0.5 <= i[1]]
    assert strong.set("AR").length < INFINITY
    assert all(sum(i) / 2 not in strong.set("AR") for i in far if np.isfinite(i).all())


def invalid_and_strong(size, effect):
    """Moments of two instruments, the second of which is invalid, with uncorrelated errors of unit variance."""
    moment = np.multiply.outer(np.array([[1.0, 0.3], [0.3, 1.0]]), np.eye(2))
    return ReducedForm(size * np.array([[1.0, effect], [0.0, 0.5]]), moment, np.ones(1), 10**5, "HC1")


@pytest.mark.parametrize("size", [30, 300])
def test_invalid_instruments_leave_the_likelihood_ratio_a_set(size):
    reduced = invalid_and_strong(size, 0.4)
    assert robust_anderson_rubin_set(reduced, 0.05).is_empty
    assert shape(robust_conditional_likelihood_ratio_set(reduced, 0.05)) == "interval"


def test_very_strong_invalid_instruments_leave_the_likelihood_ratio_a_set():
    reduced = invalid_and_strong(1000, 0.4)
    assert shape(robust_conditional_likelihood_ratio_set(reduced, 0.05)) == "interval"


def test_fewer_clusters_than_instruments_still_have_an_estimate():
    sample = draw(1.5, 0.0, 8, k=6)
    assert np.isfinite(tsls(sample.Z, sample.x, sample.y, cluster=np.arange(len(sample.y)) % 4).se)
