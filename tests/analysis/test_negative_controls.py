"""Placebo outcomes through the primary model: size, power, invariance, and who is left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import learning_error, with_learning
from latentmr.analysis.model_table import table_of_models
from latentmr.analysis.negative_controls import negative_control_tests
from latentmr.data import Dataset
from latentmr.diagnose.placebo_outcome import placebo
from latentmr.iv import effect_test, gather, liml, solve, spreads
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_test
from latentmr.learn import LinearLearner
from latentmr.simulate import linear


@pytest.fixture(scope="module")
def study():
    return linear(n_per_env=300, seed=3)


@pytest.fixture(scope="module")
def learned(study):
    return LinearLearner().fit(study.dataset)


@pytest.fixture(scope="module")
def tested(study, learned):
    """Tests of negative controls; other parts of the data may be changed."""

    def run(P, replicates=0, **changes):
        data, P = replace(study.dataset, **changes), np.asarray(P).reshape(study.dataset.n, -1)
        data = replace(data, N=P, negative_control_names=tuple(f"p{j}" for j in range(P.shape[1])))
        design = Design(data, learned)
        model = table_of_models(design, gather(design.blocks))[0]
        # with fixed instruments the tests are those of plain arrays, whose residual is that of all regressors
        model = model if replicates else replace(model, C_error=None)
        return negative_control_tests(design, model, 0.05, replicates=replicates)

    return run


@pytest.fixture(scope="module")
def arrays(study, learned):
    """Instruments and regressors of the primary model, from scratch."""
    design = Design(study.dataset, learned)
    model = table_of_models(design, gather(design.blocks))[0]
    rows = np.vstack(list(design.blocks()))
    return rows @ model.Z, study.dataset.X[:, 0], rows @ model.C


@pytest.fixture
def confounder(study):
    return study.truth.V.sum(axis=1)


@pytest.fixture
def noise(study, rng):
    return rng.normal(size=study.dataset.n)


def test_size_with_fixed_instruments(tested, study, rng):
    P = rng.normal(size=(study.dataset.n, 300)) * np.exp(study.truth.V[:, [0]] / 4)
    found = tested(P)
    for level in (0.05, 0.2, 0.5):
        rejected = sum(test.p_value < level for test in found)
        assert binomtest(rejected, len(found), level).pvalue > 0.01
    assert [test.verdict for test in found] == ["pass"] * 300  # each is judged at 0.05 / 300


def test_power(tested, study, confounder, noise):
    (found,) = tested(confounder + 0.5 * study.truth.Z.sum(axis=1) + noise)
    assert found.verdict == "fail"
    assert found.p_value < 1e-6
    assert "they are confounded, or p0 is not a valid negative-control outcome" in found.reason


def test_estimation_of_the_encoder_is_accounted_for_as_in_the_primary_row(tested, study, learned, confounder, noise):
    data = replace(study.dataset, y=confounder)
    design = Design(data, learned)
    moments = gather(design.blocks)
    fit = solve(table_of_models(design, moments)[0], moments)
    given = spreads([fit], moments, design.blocks, "HC1", first_stage=False)[0]
    counted = with_learning(given, fit, learning_error(design, moments, [fit], 30, 0)[0])
    p_value = robust_anderson_rubin_test(counted.reduced, 0.0).p_value
    first, second = tested(np.column_stack([confounder, noise]), replicates=30)
    alone, unmoved = tested(np.column_stack([confounder, noise]))
    assert first.p_value == pytest.approx(p_value, rel=1e-8)
    assert abs(first.p_value - alone.p_value) > 0.01
    # learning cannot confound the instruments with what is pure noise
    assert second.p_value == pytest.approx(unmoved.p_value, abs=0.1)
    assert (first.effect, second.effect) == (alone.effect, unmoved.effect)


def test_agrees_with_the_test_on_arrays(tested, arrays, confounder, noise):
    Z, x, C = arrays
    (found,) = tested(confounder + noise)
    expected = effect_test(Z, x, confounder + noise, 0.0, C, test="AR")
    assert (found.name, found.df) == ("placebo: p0", expected.df)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-8)
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-8)
    effect = liml(Z, x, confounder + noise, C).beta / (confounder + noise).std(ddof=1)
    assert found.effect == pytest.approx(effect, rel=1e-8)


def test_clusters(tested, arrays, confounder, noise):
    Z, x, C = arrays
    families = np.arange(len(x)) // 3
    y = confounder + noise
    y[:30] = np.nan  # whole families: their codes are gone
    (found,) = tested(y, cluster=families[:, None], cluster_names=("family",))
    expected = effect_test(Z[30:], x[30:], y[30:], 0.0, C[30:], test="AR", cluster=families[30:])
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-8)


@pytest.mark.parametrize(("scale", "shift"), [(1000.0, 50.0), (-1e-4, 0.0)])
def test_units_of_the_negative_control_do_not_matter(tested, confounder, noise, scale, shift):
    one, other = tested(np.column_stack([confounder + noise, scale * (confounder + noise) + shift]), replicates=10)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)
    assert other.statistic == pytest.approx(one.statistic, rel=1e-6)
    assert other.effect == pytest.approx(np.sign(scale) * one.effect, rel=1e-6)


def test_individuals_without_a_negative_control_are_left_out_of_its_test(tested, study, arrays, confounder, noise):
    Z, x, C = arrays
    gaps = confounder + noise
    gaps[::7] = np.nan
    known = np.isfinite(gaps)
    first, second = tested(np.column_stack([noise, gaps]))
    (alone,) = tested(noise)
    assert (first.p_value, first.effect) == (alone.p_value, alone.effect)
    expected = effect_test(Z[known], x[known], gaps[known], 0.0, C[known], test="AR")
    assert second.p_value == pytest.approx(expected.p_value, rel=1e-8)
    assert second.df == expected.df


@pytest.mark.parametrize("absent", [0, 2])
def test_a_negative_control_that_a_whole_environment_lacks(tested, study, arrays, noise, absent):
    Z, x, C = arrays
    known = study.dataset.env != absent
    (found,) = tested(np.where(known, noise, np.nan))
    indicators = (study.dataset.env[:, None] == np.setdiff1d(np.arange(4), absent)[1:])[known]
    latents = C[known, 3:]
    expected = effect_test(Z[known], x[known], noise[known], 0.0, np.hstack([indicators, latents]), test="AR")
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-6)
    assert found.df == expected.df


def test_fewer_clusters_than_instruments(tested, study, noise):
    codes = (np.arange(study.dataset.n) % 5)[:, None]
    (found,) = tested(noise, cluster=codes, cluster_names=("centre",))
    assert (found.verdict, found.p_value, found.effect) == ("not applicable", None, None)
    assert found.reason == "the covariance of the moments is singular, as with fewer clusters than instruments"


def test_a_negative_control_that_repeats_the_exposure(tested, study, noise):
    found = tested(np.column_stack([2 * study.dataset.X[:, 0] + 1, noise]))
    assert [test.verdict for test in found] == ["not applicable", "pass"]
    assert found[0].reason.startswith(
        "the model with p0 as the outcome has no solution: outcome must not be an exact linear"
    )


def test_a_negative_control_that_environments_explain(tested, study):
    (found,) = tested(study.dataset.env.astype(float))
    assert found.verdict == "not applicable"
    assert "must vary given the covariates and environments" in found.reason


def test_several_exposures_have_no_one_effect(study, learned, noise):
    data = study.dataset
    two = Dataset.from_arrays(
        data.G, data.env, np.column_stack([data.X, study.truth.Z[:, 1] + noise]), data.y, negative_control=noise[::-1]
    )
    design = Design(two, learned)
    (found,) = negative_control_tests(design, table_of_models(design, gather(design.blocks))[0], 0.05)
    assert found.effect is None
    assert found.p_value is not None
    assert found == placebo("negative_control", found.statistic, found.df, found.p_value, None, 0.05)


def test_none_without_negative_controls(tested, study):
    assert tested(np.zeros((study.dataset.n, 0)), replicates=10) == []
