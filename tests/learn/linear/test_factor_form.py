"""On unlinked counts the factor form finds the ancestry, and instruments that are free of it."""

import numpy as np
import pytest

from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.learn.linear.factor import no_factor, select_factors
from latentmr.learn.linear.moments import environment_moments
from latentmr.simulate import admixture


def test_factors_are_populations_less_one():
    found = [
        LinearLearner().fit(admixture(n=4000, p=30, n_populations=populations, seed=seed).dataset).history.n_factors
        for populations, seed in [(2, 0), (3, 0), (3, 1), (4, 0), (4, 2), (4, 3), (4, 5), (4, 6)]
    ]
    wrong = np.array(found) - [1, 2, 2, 3, 3, 3, 3, 3]
    # the criterion is generous: one too many costs an instrument, one too few biases
    assert wrong.min() >= 0
    assert wrong.sum() <= 2


def test_no_factor_where_nothing_correlates():
    rng = np.random.default_rng(0)
    env = np.repeat(np.arange(4), 1000)
    found = [
        LinearLearner().fit(Dataset.from_arrays(rng.binomial(2, rng.uniform(0.2, 0.8, 20), (4000, 20)), env))
        for _ in range(3)
    ]
    assert [model.history.n_factors for model in found].count(0) >= 2
    assert found[0].k + found[0].history.n_factors == 20


def test_all_directions_without_factors_are_instruments(counts, counts_model):
    history = counts_model.history
    assert (counts_model.form, history.n_factors, counts_model.k) == ("factor", 3, 27)
    assert counts_model.encoder.v_weights.shape == (30, 3)
    assert history.k_available == 27


def test_instruments_say_nothing_on_ancestry(counts, counts_model, r_squared):
    ancestry = counts.truth.V[:, :3]
    G = counts.dataset.G.astype(float)
    assert r_squared(ancestry, G) > 0.25
    assert r_squared(ancestry, counts_model.encode(counts.dataset.G)) < 0.01


def test_factor_scores_carry_the_ancestry(counts, counts_model, r_squared):
    ancestry = counts.truth.V[:, :3]
    G = counts.dataset.G.astype(float)
    assert r_squared(ancestry, counts_model.residual(counts.dataset.G)) > 0.9 * r_squared(ancestry, G)


def test_weights_are_orthogonal_to_the_true_loadings(counts, counts_model):
    """Loadings are how mean genotypes move with ancestry; regressed here on the ancestry that is known."""
    G, Q = counts.dataset.G.astype(float), counts.truth.V
    loadings = np.linalg.lstsq(Q, G, rcond=None)[0]
    loadings = (loadings - loadings.mean(axis=0)).T
    unit = np.sqrt(np.var(G - Q @ np.linalg.lstsq(Q, G, rcond=None)[0], axis=0))
    directions = np.linalg.svd(loadings / unit[:, None], full_matrices=False)[0][:, :3]
    weights = np.linalg.qr(counts_model.encoder.z_weights * unit[:, None])[0]
    cosines = np.linalg.svd(weights.T @ directions)[1]
    # 27 dimensions chosen blindly out of 30 would contain two of these directions (cosines of 1)
    assert cosines[0] < 0.45
    assert cosines[1] < 0.1


def test_weights_are_orthogonal_to_the_fitted_loadings_and_uncorrelated(counts, counts_model):
    moments = environment_moments(counts.dataset)
    fit, _ = select_factors(moments)
    W = counts_model.encoder.z_weights
    assert np.abs(W.T @ fit.loadings).max() < 1e-8
    within = W.T @ moments.within @ W
    assert np.allclose(within, np.eye(27), atol=1e-8)


def test_factor_scores_are_unbiased(counts, counts_model):
    # Bartlett: the scores of the loadings themselves are the unit vectors
    fit, _ = select_factors(environment_moments(counts.dataset))
    assert np.allclose(counts_model.encoder.v_weights.T @ fit.loadings, np.eye(3), atol=1e-8)


def test_number_of_factors_given(counts):
    model = LinearLearner(n_factors=5).fit(counts.dataset)
    assert (model.k, model.history.n_factors, model.history.rule) == (25, 5, "given")
    none = LinearLearner(n_factors=0).fit(counts.dataset)
    assert none.k == 30
    assert none.encoder.v_weights.shape == (30, 0)
    assert none.residual(counts.dataset.G).shape == (4000, 0)


def test_fewer_instruments_are_the_most_stationary_ones(counts, counts_model):
    few = LinearLearner(k=4).fit(counts.dataset)
    assert np.array_equal(few.encoder.z_weights, counts_model.encoder.z_weights[:, :4])
    assert few.history.k_available == 27


def test_order_of_variants_permutes_the_weights(counts, counts_model, same_span):
    data = counts.dataset
    order = np.random.default_rng(1).permutation(30)
    model = LinearLearner().fit(Dataset.from_arrays(data.G[:, order].astype(float), data.env))
    assert model.history.n_factors == 3
    assert same_span(model.encode(data.G[:, order]), counts_model.encode(data.G)) < 0.02
    assert same_span(model.encoder.v_weights, counts_model.encoder.v_weights[order]) < 0.02


def test_which_allele_is_counted_does_not_matter(counts, counts_model, same_span):
    data = counts.dataset
    flipped = np.where(np.arange(30) % 3 == 0, 2 - data.G, data.G)
    model = LinearLearner().fit(Dataset.from_arrays(flipped.astype(float), data.env))
    assert same_span(model.encode(flipped), counts_model.encode(data.G)) < 0.02


def test_units_of_the_columns_do_not_matter(counts, counts_model, same_span):
    data = counts.dataset
    scaled = data.G * np.linspace(0.1, 50, 30)
    model = LinearLearner(form="factor").fit(Dataset.from_arrays(scaled, data.env))
    assert same_span(model.encode(scaled), counts_model.encode(data.G)) < 0.02


def test_dosages_take_the_factor_form_and_measures_do_not(counts, continuous_model):
    data = counts.dataset
    noisy = np.clip(data.G + np.random.default_rng(0).normal(0, 0.05, data.G.shape), 0, 2)
    dosages = Dataset.from_arrays(noisy, data.env)
    assert dosages.kind == "dosages"
    assert LinearLearner(n_factors=3).fit(dosages).form == "factor"
    assert continuous_model.kind == "continuous"
    assert LinearLearner(form="stationary", k=5).fit(data).form == "stationary"


def test_model_without_factors_has_the_likelihood_of_independent_normals(moments_of):
    rng = np.random.default_rng(0)
    X, env = rng.normal(size=(900, 4)) * [1.0, 2.0, 5.0, 0.1], np.repeat(np.arange(3), 300)
    moments = moments_of(X, env)
    fit = no_factor(moments)
    want = 0.0
    centred = X - X.mean(axis=0)
    for e in range(3):
        variance = (centred[env == e] ** 2).mean(axis=0)
        want -= 0.5 * (np.log(variance / X.var(axis=0)) + centred[env == e] ** 2 / variance).sum()
    assert fit.log_likelihood == pytest.approx(want, rel=1e-9)
    assert fit.loadings.shape == (4, 0)
    assert fit.n_parameters == 4 + 3 * 4
    assert fit.uniqueness == pytest.approx(X.var(axis=0), rel=1e-9)
