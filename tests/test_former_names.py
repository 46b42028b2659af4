"""Names of the first release: they work, and say where they are now."""

from importlib import import_module

import numpy as np
import pytest

import latentmr as lm

MOVED = [
    ("latentmr.estimate", "tsls", "latentmr.iv"),
    ("latentmr.estimate", "problem", "latentmr.iv"),
    ("latentmr.estimate.summary", "ivw", "latentmr.two_sample.methods"),
    ("latentmr.estimate.summary.multivariable", "egger", "latentmr.two_sample.methods.multivariable"),
    ("latentmr.diagnose", "wu_hausman", "latentmr.iv"),
    ("latentmr.diagnose", "effective_f", "latentmr.iv"),
    ("latentmr.diagnose", "adjustment", "latentmr.diagnose.primary_estimate"),
    ("latentmr.diagnose", "effects_from_moments", "latentmr.diagnose.by_environment"),
    ("latentmr.diagnose", "heterogeneity", "latentmr.diagnose.environment_effects"),
    ("latentmr.diagnose", "hidden_factors", "latentmr.diagnose.factor_form"),
    ("latentmr.diagnose", "learners", "latentmr.diagnose.second_opinion"),
    ("latentmr.diagnose", "leave_one_out", "latentmr.diagnose.without_environment"),
    ("latentmr.diagnose", "linkage", "latentmr.diagnose.factor_form"),
    ("latentmr.diagnose", "overidentification", "latentmr.diagnose.primary_estimate"),
    ("latentmr.diagnose", "placebo", "latentmr.diagnose.placebo_outcome"),
    ("latentmr.diagnose", "sensitivity", "latentmr.diagnose.primary_estimate"),
    ("latentmr.diagnose", "starts", "latentmr.diagnose.training"),
    ("latentmr.diagnose", "strength", "latentmr.diagnose.primary_estimate"),
    ("latentmr.diagnose", "variability", "latentmr.diagnose.environment_variability"),
    ("latentmr.data", "read_summary", "latentmr.two_sample.data"),
    ("latentmr.data", "SummaryData", "latentmr.two_sample.data"),
    ("latentmr.analysis", "analyse_summary", "latentmr.two_sample"),
]


@pytest.mark.parametrize(("room", "name", "place"), MOVED)
def test_a_name_that_has_moved_works_and_says_where_it_is(room, name, place):
    with pytest.warns(DeprecationWarning, match=f"^{room}.{name} is now {place}.{name}$"):
        found = getattr(import_module(room), name)
    assert found is getattr(import_module(place), name)


@pytest.mark.parametrize("room", sorted({room for room, _, _ in MOVED}))
def test_a_name_that_never_was_is_refused(room):
    with pytest.raises(AttributeError, match=f"module '{room}' has no attribute 'absent'"):
        _ = import_module(room).absent


def test_the_former_room_says_where_it_is(monkeypatch):
    monkeypatch.delattr(lm, "estimate", raising=False)  # an import of it sets it
    with pytest.warns(DeprecationWarning, match=r"^latentmr.estimate is now latentmr.iv$"):
        room = lm.estimate
    with pytest.warns(DeprecationWarning, match="latentmr.estimate.liml is now latentmr.iv.liml"):
        assert room.liml is lm.liml


def test_items_of_what_was_a_dict_are_attributes():
    rng = np.random.default_rng(0)
    z, u, env = rng.normal(size=400), rng.normal(size=400), np.repeat([0, 1], 200)
    row = lm.diagnose.strength_by_environment(z, z + u, u, env)[1]
    with pytest.warns(DeprecationWarning, match="^EnvironmentStrength is no longer a dict: read the attribute n$"):
        assert row["n"] == row.n == 200
    with pytest.raises(KeyError, match="absent"):
        row["absent"]
