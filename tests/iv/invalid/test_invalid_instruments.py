"""sisVIVE, TSHT and CIIV: what must hold whatever the data, the truth found in simulations, and every refusal."""

import re
from itertools import combinations

import numpy as np
import pytest

from latentmr import tsls
from latentmr.iv.invalid.ciiv import _largest_overlaps, ciiv
from latentmr.iv.invalid.sisvive import _lasso_path, sisvive, sisvive_path
from latentmr.iv.invalid.tsht import _largest_cliques, tsht
from latentmr.linalg import oproj

MAJORITY = (0.4, 0.4, 0.4, 0, 0, 0, 0, 0)
PLURALITY = (0.5, 0.5, -0.4, -0.4, 0.9, 0, 0, 0)
VALID = (0, 0, 0, 0, 0, 0, 0, 0)
EFFECT = 0.5
OPTIONS = {
    "sisVIVE": lambda *data: sisvive(*data, seed=1),
    "TSHT": lambda *data: tsht(*data),
    "TSHT MP": lambda *data: tsht(*data, voting="MP"),
    "TSHT homoskedastic": lambda *data: tsht(*data, robust=False),
    "CIIV": lambda *data: ciiv(*data),
    "CIIV homoskedastic": lambda *data: ciiv(*data, robust=False),
    "CIIV first stage": lambda *data: ciiv(*data, firststage=True),
}
SELECTED_2SLS = {
    "TSHT homoskedastic": lambda *data: tsht(*data, robust=False),
    "CIIV": lambda *data: ciiv(*data),
    "CIIV homoskedastic": lambda *data: ciiv(*data, robust=False),
}


def simulate(direct, n=2000, seed=3):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(n, 2))
    Z = rng.binomial(2, 0.3, size=(n, len(direct))) + 0.2 * C[:, [0]]
    u = rng.normal(size=n)
    x = 0.5 * Z.sum(axis=1) + C @ [0.5, -1] + u + rng.normal(size=n)
    y = EFFECT * x + Z @ np.array(direct) + C @ [1.0, 1.0] + u + rng.normal(size=n)
    return Z, x, y, C


@pytest.fixture(scope="module")
def majority():
    return simulate(MAJORITY)


@pytest.fixture(params=OPTIONS)
def method(request):
    return OPTIONS[request.param]


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("direct", [MAJORITY, PLURALITY])
def test_finds_the_invalid_ones(option, direct):
    result = OPTIONS[option](*simulate(direct, n=5000))
    guilty = set(np.flatnonzero(direct).tolist())
    if option == "sisVIVE":
        if direct is MAJORITY:
            assert guilty <= set(result.invalid)
            assert abs(result.beta - EFFECT) < 0.1
            assert result.se is None
            assert result.ci is None
        return
    assert set(result.invalid) == guilty
    assert EFFECT in result.ci
    assert set(result.valid) | set(result.invalid) == set(result.relevant)
    assert result.ci.intervals[0] == pytest.approx(
        (result.beta - 1.959964 * result.se, result.beta + 1.959964 * result.se)
    )


@pytest.mark.parametrize("option", SELECTED_2SLS)
def test_all_valid_is_two_stage_least_squares(option):
    Z, x, y, C = simulate(VALID, seed=4)
    result = SELECTED_2SLS[option](Z, x, y, C)
    assert result.valid == tuple(range(8))
    assert result.beta == pytest.approx(tsls(Z, x, y, C).beta, rel=1e-10)


@pytest.mark.parametrize("option", SELECTED_2SLS)
def test_the_others_are_controls(option, majority):
    Z, x, y, C = majority
    result = SELECTED_2SLS[option](Z, x, y, C)
    valid = list(result.valid)
    others = np.delete(Z, valid, axis=1)
    reference = tsls(Z[:, valid], x, y, np.column_stack([C, others]))
    assert result.beta == pytest.approx(reference.beta, rel=1e-9)


def test_robust_error_is_hc0(majority):
    Z, x, y, C = majority
    result = ciiv(Z, x, y, C)
    valid = list(result.valid)
    reference = tsls(Z[:, valid], x, y, np.column_stack([C, np.delete(Z, valid, axis=1)]), se="HC1")
    n, regressors = len(y), 2 + C.shape[1] + Z.shape[1] - len(valid)
    assert result.se == pytest.approx(reference.se * np.sqrt((n - regressors) / n), rel=1e-9)


