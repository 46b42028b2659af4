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
from latentmr.simulate.simulated import Simulated, Truth

__all__ = [
    "Simulated",
    "Truth",
    "admixture",
    "confounded_z",
    "diffeomorphic",
    "linear",
    "phenotypes_by_ancestry",
    "piecewise",
    "polynomial",
    "same_environments",
    "weak",
]
