"""Define scenarios by name, with the options that each takes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import Any

from latentmr.errors import ArgumentError
from latentmr.simulate.admixture import admixture
from latentmr.simulate.assortative import assortative
from latentmr.simulate.coalescent import coalescent
from latentmr.simulate.confounders import CONFOUNDERS
from latentmr.simulate.continuous import (
    confounded_z,
    diffeomorphic,
    linear,
    piecewise,
    polynomial,
    same_environments,
    weak,
)
from latentmr.simulate.genome import refuse_number_of_components
from latentmr.simulate.individuals import individuals
from latentmr.simulate.mixing import MIXINGS
from latentmr.simulate.semisynthetic import semisynthetic
from latentmr.simulate.simulated import Simulated
from latentmr.simulate.sites import individuals_per_site

__all__ = ["SCENARIOS", "Scenario", "draw", "refuse_impossible", "refuse_people"]

#: Smallest value of each option that is a count.
LEAST = {
    "n": 2,
    "n_env": 1,
    "d_z": 1,
    "d_v": 1,
    "p": 2,
    "n_populations": 2,
    "generations": 1,
    "per_region": 1,
    "genome": 0,
}
#: Open intervals that contain other options, and their description in messages.
BOUNDS = {
    "fst": (0.0, 1.0, "lie between 0 and 1"),
    "f_statistic": (1.0, inf, "be above 1"),
    "block_mb": (0.0, inf, "be above 0"),
    "beta": (-inf, inf, "be a number"),
}
#: Allowed words of other options.
WORDS = {"mixing": tuple(MIXINGS), "confounder": CONFOUNDERS}


@dataclass(frozen=True)
class Scenario:
    """A scenario.

    Parameters
    ----------
    make : callable
        Function that simulates it.
    shows : str
        Purpose of the scenario.
    fixed : dict
        Options that define it.
    linear : bool
        Whether instruments are linear in the latents.
    on_people : bool
        Whether it resamples the genotypes of real individuals, given as its option ``source``.
    """

    make: Callable[..., Simulated]
    shows: str
    fixed: dict[str, Any] = field(default_factory=dict)
    linear: bool = False
    on_people: bool = False

    def __repr__(self) -> str:
        return f"Scenario: {self.shows}; options {', '.join(self.options)}"

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that can be given; ``n`` is the total number of individuals."""
        names = ("n" if name == "n_per_env" else name for name in inspect.signature(self.make).parameters)
        return tuple(name for name in names if name not in self.fixed)


#: Scenarios by name.
SCENARIOS = {
    "linear": Scenario(linear, "the closed form is exact", linear=True),
    "polynomial": Scenario(polynomial, "full identification"),
    "diffeomorphic": Scenario(diffeomorphic, "full identification, strongly nonlinear"),
    "piecewise": Scenario(piecewise, "kinks, beyond the theory's smoothness"),
    "partial": Scenario(diffeomorphic, "partial identification: learn with fewer instruments than d_z"),
    "too-large-k": Scenario(diffeomorphic, "the verdict must not be credible: learn with more instruments than d_z"),
    "null": Scenario(diffeomorphic, "no effect", {"beta": 0.0}),
    "weak": Scenario(weak, "weak instruments"),
    "same-environments": Scenario(same_environments, "the verdict must be: not identified"),
    "confounded-z": Scenario(
        confounded_z, "detected only by heterogeneity, disagreeing instruments or a negative control"
    ),
    "admixture": Scenario(admixture, "allele counts confounded by ancestry: stratification, many weak variants"),
    "assortative": Scenario(assortative, "generations of mates matched across traits: not expected to be solved"),
    "coalescent": Scenario(coalescent, "population structure and linkage from a model of human history"),
    "semisynthetic": Scenario(
        semisynthetic, "your own genotypes mixed into sites, with simulated phenotypes", on_people=True
    ),
    "individuals": Scenario(
        individuals, "your own individuals, each assigned to a site, with simulated phenotypes", on_people=True
    ),
}


