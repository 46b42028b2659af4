"""Overidentification and endogeneity: identities, least squares by hand, size, special cases."""

import numpy as np
import pytest
from scipy.stats import kstest

from latentmr.diagnose.primary_estimate import overidentification
from latentmr.iv.problem import problem
from latentmr.iv.specification.exogeneity import durbin, endogeneity_score, endogeneity_wald, wu_hausman
from latentmr.iv.specification.validity import anderson_rubin_lr, basmann, robust_overidentification, sargan
from latentmr.results.printing import counted

ERRORS = ("homoskedastic", "HC0", "HC1", "cluster")
OVERIDENTIFICATION = (sargan, basmann, anderson_rubin_lr, robust_overidentification)
ENDOGENEITY = (wu_hausman, durbin, endogeneity_score, endogeneity_wald)


def arrays(seed=0, n=500, k=4, m=1, confounding=0.5, direct=0.0, scale=0.3):
    rng = np.random.default_rng(seed)
    Z, C = rng.normal(size=(n, k)), rng.normal(size=(n, 2))
    Z += C[:, :1]
    v, e = rng.normal(size=(n, m)), rng.normal(size=n)
    size = np.exp(scale * Z[:, 0])
    X = Z @ rng.normal(size=(k, m)) + C[:, :1] + v
    y = 0.5 * X.sum(axis=1) + size * (confounding * v.sum(axis=1) + e) + direct * Z[:, -1] + C[:, 1]
    return Z, X, y, C


def posed(se="HC1", method="2SLS", groups=50, **options):
    Z, X, y, C = arrays(**options)
    cluster = np.arange(len(y)) % groups if se == "cluster" else None
    return problem(Z, X, y, C, method=method, se=se, cluster=cluster)


def given(rows, C):
    R = np.column_stack([np.ones(len(C)), C])
    return rows - R @ np.linalg.lstsq(R, rows, rcond=None)[0]


def fitted(rows, R):
    return R @ np.linalg.lstsq(R, rows, rcond=None)[0]


@pytest.mark.parametrize("m", [1, 2])
def test_basmann_at_liml_is_the_test_of_every_analysis(m):
    many = posed(m=m, method="LIML")
    found = basmann(many, estimator="LIML")
    want = overidentification(many.fit.df * (many.fit.kappa_liml - 1), 4, m, 0.05)
    assert (found.statistic, found.df, found.verdict) == (pytest.approx(want.statistic), want.df, want.verdict)
    assert found.statistic <= basmann(many).statistic


@pytest.mark.parametrize("m", [1, 2])
def test_forms_of_one_statistic(m):
    many = posed("homoskedastic", m=m)
    n, df = 500, many.fit.df
    for estimator in ("2SLS", "LIML"):
        s, b = sargan(many, estimator=estimator).statistic, basmann(many, estimator=estimator).statistic
        assert b == pytest.approx(df * s / (n - s))
        assert basmann(many, estimator=estimator, form="F").statistic == pytest.approx(b / (4 - m))
    lr = anderson_rubin_lr(many).statistic
    assert lr == pytest.approx(n * np.log1p(basmann(many, estimator="LIML").statistic / df))
    assert robust_overidentification(many).statistic == pytest.approx(basmann(many).statistic)


def test_the_method_of_the_model_does_not_matter():
    for test in (*OVERIDENTIFICATION, *ENDOGENEITY):
        want = test(posed())
        for method in ("LIML", "Fuller", "OLS"):
            assert test(posed(method=method)).statistic == pytest.approx(want.statistic)


