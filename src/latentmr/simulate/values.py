"""What options of scenarios may be."""

from math import inf
from typing import Any

from latentmr.simulate.continuous import MIXINGS
from latentmr.simulate.semisynthetic import CONFOUNDERS

__all__ = ["refuse_value"]

#: Least value of each option that counts something.
LEAST = {"n": 2, "n_env": 1, "d_z": 1, "d_v": 1, "p": 2, "n_populations": 2, "generations": 1, "per_region": 1}
#: Open intervals that others lie in, and what to say of them.
BOUNDS = {
    "fst": (0.0, 1.0, "lie between 0 and 1"),
    "f_statistic": (1.0, inf, "be above 1"),
    "block_mb": (0.0, inf, "be above 0"),
    "beta": (-inf, inf, "be a number"),
}
#: Words that others may be.
WORDS = {"mixing": tuple(MIXINGS), "confounder": CONFOUNDERS}


def refuse_value(name: str, value: Any) -> None:
    """Refuse a value that an option cannot have in any scenario.

    Raises
    ------
    ValueError
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in LEAST and not (number and isinstance(value, int) and value >= LEAST[name]):
        raise ValueError(f"{name} must be a whole number from {LEAST[name]}. Got {value!r}.")
    if name in BOUNDS:
        low, high, must = BOUNDS[name]
        if not (number and low < value < high):
            raise ValueError(f"{name} must {must}. Got {value!r}.")
    if name == "strongest" and not (number and 0 <= value < 1):
        raise ValueError(f"{name} must be from 0, inclusive, to 1, exclusive. Got {value!r}.")
    if name in WORDS and value not in WORDS[name]:
        raise ValueError(f"{name} must be one of {', '.join(WORDS[name])}. Got {value!r}.")
