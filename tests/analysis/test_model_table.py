"""The table of estimates: which rows, with which labels, and the same numbers as on plain arrays."""

import numpy as np
import pytest

from latentmr import analyse, fuller, liml, ols, tsls
from latentmr.iv import natural_spline, spline_knots
from latentmr.learn import LinearLearner


def labels(analysis, exposure="x"):
    return [(e.method, e.instruments, e.adjustment) for e in analysis.estimates if e.exposure == exposure]


def table(covar="", components="pcs"):
    """Rows as the design of the analysis lists them."""

    def joined(*terms):
        return "+".join(term for term in (covar, *terms) if term) or "none"

    return [
        ("LIML", "learned", joined("env", "latent")),
        ("LIML", "learned", joined("env", "latent")),  # the same with fixed instruments
        ("2SLS", "learned", joined("env", "latent")),
        ("Fuller", "learned", joined("env", "latent")),
        ("LIML", "learned", joined("env")),
        ("LIML", "G", joined("env", components)),
        ("2SLS", "G", joined("env", components)),
        ("LIML", "G", joined("env")),
        ("2SLS", "G", joined("env")),
        ("LIML", "G", joined()),
        ("2SLS", "G", joined()),
        ("OLS", "none", joined()),
    ]


def row(analysis, *label):
    return next(e for e in analysis.estimates if (e.method, e.instruments, e.adjustment) == label)


@pytest.fixture
def dummies():
    return lambda data: (data.env[:, None] == np.arange(1, data.n_env)).astype(float)


@pytest.mark.parametrize("name", ["on_counts", "on_continuous"])
def test_rows_and_labels(request, name):
    analysis = request.getfixturevalue(name)
    assert labels(analysis) == table()
    assert [e.primary for e in analysis.estimates] == [True] + [False] * 11
    assert analysis.primary is analysis.estimates[0]
    assert analysis.notes == ()


def test_labels_with_covariates(variant, rng):
    analysis = analyse(variant(C=rng.normal(size=(6000, 2))), "linear")
    assert labels(analysis) == table(covar="covar")


def test_labels_with_auxiliary_features(variant, continuous, rng):
    aux = continuous.truth.V[:, :1] + rng.normal(size=(6000, 1))
    analysis = analyse(variant(A=aux), LinearLearner(k=2))
    assert labels(analysis) == table(components="aux")


def test_no_latent_row_without_residual_latents(counts):
    analysis = analyse(counts.dataset, LinearLearner(n_factors=0))
    alone = [(method, which, terms.removesuffix("+latent")) for method, which, terms in table()]
    assert labels(analysis) == [*alone[:4], *alone[5:]]


def test_few_instruments_enter_as_splines_and_many_as_lines(on_counts, on_continuous):
    assert {(e.instruments, e.basis) for e in on_continuous.estimates} == {
        ("learned", "spline"),
        ("G", "linear"),
        ("none", "linear"),
    }
    assert {e.basis for e in on_counts.estimates} == {"linear"}
    assert (on_continuous.primary.k, on_counts.primary.k) == (12, on_counts.representation.k)


def test_rows_on_counts_are_those_of_plain_arrays(counts, on_counts, dummies):
    data, env = counts.dataset, dummies(counts.dataset)
    x, y, G = data.X[:, 0], data.y, data.G.astype(float)
    Z, V = on_counts.representation.encode(data.G), on_counts.representation.residual(data.G)
    unit = (G - G.mean(axis=0)) / G.std(axis=0)
    pcs = np.linalg.svd(unit, full_matrices=False)[0][:, :10]
    on_counts = analyse(data, on_counts.representation, bootstrap=0)
    want = {
        ("LIML", "learned", "env"): liml(Z, x, y, env),
        ("OLS", "none", "none"): ols(x, y),
        ("2SLS", "G", "none"): tsls(G, x, y),
        ("LIML", "G", "env"): liml(G, x, y, env),
        ("LIML", "G", "env+pcs"): liml(G, x, y, np.column_stack([env, pcs])),
    }
    for label, plain in want.items():
        found = row(on_counts, *label)
        assert (found.beta, found.se) == pytest.approx((plain.beta, plain.se), rel=1e-6), label
        assert (found.k, found.n) == (plain.k, plain.n)
        if plain.ci_ar is not None:
            assert found.effective_f == pytest.approx(plain.effective_f, rel=1e-6)
            assert np.allclose(found.ci_ar.intervals, plain.ci_ar.intervals, rtol=1e-5)
    both = np.column_stack([env, V])
    for method, plain in (("LIML", liml), ("2SLS", tsls), ("Fuller", fuller)):
        found = row(on_counts, method, "learned", "env+latent")
        # errors are from the residual that holds the estimated latents
        assert found.beta == pytest.approx(plain(Z, x, y, both).beta, rel=1e-6)
        assert found.se > plain(Z, x, y, both).se


