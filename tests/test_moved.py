"""Names of the first release: they work, and say where they are now."""

from importlib import import_module

import pytest

import latentmr as lm

MOVED = [
    ("latentmr.estimate", "tsls", "latentmr.iv"),
    ("latentmr.estimate", "problem", "latentmr.iv"),
    ("latentmr.estimate.summary", "ivw", "latentmr.two_sample.methods"),
    ("latentmr.estimate.summary.multivariable", "egger", "latentmr.two_sample.methods.multivariable"),
    ("latentmr.diagnose", "wu_hausman", "latentmr.iv"),
    ("latentmr.diagnose", "effective_f", "latentmr.iv"),
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
