"""Scenarios that break an assumption: what departs from the base design, and what stays."""

import re

import numpy as np
import pytest

from latentmr import tsls
from latentmr.simulate import confounded_z, diffeomorphic, linear, polynomial, same_environments, weak

SCENARIOS = {"same-environments": same_environments, "confounded-z": confounded_z, "weak": weak}
BASES = {"linear": linear, "polynomial": polynomial, "diffeomorphic": diffeomorphic}


@pytest.mark.parametrize("draw", SCENARIOS.values(), ids=SCENARIOS)
def test_same_seed_same_data(draw):
    one, again, other = (draw(n_per_env=50, seed=seed).dataset for seed in (1, 1, 2))
    for name in ("G", "X", "y"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
        assert not np.allclose(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("draw", SCENARIOS.values(), ids=SCENARIOS)
def test_any_dimensions(draw):
    found = draw(n_per_env=60, n_env=3, d_z=2, d_v=1, beta=-2.0, seed=1)
    assert found.dataset.G.shape == (180, 3)
    assert (found.truth.Z.shape, found.truth.V.shape, found.truth.beta) == ((180, 2), (180, 1), -2.0)
    assert found.dataset.G.std(axis=0) == pytest.approx(1, abs=1e-5)
    assert found.truth.V.std(axis=0) == pytest.approx(1)


@pytest.mark.parametrize("mixing", BASES)
@pytest.mark.parametrize("draw", [confounded_z, weak], ids=["confounded-z", "weak"])
def test_genotypes_and_latents_are_those_of_the_base_scenario(draw, mixing):
    found, base = draw(n_per_env=80, seed=3, mixing=mixing), BASES[mixing](n_per_env=80, seed=3)
    assert np.array_equal(found.dataset.G, base.dataset.G)
    assert np.array_equal(found.dataset.env, base.dataset.env)
    assert np.array_equal(found.truth.Z, base.truth.Z)
    assert np.array_equal(found.truth.V, base.truth.V)
    assert not np.allclose(found.dataset.X, base.dataset.X)


@pytest.mark.parametrize("draw", SCENARIOS.values(), ids=SCENARIOS)
def test_mixing_is_one_of_four(draw):
    message = (
        "mixing must be one of linear, polynomial, diffeomorphic, piecewise. Got 'random'; use one of these names."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(n_per_env=50, mixing="random")
    drawn = [draw(n_per_env=50, seed=1, mixing=name).dataset.G for name in ("linear", "piecewise", "diffeomorphic")]
    assert np.array_equal(drawn[2], draw(n_per_env=50, seed=1).dataset.G)
    assert not np.allclose(drawn[0], drawn[1])


def test_base_scenarios_are_as_they_were():
    """Numbers of the release before these scenarios came."""
    found = linear(n_per_env=100, seed=3)
    assert found.dataset.X[:3, 0] == pytest.approx([-1.32419276, 0.90503995, 0.09728833])
    assert found.dataset.y[:3] == pytest.approx([1.4525953, -1.53401811, -2.55923078])
    assert found.truth.V[399] == pytest.approx([-0.08666136, 0.40345923, 1.42064499])
    expected = [1.3465825, -1.2206352, -0.2396316, -1.7651811, 1.6498272, -0.22910787]
    assert found.dataset.G[0] == pytest.approx(expected, rel=1e-6)


def spread_of_moments(draw):
    """Largest range over environments of means, standard deviations and correlations of V."""
    found = draw(n_per_env=4000, seed=2)
    parts = [found.truth.V[found.dataset.env == e] for e in range(4)]
    upper = np.triu_indices(3, 1)
    moments = (
        [v.mean(axis=0) for v in parts],
        [v.std(axis=0) for v in parts],
        [np.corrcoef(v.T)[upper] for v in parts],
    )
    return [float(np.ptp(values, axis=0).max()) for values in moments]


def test_v_has_one_law_in_same_environments_and_no_other_scenario():
    assert max(spread_of_moments(same_environments)) < 0.12
    assert min(spread_of_moments(diffeomorphic)) > 0.2


def test_people_of_same_environments_are_others():
    found = same_environments(n_per_env=200, seed=2)
    parts = [found.truth.V[found.dataset.env == e] for e in range(4)]
    assert all(not np.isin(parts[0], part).any() for part in parts[1:])
    assert np.array_equal(found.truth.Z, diffeomorphic(n_per_env=200, seed=2).truth.Z)


def test_same_environments_are_confounded_as_ever():
    found = same_environments(n_per_env=2000, seed=1)
    x, y = found.dataset.X[:, 0], found.dataset.y
    right, wrong = tsls(found.truth.Z, x, y), tsls(found.dataset.G, x, y)
    assert abs(right.beta - 1) < 3 * right.se
    assert wrong.beta - 1 > 5 * wrong.se


# weak


def strength(drawn):
    """First-stage F on the true z."""
    return tsls(drawn.truth.Z, drawn.dataset.X[:, 0], drawn.dataset.y, se="homoskedastic").f_statistic


@pytest.mark.parametrize("f_statistic", [1.5, 5.0, 30.0])
def test_the_first_stage_has_the_strength_that_was_asked_for(f_statistic):
    found = []
    for seed in range(40):
        drawn = weak(n_per_env=250, seed=seed, f_statistic=f_statistic, mixing="linear")
        found.append(strength(drawn))
    # a noncentral chi-squared over its degrees of freedom
    sd = np.sqrt(2 * (3 + 2 * 3 * (f_statistic - 1))) / 3
    assert np.mean(found) == pytest.approx(f_statistic, abs=3.5 * sd / np.sqrt(40))
    assert 0.6 * sd < np.std(found) < 1.5 * sd


def test_the_strength_does_not_depend_on_the_number_of_people():
    found = []
    for n in (250, 2500):
        drawn = [weak(n_per_env=n, seed=seed, f_statistic=20, mixing="linear") for seed in range(12)]
        found.append(np.mean([strength(d) for d in drawn]))
    assert found == pytest.approx([20, 20], abs=6)


def test_by_default_instruments_are_weak():
    few = [weak(n_per_env=500, seed=seed, mixing="linear") for seed in range(12)]
    assert np.mean([strength(d) for d in few]) < 10
    base = linear(n_per_env=500, seed=0)
    assert strength(base) > 100


def test_only_the_exposure_through_z_is_weaker():
    found, base = weak(n_per_env=2000, seed=1), diffeomorphic(n_per_env=2000, seed=1)
    change = base.dataset.X[:, 0] - found.dataset.X[:, 0]
    coefficients, *_ = np.linalg.lstsq(base.truth.Z, change, rcond=None)
    assert base.truth.Z @ coefficients == pytest.approx(change, abs=1e-6)
    # a unit vector, less its small multiple
    assert 0.9 < np.linalg.norm(coefficients) < 1
    assert base.dataset.y - base.dataset.X[:, 0] == pytest.approx(found.dataset.y - found.dataset.X[:, 0], abs=1e-6)


@pytest.mark.parametrize("f_statistic", [1.0, 0.5, -3, float("nan")])
def test_an_f_below_that_of_noise_is_refused(f_statistic):
    message = (
        f"f_statistic must be above 1, its mean for instruments of no strength. Got {f_statistic!r}; use"
        f" a larger value."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        weak(n_per_env=50, f_statistic=f_statistic)


# confounded z


def test_z_is_confounded_there_and_only_there():
    def distance(draw, seed):
        found = draw(n_per_env=1000, seed=seed)
        estimate = tsls(found.truth.Z, found.dataset.X[:, 0], found.dataset.y, se="homoskedastic")
        return abs(estimate.beta - 1) / estimate.se

    assert max(distance(diffeomorphic, seed) for seed in range(8)) < 3.5
    assert np.median([distance(confounded_z, seed) for seed in range(8)]) > 10


def test_the_confounder_correlates_with_z_and_as_strongly_as_it_says():
    """What the outcome has beyond the exposure is 1.5 U and noise; U gains 0.7 s c'Z with a unit vector c."""
    found, base = (draw(n_per_env=4000, seed=2) for draw in (confounded_z, diffeomorphic))
    more = [d.dataset.y - d.truth.beta * d.dataset.X[:, 0] for d in (found, base)]
    gained = (more[0] - more[1]) / 1.5
    assert found.dataset.X[:, 0] - base.dataset.X[:, 0] == pytest.approx(gained, abs=1e-5)
    assert np.abs([np.corrcoef(base.truth.Z[:, j], more[1])[0, 1] for j in range(3)]).max() < 0.05
    sizes, directions = [], []
    for e in range(4):
        rows = found.dataset.env == e
        coefficients, *_ = np.linalg.lstsq(found.truth.Z[rows], gained[rows], rcond=None)
        assert found.truth.Z[rows] @ coefficients == pytest.approx(gained[rows], abs=1e-5)
        sizes.append(np.linalg.norm(coefficients))
        directions.append(coefficients / sizes[-1])
    assert np.array(directions) == pytest.approx(np.tile(directions[0], (4, 1)), abs=1e-4)
    assert 0 < min(sizes) < max(sizes) <= 1.4
    assert np.ptp(sizes) > 0.1
