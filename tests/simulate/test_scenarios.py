"""Scenarios by name."""

import numpy as np
import pytest

from latentmr.simulate import SCENARIOS, admixture, diffeomorphic, draw


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_draws_people_in_all_and_the_same_ones_again(name):
    more = {"source": admixture(n=400, p=120, seed=9).dataset} if SCENARIOS[name].on_people else {}
    # the individuals themselves are as many as they are
    more |= {"n": 400} if name != "individuals" else {}
    more |= {"p": 10} if name == "coalescent" else {}
    one, again, other = (draw(name, n_env=4, seed=seed, **more) for seed in (1, 1, 2))
    assert (one.dataset.n, one.dataset.n_env) == (400, 4)
    assert np.array_equal(one.dataset.G, again.dataset.G)
    assert np.array_equal(one.dataset.y, again.dataset.y)
    assert not np.array_equal(one.dataset.y, other.dataset.y)
    assert one.truth.Z.shape[0] == one.truth.V.shape[0] == 400
    assert SCENARIOS[name].shows


def test_names_are_those_of_the_functions():
    assert np.array_equal(
        draw("diffeomorphic", n=400, seed=3).dataset.G, diffeomorphic(n_per_env=100, seed=3).dataset.G
    )
    assert np.array_equal(draw("admixture", n=400, seed=3).dataset.G, admixture(n=400, seed=3).dataset.G)


def test_what_a_name_fixes():
    null, base = draw("null", n=400, seed=1), draw("diffeomorphic", n=400, seed=1)
    assert (null.truth.beta, base.truth.beta) == (0.0, 1.0)
    assert np.allclose(null.dataset.y, base.dataset.y - base.dataset.X[:, 0])


def test_dimensions_and_effect_are_options():
    drawn = draw("linear", n=300, n_env=3, d_z=2, d_v=4, beta=-0.3)
    assert (drawn.truth.Z.shape, drawn.truth.V.shape, drawn.truth.beta) == ((300, 2), (300, 4), -0.3)
    counts = draw("admixture", n=300, n_env=3, p=12, n_populations=2, fst=0.2)
    assert (counts.dataset.p, counts.truth.V.shape[1]) == (12, 2)
    assert draw("linear", n=300, d_z=None).truth.Z.shape[1] == 3


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "linaer",
            {},
            r"^scenario must be one of linear, .*\. Got 'linaer'; the nearest is linear; use one of these names\.$",
        ),
        ("xyz", {}, r"^scenario must be one of .*\. Got 'xyz'; use one of these names\.$"),
        (
            "linear",
            {"p": 5},
            r"^p must be left out of linear, which takes n, n_env, d_z, d_v, beta, seed\. Got 5; remove this option\.$",
        ),
        ("null", {"beta": 1.0}, r"^beta must be left out of null"),
        ("admixture", {"d_z": 2}, r"^d_z must be left out of admixture"),
        ("linear", {"d_z": 0}, r"^d_z must be a whole number from 1\. Got 0; use 1 or more\.$"),
        ("linear", {"n_env": True}, r"^n_env must be a whole number from 1\. Got True; use 1 or more\.$"),
        ("admixture", {"fst": 1.0}, r"^fst must lie between 0 and 1\. Got 1\.0; use a value in this range\.$"),
        (
            "linear",
            {"n": 6, "n_env": 4},
            r"^n must be at least two individuals for each of 4 environments\. Got 6; use 8 or more\.$",
        ),
        (
            "admixture",
            {"n": 6},
            r"^n must be at least two individuals for each of 5 environments\. Got 6; use 10 or more\.$",
        ),
        ("weak", {"f_statistic": 0.5}, r"^f_statistic must be above 1\. Got 0\.5; use a value in this range\.$"),
        ("linear", {"beta": "much"}, r"^beta must be a number\. Got 'much'; use a value in this range\.$"),
        (
            "confounded-z",
            {"mixing": "odd"},
            r"^mixing must be one of linear, .*, piecewise\. Got 'odd'; use one of these names\.$",
        ),
        ("semisynthetic", {"genome": -1}, r"^genome must be a whole number from 0\. Got -1; use 0 or more\.$"),
        ("semisynthetic", {"admixed": "maybe"}, r"^admixed must be 0 \(no\) or 1 \(yes\)\. Got 'maybe'; use 1, or"),
        ("semisynthetic", {"pcs": 101}, r"^pcs must be auto or a whole number from 0 to 100\. Got 101; auto is the"),
        ("individuals", {"n": 9}, r"^n must be left out of individuals, which takes n_env, p, genome, confounder"),
        ("individuals", {}, r"^input genotypes .* must be given for individuals\. Got none; give all three\.$"),
        ("semisynthetic", {}, r"^input genotypes .* must be given for semisynthetic\. Got none; give all three\.$"),
        (
            "linear",
            {"source": admixture(n=50, p=3).dataset},
            r"^input genotypes .* must be left out of linear, which simulate their own",
        ),
    ],
)
def test_what_cannot_be_drawn(name, options, message):
    with pytest.raises(ValueError, match=message):
        draw(name, **options)
