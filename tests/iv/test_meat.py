"""Sums that all fits on one design share agree with the direct formula of each fit."""

import numpy as np
import pytest

from latentmr.iv import Model, columns, gather, solve
from latentmr.iv.covariance import spreads
from latentmr.iv.meat import _frames, _squares, _Variables, meats

N, C, K = 700, 3, 12


def design_of(m, rng, near=0.0):
    """Regressors, correlated instruments, exposures and outcome, with heteroskedastic errors and large means."""
    W, Z = rng.normal(size=(N, C)), rng.normal(size=(N, K))
    Z[:, 1] = Z[:, 0] + (near or 1.0) * Z[:, 1]
    u = rng.normal(size=N) * np.exp(0.4 * Z[:, 0])
    X = Z @ rng.normal(0, 0.3, size=(K, m)) + W @ rng.normal(size=(C, m)) + u[:, None] + rng.normal(size=(N, m))
    return np.column_stack([W, Z, X, 0.5 * X.sum(axis=1) + u]) + 10.0


def fits_on(design, m, moments):
    """Fits with all, some and few combinations of the instruments, and given one, two or all regressors."""
    q = design.shape[1]
    G, few = columns(q, slice(C, C + K)), np.zeros((q, 2))
    few[C : C + K] = np.random.default_rng(1).normal(size=(K, 2))
    some, most, every = (columns(q, slice(0, c)) for c in (1, 2, C))

    def model(method, Z, adjust, **more):
        X, y = columns(q, slice(C + K, C + K + m)), columns(q, q - 1)
        return Model(method, Z, X, y, adjust, tuple(f"x{j}" for j in range(m)), **more)

    models = [
        model("LIML", G, every),
        model("2SLS", G, every),
        model("2SLS", G, some),
        model("LIML", G @ np.eye(K)[:, :7], np.hstack([every, G[:, 8:]]), C_error=every),
        model("LIML", few, most),
        model("OLS", np.zeros((q, 0)), some),
    ]
    return [solve(each, moments) for each in models]


@pytest.mark.parametrize("first_stage", [True, False])
@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("near", [0.0, 1e-3])
def test_sums_are_those_of_the_rows(m, first_stage, near):
    design = design_of(m, np.random.default_rng(0), near)
    moments = gather(lambda: [design])
    fits = fits_on(design, m, moments)
    shared = [fit for fit in fits if fit.k]
    scores, sums = meats(fits, shared, moments, lambda: np.split(design, [100, 611]), first_stage=first_stage)
    centred = design - design.mean(axis=0)
    for fit, found in zip(fits, scores, strict=True):
        rows = (centred @ fit.score) * (centred @ fit.residual)[:, None]
        assert np.allclose(found, rows.T @ rows, rtol=1e-9)
    for fit, (product, traces) in zip(shared, sums, strict=True):
        V = centred @ np.hstack([fit.first_residual, fit.given])
        z = centred @ fit.orthonormal
        want = np.einsum("na,nb,nj,nl->jlab", z, z, V, V, optimize=True)
        size = np.abs(want).max()
        assert np.abs(product - want)[m:, m:].max() < 1e-9 * size
        if first_stage:
            assert traces is None
            assert np.abs(product - want)[:m, :m].max() < 1e-9 * size
        else:
            assert traces == pytest.approx(np.einsum("jjaa->j", want)[:m], rel=1e-9)


def needs_of(fits, moments):
    variables = _Variables(moments)
    places = [[variables.place(column) for column in fit.given.T] for fit in fits]
    return [_squares((a, b) for a in place for b in place) for place in places], variables


def test_instruments_of_one_span_share_their_sums():
    """Equal variables given other regressors count once, and a basis of few columns stays apart."""
    design = design_of(1, np.random.default_rng(0))
    moments = gather(lambda: [design])
    fits = [fit for fit in fits_on(design, 1, moments) if fit.k]
    needs, variables = needs_of(fits, moments)
    # exposure and outcome given all regressors, given one and given two of them
    assert len(variables.maps) == 6
    frames, owner = _frames(fits, needs, moments)
    assert [frame.own for frame in owner] == [False, False, False, False, True]
    assert owner[0] is owner[1] is owner[2] is owner[3]
    assert sorted(len(frame.squares) for frame in frames) == [3, 6]


def test_nearly_collinear_instruments_keep_their_own_basis():
    """The sums over columns of the design would lose digits in a basis that enlarges them."""
    design = design_of(1, np.random.default_rng(0), near=1e-3)
    moments = gather(lambda: [design])
    fit = fits_on(design, 1, moments)[0]
    assert fit.k == K
    assert _frames([fit], needs_of([fit], moments)[0], moments)[1][0].own


def test_a_variable_that_differs_little_counts_as_another():
    design = design_of(1, np.random.default_rng(0))
    variables = _Variables(gather(lambda: [design]))
    y = columns(design.shape[1], design.shape[1] - 1)
    moved = y + 1e-7 * columns(design.shape[1], 0)
    places = [variables.place(each) for each in (y, y * (1 + 1e-13), moved, 2 * y)]
    assert places == [0, 0, 1, 2]


def test_fits_with_equal_first_stages_share_one_reduced_form():
    design = design_of(1, np.random.default_rng(0))
    moments = gather(lambda: [design])
    found = spreads(fits_on(design, 1, moments), moments, lambda: [design], "HC1")
    assert found[0].reduced is found[1].reduced
    assert found[0].reduced is not found[2].reduced
    assert found[-1].reduced is None
