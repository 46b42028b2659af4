"""The whole job on instruments that are no linear map of the genotypes."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import Representation, analyse, liml
from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import _Moving, _UnitMoments
from latentmr.analysis.model_table import table_of_models
from latentmr.analysis.resampling import resampling_units
from latentmr.data import Dataset
from latentmr.iv import gather, natural_spline, solve, spline_knots
from latentmr.learn.linear.moments import environment_moments
from latentmr.simulate import admixture, linear


@pytest.fixture(scope="module")
def data():
    return linear(n_per_env=300, seed=1).dataset


@pytest.fixture(scope="module")
def data_with_more(data):
    rng = np.random.default_rng(4)
    A, C = rng.normal(size=(data.n, 1)) + data.G[:, [0]], rng.normal(size=(data.n, 2))
    return Dataset.from_arrays(data.G, data.env, data.X, data.y, C=C, A=A)


@pytest.fixture(scope="module")
def model(data, hand_made):
    return hand_made(data)


@pytest.fixture(scope="module")
def analysis(data, model):
    return analyse(data, model, bootstrap=20)


def basis_of(Z):
    return np.column_stack([Z, natural_spline(Z, spline_knots(Z))])


def dummies(data):
    return (data.env[:, None] == np.arange(1, data.n_env)).astype(float)


def row(analysis, *label):
    return next(e for e in analysis.estimates if (e.method, e.instruments, e.adjustment) == label)


def test_primary_row_is_liml_on_splines_of_the_outputs(data, model, analysis):
    V = model.residual(data.G)
    plain = liml(basis_of(model.encode(data.G)), data.X[:, 0], data.y, np.column_stack([dummies(data), V]))
    twin = analysis.estimates[1]
    assert analysis.primary.beta == twin.beta == pytest.approx(plain.beta, rel=1e-6)
    assert twin.se > plain.se
    assert (analysis.primary.k, analysis.primary.basis) == (12, "spline")


def test_sensitivity_row_does_not_adjust_for_the_other_outputs(data, model):
    found = row(analyse(data, model, bootstrap=0), "LIML", "learned", "env")
    plain = liml(basis_of(model.encode(data.G)), data.X[:, 0], data.y, dummies(data))
    assert (found.beta, found.se) == pytest.approx((plain.beta, plain.se), rel=1e-6)
    assert np.allclose(found.ci_clr.intervals, plain.ci_clr.intervals, rtol=1e-5)


def test_rows_on_the_genotypes_do_not_know_the_encoder(data, analysis):
    plain = analyse(data, "linear", bootstrap=0)
    for mine, its in zip(analysis.estimates[5:], plain.estimates[4:], strict=True):
        assert (mine.method, mine.instruments, mine.adjustment) == (its.method, its.instruments, its.adjustment)
        assert (mine.beta, mine.se) == pytest.approx((its.beta, its.se), rel=1e-9)


def test_errors_account_for_estimation_of_the_encoder(analysis):
    primary, twin = analysis.estimates[:2]
    assert primary.se_type == "HC1, accounting for estimation of the encoder"
    assert twin.se_type == "HC1, treating the instruments as fixed"
    assert np.isfinite(primary.se)
    assert primary.se != twin.se
    assert 0.5 * twin.se < primary.se < 3 * twin.se
    assert abs(primary.beta - 1) < 4 * primary.se
    assert primary.ci_clr.is_bounded
    assert [note.split(":")[0] for note in analysis.notes] == ["no individuals were set aside for diagnosis"]


def test_errors_are_near_the_linear_learner_s_where_the_network_is_the_identity(data, hand_made):
    mine, its = (analyse(data, learner, bootstrap=100) for learner in (hand_made(data, size=0.0), "linear"))
    assert mine.primary.beta == pytest.approx(its.primary.beta, abs=0.3 * its.primary.se)
    assert mine.primary.se == pytest.approx(its.primary.se, rel=0.15)


def test_tests_and_verdict_need_nothing_else_of_the_history(analysis):
    found = {test.name: test for test in analysis.tests}
    assert {"variability", "linkage", "strength", "overidentification", "adjustment", "heterogeneity"} <= set(found)
    assert "3 of 6 directions differ" in found["variability"].reason
    assert found["convergence"].verdict == found["starts"].verdict == "not applicable"
    # a network made by hand, not trained: z and v_hat depend on each other
    assert (analysis.verdict.level, analysis.verdict.route) == ("not identified", "environments")
    assert found["independence"].verdict == "fail"
    assert len(analysis.by_environment) == 4


def test_a_saved_network_gives_the_same_analysis(data, model, analysis, tmp_path):
    model.save(tmp_path)
    again = analyse(data, Representation.load(tmp_path), bootstrap=20)
    assert again.estimates == analysis.estimates


def test_a_network_of_other_individuals_has_errors_with_fixed_instruments(data, model):
    ids = [f"other{j}" for j in range(data.n)]
    other = Dataset.from_arrays(data.G, data.env, data.X, data.y, samples=ids)
    analysis = analyse(other, model, bootstrap=20)
    assert analysis.primary.se_type == "HC1, treating the instruments as fixed"
    assert any("learned from other individuals" in note for note in analysis.notes)


def test_auxiliary_features_and_covariates(data_with_more, hand_made):
    data, model = data_with_more, hand_made(data_with_more, k=3)
    analysis = analyse(data, model, bootstrap=20)
    Z, V = model.encode(data.G, data.A), model.residual(data.G, data.A)
    C = np.column_stack([dummies(data), data.C])
    for label, adjust in (("covar+env", C), ("covar+env+latent", np.column_stack([C, V]))):
        plain = liml(basis_of(Z), data.X[:, 0], data.y, adjust)
        assert row(analysis, "LIML", "learned", label).beta == pytest.approx(plain.beta, rel=1e-6)
    assert analysis.primary.se_type == "HC1, accounting for estimation of the encoder"


def test_many_outputs_enter_linearly(hand_made):
    data = admixture(n=1500, p=16, n_populations=3, seed=1).dataset
    model = hand_made(data, size=0.02)
    assert model.k > 10
    analysis = analyse(data, model, bootstrap=20)
    plain = liml(model.encode(data.G), data.X[:, 0], data.y, np.column_stack([dummies(data), model.residual(data.G)]))
    assert analysis.primary.beta == pytest.approx(plain.beta, rel=1e-6)
    assert (analysis.primary.k, analysis.primary.basis) == (model.k, "linear")
    assert analysis.primary.se_type == "HC1, accounting for estimation of the encoder"


def test_no_residual_latents(hand_made):
    rng = np.random.default_rng(0)
    G = rng.normal(size=(900, 3))
    x = G @ [1.0, 1.0, 0.5] + rng.normal(size=900)
    data = Dataset.from_arrays(G, np.arange(900) % 3, x, x + rng.normal(size=900))
    analysis = analyse(data, hand_made(data, k=3), bootstrap=20)
    assert not any("latent" in e.adjustment for e in analysis.estimates)
    assert np.isfinite(analysis.primary.se)


def test_a_binary_outcome(data, model):
    binary = replace(data, y=(data.y > np.median(data.y)).astype(float), outcome_type="binary")
    analysis = analyse(binary, model, bootstrap=0)
    assert len({e.scale for e in analysis.estimates}) == 3
    assert all(np.isfinite(e.beta) for e in analysis.estimates)


@pytest.mark.parametrize("name", ["data", "data_with_more"])
def test_moments_under_unit_weights_are_those_of_the_coordinates(request, hand_made, name):
    data = request.getfixturevalue(name)
    model = hand_made(data, k=3)
    units = resampling_units(data, 40, np.random.default_rng(0))
    found = next(_UnitMoments(Design(data, model), units).weighted(np.ones((1, units.count))))
    want = environment_moments(data, model.encoder.coordinates)
    assert found.mean == pytest.approx(want.mean, rel=1e-10, abs=1e-12)
    assert found.covariance == pytest.approx(want.covariance, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["data", "data_with_more"])
def test_moments_move_with_the_map_of_coordinates_as_they_do_when_computed_again(request, hand_made, name):
    data = request.getfixturevalue(name)
    design = Design(data, hand_made(data, k=3))
    moments = gather(design.blocks)
    fit = solve(table_of_models(design, moments)[0], moments)
    moving, encoder = _Moving(design, moments, fit), design.representation.encoder
    coordinates = encoder.coordinates(data.G.astype(float), data.A) - encoder.coordinate_center
    centred = np.vstack(list(design.blocks())) - moments.mean
    W, V = centred @ fit.given, coordinates @ encoder.v_map()

    def instruments(z_map):
        Z = coordinates @ z_map + 0.5
        return Z @ moving._linear + natural_spline(Z, design._knots) @ moving._spline

    def products(z_map):
        return instruments(z_map).T @ W

    z_map = encoder.z_map()
    # the orthonormal instruments are these, less what regressors explain
    rest = np.column_stack([np.ones(len(V)), V, centred[:, design.columns("env")], centred[:, design.columns("C")]])
    left = instruments(z_map) - centred @ fit.orthonormal
    assert left == pytest.approx(rest @ np.linalg.lstsq(rest, left, rcond=None)[0], abs=1e-8)
    change = np.random.default_rng(3).normal(size=z_map.shape)
    want = (products(z_map + 1e-5 * change) - products(z_map - 1e-5 * change)) / 2e-5
    found = moving.moved(change, design.spline_sensitivity(moments, [fit.given])[0])
    assert found == pytest.approx(want, rel=1e-5, abs=1e-6 * np.abs(want).max())
