"""Diagnosis of learned instruments and of estimates, on arrays. An analysis makes the other tests."""

from latentmr.diagnose.by_environment import EnvironmentEffects, LeftOut, effects_by_environment
from latentmr.diagnose.diagnosis_sample import HeldOut
from latentmr.diagnose.environment_effects import EnvironmentEffect
from latentmr.diagnose.environment_strength import EnvironmentStrength, strength_by_environment
from latentmr.diagnose.instrument_distributions import Pair, entropy, invariance
from latentmr.diagnose.instrument_independence import independence
from latentmr.diagnose.power import minimum_detectable_effect, power_of_effect
from latentmr.former_names import moved

__all__ = [
    "EnvironmentEffect",
    "EnvironmentEffects",
    "EnvironmentStrength",
    "HeldOut",
    "LeftOut",
    "Pair",
    "effects_by_environment",
    "entropy",
    "independence",
    "invariance",
    "minimum_detectable_effect",
    "power_of_effect",
    "strength_by_environment",
]

_MOVED = {
    "latentmr.diagnose.by_environment": ("effects_from_moments",),
    "latentmr.diagnose.environment_effects": ("EnvironmentScore", "environment_effect", "heterogeneity"),
    "latentmr.diagnose.environment_variability": ("variability",),
    "latentmr.diagnose.factor_form": ("hidden_factors", "linkage"),
    "latentmr.diagnose.placebo_outcome": ("placebo",),
    "latentmr.diagnose.primary_estimate": ("adjustment", "overidentification", "sensitivity", "strength"),
    "latentmr.diagnose.second_opinion": ("SecondOpinion", "learners"),
    "latentmr.diagnose.training": ("convergence", "starts"),
    "latentmr.diagnose.without_environment": ("WithoutEnvironment", "leave_one_out"),
    "latentmr.iv": (
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
    ),
}

__getattr__ = moved(__name__, {name: place for place, names in _MOVED.items() for name in names})