def test_primary_on_few_instruments_is_liml_on_splines(continuous, on_continuous, dummies):
    data = continuous.dataset
    analysis = analyse(data, on_continuous.representation, bootstrap=0)
    Z = on_continuous.representation.encode(data.G)
    basis = np.column_stack([Z, natural_spline(Z, spline_knots(Z))])
    plain = liml(basis, data.X[:, 0], data.y, dummies(data))
    found = row(analysis, "LIML", "learned", "env")
    assert (found.beta, found.se) == pytest.approx((plain.beta, plain.se), rel=1e-6)
    assert np.allclose(found.ci_clr.intervals, plain.ci_clr.intervals, rtol=1e-6)
    assert on_continuous.primary.beta == on_continuous.estimates[1].beta


def test_primary_row_adjusts_but_its_error_is_from_the_residual_without(continuous, on_continuous, dummies):
    data = continuous.dataset
    model = on_continuous.representation
    Z, V = model.encode(data.G), model.residual(data.G)
    basis = np.column_stack([Z, natural_spline(Z, spline_knots(Z))])
    plain = liml(basis, data.X[:, 0], data.y, np.column_stack([dummies(data), V]))
    found = row(on_continuous, "LIML", "learned", "env+latent")
    assert found.beta == pytest.approx(plain.beta, rel=1e-6)
    assert found.se > 1.2 * plain.se
    assert found.primary
    assert found.se == pytest.approx(row(on_continuous, "LIML", "learned", "env").se, rel=0.1)


def test_auxiliary_features_are_regressors_of_the_residual_too(variant, continuous, rng):
    aux = continuous.truth.V + 0.01 * rng.normal(size=(6000, 3))
    one, other = (analyse(variant(A=A), "linear").primary for A in (aux, aux[:, :0]))
    assert one.se < 0.8 * other.se


def test_learned_rows_say_what_errors_count(on_counts):
    assert {(e.instruments, e.se_type) for e in on_counts.estimates} == {
        ("learned", "HC1, accounting for estimation of the encoder"),
        ("learned", "HC1, treating the instruments as fixed"),
        ("G", "HC1"),
        ("none", "HC1"),
    }


def test_the_answer_is_near_the_truth_where_comparators_are_not(on_counts, on_continuous):
    for analysis, truth in ((on_counts, 0.5), (on_continuous, 1.0)):
        e = analysis.primary
        assert abs(e.beta - truth) < 4 * e.se
        for label in (("OLS", "none", "none"), ("2SLS", "G", "none")):
            naive = row(analysis, *label)
            assert abs(naive.beta - truth) > max(5 * naive.se, 2 * abs(e.beta - truth))


def test_frames_have_the_columns_of_the_tables(on_counts):
    frame = on_counts.to_frame()
    assert list(frame.columns)[:6] == ["method", "instruments", "adjustment", "basis", "exposure", "beta"]
    assert (frame["primary"] == "true").sum() == 1
    names = set(on_counts.tests_frame()["name"])
    assert {"invariance", "independence", "entropy", "variability", "linkage", "strength", "heterogeneity"} <= names