def test_robust_overidentification_by_hand():
    Z, X, y, C = arrays(m=2)
    Zc, Xc, yc = given(Z, C), given(X, C), given(y, C)
    hat = fitted(Xc, Zc)
    e = yc - Xc @ np.linalg.lstsq(hat, yc, rcond=None)[0]
    h = (Zc[:, :2] - fitted(Zc[:, :2], hat)) * e[:, None]
    want = len(y) - np.sum((1 - fitted(np.ones(len(y)), h)) ** 2)
    assert robust_overidentification(posed("HC0", m=2)).statistic == pytest.approx(want)
    groups = np.arange(500) % 50
    sums = np.array([h[groups == g].sum(axis=0) for g in range(50)])
    want = h.sum(axis=0) @ np.linalg.solve(sums.T @ sums, h.sum(axis=0))
    # the factor of clustered errors
    factor = 499 / (500 - 3) * 50 / 49
    assert robust_overidentification(posed("cluster", m=2)).statistic == pytest.approx(want / factor)


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("se", ERRORS)
def test_endogeneity_wald_by_hand(se, m):
    n = 9000  # more rows than one block has
    Z, X, y, C = arrays(m=m, n=n)
    first = np.column_stack([Z, C, np.ones(n)])
    v = X - fitted(X, first)
    R = np.column_stack([X, v, C, np.ones(n)])
    b = np.linalg.lstsq(R, y, rcond=None)[0]
    e, inverse, rest = y - R @ b, np.linalg.inv(R.T @ R), n - R.shape[1]
    scores = R * e[:, None]
    if se == "cluster":
        scores = np.array([scores[np.arange(n) % 50 == g].sum(axis=0) for g in range(50)])
    V = inverse @ scores.T @ scores @ inverse
    V *= {"HC0": 1, "HC1": n / rest, "cluster": (n - 1) / rest * 50 / 49, "homoskedastic": 1}[se]
    V = e @ e / rest * inverse if se == "homoskedastic" else V
    at = slice(m, 2 * m)
    want = b[at] @ np.linalg.solve(V[at, at], b[at])
    found = endogeneity_wald(posed(se, m=m, n=n))
    assert (found.statistic, found.df) == (pytest.approx(want), f"chi2({m})")


@pytest.mark.parametrize("m", [1, 2])
def test_endogeneity_score_by_hand(m):
    Z, X, y, C = arrays(m=m)
    Zc, Xc, yc = given(Z, C), given(X, C), given(y, C)
    e, hat = yc - fitted(yc, Xc), fitted(Xc, Zc)
    score = (hat - fitted(hat, Xc)) * e[:, None]
    want = 500 - np.sum((1 - fitted(np.ones(500), score)) ** 2)
    for se in ("HC0", "HC1"):
        assert endogeneity_score(posed(se, m=m)).statistic == pytest.approx(want)
    sums = np.array([score[np.arange(500) % 50 == g].sum(axis=0) for g in range(50)])
    want = score.sum(axis=0) @ np.linalg.solve(sums.T @ sums, score.sum(axis=0))
    assert endogeneity_score(posed("cluster", m=m)).statistic == pytest.approx(want)


def test_endogeneity_under_homoskedastic_errors():
    for m in (1, 2):
        many = posed("homoskedastic", m=m)
        f, share = wu_hausman(many).statistic, wu_hausman(many).effect
        assert endogeneity_wald(many).statistic == pytest.approx(m * f)
        assert endogeneity_score(many) == endogeneity_score(posed("bekker", m=m))
        assert endogeneity_score(many).statistic == pytest.approx(durbin(many).statistic)
        assert durbin(many).statistic == pytest.approx(500 * share)
        rest = many.fit.df + 4 - 2 * m
        assert f == pytest.approx(share / m / ((1 - share) / rest))


def test_hausman_is_the_squared_difference_of_the_estimates():
    """With the error variance of OLS (Durbin) its form is the difference over the difference of the variances."""
    two, one = posed("homoskedastic"), posed("homoskedastic", method="OLS")
    error = float((b := np.append(-one.fit.beta, 1.0)) @ one.fit.total @ b) / 500
    variance = error / two.fit.within[0, 0] - error / two.fit.total[0, 0]
    assert durbin(two).statistic == pytest.approx((two.fit.beta[0] - one.fit.beta[0]) ** 2 / variance)