def same(a, b, order=None):
    back = np.arange(a.k) if order is None else order
    assert b.beta == pytest.approx(a.beta, rel=1e-8)
    assert (a.se is None) == (b.se is None)
    if a.se is not None:
        assert b.se == pytest.approx(a.se, rel=1e-8)
    for name in ("valid", "invalid", "relevant"):
        assert {int(back[j]) for j in getattr(b, name)} == set(getattr(a, name))


def test_permuting_instruments(method, majority):
    Z, x, y, C = majority
    order = np.random.default_rng(0).permutation(Z.shape[1])
    same(method(Z, x, y, C), method(Z[:, order], x, y, C), order)


def test_rescaling_instruments(method, majority):
    Z, x, y, C = majority
    same(method(Z, x, y, C), method(Z * np.linspace(-30, 45, Z.shape[1]) + 5, x, y, C))


def test_units_of_exposure_and_outcome(method, majority):
    Z, x, y, C = majority
    a, b = method(Z, x, y, C), method(Z, 10 * x - 3, 1000 * y + 1e4, C)
    assert b.beta == pytest.approx(100 * a.beta, rel=1e-8)
    assert b.valid == a.valid


def test_covariates_listed_or_partialled_out(method, majority):
    Z, x, y, C = majority
    design = np.column_stack([np.ones(len(y)), C])
    residuals = oproj(design, Z, x, y)
    a, b = method(Z, x, y, C), method(*residuals)
    # homoskedastic degrees of freedom count the covariates, where they are listed
    assert b.beta == pytest.approx(a.beta, rel=1e-7)
    assert b.valid == a.valid
    if a.se is not None:
        assert b.se == pytest.approx(a.se, rel=2e-3)


def test_collinear_covariates_change_nothing(majority):
    Z, x, y, C = majority
    twice = np.column_stack([C, C.sum(axis=1)])
    for call in (sisvive, ciiv, tsht):
        same(call(Z, x, y, C), call(Z, x, y, twice))


def test_blocks_of_rows_change_nothing(majority, monkeypatch, method):
    whole = method(*majority)
    monkeypatch.setattr("latentmr.iv.invalid.individual_data._BLOCK", 12 * 300)
    same(whole, method(*majority))


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_path_satisfies_the_optimality_conditions(normalize, seed):
    Z, x, y, C = simulate(np.random.default_rng(seed).normal(size=8).round(1), n=300, seed=seed)
    path = sisvive_path(Z, x, y, C, normalize=normalize)
    Z, x, y = oproj(np.column_stack([np.ones(len(y)), C]), Z, x, y)
    fitted = Z @ np.linalg.lstsq(Z, x, rcond=None)[0]
    projected = Z @ np.linalg.lstsq(Z, y, rcond=None)[0]
    M = Z - np.outer(fitted, fitted @ Z) / (fitted @ fitted)
    scale = np.linalg.norm(M, axis=0) if normalize else np.ones(8)
    assert path.penalty[-1] == 0
    assert (np.diff(path.penalty) < 0).all()
    between = (path.penalty[1:] + path.penalty[:-1]) / 2
    for penalty in np.concatenate([path.penalty, between]):
        (a,), (beta,) = path.at(np.array([penalty]))
        residual = projected - Z @ a - fitted * beta
        slack = Z.T @ residual / scale
        edge = 1e-8 * path.penalty[0]
        assert abs(fitted @ residual) < 1e-8 * (fitted @ fitted)
        assert (np.abs(slack) <= penalty + edge).all()
        assert slack[a != 0] == pytest.approx(penalty * np.sign(a[a != 0]), abs=edge)


def test_path_lets_variables_leave():
    rng = np.random.default_rng(4)
    left = 0
    for _ in range(40):
        X = rng.normal(size=(12, 6)) @ rng.normal(size=(6, 6))
        cross = X.T @ rng.normal(size=12)
        knots, path = _lasso_path(X.T @ X, cross, 6)
        left += int(((path[:-1] != 0) & (path[1:] == 0)).any())
        for penalty, a in zip(knots, path, strict=True):
            slack = cross - X.T @ (X @ a)
            assert (np.abs(slack) <= penalty + 1e-7 * knots[0]).all()
            assert slack[a != 0] == pytest.approx(penalty * np.sign(a[a != 0]), abs=1e-7 * knots[0])
    assert left > 5


