"""Scenarios with a known truth."""

from latentmr.simulate.admixture import admixture, phenotypes_by_ancestry
from latentmr.simulate.continuous import (
    confounded_z,
    diffeomorphic,
    linear,
    piecewise,
    polynomial,
    same_environments,
    weak,
)
from latentmr.simulate.scenarios import SCENARIOS, Scenario, draw
from latentmr.simulate.simulated import Simulated, Truth

__all__ = [
    "SCENARIOS",
    "Scenario",
    "Simulated",
    "Truth",
    "admixture",
    "confounded_z",
    "diffeomorphic",
    "draw",
    "linear",
    "phenotypes_by_ancestry",
    "piecewise",
    "polynomial",
    "same_environments",
    "weak",
]
