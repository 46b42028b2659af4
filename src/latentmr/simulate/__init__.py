"""Simulate data sets with a known truth."""

from latentmr.simulate.admixture import admixture, phenotypes_by_ancestry
from latentmr.simulate.assortative import assortative
from latentmr.simulate.coalescent import coalescent
from latentmr.simulate.continuous import (
    confounded_z,
    diffeomorphic,
    linear,
    piecewise,
    polynomial,
    same_environments,
    weak,
)
from latentmr.simulate.scenarios import SCENARIOS, Scenario, draw, refuse_impossible, refuse_people
from latentmr.simulate.semisynthetic import semisynthetic
from latentmr.simulate.simulated import Simulated, Truth

__all__ = [
    "SCENARIOS",
    "Scenario",
    "Simulated",
    "Truth",
    "admixture",
    "assortative",
    "coalescent",
    "confounded_z",
    "diffeomorphic",
    "draw",
    "linear",
    "phenotypes_by_ancestry",
    "piecewise",
    "polynomial",
    "refuse_impossible",
    "refuse_people",
    "same_environments",
    "semisynthetic",
    "weak",
]