def test_normalize_is_about_units(majority):
    Z, x, y, C = majority
    scale = np.linspace(1, 9, Z.shape[1])
    raw, scaled = (sisvive_path(Z * s, x, y, C, normalize=False) for s in (1.0, scale))
    assert raw.penalty[0] != pytest.approx(scaled.penalty[0], rel=1e-3)
    assert sisvive_path(Z, x, y, C).direct[-1] == pytest.approx(sisvive_path(Z * scale, x, y, C).direct[-1] * scale)


def test_seed(majority):
    a, b, c = (sisvive(*majority, seed=seed) for seed in (1, 1, 2))
    assert (a.details.cv_error == b.details.cv_error).all()
    assert (a.details.cv_error != c.details.cv_error).any()
    assert a.beta == b.beta


def test_instrument_missing_from_a_fold():
    Z, x, y, C = simulate(MAJORITY, n=400)
    rare = np.zeros(400)
    rare[:2] = 1
    result = sisvive(np.column_stack([Z, rare]), x, y, C)
    assert np.isfinite(result.beta)


def test_cliques_of_known_graphs():
    rng = np.random.default_rng(2)
    for _ in range(30):
        votes = rng.random((7, 7)) < 0.5
        votes = votes | votes.T | np.eye(7, dtype=bool)
        for size in range(7, 0, -1):
            full = [list(s) for s in combinations(range(7), size) if votes[np.ix_(s, s)].all()]
            if full:
                break
        assert _largest_cliques(votes) == full


def test_overlaps_are_cliques_of_intervals():
    rng = np.random.default_rng(2)
    for _ in range(30):
        b, s, width = rng.normal(size=8), rng.uniform(0.5, 2, size=8), rng.uniform(0, 1)
        votes = np.abs(b[:, None] - b) <= width * (s[:, None] + s)
        assert [list(group) for group in _largest_overlaps(b, s, width)] == _largest_cliques(votes)


def test_tied_cliques_are_all_reported():
    result = tsht(*simulate((0.9, 0.9, 0, 0), n=5000))
    assert [clique.valid for clique in result.details.cliques] == [(0, 1), (2, 3)]
    assert not result.details.majority
    least = min(result.details.cliques, key=lambda clique: clique.q)
    assert (result.valid, result.beta) == (least.valid, least.beta)


@pytest.mark.parametrize("option", ["TSHT", "CIIV first stage"])
def test_one_relevant_instrument(option):
    rng = np.random.default_rng(0)
    Z, u = rng.normal(size=(2000, 4)), rng.normal(size=2000)
    x = Z[:, 2] + u
    result = OPTIONS[option](Z, x, EFFECT * x + u + rng.normal(size=2000))
    assert result.valid == (2,) == result.relevant
    assert result.invalid == ()
    assert EFFECT in result.ci
    if option != "TSHT":
        assert result.details.p_value is None


def test_downward_testing_stops_at_its_level(majority):
    result = ciiv(*majority)
    assert result.details.level == pytest.approx(0.1 / np.log(2000))
    assert result.details.p_value > result.details.level
    assert result.details.overidentification == "Hansen"
    assert result.details.gmm.beta == pytest.approx(result.beta, abs=result.se)


def test_alpha_changes_the_interval_only(majority):
    wide, narrow = (ciiv(*majority, alpha=alpha) for alpha in (0.01, 0.2))
    assert wide.beta == narrow.beta
    assert wide.ci.length > narrow.ci.length


