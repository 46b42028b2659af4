"""Diagnosis: when to believe the answer."""

from latentmr.diagnose.adjustment import adjustment
from latentmr.diagnose.by_environment import EnvironmentEffects, effects_by_environment, effects_from_moments
from latentmr.diagnose.effective_f import effective_f
from latentmr.diagnose.environment_effects import (
    EnvironmentEffect,
    EnvironmentScore,
    environment_effect,
    heterogeneity,
)
from latentmr.diagnose.environment_strength import strength_by_environment
from latentmr.diagnose.exogeneity import durbin, endogeneity_score, endogeneity_wald, wu_hausman
from latentmr.diagnose.first_stage import conditional_f, first_stage_f, partial_r2, shea_partial_r2
from latentmr.diagnose.held_out import HeldOut
from latentmr.diagnose.hidden_factors import hidden_factors
from latentmr.diagnose.independence import independence
from latentmr.diagnose.invariance import Pair, invariance
from latentmr.diagnose.learners import SecondOpinion, learners
from latentmr.diagnose.leave_one_out import WithoutEnvironment, leave_one_out
from latentmr.diagnose.linkage import linkage
from latentmr.diagnose.overidentification import overidentification
from latentmr.diagnose.placebo import placebo
from latentmr.diagnose.power import minimum_detectable_effect, power_of_effect
from latentmr.diagnose.rank import cragg_donald, kleibergen_paap
from latentmr.diagnose.sensitivity import sensitivity
from latentmr.diagnose.spread import entropy
from latentmr.diagnose.strength import strength
from latentmr.diagnose.tf import tf_critical_value, tf_test
from latentmr.diagnose.training import convergence, starts
from latentmr.diagnose.validity import anderson_rubin_lr, basmann, robust_overidentification, sargan
from latentmr.diagnose.variability import variability

__all__ = [
    "EnvironmentEffect",
    "EnvironmentEffects",
    "EnvironmentScore",
    "HeldOut",
    "Pair",
    "SecondOpinion",
    "WithoutEnvironment",
    "adjustment",
    "anderson_rubin_lr",
    "basmann",
    "conditional_f",
    "cragg_donald",
    "durbin",
    "convergence",
    "starts",
    "entropy",
    "effective_f",
    "effects_by_environment",
    "effects_from_moments",
    "endogeneity_score",
    "endogeneity_wald",
    "environment_effect",
    "first_stage_f",
    "heterogeneity",
    "hidden_factors",
    "independence",
    "invariance",
    "kleibergen_paap",
    "learners",
    "leave_one_out",
    "linkage",
    "minimum_detectable_effect",
    "overidentification",
    "partial_r2",
    "placebo",
    "power_of_effect",
    "robust_overidentification",
    "sargan",
    "sensitivity",
    "shea_partial_r2",
    "strength",
    "strength_by_environment",
    "tf_critical_value",
    "tf_test",
    "variability",
    "wu_hausman",
]
