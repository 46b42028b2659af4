"""Two-step, iterated and continuously updated GMM: special cases, the objective written out, what moves nothing."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, kstest

from latentmr import liml, tsls
from latentmr.iv import anderson_rubin_test
from latentmr.iv.gmm import gmm, hansen_j
from latentmr.iv.moment_rows import estimates_of
from latentmr.iv.problem import problem

WEIGHTS = ("two-step", "iterated", "cue")


@pytest.fixture(params=WEIGHTS)
def weight(request):
    return request.param


@pytest.fixture
def two(sample):
    second = sample.Z @ [0.5, -0.4, 0.3, 0.0, -0.2] + np.random.default_rng(8).normal(size=len(sample.y))
    return sample.but(x=np.column_stack([sample.x, second]), y=sample.y - 0.7 * second)


def arrays(sample):
    return sample.Z, sample.x, sample.y, sample.C


def moments(sample, theta, columns=None):
    """Rows of moments at coefficients of (x, C, 1), of instruments, regressors and intercept together."""
    one = np.ones((len(sample.y), 1))
    V = np.column_stack([sample.Z, sample.C, one])
    error = sample.y - np.column_stack([sample.x, sample.C, one]) @ theta
    return V * error[:, None]


def objective(sample, theta):
    m = moments(sample, theta)
    return m.sum(axis=0) @ np.linalg.solve(m.T @ m, m.sum(axis=0))


def numbers(rows):
    return np.array([value for row in rows for value in (row.beta, row.se)])


def test_homoskedastic_gmm_is_2sls(sample):
    for weight in ("two-step", "iterated"):
        found = gmm(*arrays(sample), weight=weight, se="homoskedastic")
        assert numbers(found) == pytest.approx(numbers(tsls(*arrays(sample), se="homoskedastic")), rel=1e-10)


def test_homoskedastic_continuous_updating_is_liml_and_its_j_the_anderson_rubin_statistic_there(sample):
    row = liml(*arrays(sample), se="homoskedastic")
    assert numbers(gmm(*arrays(sample), weight="cue", se="homoskedastic")) == pytest.approx(numbers(row), rel=1e-10)
    fit, n = sample.fit("LIML"), len(sample.y)
    ratio = anderson_rubin_test(fit, row.beta).statistic * fit.k / fit.df
    found = hansen_j(*arrays(sample), weight="cue", se="homoskedastic").statistic
    assert found == pytest.approx(n * ratio / (1 + ratio), rel=1e-9)


def test_just_identified_gmm_is_2sls_with_its_errors(sample, se_type, weight):
    few = sample.but(Z=sample.Z[:, [4]])
    more = {"se": se_type, "cluster": sample.cluster if se_type == "cluster" else None}
    found = gmm(*arrays(few), weight=weight, **more)
    assert numbers(found) == pytest.approx(numbers(tsls(*arrays(few), **more)), rel=1e-8)
    result = hansen_j(*arrays(few), weight=weight, **more)
    assert (result.verdict, result.statistic, result.p_value) == ("not applicable", None, None)


@pytest.mark.parametrize("steps", [1, 60])
def test_steps_written_out_with_all_moments(two, steps):
    one = np.ones((len(two.y), 1))
    V, X = np.column_stack([two.Z, two.C, one]), np.column_stack([two.x, two.C, one])
    cross, start = V.T @ X, np.linalg.inv(V.T @ V)
    theta = np.linalg.solve(cross.T @ start @ cross, cross.T @ start @ V.T @ two.y)
    for _ in range(steps):
        m = moments(two, theta)
        W = np.linalg.inv(m.T @ m)
        bread = np.linalg.inv(cross.T @ W @ cross)
        theta = bread @ cross.T @ W @ V.T @ two.y
    m = moments(two, theta)
    covariance = bread @ cross.T @ W @ m.T @ m @ W @ cross @ bread
    weight = "two-step" if steps == 1 else "iterated"
    found = numbers(gmm(*arrays(two), weight=weight, se="HC0"))
    want = np.column_stack([theta, np.sqrt(np.diag(covariance))])[:2].ravel()
    assert found == pytest.approx(want, rel=1e-8)
    statistic = m.sum(axis=0) @ W @ m.sum(axis=0)
    result = hansen_j(*arrays(two), weight=weight, se="HC0")
    assert result.statistic == pytest.approx(statistic, rel=1e-7)
    assert result.p_value == pytest.approx(chi2.sf(statistic, 3), rel=1e-6)
    assert result.df == "chi2(3)"


def test_continuous_updating_is_stationary_in_all_coefficients(two):
    rows = gmm(*arrays(two), weight="cue")
    least = hansen_j(*arrays(two), weight="cue").statistic
    beta = np.array([row.beta for row in rows])
    C = np.column_stack([two.C, np.ones(len(two.y))])
    gamma = np.linalg.lstsq(C, two.y - two.x @ beta, rcond=None)[0]
    # coefficients of C are free: their best ones, by Newton steps on the objective written out
    theta = np.append(beta, gamma)
    for _ in range(30):
        step = 1e-4
        basis = np.eye(len(theta)) * step
        gradient = np.array([objective(two, theta + b) - objective(two, theta - b) for b in basis])[2:] / (2 * step)
        f0 = objective(two, theta)
        curvature = np.array(
            [
                [
                    objective(two, theta + a + b) - objective(two, theta + a) - objective(two, theta + b) + f0
                    for a in basis[2:]
                ]
                for b in basis[2:]
            ]
        )
        theta[2:] -= np.linalg.solve(curvature / step**2, gradient)
    assert objective(two, theta) == pytest.approx(least, rel=1e-8)
    rng = np.random.default_rng(0)
    around = [objective(two, theta + scale * rng.normal(size=5)) for scale in (1e-3, 0.1, 3.0) for _ in range(300)]
    assert min(around) >= least * (1 - 1e-9)


@pytest.mark.parametrize("seed", [0, 9, 19, 25, 33, 38])
def test_continuous_updating_finds_the_global_minimum_when_instruments_are_weak(seed):
    # of these samples all but the first have a local minimum next to LIML that is not the global one
    rng = np.random.default_rng(seed)
    Z, u = rng.normal(size=(60, 3)), rng.normal(size=60)
    x = 0.05 * Z.sum(axis=1) + u + rng.normal(size=60)
    y = (u + rng.normal(size=60)) * np.exp(Z[:, 0])
    V = np.column_stack([Z, np.ones(60)])

    def value(theta):
        m = V * (np.cos(theta[0]) * y - np.sin(theta[0]) * x - theta[1])[:, None]
        g = m.sum(axis=0)
        return g @ np.linalg.solve(m.T @ m, g)

    # downhill from a dense set of directions of the effect, each with the intercept of least squares
    ends = []
    for angle in np.linspace(0, np.pi, 40, endpoint=False):
        start = np.array([angle, np.cos(angle) * y.mean() - np.sin(angle) * x.mean()])
        ends.append(minimize(value, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9}).fun)
    assert hansen_j(Z, x, y, weight="cue").statistic == pytest.approx(min(ends), rel=1e-6)


def test_continuous_updating_does_not_depend_on_which_variable_is_the_outcome(sample):
    forward = gmm(*arrays(sample), weight="cue").beta
    backward = gmm(sample.Z, sample.y, sample.x, sample.C, weight="cue").beta
    assert forward * backward == pytest.approx(1, rel=1e-6)


def test_rows_that_are_their_own_clusters(sample, weight):
    n, r = len(sample.y), 4
    alone = gmm(*arrays(sample), weight=weight, cluster=np.arange(n))
    found = gmm(*arrays(sample), weight=weight, se="HC1")
    assert numbers(alone) == pytest.approx(numbers(found), rel=1e-9)
    bare = gmm(*arrays(sample), weight=weight, se="HC0")
    assert found.se / bare.se == pytest.approx(np.sqrt(n / (n - r)), rel=1e-12)
    by_row = hansen_j(*arrays(sample), weight=weight, cluster=np.arange(n))
    assert by_row.statistic == pytest.approx(hansen_j(*arrays(sample), weight=weight).statistic, rel=1e-8)


def test_clusters_move_effects_errors_and_j(sample, weight):
    by_cluster = gmm(*arrays(sample), weight=weight, cluster=sample.cluster)
    assert by_cluster.se_type == "cluster"
    assert by_cluster.beta != pytest.approx(gmm(*arrays(sample), weight=weight).beta, rel=1e-4)


def test_scale_and_rotation_of_instruments_and_order_of_rows_move_nothing(two, weight):
    rng = np.random.default_rng(5)
    want = numbers(gmm(*arrays(two), weight=weight))
    turned = two.but(Z=1e3 * two.Z @ rng.normal(size=(5, 5)) + 7 * two.C[:, [0]] - 40)
    assert numbers(gmm(*arrays(turned), weight=weight)) == pytest.approx(want, rel=1e-5)
    order = rng.permutation(len(two.y))
    mixed = two.but(Z=two.Z[order], x=two.x[order], y=two.y[order], C=two.C[order])
    assert numbers(gmm(*arrays(mixed), weight=weight)) == pytest.approx(want, rel=1e-5)


def test_units_of_exposure_and_outcome(sample, weight):
    row, scaled = (
        gmm(*arrays(sample), weight=weight),
        gmm(sample.Z, 1e4 * sample.x, sample.y + 500, sample.C, weight=weight),
    )
    assert numbers(scaled) * 1e4 == pytest.approx(numbers(row), rel=1e-6)


def test_covariates_partialled_out_first_leave_two_steps_what_they_are(sample):
    C = np.column_stack([sample.C, np.ones(len(sample.y))])
    Z, x, y = (v - C @ np.linalg.lstsq(C, v, rcond=None)[0] for v in (sample.Z, sample.x, sample.y))
    assert gmm(Z, x, y).beta == pytest.approx(gmm(*arrays(sample)).beta, rel=1e-9)
    assert hansen_j(Z, x, y).statistic == pytest.approx(hansen_j(*arrays(sample)).statistic, rel=1e-9)
    for weight in ("iterated", "cue"):
        full, bare = gmm(*arrays(sample), weight=weight), gmm(Z, x, y, weight=weight)
        assert bare.beta == pytest.approx(full.beta, abs=0.3 * full.se)


def test_covariates_that_repeat_each_other_count_once(sample, weight):
    twice = sample.but(C=np.column_stack([sample.C, sample.C.sum(axis=1), np.ones(len(sample.y))]))
    want = numbers(gmm(*arrays(sample), weight=weight))
    assert numbers(gmm(*arrays(twice), weight=weight)) == pytest.approx(want, rel=1e-6)


def test_rows_of_the_table(two):
    rows = gmm(*arrays(two), weight="cue", alpha=0.1)
    assert [(row.method, row.exposure, row.instruments, row.adjustment) for row in rows] == [
        ("CUE GMM", "x1", "Z", "covar"),
        ("CUE GMM", "x2", "Z", "covar"),
    ]
    assert {(row.k, row.n, row.alpha, row.se_type, row.f_statistic, row.ci_ar) for row in rows} == {
        (5, 240, 0.1, "HC1", None, None)
    }
    assert gmm(*arrays(two))[0].method == "GMM"
    assert gmm(*arrays(two), weight="iterated")[0].method == "iterated GMM"


def test_j_is_chi2_and_errors_are_right_in_repeated_samples():
    rng = np.random.default_rng(3)
    p_values, z = [], []
    for _ in range(300):
        Z, u = rng.normal(size=(400, 3)), rng.normal(size=400)
        x = Z.sum(axis=1) + u
        y = 0.5 * x + u * np.exp(0.4 * Z[:, 0])
        row = gmm(Z, x, y)
        z.append((row.beta - 0.5) / row.se)
        p_values.append(hansen_j(Z, x, y).p_value)
    assert kstest(p_values, "uniform").pvalue > 0.001
    # three Monte Carlo errors of a standard deviation from 300 draws, and of a mean
    assert np.std(z) == pytest.approx(1, abs=3 / np.sqrt(600) + 0.03)
    assert np.mean(z) == pytest.approx(0, abs=3 / np.sqrt(300) + 0.05)


def test_j_of_an_invalid_instrument_warns(sample):
    bad = sample.but(y=sample.y + 3 * sample.Z[:, 0])
    for weight in WEIGHTS:
        result = hansen_j(*arrays(bad), weight=weight)
        assert result.verdict == "warn"
        assert result.p_value < 0.01
        assert result.effect == pytest.approx(result.statistic / 4)


def test_a_negative_variance_has_no_error(two):
    posed = problem(*arrays(two), method="LIML")
    rows = estimates_of(posed, "any", np.ones(2), np.diag([-1.0, 4.0]), "HC0", 0.05)
    assert [row.se for row in rows] == pytest.approx([np.nan, 2.0], nan_ok=True)
    assert np.isnan(rows[0].p_value)


RNG = np.random.default_rng(1)
N = 60
Z, U = RNG.normal(size=(N, 3)), RNG.normal(size=N)
X = Z.sum(axis=1) + U + RNG.normal(size=N)
Y = X + U + RNG.normal(size=N)
HOLE = np.where(np.arange(N) < 2, np.nan, X)
ALL = np.column_stack([Z, np.ones(N)])
UNRELATED = Y - ALL @ np.linalg.lstsq(ALL, Y, rcond=None)[0]
PAIRS = np.arange(N) // 30
CASES = {
    "weight": (lambda: gmm(Z, X, Y, weight="best"), "weight must be one of two-step, iterated, cue. Got 'best'"),
    "se": (lambda: gmm(Z, X, Y, se="bekker"), "se must be one of homoskedastic, HC0, HC1, cluster. Got 'bekker'"),
    "alpha": (lambda: gmm(Z, X, Y, alpha=1.0), "alpha must lie between 0 and 1. Got 1"),
    "alpha of J": (lambda: hansen_j(Z, X, Y, alpha=0.0), "alpha must lie between 0 and 1. Got 0"),
    "fewer instruments": (lambda: gmm(Z[:, :1], Z[:, 1:] + U[:, None], Y), "as exposures (2)"),
    "no instruments": (lambda: gmm(None, X, Y), "as exposures (1)"),
    "unrelated": (lambda: gmm(Z, UNRELATED, X), "Z must explain 1 independent parts of x given the covariates. Got 0"),
    "constant exposure": (lambda: gmm(Z, np.ones(N), Y), "x must vary given the covariates"),
    "missing": (lambda: gmm(Z, HOLE, Y), "x must be finite. Got 2 missing or infinite values"),
    "shape of Z": (lambda: gmm(Z[1:], X, Y), "Z must be a matrix with the 60 rows of y. Got shape (59, 3)"),
    "shape of C": (lambda: gmm(Z, X, Y, Z[:5]), "C must be a matrix with the 60 rows of y. Got shape (5, 3)"),
    "outcome without error": (lambda: gmm(Z, X, 2 * X), "outcome must not be an exact linear function of x"),
    "perfect first stage": (
        lambda: gmm(np.column_stack([X, Y]), X, Y),
        "Z must not explain x and the outcome entirely",
    ),
    "one cluster": (lambda: gmm(Z, X, Y, cluster=np.zeros(N)), "cluster must have at least two clusters. Got one"),
    "no cluster": (lambda: gmm(Z, X, Y, se="cluster"), "cluster must have one label for each row"),
    "two ways": (
        lambda: gmm(Z, X, Y, cluster=np.column_stack([PAIRS, np.arange(N)])),
        "Got 2 labels for each row; give one column",
    ),
    "cluster and HC1": (lambda: gmm(Z, X, Y, se="HC1", cluster=PAIRS), "se must be cluster if cluster is given"),
    "clusters fewer than moments": (lambda: gmm(Z, X, Y, cluster=PAIRS), "Got rank 2 for 3 moments; use more rows"),
    "clusters as many as moments": (
        lambda: gmm(Z, X, Y, weight="cue", cluster=np.arange(N) // 15),
        "than the 4 moments of weight cue, whose objective is constant otherwise. Got 4",
    ),
    "centred two-step": (
        lambda: hansen_j(Z, X, Y, centred=True),
        "centred must be combined with weight iterated or cue",
    ),
    "too few rows": (lambda: gmm(RNG.normal(size=(N, 59)), X, Y), "n must exceed the number of instruments"),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    run, message = CASES[case]
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        run()
    assert "\n" not in str(caught.value)
