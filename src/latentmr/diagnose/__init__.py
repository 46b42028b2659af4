"""Diagnosis: when to believe the answer."""

from latentmr.diagnose.adjustment import adjustment
from latentmr.diagnose.linkage import linkage
from latentmr.diagnose.overidentification import overidentification
from latentmr.diagnose.strength import strength
from latentmr.diagnose.variability import variability

__all__ = ["adjustment", "linkage", "overidentification", "strength", "variability"]
