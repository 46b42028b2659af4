"""Errors that account for estimation of the encoder: resampling, change of the moments, and what is added."""

import re
from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import (
    FLOOR,
    LearningError,
    _bounded,
    _Moving,
    _summary,
    _unit_sums,
    _UnitMoments,
    learning_error,
    with_learning,
)
from latentmr.analysis.model_table import table_of_models
from latentmr.analysis.resampling import SMALLEST_NUMBER, ResamplingUnits, resampling_units
from latentmr.data import Dataset
from latentmr.iv import gather, natural_spline, solve
from latentmr.iv.covariance import spreads
from latentmr.learn import LinearLearner
from latentmr.learn.linear.moments import environment_moments
from latentmr.learn.linear.relearning import Relearning
from latentmr.simulate import admixture, linear


def dataset(cluster=None, env=None, n=600):
    rng = np.random.default_rng(0)
    env = np.repeat([0, 1, 2], [n // 2, n // 3, n // 6]) if env is None else env
    data = Dataset.from_arrays(rng.normal(size=(n, 3)), env, rng.normal(size=n), rng.normal(size=n))
    if cluster is None:
        return data
    columns = cluster.reshape(n, -1)
    return replace(data, cluster=columns, cluster_names=("family", "centre")[: columns.shape[1]])


def units_of(data, most=10**6, seed=0):
    return resampling_units(data, most, np.random.default_rng(seed))


CLUSTERS = {
    "none": None,
    "within environments": np.arange(600) // 3,
    "across environments": np.arange(600) % 150,
    "two ways": np.column_stack([np.arange(600) // 3, np.arange(600) % 50]),
}


@pytest.fixture(params=CLUSTERS)
def clustered(request):
    return dataset(CLUSTERS[request.param])


def test_weights_are_positive_with_mean_one_in_every_environment(clustered):
    units = units_of(clustered)
    weights = units.weights(np.random.default_rng(1), 30)
    assert weights.shape == (30, units.count)
    assert weights.min() > 0
    for e in range(3):
        assert weights[:, units.env == e].mean(axis=1) == pytest.approx(np.ones(30), rel=1e-12)


def test_weights_vary_as_counts_of_the_bootstrap_do():
    """A weighted mean then has the sampling variance of a mean, ``s2 / (n - 1)`` with ``s2`` divided by ``n``."""
    units = units_of(dataset())
    draws = units.weights(np.random.default_rng(1), 3000)
    values = np.random.default_rng(2).normal(size=600)
    for e, size in ((0, 300), (1, 200), (2, 100)):
        inside = units.env == e
        # a Dirichlet weight of this parameter has variance one exactly
        assert draws[:, inside].var() == pytest.approx(1.0, rel=0.02)
        means = draws[:, inside] @ values[inside] / size
        assert means.var() == pytest.approx(values[inside].var() / (size - 1), rel=0.1)


def test_weights_of_parts_of_a_cluster_go_together():
    units = units_of(dataset(CLUSTERS["across environments"]))
    draws = units.weights(np.random.default_rng(1), 400)
    parts = np.flatnonzero(units.source == units.source[0])
    assert len(np.unique(units.env[parts])) == len(parts) > 1
    together = np.corrcoef(draws[:, parts].T)
    assert together[0, 1] > 0.98
    other = np.flatnonzero(units.source != units.source[0])[0]
    assert abs(np.corrcoef(draws[:, parts[0]], draws[:, other])[0, 1]) < 0.2


def test_people_without_clusters_are_their_own_units():
    units = units_of(dataset())
    assert sorted(units.of) == list(range(600))
    assert np.array_equal(units.env[units.of], dataset().env)


@pytest.mark.parametrize("most", [40, 10**6])
def test_clusters_are_whole(clustered, most):
    units = units_of(clustered, most)
    assert np.array_equal(units.env[units.of], clustered.env)
    if not clustered.cluster.shape[1]:
        return
    coarsest = clustered.cluster[:, np.argmin(clustered.cluster.max(axis=0))]
    source = units.source[units.of]
    for label in np.unique(coarsest):
        assert len(set(source[coarsest == label])) == 1
        for e in range(3):
            assert len(set(units.of[(coarsest == label) & (clustered.env == e)])) <= 1


@pytest.mark.parametrize("most", [1, 30, 60, 100, 300])
def test_units_are_at_most_so_many(clustered, most):
    units = units_of(clustered, most)
    # but for the least that each environment has
    assert units.count <= most + SMALLEST_NUMBER * 3
    assert np.bincount(units.env).min() >= SMALLEST_NUMBER
    assert np.array_equal(np.unique(units.of), np.arange(units.count))
    assert (np.diff(units.env) >= 0).all()


def test_units_are_of_even_size():
    units = units_of(dataset(), 60)
    assert np.ptp(np.bincount(units.of)) <= 2


def test_rows_that_nothing_uses_have_no_unit():
    env = np.repeat(["a", "b", "tiny"], [300, 290, 10])
    data = dataset(env=env)
    unused = ~(data.in_learning | data.in_estimation)
    units = units_of(data)
    assert np.array_equal(units.of < 0, unused)
    assert np.array_equal(units.of[~unused] >= 0, np.ones((~unused).sum(), dtype=bool))


def test_the_seed_deals_people():
    data = dataset()
    assert np.array_equal(units_of(data, 60).of, units_of(data, 60).of)
    assert not np.array_equal(units_of(data, 60).of, units_of(data, 60, seed=1).of)


def designed(data, **options):
    design = Design(data, LinearLearner(seed=0, **options).fit(data))
    moments = gather(design.blocks)
    fits = [solve(model, moments) for model in table_of_models(design, moments)[:4]]
    return design, moments, fits


@pytest.fixture(scope="module")
def small():
    """Three coordinates, which enter as splines."""
    return designed(linear(n_per_env=400, seed=2).dataset)


@pytest.fixture(scope="module")
def small_counts():
    """More coordinates than enter as splines."""
    return designed(admixture(n=1500, p=14, n_populations=3, seed=1).dataset)


@pytest.fixture(params=["small", "small_counts"])
def study(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("most", [40, 10**6])
def test_moments_under_unit_weights_are_those_of_the_data(study, most):
    design = study[0]
    units = units_of(design.dataset, most)
    found = next(_UnitMoments(design, units).weighted(np.ones((1, units.count))))
    want = environment_moments(design.dataset)
    assert np.array_equal(found.n, want.n)
    assert found.mean == pytest.approx(want.mean, rel=1e-10, abs=1e-12)
    assert found.covariance == pytest.approx(want.covariance, rel=1e-9, abs=1e-12)


def test_moments_under_counts_are_those_of_a_sample_with_repeats(small):
    data = small[0].dataset
    units = units_of(data)
    counts = np.random.default_rng(0).integers(0, 3, data.n)
    found = next(_UnitMoments(small[0], units).weighted(counts[np.argsort(units.of)][None, :].astype(float)))
    rows = np.repeat(np.arange(data.n), counts)
    want = environment_moments(Dataset.from_arrays(data.G[rows], data.env[rows]))
    assert found.mean == pytest.approx(want.mean, rel=1e-9, abs=1e-12)
    assert found.covariance == pytest.approx(want.covariance, rel=1e-8, abs=1e-10)


def test_sums_of_the_units_add_up_to_the_moments(study):
    design, moments, fits = study
    units = units_of(design.dataset)
    sums = _unit_sums(design, moments, fits[:1], units)[0]
    assert sums.sum(axis=0) == pytest.approx(fits[0].cross, rel=1e-8, abs=1e-8 * np.abs(fits[0].cross).max())


def recomputed(design, moments, fit, moving, z_map):
    """Products of the moved instruments, in the fit's basis, with exposures and outcome given the regressors."""
    W = (np.vstack(list(design.blocks())) - moments.mean) @ fit.given
    return instruments_of(design, moving, z_map).T @ W


def instruments_of(design, moving, z_map):
    data, encoder = design.dataset, design.representation.encoder
    rows = design.rows
    G = np.hstack([data.G[rows].astype(float), data.A[rows]]) - np.concatenate([encoder.center, encoder.aux_center])
    Z = G @ z_map
    instruments = Z @ moving._linear
    if design.spline:
        instruments = instruments + natural_spline(Z, design._knots) @ moving._spline
    return instruments


def test_moments_move_with_the_encoder_as_they_do_when_computed_again(study):
    design, moments, fits = study
    fit = fits[0]
    moving = _Moving(design, moments, fit)
    z_map = design.representation.encoder.z_map()
    spline = design.spline_sensitivity(moments, [fit.given])[0]
    # the orthonormal instruments are these, less what environments and latents explain
    centred = np.vstack(list(design.blocks())) - moments.mean
    latent = centred @ design.of_coordinates(design.representation.encoder.v_map())
    rest = np.column_stack([np.ones(len(centred)), latent, centred[:, design.columns("env")]])
    left = instruments_of(design, moving, z_map) - centred @ fit.orthonormal
    assert left == pytest.approx(rest @ np.linalg.lstsq(rest, left, rcond=None)[0], abs=1e-8)
    rng = np.random.default_rng(3)
    change = rng.normal(size=z_map.shape) * np.abs(z_map).max()
    step = 1e-5
    up, down = (recomputed(design, moments, fit, moving, z_map + sign * step * change) for sign in (1, -1))
    want = (up - down) / (2 * step)
    assert moving.moved(change, spline) == pytest.approx(want, rel=1e-5, abs=1e-6 * np.abs(want).max())
    assert np.abs(want).max() > 1e-3


def test_the_same_holds_with_auxiliary_features_and_covariates():
    rng = np.random.default_rng(4)
    data = linear(n_per_env=300, seed=5).dataset
    A, C = rng.normal(size=(data.n, 1)) + data.G[:, [0]], rng.normal(size=(data.n, 2))
    design, moments, fits = designed(Dataset.from_arrays(data.G, data.env, data.X, data.y, C=C, A=A))
    for fit in (fits[0], fits[3]):
        moving = _Moving(design, moments, fit)
        z_map = design.representation.encoder.z_map()
        change = rng.normal(size=z_map.shape)
        spline = design.spline_sensitivity(moments, [fit.given])[0]
        up, down = (recomputed(design, moments, fit, moving, z_map + sign * 1e-5 * change) for sign in (1, -1))
        want = (up - down) / 2e-5
        assert moving.moved(change, spline) == pytest.approx(want, rel=1e-5, abs=1e-6 * np.abs(want).max())


def test_an_aligned_space_does_not_depend_on_its_basis(study):
    design, moments, _ = study
    rng = np.random.default_rng(5)
    z_map = design.representation.encoder.z_map()
    mixed = z_map @ rng.normal(size=(z_map.shape[1],) * 2)
    assert design.aligned(mixed, moments) == pytest.approx(z_map, rel=1e-6, abs=1e-8 * np.abs(z_map).max())
    everything = np.eye(len(z_map))
    assert design.aligned(everything, moments) == pytest.approx(z_map, rel=1e-6, abs=1e-8 * np.abs(z_map).max())


def test_the_seed_draws(study):
    design, moments, fits = study
    first, same, other = (learning_error(design, moments, fits[:1], 12, seed)[0].moment for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.allclose(first, other)


def test_fits_of_one_first_stage_share_their_error(small):
    design, moments, fits = small
    errors = learning_error(design, moments, fits, 12, 0)
    assert errors[0] is errors[1]
    assert errors[0] is errors[2]
    # adjusted for the residual latents as well: another first stage
    assert errors[0] is not errors[3]
    moment = errors[0].moment
    assert moment.shape == (2, 2, fits[0].k, fits[0].k)
    assert moment == pytest.approx(moment.transpose(1, 0, 3, 2), rel=1e-9, abs=1e-12 * np.abs(moment).max())


def test_a_learned_part_of_nothing_adds_nothing():
    given = np.random.default_rng(0).normal(size=(20, 4, 2))
    assert not _summary(given, np.zeros_like(given), np.array([-1.0, 1.0])).any()


def test_many_draws_of_a_learned_part_add_its_covariance():
    rng = np.random.default_rng(0)
    given = rng.normal(size=(40_000, 3, 2))
    learned = rng.normal(size=(40_000, 3, 2)) * np.array([1.0, 2.0, 3.0])[:, None] - 0.5 * given
    found = _summary(given, learned, np.array([-1.0, 1.0]))
    # (1 - 1/2)^2 - 1 of the given part, and the learned one's own
    want = np.multiply.outer(np.eye(2), np.diag(np.array([1.0, 4.0, 9.0]) - 0.75))
    assert found == pytest.approx(want, abs=0.25)


def spread_of(study):
    design, moments, fits = study
    return spreads(fits[:1], moments, design.blocks, "HC1")[0], fits[0]


def test_no_error_changes_nothing_but_the_label(study):
    spread, fit = spread_of(study)
    found = with_learning(spread, fit, LearningError(np.zeros_like(spread.reduced.moment)))
    assert found.condition == "accounting for estimation of the encoder" != spread.condition
    assert found.covariance == pytest.approx(spread.covariance, rel=1e-9)
    moment = spread.reduced.moment
    assert found.reduced.moment == pytest.approx(moment, rel=1e-9, abs=1e-9 * np.abs(moment).max())
    kept = ("cross", "first", "df", "se_type")
    assert all(getattr(found.reduced, name) is getattr(spread.reduced, name) for name in kept)


def test_an_error_in_proportion_scales_the_variance(small):
    """What is added to the moments of the structural error reaches the effect through LIML's derivative."""
    spread, fit = spread_of(small)
    moments = {
        size: with_learning(spread, fit, LearningError(size * spread.reduced.moment)) for size in (0.0, 1.0, 3.0)
    }
    first, second, third = (moments[size].covariance[0, 0] for size in (0.0, 1.0, 3.0))
    assert third - first == pytest.approx(3 * (second - first), rel=1e-8)
    # with many people, the covariance of the effect is that of the moments, in the derivative's direction
    assert second - first == pytest.approx(first, rel=0.1)


def flat(V):
    w, _, k, _ = V.shape
    return V.transpose(0, 2, 1, 3).reshape(w * k, w * k)


@pytest.mark.parametrize("size", [0.5, 1.0, 50.0])
def test_the_moments_keep_a_floor_in_every_direction(size):
    rng = np.random.default_rng(0)
    half = rng.normal(size=(6, 40))
    moment = (half @ half.T).reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    half = rng.normal(size=(6, 3)) * 4
    added = moment * 0.1 - size * (half @ half.T).reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    total = flat(moment + _bounded(moment, added, FLOOR))
    gain = np.linalg.eigvalsh(
        np.linalg.solve(np.linalg.cholesky(flat(moment)), total) @ np.linalg.inv(np.linalg.cholesky(flat(moment))).T
    )
    assert gain.min() == pytest.approx(FLOOR, rel=1e-8)
    assert gain.max() <= 1.1 + 1e-8


def test_what_is_above_the_floor_is_added_as_it_is():
    rng = np.random.default_rng(1)
    half = rng.normal(size=(6, 40))
    moment = (half @ half.T).reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    change = rng.normal(size=(6, 6))
    added = (change + change.T).reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    assert _bounded(moment, added, FLOOR) == pytest.approx(added, rel=1e-8, abs=1e-8)


def test_a_network_never_takes_from_the_variance(hand_made, study):
    """A refit of the outputs alone may add to the variance with fixed instruments, but not reduce it."""
    assert Relearning(study[0].representation, environment_moments(study[0].dataset)).whole
    data = linear(n_per_env=300, seed=5).dataset
    model = hand_made(data, k=3)
    assert not Relearning(model, environment_moments(data, model.encoder.coordinates)).whole
    rows = analyse(data, model).estimates
    accounted, fixed = (next(row for row in rows if row.se_type.endswith(kind)) for kind in ("encoder", "fixed"))
    assert accounted.method == fixed.method == "LIML"
    assert accounted.se >= fixed.se
    spread, fit = spread_of(study)
    found = with_learning(spread, fit, LearningError(-0.5 * spread.reduced.moment, floor=1.0))
    assert found.covariance[0, 0] >= spread.covariance[0, 0] * (1 - 1e-9)


def test_a_very_negative_error_leaves_the_floor(study):
    spread, fit = spread_of(study)
    found = with_learning(spread, fit, LearningError(-1e3 * spread.reduced.moment))
    assert found.reduced.moment == pytest.approx(
        FLOOR * spread.reduced.moment, rel=1e-6, abs=1e-8 * np.abs(spread.reduced.moment).max()
    )
    assert found.covariance[0, 0] >= FLOOR * spread.covariance[0, 0]


def test_a_twin_lends_its_reduced_form(small):
    spread, fit = spread_of(small)
    error = LearningError(0.5 * spread.reduced.moment)
    first = with_learning(spread, fit, error)
    second = with_learning(spread, fit, error, first)
    assert second.reduced is first.reduced
    assert second.covariance == pytest.approx(first.covariance, rel=1e-10)


def test_a_model_without_instruments_has_nothing_to_learn(small):
    spread, fit = spread_of(small)
    bare = replace(spread, reduced=None)
    assert with_learning(bare, fit, LearningError(np.zeros((2, 2, 1, 1)))) is bare


def rows_of(analysis):
    return [e for e in analysis.estimates if e.instruments == "learned"]


def test_every_row_on_learned_instruments_accounts_for_the_encoder_but_one(on_continuous):
    learned = rows_of(on_continuous)
    assert [e.se_type for e in learned] == [
        "HC1, accounting for estimation of the encoder",
        "HC1, treating the instruments as fixed",
        *["HC1, accounting for estimation of the encoder"] * 3,
    ]
    twin = learned[1]
    assert not twin.primary
    primary = on_continuous.primary
    assert (twin.method, twin.beta, twin.n, twin.k) == (primary.method, primary.beta, primary.n, primary.k)
    assert {e.se_type for e in on_continuous.estimates if e.instruments != "learned"} == {"HC1"}


def test_accounting_for_the_encoder_changes_little_where_the_encoder_is_well_known(on_continuous):
    primary, twin = on_continuous.estimates[:2]
    assert primary.se != twin.se
    assert primary.se == pytest.approx(twin.se, rel=0.3)


def test_sets_account_for_the_encoder_too(on_counts):
    primary, twin = on_counts.estimates[:2]
    assert twin.se_type == "HC1, treating the instruments as fixed"
    for mine, its in ((primary.ci_clr, twin.ci_clr), (primary.ci_ar, twin.ci_ar)):
        assert mine != its
        assert mine.is_bounded == its.is_bounded
    learned = rows_of(on_counts)
    # 2SLS and Fuller share the primary row's first stage
    assert learned[2].ci_clr == learned[3].ci_clr == primary.ci_clr


@pytest.fixture(scope="module")
def people():
    return linear(n_per_env=250, seed=6).dataset


def test_without_bootstrap_errors_treat_the_instruments_as_fixed(people):
    analysis = analyse(people, "linear", bootstrap=0)
    assert {e.se_type for e in rows_of(analysis)} == {"HC1, treating the instruments as fixed"}
    assert [e.method for e in rows_of(analysis)] == ["LIML", "2SLS", "Fuller", "LIML"]
    counted = analyse(people, "linear", bootstrap=10)
    twin = counted.estimates[1]
    naive = analysis.primary
    assert (twin.beta, twin.se, twin.ci_ar, twin.ci_clr) == (naive.beta, naive.se, naive.ci_ar, naive.ci_clr)
    assert counted.primary.beta == naive.beta


def test_the_seed_of_the_analysis_moves_the_errors_alone_where_no_individuals_are_set_aside(people):
    first, same, other = (analyse(people, "linear", bootstrap=10, seed=seed, diagnosis=0) for seed in (0, 0, 1))
    assert first.estimates == same.estimates
    assert first.primary.beta == other.primary.beta
    assert first.primary.se != other.primary.se
    assert first.estimates[1] == other.estimates[1]


@pytest.mark.parametrize("bootstrap", [5, 9, 1, -1, True, False, 20.0, "100", None])
def test_a_number_of_replicates_that_is_refused(people, bootstrap):
    message = f"bootstrap must be 0 or at least 10 replicates. Got {bootstrap!r}; the default is 100."
    with pytest.raises(ValueError, match=re.escape(message)):
        analyse(people, "linear", bootstrap=bootstrap)


NOTE = "the instruments were learned from other individuals, or by an earlier release"


def test_a_model_of_other_individuals_has_a_note_and_errors_with_fixed_instruments(people):
    ids = [f"other{j}" for j in range(people.n)]
    other = Dataset.from_arrays(people.G, people.env, people.X, people.y, samples=ids)
    analysis = analyse(people, LinearLearner().fit(other))
    assert any(note.startswith(NOTE) for note in analysis.notes)
    assert {e.se_type for e in rows_of(analysis)} == {"HC1, treating the instruments as fixed"}
    assert analysis.estimates == analyse(people, "linear", bootstrap=0, diagnosis=0).estimates


def test_a_model_of_the_same_individuals_accounts_for_the_encoder(people):
    analysis = analyse(people, LinearLearner().fit(people), bootstrap=10)
    assert not any(note.startswith(NOTE) for note in analysis.notes)
    assert analysis.estimates == analyse(people, "linear", bootstrap=10, diagnosis=0).estimates


def test_other_individuals_with_the_same_ids_are_other_individuals(people):
    other = linear(n_per_env=250, seed=7).dataset
    analysis = analyse(people, LinearLearner().fit(other), bootstrap=10)
    assert any(note.startswith(NOTE) for note in analysis.notes)


@pytest.mark.parametrize("cluster", [np.arange(1000) // 4, np.arange(1000) % 100])
def test_clusters_and_estimation_of_the_encoder(people, cluster):
    data = Dataset.from_arrays(people.G, people.env, people.X, people.y, cluster=cluster)
    analysis = analyse(data, "linear", bootstrap=10)
    primary, twin = analysis.estimates[:2]
    assert primary.se_type == "cluster, accounting for estimation of the encoder"
    assert twin.se_type == "cluster, treating the instruments as fixed"
    assert 0.5 * twin.se < primary.se < 2 * twin.se


def test_fewer_clusters_than_instruments(people):
    data = Dataset.from_arrays(people.G, people.env, people.X, people.y, cluster=np.arange(1000) % 5)
    assert analyse(data, "linear", bootstrap=0).primary.se > 0


def test_units_know_their_count():
    units = ResamplingUnits(np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([0, 1, 2]))
    assert units.count == 3
    # an environment of one unit always weighs one
    assert units.weights(np.random.default_rng(0), 5)[:, 2] == pytest.approx(np.ones(5))
