"""Scenarios with a known truth."""

from latentmr.simulate.admixture import admixture, phenotypes_by_ancestry
from latentmr.simulate.continuous import diffeomorphic, linear, piecewise, polynomial
from latentmr.simulate.simulated import Simulated, Truth

__all__ = [
    "Simulated",
    "Truth",
    "admixture",
    "diffeomorphic",
    "linear",
    "phenotypes_by_ancestry",
    "piecewise",
    "polynomial",
]
