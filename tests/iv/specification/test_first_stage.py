"""Strength: identities between F, robust F, rank and conditional statistics; size; special cases."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import kstest

from latentmr.iv.problem import problem
from latentmr.iv.specification.effective_f import effective_f, effective_f_table
from latentmr.iv.specification.first_stage import conditional_f, first_stage_f, partial_r2, shea_partial_r2
from latentmr.iv.specification.rank import cragg_donald, kleibergen_paap
from latentmr.iv.specification.stage import first_stage, wald

ERRORS = ("homoskedastic", "HC0", "HC1", "cluster")


def arrays(seed=0, n=400, k=4, m=1, strength=0.3):
    rng = np.random.default_rng(seed)
    Z, C = rng.normal(size=(n, k)), rng.normal(size=(n, 2))
    Z += C[:, :1]
    shock = rng.normal(size=(n, m + 1)) @ (np.eye(m + 1) + 0.5)
    shock *= np.exp(0.4 * Z[:, :1])
    X = strength * Z @ rng.normal(size=(k, m)) + C[:, :1] + shock[:, :m]
    return Z, X, X.sum(axis=1) + shock[:, m] + C[:, 1], C


def posed(se="HC1", cluster=40, **options):
    Z, X, y, C = arrays(**options)
    groups = np.arange(len(y)) % cluster if se == "cluster" else None
    return problem(Z, X, y, C, method="2SLS", se=se, cluster=groups)


@pytest.mark.parametrize("se", ERRORS)
def test_arrays_and_moments_agree(se):
    for m in (1, 2):
        many = posed(se, m=m)
        fit, reduced = many.fit, many.reduced
        for ours, theirs in zip(first_stage_f(many), first_stage_f(fit, reduced), strict=True):
            assert (ours.statistic, ours.effect, ours.verdict) == (theirs.statistic, theirs.effect, theirs.verdict)
            assert theirs.df == ("chi2(4) / 4" if se == "cluster" else "F(4, 393)")
            assert ours.df == ("F(4, 39)" if se == "cluster" else "F(4, 393)")
        assert kleibergen_paap(many) == kleibergen_paap(fit, reduced)
        assert effective_f(many) == effective_f(fit, reduced)
    assert first_stage_f(many, robust=False) == first_stage_f(replace(many, se_type="homoskedastic", cluster=None))


def test_robust_f_is_the_wald_test_of_least_squares():
    Z, X, y, C = arrays()
    R = np.column_stack([Z, C, np.ones(len(y))])
    inverse = np.linalg.inv(R.T @ R)
    pi = inverse @ R.T @ X[:, 0]
    scores = R * (X[:, 0] - R @ pi)[:, None]
    V = (inverse @ scores.T @ scores @ inverse)[:4, :4]
    want = pi[:4] @ np.linalg.solve(V, pi[:4]) / 4
    assert first_stage_f(problem(Z, X, y, C, se="HC0"))[0].statistic == pytest.approx(want)
    assert first_stage_f(problem(Z, X, y, C, se="HC1"))[0].statistic == pytest.approx(want * 393 / 400)


def statistics(Z, X, y, C, se):
    groups = np.arange(len(y)) % 40 if se == "cluster" else None
    found = problem(Z, X, y, C, method="2SLS", se=se, cluster=groups)
    tests = [*first_stage_f(found), *conditional_f(found), cragg_donald(found), kleibergen_paap(found)]
    tests += [kleibergen_paap(found, form="lm")]
    numbers = [test.statistic for test in tests]
    if X.shape[1] == 1:
        numbers += [effective_f(found).statistic, effective_f(found, generalised=True).effect]
    return np.array([*numbers, *partial_r2(found), *shea_partial_r2(found)])


@pytest.mark.parametrize("se", ERRORS)
@pytest.mark.parametrize("m", [1, 2])
def test_rotating_and_scaling_change_nothing(se, m):
    Z, X, y, C = arrays(m=m)
    turn = np.random.default_rng(5).normal(size=(4, 4))
    want = statistics(Z, X, y, C, se)
    assert statistics(1e4 * Z @ turn + C[:, :1], X, 3 - y, C, se) == pytest.approx(want, rel=1e-6)
    assert statistics(Z, X * np.array([1e-3, 1e3])[:m], y, C, se) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("se", ERRORS)
def test_rank_tests_are_f_with_one_exposure(se):
    one = posed(se)
    assert kleibergen_paap(one).effect == pytest.approx(first_stage_f(one)[0].statistic)
    assert cragg_donald(one).effect == pytest.approx(first_stage_f(one, robust=False)[0].statistic)
    assert conditional_f(one)[0].statistic == pytest.approx(cragg_donald(one).effect)
    assert shea_partial_r2(one) == pytest.approx(partial_r2(one))


def test_kleibergen_paap_is_cragg_donald_under_homoskedastic_errors():
    for m in (1, 2, 3):
        many = posed("homoskedastic", m=m)
        for form in ("wald", "lm"):
            assert kleibergen_paap(many, form=form).statistic == pytest.approx(cragg_donald(many, form=form).statistic)
    statistic = cragg_donald(many).statistic
    assert cragg_donald(many, form="lm").statistic == pytest.approx(400 * statistic / (many.fit.df + statistic))


def test_kleibergen_paap_is_that_of_the_paper():
    """Its matrices, with the residual variance in place of that of the exposures: the statistic is the same."""
    many = posed("HC1", m=3, k=6)
    fit, m, q = many.fit, 3, 2
    F = np.linalg.inv(sqrtm((fit.total - fit.within)[:m, :m] / fit.df).real)
    theta = fit.cross[:, :m] @ F
    U, _, Vt = np.linalg.svd(theta)
    A = U[:, q:] @ np.linalg.inv(U[q:, q:]) @ sqrtm(U[q:, q:] @ U[q:, q:].T).real
    B = sqrtm(Vt[q:, q:] @ Vt[q:, q:].T).real @ np.linalg.inv(Vt[q:, q:]) @ Vt[q:]
    spread = np.einsum("ji,lh,jlab->iahb", F, F, many.reduced.first).reshape(18, 18)
    J = np.kron(B, A.T)
    value = (A.T @ theta @ B.T).ravel()
    want = value @ np.linalg.solve(J @ spread @ J.T, value)
    assert kleibergen_paap(many).statistic == pytest.approx(want)


def test_rank_and_conditional_tests_have_their_size():
    def p_values(seed):
        rng = np.random.default_rng(seed)
        Z = rng.normal(size=(300, 4))
        noise = rng.normal(size=(300, 2)) * (1 + (Z[:, :1] > 0))
        X = Z[:, [0]] + Z[:, [1]] + noise @ [[1, 0.3], [0, 1]]
        robust = problem(Z, X, rng.normal(size=300), method="2SLS", se="HC0")
        plain = problem(Z, X + rng.normal(size=(300, 2)) * 5 - noise, Z[:, 0], method="2SLS", se="homoskedastic")
        return kleibergen_paap(robust).p_value, cragg_donald(plain).p_value, conditional_f(plain)[0].p_value

    found = np.array([p_values(seed) for seed in range(250)]).T
    # the conditional F and Cragg-Donald's are conservative where neither exposure is strong alone
    assert kstest(found[0], "uniform").pvalue > 0.001
    for p in found[1:]:
        assert (p < 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 250)


def test_exposures_that_share_their_instrument_are_weak_together():
    rng = np.random.default_rng(0)
    Z, u = rng.normal(size=(500, 3)), rng.normal(size=(500, 2))
    both = problem(Z, Z[:, [0, 0]] + u, rng.normal(size=500), method="2SLS")
    assert [test.verdict for test in first_stage_f(both)] == ["pass", "pass"]
    assert [test.verdict for test in (*conditional_f(both), cragg_donald(both), kleibergen_paap(both))] == ["warn"] * 4
    assert [test.name for test in conditional_f(both)] == ["conditional_f (x1)", "conditional_f (x2)"]
    assert effective_f(both).verdict == "not applicable"
    assert effective_f_table(both) == []


def test_an_exposure_that_is_its_own_instrument():
    Z, X, y, C = arrays()
    own = problem(np.column_stack([Z, X]), X, y, C, method="2SLS")
    found = [*first_stage_f(own), effective_f(own), *conditional_f(own), cragg_donald(own), kleibergen_paap(own)]
    assert [(test.verdict, test.statistic, test.p_value) for test in found] == [("pass", np.inf, 0.0)] * 5
    assert effective_f_table(own) == []


def test_no_instruments():
    _, X, y, C = arrays()
    for empty in (problem(None, X, y, C, method="OLS"), problem(None, X, y, C, method="OLS").fit):
        tests = [*first_stage_f(empty), effective_f(empty), *conditional_f(empty), cragg_donald(empty)]
        assert [test.verdict for test in [*tests, kleibergen_paap(empty)]] == ["not applicable"] * 5
        assert partial_r2(empty) == pytest.approx([0])


def test_fewer_clusters_than_instruments():
    few = posed("cluster", cluster=3)
    for found in (*first_stage_f(few), kleibergen_paap(few)):
        assert found.verdict == "not applicable"
        assert "too few clusters" in found.reason
    assert np.isfinite(effective_f(few).statistic)


def test_fewer_instruments_than_exposures():
    Z, X, y, C = arrays(m=2)
    plain = problem(Z[:, :1], X, y, C, method="OLS", se="homoskedastic")
    for found in (*conditional_f(plain), cragg_donald(plain), kleibergen_paap(plain)):
        assert found.verdict == "not applicable"
        assert found.reason == "the effects of 2 exposures are not identified by 1 instrument"
    assert shea_partial_r2(plain) == pytest.approx([0, 0])


def test_wald():
    assert wald(np.ones(2), np.eye(2)) == pytest.approx(2)
    assert wald(np.ones(2), np.ones((2, 2))) is None
    assert wald(np.ones(2), np.zeros((2, 2))) == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: cragg_donald(p, form="F"), "form must be wald or lm. Got 'F'"),
        (lambda p: kleibergen_paap(p, form="F"), "form must be wald or lm. Got 'F'"),
        (lambda p: first_stage(p, p.reduced), "reduced must be combined with a Fit. Got a Problem"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        call(posed())
