"""Instrumental variables on arrays: estimators, standard errors, weak-instrument-robust sets, specification tests."""

from latentmr.iv.arrays import fuller, kclass, liml, ols, tsls
from latentmr.iv.basis import natural_spline, spline_knots, spline_slopes
from latentmr.iv.binary.estimate import BinaryEstimate, OutcomeEquation
from latentmr.iv.binary.structural_mean import multiplicative_structural_mean_model
from latentmr.iv.binary.two_stage import (
    binary_effects,
    two_stage_predictor_substitution,
    two_stage_residual_inclusion,
)
from latentmr.iv.covariance import Spread, spreads
from latentmr.iv.fit import estimate_models
from latentmr.iv.gmm import gmm, hansen_j
from latentmr.iv.invalid.ciiv import Ciiv, ciiv
from latentmr.iv.invalid.estimate import InvalidInstrumentEstimate
from latentmr.iv.invalid.sisvive import Sisvive, sisvive
from latentmr.iv.invalid.tsht import Tsht, tsht
from latentmr.iv.jackknife import hful, hlim, jive
from latentmr.iv.kclass import Fit, solve
from latentmr.iv.model import Model, columns
from latentmr.iv.moments import Blocks, Moments, gather, together
from latentmr.iv.problem import Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.effective_f import effective_f
from latentmr.iv.specification.exogeneity import durbin, endogeneity_score, endogeneity_wald, wu_hausman
from latentmr.iv.specification.first_stage import conditional_f, first_stage_f, partial_r2, shea_partial_r2
from latentmr.iv.specification.rank import cragg_donald, kleibergen_paap
from latentmr.iv.specification.validity import anderson_rubin_lr, basmann, robust_overidentification, sargan
from latentmr.iv.tf import tf_critical_value, tf_test
from latentmr.iv.weak.anderson_rubin import anderson_rubin_set, anderson_rubin_test
from latentmr.iv.weak.conditional_likelihood_ratio import (
    conditional_likelihood_ratio_set,
    conditional_likelihood_ratio_test,
    conditional_p_value,
)
from latentmr.iv.weak.effect_tests import effect_set, effect_test

__all__ = [
    "BinaryEstimate",
    "Blocks",
    "Ciiv",
    "Fit",
    "InvalidInstrumentEstimate",
    "Model",
    "Moments",
    "OutcomeEquation",
    "Problem",
    "ReducedForm",
    "Sisvive",
    "Spread",
    "Tsht",
    "anderson_rubin_lr",
    "anderson_rubin_set",
    "anderson_rubin_test",
    "basmann",
    "binary_effects",
    "ciiv",
    "columns",
    "conditional_f",
    "conditional_likelihood_ratio_set",
    "conditional_likelihood_ratio_test",
    "conditional_p_value",
    "cragg_donald",
    "durbin",
    "effect_set",
    "effect_test",
    "effective_f",
    "endogeneity_score",
    "endogeneity_wald",
    "estimate_models",
    "first_stage_f",
    "fuller",
    "gather",
    "gmm",
    "hansen_j",
    "hful",
    "hlim",
    "jive",
    "kclass",
    "kleibergen_paap",
    "liml",
    "multiplicative_structural_mean_model",
    "natural_spline",
    "ols",
    "partial_r2",
    "problem",
    "robust_overidentification",
    "sargan",
    "shea_partial_r2",
    "sisvive",
    "solve",
    "spline_knots",
    "spline_slopes",
    "spreads",
    "tf_critical_value",
    "tf_test",
    "together",
    "tsht",
    "tsls",
    "two_stage_predictor_substitution",
    "two_stage_residual_inclusion",
    "wu_hausman",
]
