"""Diagnosis: when to believe the answer."""

from latentmr.diagnose.adjustment import adjustment
from latentmr.diagnose.by_environment import EnvironmentEffects, effects_by_environment, effects_from_moments
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.entropy import entropy
from latentmr.diagnose.environment_effects import (
    EnvironmentEffect,
    EnvironmentScore,
    environment_effect,
    heterogeneity,
)
from latentmr.diagnose.environment_strength import strength_by_environment
from latentmr.diagnose.hidden_factors import hidden_factors
from latentmr.diagnose.independence import independence
from latentmr.diagnose.invariance import Pair, invariance
from latentmr.diagnose.learners import SecondOpinion, learners
from latentmr.diagnose.leave_one_out import WithoutEnvironment, leave_one_out
from latentmr.diagnose.linkage import linkage
from latentmr.diagnose.overidentification import overidentification
from latentmr.diagnose.placebo import placebo
from latentmr.diagnose.power import minimum_detectable_effect, power_of_effect
from latentmr.diagnose.sensitivity import sensitivity
from latentmr.diagnose.strength import strength
from latentmr.diagnose.training import convergence, starts
from latentmr.diagnose.variability import variability
from latentmr.moved import moved

__all__ = [
    "EnvironmentEffect",
    "EnvironmentEffects",
    "EnvironmentScore",
    "HeldOut",
    "Pair",
    "SecondOpinion",
    "WithoutEnvironment",
    "adjustment",
    "convergence",
    "starts",
    "entropy",
    "effects_by_environment",
    "effects_from_moments",
    "environment_effect",
    "heterogeneity",
    "hidden_factors",
    "independence",
    "invariance",
    "learners",
    "leave_one_out",
    "linkage",
    "minimum_detectable_effect",
    "overidentification",
    "placebo",
    "power_of_effect",
    "sensitivity",
    "strength",
    "strength_by_environment",
    "variability",
]

__getattr__ = moved(
    __name__,
    dict.fromkeys(
        [
            "anderson_rubin_lr",
            "basmann",
            "conditional_f",
            "cragg_donald",
            "durbin",
            "effective_f",
            "endogeneity_score",
            "endogeneity_wald",
            "first_stage_f",
            "kleibergen_paap",
            "partial_r2",
            "robust_overidentification",
            "sargan",
            "shea_partial_r2",
            "tf_critical_value",
            "tf_test",
            "wu_hausman",
        ],
        "latentmr.iv",
    ),
)
