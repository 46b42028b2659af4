"""Scenarios with a known truth."""

from latentmr.simulate.admixture import admixture, phenotypes_by_ancestry
from latentmr.simulate.linear import linear
from latentmr.simulate.simulated import Simulated, Truth

__all__ = ["Simulated", "Truth", "admixture", "linear", "phenotypes_by_ancestry"]