RNG = np.random.default_rng(1)
N = 80
Z, U = RNG.normal(size=(N, 3)), RNG.normal(size=N)
X = Z.sum(axis=1) + U + RNG.normal(size=N)
Y = X + U + RNG.normal(size=N)
HOLE = np.where(np.arange(N) < 2, np.nan, X)
NOISE = RNG.normal(size=N)
THREE_METHODS = {"sisVIVE": sisvive, "TSHT": tsht, "CIIV": ciiv}
SHARED_REFUSALS = {
    "one instrument": (
        (Z[:, 0], X, Y),
        "Z must have at least 2 columns, because {} compares instruments with each other. Got 1",
    ),
    "no instrument": (
        (None, X, Y),
        "Z must have at least 2 columns, because {} compares instruments with each other. Got 0",
    ),
    "several exposures": ((Z, Z[:, :2], Y), "x must be one exposure, because {} is defined for one. Got shape (80, 2)"),
    "short x": ((Z, X[1:], Y), "x must be a vector with the 80 rows of y. Got shape (79,)"),
    "missing x": ((Z, HOLE, Y), "x must be finite. Got 2 missing"),
    "missing Z": ((np.column_stack([Z, HOLE]), X, Y), "Z must be finite. Got 2 missing"),
    "missing C": ((Z, X, Y, HOLE), "C must be finite. Got 2 missing"),
    "few people": (
        (Z[:5], X[:5], Y[:5]),
        "n must exceed the number of instruments and regressors. Got 5 individuals for 3",
    ),
    "constant exposure": ((Z, np.full(N, 0.1), Y), "x must vary given the covariates"),
    "explained exposure": ((Z, X, Y, 2 * X), "x must vary given the covariates"),
    "collinear instruments": (
        (np.column_stack([Z, Z[:, 0] - Z[:, 1]]), X, Y),
        "Z must have linearly independent columns given C, because {} selects individual instruments. Got column 3",
    ),
    "constant instrument": ((np.insert(Z, 1, 0.1, axis=1), X, Y), "Got column 1 (counted from 0), which is constant"),
    "instrument is covariate": ((Z, X, Y, Z[:, 2] + 1), "Got column 2 (counted from 0)"),
    "unrelated": ((Z, oproj(np.column_stack([np.ones(N), Z]), X), Y), "Z must be related to x given the covariates"),
    "perfect first stage": ((Z, Z @ [1.0, 2.0, 3.0], Y), "Z must not explain x entirely"),
    "outcome is exposure": ((Z, X, 2 * X + 1), "y must not be constant or an exact linear function of x, Z and C"),
    "constant outcome": ((Z, X, np.ones(N)), "y must not be constant or an exact linear function of x, Z and C"),
}


@pytest.mark.parametrize("name", THREE_METHODS)
@pytest.mark.parametrize("case", SHARED_REFUSALS)
def test_refusals_of_all(name, case):
    data, message = SHARED_REFUSALS[case]
    with pytest.raises(ValueError, match=re.escape(message.format(name))):
        THREE_METHODS[name](*data)


@pytest.mark.parametrize("name", THREE_METHODS)
@pytest.mark.parametrize("level", [0, 1, 95])
def test_refuses_levels(name, level):
    with pytest.raises(ValueError, match=f"alpha must lie between 0 and 1. Got {level}"):
        THREE_METHODS[name](Z, X, Y, alpha=level)


def disagreeing():
    direct = (2.0, -2.0, 6.0, -6.0)
    return simulate(direct, n=5000)


REFUSALS = {
    "folds": (lambda: sisvive(Z, X, Y, folds=1), "folds must be a whole number from 2 to 16"),
    "fractional folds": (lambda: sisvive(Z, X, Y, folds=2.5), "Got 2.5; give another number"),
    "small folds": (lambda: sisvive(Z, X, Y, folds=40), "so that each fold has more individuals than instruments"),
    "voting": (lambda: tsht(Z, X, Y, voting="mp"), "voting must be one of MaxClique, MP. Got 'mp'"),
    "irrelevant, TSHT": (
        lambda: tsht(Z, NOISE, Y),
        "Z must contain an instrument whose first-stage |t| is at least 2.09",
    ),
    "irrelevant, CIIV": (
        lambda: ciiv(Z, NOISE, Y, firststage=True),
        "Z must contain an instrument whose first-stage |t| is at least 1.49",
    ),
    "no agreement, TSHT": (lambda: tsht(*disagreeing()), "Z must contain two relevant instruments that agree"),
    "no agreement, CIIV": (
        lambda: ciiv(*disagreeing()),
        "Z must contain two instruments that agree on the effect. Got 4",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case):
    call, message = REFUSALS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_details_were_a_dict(majority):
    for method, names in (
        (ciiv, {"level", "gmm", "errors"}),
        (tsht, {"votes", "cliques"}),
        (sisvive, {"penalty", "path"}),
    ):
        found = method(*majority)
        with pytest.warns(DeprecationWarning, match="extra is deprecated: use the attributes of details"):
            former = found.extra
        assert names <= set(former)
        assert all(former[name] is getattr(found.details, name) for name in former if name not in ("gmm", "cliques"))
    with pytest.warns(DeprecationWarning, match="extra is deprecated: use the attributes of details"):
        assert ciiv(*majority).extra["gmm"]["beta"] == ciiv(*majority).details.gmm.beta
    with pytest.warns(DeprecationWarning, match="extra is deprecated: use the attributes of details"):
        assert tsht(*majority).extra["cliques"][0]["valid"] == tsht(*majority).valid
    with pytest.warns(DeprecationWarning, match="extra is deprecated: use the attributes of details"):
        assert "gmm" not in ciiv(*majority, robust=False).extra
