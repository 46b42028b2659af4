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
from latentmr.simulate.genome import Genome, refuse_number_of_components, with_components
from latentmr.simulate.individuals import individuals
from latentmr.simulate.scenarios import SCENARIOS, Scenario, draw, refuse_impossible, refuse_people
from latentmr.simulate.semisynthetic import semisynthetic
from latentmr.simulate.simulated import Simulated, Truth

__all__ = [
    "SCENARIOS",
    "Genome",
    "Scenario",
    "Simulated",
    "Truth",
    "admixture",
    "assortative",
    "coalescent",
    "confounded_z",
    "diffeomorphic",
    "draw",
    "individuals",
    "linear",
    "phenotypes_by_ancestry",
    "piecewise",
    "polynomial",
    "refuse_impossible",
    "refuse_number_of_components",
    "refuse_people",
    "same_environments",
    "semisynthetic",
    "weak",
    "with_components",
]