def test_two_way_clusters():
    Z, X, y, C = arrays()
    ways = np.column_stack([np.arange(500) % 40, np.arange(500) // 10])
    found = problem(Z, X, y, C, method="2SLS", cluster=ways)
    for test in (robust_overidentification, endogeneity_score, endogeneity_wald):
        assert 0 <= test(found).p_value <= 1


@pytest.mark.parametrize("se", ERRORS)
def test_rotating_and_scaling_change_nothing(se):
    Z, X, y, C = arrays()
    turn = np.random.default_rng(5).normal(size=(4, 4))
    cluster = np.arange(500) % 50 if se == "cluster" else None
    want = posed(se)
    other = problem(
        1e3 * Z @ turn - C[:, :1], 1e-2 * X + C[:, :1], 5 - 1e4 * y, C, method="2SLS", se=se, cluster=cluster
    )
    for test in (*OVERIDENTIFICATION, *ENDOGENEITY):
        assert test(other).statistic == pytest.approx(test(want).statistic, rel=1e-6)


def test_sizes():
    def p_values(seed):
        plain = posed("homoskedastic", seed=seed, confounding=0.0, scale=0.0, n=200)
        robust = posed("HC1", seed=seed, confounding=0.0, n=200)
        found = [test(plain).p_value for test in (sargan, basmann, anderson_rubin_lr, wu_hausman, durbin)]
        found += [basmann(plain, form="F").p_value]
        robust_tests = (robust_overidentification, endogeneity_score, endogeneity_wald)
        return [*found, *[test(robust).p_value for test in robust_tests]]

    found = np.array([p_values(seed) for seed in range(200)])
    for p in found.T:
        assert kstest(p, "uniform").pvalue > 0.001


def test_power():
    for test in OVERIDENTIFICATION:
        assert test(posed(direct=1.0)).verdict == "warn"
        assert test(posed()).verdict == "pass"
    for test in ENDOGENEITY:
        assert test(posed()).verdict == "warn"
        assert test(posed(confounding=0.0)).verdict == "pass"


def test_alpha_is_that_of_the_verdict():
    for test, many in ((sargan, posed(seed=4)), (durbin, posed(confounding=0.05))):
        p = test(many).p_value
        assert [test(many, alpha=a).verdict for a in (p / 2, (p + 1) / 2)] == ["pass", "warn"]


@pytest.mark.parametrize("test", OVERIDENTIFICATION)
def test_just_identified(test):
    for m in (1, 2):
        found = test(posed(k=m, m=m))
        assert (found.verdict, found.statistic, found.p_value) == ("not applicable", None, None)
        sizes = f"{counted(m, 'instrument')} and {counted(m, 'exposure')}"
        assert found.reason == f"there is no overidentifying restriction to test with {sizes}"


@pytest.mark.parametrize("test", ENDOGENEITY)
def test_endogeneity_needs_instruments_that_do_something(test):
    Z, X, y, C = arrays(m=2)
    own = problem(np.column_stack([Z, X[:, 0]]), X, y, C, method="2SLS")
    few = problem(Z[:, :1], X, y, C, method="OLS")
    none = problem(None, X, y, C, method="OLS")
    reasons = [test(found).reason for found in (own, few, none)]
    assert reasons[0] == "the instruments contain an exposure, which is exogenous by assumption"
    assert reasons[1] == "the effects of 2 exposures are not identified by 1 instrument"
    assert reasons[2] == "the effects of 2 exposures are not identified by 0 instruments"
    assert {test(found).verdict for found in (own, few, none)} == {"not applicable"}


def test_too_few_people_and_clusters():
    Z, X, y, C = arrays(n=8, k=2, m=2)
    assert wu_hausman(problem(Z, X, y, C, method="2SLS")).df == "F(2, 1)"
    found = wu_hausman(problem(Z[:7], X[:7], y[:7], C[:7], method="2SLS"))
    assert found.reason == "7 individuals are too few for 7 regressors"
    assert "too few clusters" in robust_overidentification(posed("cluster", groups=2)).reason
    assert "too few clusters" in endogeneity_score(posed("cluster", groups=2, m=3, k=6)).reason


def test_moments_are_enough():
    many = posed("HC1")
    for test in (sargan, basmann, anderson_rubin_lr, wu_hausman, durbin):
        assert test(many.fit) == test(many)
    assert robust_overidentification(many.fit, many.reduced) == robust_overidentification(many)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: sargan(p, estimator="GMM"), "estimator must be 2SLS or LIML. Got 'GMM'"),
        (lambda p: basmann(p, form="wald"), "form must be chi2 or F. Got 'wald'"),
        *(
            (lambda p, test=test: test(p, alpha=0), "alpha must lie between 0 and 1. Got 0")
            for test in OVERIDENTIFICATION
        ),
        *((lambda p, test=test: test(p, alpha=1), "alpha must lie between 0 and 1. Got 1") for test in ENDOGENEITY),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(posed())
