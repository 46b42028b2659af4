"""Theorems on median-based MR."""

import numpy as np
import pytest

from latentmr.two_sample.methods import median
from latentmr.two_sample.methods.median import WEIGHTINGS


def draw(p: int, seed: int = 0, *, invalid: float = 0.0) -> list[np.ndarray]:
    """Effects of variants of which a share has pleiotropic effects of one sign."""
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.004, 0.008, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p)
    pleiotropy = np.where(np.arange(p) < invalid * p, 0.1, 0.0)
    return [gamma + sx * rng.normal(size=p), pleiotropy + 0.4 * gamma + sy * rng.normal(size=p), sx, sy]


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_counted_allele_and_the_order_do_not_matter(weighting: str) -> None:
    bx, by, sx, sy = draw(21)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 21), rng.permutation(21)
    expected = median(bx, by, sx, sy, weighting=weighting).beta
    assert median(sign * bx, sign * by, sx, sy, weighting=weighting).beta == pytest.approx(expected, rel=1e-9)
    assert median(bx[order], by[order], sx[order], sy[order], weighting=weighting).beta == pytest.approx(expected)


def test_the_simple_median_is_the_median() -> None:
    bx, by, sx, sy = draw(21)
    assert median(bx, by, sx, sy, weighting="simple").beta == pytest.approx(np.median(by / bx))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_a_minority_of_invalid_variants_does_not_matter(weighting: str) -> None:
    runs = [median(*draw(60, seed, invalid=0.3), weighting=weighting, draws=200) for seed in range(60)]
    assert abs(np.mean([run.beta for run in runs]) - 0.4) < 0.2
    valid = [median(*draw(40, seed), weighting=weighting, draws=200) for seed in range(200)]
    assert np.mean([run.ci_low < 0.4 < run.ci_high for run in valid]) > 0.92


def test_the_same_seed_gives_the_same_error() -> None:
    arrays = draw(15)
    first, again, other = (median(*arrays, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.beta == other.beta
    assert first.se != other.se
    assert first.se == pytest.approx(other.se, rel=0.15)


def test_many_and_few_variants() -> None:
    assert abs(median(*draw(10_000), draws=50).beta - 0.4) < 0.01
    assert median(*draw(3)).k == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weighting": "heavy"}, "weighting must be one of simple, weighted, penalised. Got 'heavy'"),
        ({"weights": "third"}, "weights must be first or second. Got 'third'"),
        ({"draws": 1}, "draws must be at least 2. Got 1"),
        ({"bx": [0, 1, 2]}, "bx must not be zero for ratios"),
        ({"bx": [1, 2], "by": [1, 2], "sx": [1, 1], "sy": [1, 1]}, "bx must hold at least 3 variants"),
    ],
)
def test_input_that_cannot_be(options: dict, message: str) -> None:
    arrays = {"bx": [1, 2, 3], "by": [1, 2, 3], "sx": [1, 1, 1], "sy": [1, 1, 1]}
    with pytest.raises(ValueError, match=message):
        median(**arrays | options)
