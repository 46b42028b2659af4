"""Scenarios by name, with the options that each takes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from latentmr.simulate.admixture import admixture
from latentmr.simulate.continuous import (
    confounded_z,
    diffeomorphic,
    linear,
    piecewise,
    polynomial,
    same_environments,
    weak,
)
from latentmr.simulate.simulated import Simulated

__all__ = ["SCENARIOS", "Scenario", "draw"]

#: Least value of each option that counts something.
LEAST = {"n": 2, "n_env": 1, "d_z": 1, "d_v": 1, "p": 2, "n_populations": 2}


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Parameters
    ----------
    make : callable
        Draws it.
    shows : str
        What it is for.
    fixed : dict
        Options that make it this scenario.
    """

    make: Callable[..., Simulated]
    shows: str
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that may be given; people are counted in all (``n``)."""
        names = ("n" if name == "n_per_env" else name for name in inspect.signature(self.make).parameters)
        return tuple(name for name in names if name not in self.fixed)


#: Scenarios by name.
SCENARIOS = {
    "linear": Scenario(linear, "the closed form is exact"),
    "polynomial": Scenario(polynomial, "full identification"),
    "diffeomorphic": Scenario(diffeomorphic, "full identification, strongly nonlinear"),
    "piecewise": Scenario(piecewise, "kinks, beyond the theory's smoothness"),
    "partial": Scenario(diffeomorphic, "partial identification: learn with fewer instruments than d_z"),
    "too-large-k": Scenario(diffeomorphic, "must not be credible: learn with more instruments than d_z"),
    "null": Scenario(diffeomorphic, "no effect", {"beta": 0.0}),
    "weak": Scenario(weak, "weak instruments"),
    "same-environments": Scenario(same_environments, "must be not identified"),
    "confounded-z": Scenario(confounded_z, "seen only by heterogeneity, disagreeing instruments or a placebo"),
    "admixture": Scenario(admixture, "allele counts confounded by ancestry: stratification, many weak variants"),
}


def draw(scenario: str, **options: Any) -> Simulated:
    """Draw a scenario by name.

    Parameters
    ----------
    scenario : str
        One of :data:`SCENARIOS`.
    **options
        As the scenario's own function, but for ``n``, people in all, shared out among environments; None: its default.

    Returns
    -------
    Simulated

    Raises
    ------
    ValueError
        Unknown scenario, an option that it does not take, or an impossible value.

    Examples
    --------
    >>> draw("null", n=200, seed=1).truth.beta
    0.0
    """
    if scenario not in SCENARIOS:
        close = get_close_matches(scenario, list(SCENARIOS), n=1)
        nearest = f"; the nearest is {close[0]}" if close else ""
        raise ValueError(f"scenario must be one of {', '.join(SCENARIOS)}. Got {scenario!r}{nearest}.")
    found = SCENARIOS[scenario]
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in found.options:
            raise ValueError(
                f"{name} must be left out of {scenario}, which takes {', '.join(found.options)}. Got {given[name]!r}."
            )
    _refuse_impossible(given)
    parameters = inspect.signature(found.make).parameters
    if "n" in given:
        groups = given.get("n_env", parameters["n_env"].default)
        if given["n"] < 2 * groups:
            raise ValueError(f"n must be at least two people for each of {groups} environments. Got {given['n']}.")
        if "n_per_env" in parameters:
            given["n_per_env"] = given.pop("n") // groups
    return found.make(**found.fixed, **given)


def _refuse_impossible(given: dict[str, Any]) -> None:
    for name, value in given.items():
        least = LEAST.get(name)
        if least is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise ValueError(f"{name} must be a whole number from {least}. Got {value!r}.")
    fst = given.get("fst")
    if fst is not None and not 0 < fst < 1:
        raise ValueError(f"fst must lie between 0 and 1. Got {fst!r}.")
