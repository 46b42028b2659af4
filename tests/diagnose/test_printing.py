"""Objects of the room print in a few lines: sizes in place of arrays, no address, no value of an individual."""

import inspect

import numpy as np
import pytest

import latentmr.diagnose as room
from latentmr.diagnose import effects_by_environment, invariance, strength_by_environment
from latentmr.diagnose.environment_effects import EnvironmentScore

RNG = np.random.default_rng(0)
Z, U = RNG.normal(size=(930, 3)), RNG.normal(size=930)
X = Z.sum(axis=1) + U
ENV = np.repeat(["a", "b", "c", "few"], (300, 300, 315, 15))


@pytest.fixture
def made(people_of):
    sample = people_of((40, 60), RNG.normal(size=(100, 2)))
    effects = effects_by_environment(Z, X, 0.5 * X + U, ENV)
    return [
        *(sample, effects, *effects.effects, *effects.left_out, *strength_by_environment(Z, X, U, ENV)),
        *invariance(sample, 19, 0)[1],
        EnvironmentScore("a", 10, 1.0, 2.0, np.eye(2), 0.5),
    ]


def test_short_and_without_arrays(made):
    for thing in made:
        for text in (repr(thing), str(thing)):
            assert len(text.splitlines()) <= 20
            assert len(text) < 1000
            assert " at 0x" not in text
            assert "array(" not in text


def test_every_public_class_is_printed(made):
    classes = {value for name, value in vars(room).items() if inspect.isclass(value) and name in room.__all__}
    assert classes <= {type(thing) for thing in made}


def test_words(made):
    sample, effects = made[:2]
    assert repr(sample) == (
        "HeldOut: 100 individuals in 2 environments; 2 instruments, 0 residual latents, 0 covariates,"
        " 0 auxiliary features; not used in training"
    )
    lines = repr(effects).splitlines()
    assert lines[0] == (
        f"EnvironmentEffects: 3 environments compared, 1 left out; pooled effect {effects.pooled:.4g}"
        f" (standard error {effects.pooled_se:.4g})"
    )
    first = effects.effects[0]
    assert lines[1] == f"  a: effect {first.beta:.4g} (standard error {first.se:.4g})"
    assert lines[-1].startswith("  heterogeneity [pass]: I2 ")
    assert len(lines) == 5


def test_many_environments_are_counted():
    env = np.arange(930) % 26
    lines = repr(effects_by_environment(Z[:900], X[:900], U[:900], env[:900])).splitlines()
    assert len(lines) == 23
    assert lines[-2] == "  and 6 more"


def test_the_former_name_of_the_sample_still_works(people_of):
    sample = people_of((40, 60), RNG.normal(size=(100, 2)))
    for test in (room.invariance, room.independence):
        with pytest.warns(DeprecationWarning, match="the argument people is now sample"):
            former = test(people=sample, draws=19, seed=0)
        assert former == test(sample, 19, 0)
    with pytest.warns(DeprecationWarning, match="the argument people is now sample"):
        assert room.entropy(people=sample, bounded=False) == room.entropy(sample, False)