def draw(scenario: str, **options: Any) -> Simulated:
    """Simulate a scenario by name.

    Parameters
    ----------
    scenario : str
        One of :data:`SCENARIOS`.
    **options
        Options of the scenario's own function, except that ``n`` is the total number of individuals, shared among
        environments. None stands for the default.

    Returns
    -------
    Simulated

    Raises
    ------
    ValueError
        If the scenario is unknown, if it does not take an option, or if a value is impossible.

    Examples
    --------
    >>> draw("null", n=200, seed=1).truth.beta
    0.0
    """
    given = {name: value for name, value in options.items() if value is not None}
    refuse_impossible(scenario, {name: value for name, value in given.items() if name != "source"})
    found = SCENARIOS[scenario]
    refuse_people("source" in given, [scenario])
    parameters = inspect.signature(found.make).parameters
    if "n" in given and "n_per_env" in parameters:
        given["n_per_env"] = given.pop("n") // _groups(found, given)
    return found.make(**found.fixed, **given)


def refuse_impossible(scenario: str, options: dict[str, Any]) -> None:
    """Reject an unknown scenario, options that it does not take, and impossible values.

    Parameters
    ----------
    scenario : str
    options : dict
        Options without ``source``, which is checked when the data are simulated.

    Raises
    ------
    ValueError
    """
    if scenario not in SCENARIOS:
        close = get_close_matches(scenario, list(SCENARIOS), n=1)
        nearest = f"; the nearest is {close[0]}" if close else ""
        raise ArgumentError(
            "scenario", f"be one of {', '.join(SCENARIOS)}", f"{scenario!r}{nearest}", "use one of these names"
        )
    found = SCENARIOS[scenario]
    taken = [option for option in found.options if option != "source"]
    for name, value in options.items():
        if name not in taken:
            raise ArgumentError(
                f"{name}",
                f"be left out of {scenario}, which takes {', '.join(taken)}",
                f"{value!r}",
                "remove this option",
            )
        _refuse_value(name, value)
    groups = _groups(found, options)
    if "n" in options:
        individuals_per_site(options["n"], groups)


def refuse_people(given: bool, scenarios: list[str]) -> None:
    """Reject input genotypes that no scenario uses, and their absence if a scenario needs them.

    Raises
    ------
    ValueError
    """
    needed = [name for name in scenarios if SCENARIOS[name].on_people]
    genotypes = "input genotypes (bfile, pheno and population)"
    if given and not needed:
        raise ArgumentError(
            f"{genotypes}", f"be left out of {', '.join(scenarios)}, which simulate their own", "some", "leave them out"
        )
    if needed and not given:
        raise ArgumentError(f"{genotypes}", f"be given for {', '.join(needed)}", "none", "give all three")


def _groups(scenario: Scenario, options: dict[str, Any]) -> int:
    return int(options.get("n_env", inspect.signature(scenario.make).parameters["n_env"].default))


def _refuse_value(name: str, value: Any) -> None:
    """Reject a value that an option cannot have in any scenario.

    Raises
    ------
    ValueError
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in LEAST and not (number and isinstance(value, int) and value >= LEAST[name]):
        raise ArgumentError(
            f"{name}", f"be a whole number from {LEAST[name]}", f"{value!r}", f"use {LEAST[name]} or more"
        )
    if name in BOUNDS:
        low, high, must = BOUNDS[name]
        if not (number and low < value < high):
            raise ArgumentError(f"{name}", f"{must}", f"{value!r}", "use a value in this range")
    if name == "strongest" and not (number and 0 <= value < 1):
        raise ArgumentError(f"{name}", "be from 0, inclusive, to 1, exclusive", f"{value!r}", "0.6 is the default")
    if name == "pcs":
        refuse_number_of_components(value)
    if name == "admixed" and value not in (0, 1):
        raise ArgumentError("admixed", "be 0 (no) or 1 (yes)", f"{value!r}", "use 1, or leave it out")
    if name in WORDS and value not in WORDS[name]:
        raise ArgumentError(f"{name}", f"be one of {', '.join(WORDS[name])}", f"{value!r}", "use one of these names")
