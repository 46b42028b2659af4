"""Diagnosis: when to believe the answer."""

from latentmr.diagnose.adjustment import adjustment
from latentmr.diagnose.environment_effects import (
    EnvironmentEffect,
    EnvironmentScore,
    environment_effect,
    heterogeneity,
)
from latentmr.diagnose.linkage import linkage
from latentmr.diagnose.overidentification import overidentification
from latentmr.diagnose.strength import strength
from latentmr.diagnose.variability import variability

__all__ = [
    "EnvironmentEffect",
    "EnvironmentScore",
    "adjustment",
    "environment_effect",
    "heterogeneity",
    "linkage",
    "overidentification",
    "strength",
    "variability",
]
