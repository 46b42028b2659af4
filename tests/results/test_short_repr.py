"""Dataclasses with arrays print by shapes."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from latentmr.results import ConfidenceSet
from latentmr.results.printing import ShortRepr, counted, shown


@dataclass(frozen=True, repr=False)
class Whole(ShortRepr):
    n: int
    values: np.ndarray
    name: str = "whole"
    hidden: int = field(default=0, repr=False)


@dataclass
class Plain:
    values: np.ndarray


class Silent:
    pass


def test_fields_by_name_and_arrays_by_shape():
    assert repr(Whole(3, np.zeros((3, 2)))) == "Whole(n=3, values=array of shape (3, 2), name='whole')"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (np.bool_(False), "False"),
        (np.int64(7), "7"),
        (1 / 3, "0.3333"),
        (np.float32(0.5), "0.5"),
        (float("inf"), "inf"),
        ("a" * 80, repr("a" * 80)),
        ("a" * 81, repr("a" * 77 + "...")),
        ((), "()"),
        ((1,), "(1,)"),
        ([1, 2.5], "[1, 2.5]"),
        (tuple(range(6)), "(0, 1, 2, 3, 4, 5)"),
        (tuple(range(7)), "tuple of 7"),
        (list(range(7)), "list of 7"),
        ((np.zeros(9),), "(array of shape (9,),)"),
        ({"a": np.zeros(9)}, "{'a': array of shape (9,)}"),
        (dict.fromkeys(range(7)), "mapping of 7"),
        (Whole(1, np.zeros(1)), "Whole(n=1, values=array of shape (1,), name='whole')"),
        (Plain(np.zeros(9)), "Plain"),
        (Silent(), "Silent"),
        (shown, "function"),
        (ConfidenceSet(((0.0, 1.0),), 0.05), "[0, 1]"),
    ],
)
def test_values(value, text):
    assert shown(value) == text


def test_numbers_have_their_noun():
    assert [counted(n, "covariate") for n in (0, 1, 4000)] == ["0 covariates", "1 covariate", "4,000 covariates"]
    assert counted(2, "index", "indices") == "2 indices"
