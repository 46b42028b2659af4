"""Estimates are a tuple that reads as its only estimate."""

from dataclasses import fields

import pytest

from latentmr import Estimate
from latentmr.results import Estimates


def row(exposure: str, beta: float) -> Estimate:
    return Estimate("LIML", "Z", "none", "linear", exposure, beta, 0.1, "HC1", 0.05, 100, 3)


def test_one_estimate_has_all_attributes_of_an_estimate():
    one = Estimates([row("x", 0.5)])
    names = {each.name for each in fields(Estimate)} - {"p"} | {"ci_low", "ci_high", "p_value", "robust_set"}
    assert all(getattr(one, name) == getattr(one[0], name) for name in names)
    assert one.to_dict() == one[0].to_dict()
    assert one.only() is one[0]


def test_several_are_a_tuple_and_say_which_to_take():
    two = Estimates([row("ldl", 0.5), row("hdl", 0.2)])
    assert [estimate.beta for estimate in two] == [0.5, 0.2]
    assert two[1].exposure == "hdl"
    with pytest.raises(ValueError, match=r"^beta must be asked of one exposure. Got estimates of 2 \(ldl, hdl\)"):
        _ = two.beta
    assert repr(two).splitlines() == [repr(two[0]), repr(two[1])]
    assert repr(two[0]) == "LIML (Z): ldl 0.50 (se 0.10), 95 % CI [0.30, 0.70]"
