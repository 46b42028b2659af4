"""Estimation: the k-class, GMM and jackknife estimators, their errors, weak-instrument-robust sets, binary outcomes."""

from importlib import import_module
from typing import Any

from latentmr.estimate.anderson_rubin import anderson_rubin_set, anderson_rubin_test
from latentmr.estimate.arrays import fuller, kclass, liml, ols, tsls
from latentmr.estimate.basis import natural_spline, spline_knots, spline_slopes
from latentmr.estimate.binary import (
    BinaryEstimate,
    binary_effects,
    two_stage_predictor_substitution,
    two_stage_residual_inclusion,
)
from latentmr.estimate.ciiv import ciiv
from latentmr.estimate.conditional_likelihood_ratio import (
    conditional_likelihood_ratio_set,
    conditional_likelihood_ratio_test,
    conditional_p_value,
)
from latentmr.estimate.covariance import Spread, spreads
from latentmr.estimate.effect_tests import effect_set, effect_test
from latentmr.estimate.fit import estimate_models
from latentmr.estimate.gmm import gmm, hansen_j
from latentmr.estimate.invalid import InvalidInstrumentEstimate
from latentmr.estimate.jackknife import hful, hlim, jive
from latentmr.estimate.kclass import Fit, solve
from latentmr.estimate.model import Model, columns
from latentmr.estimate.moments import Blocks, Moments, gather, together
from latentmr.estimate.problem import Problem, problem
from latentmr.estimate.reduced_form import ReducedForm
from latentmr.estimate.sisvive import sisvive
from latentmr.estimate.structural_mean import multiplicative_structural_mean_model
from latentmr.estimate.tsht import tsht

__all__ = [
    "BinaryEstimate",
    "Blocks",
    "Fit",
    "InvalidInstrumentEstimate",
    "Model",
    "Moments",
    "Problem",
    "ReducedForm",
    "Spread",
    "anderson_rubin_set",
    "anderson_rubin_test",
    "binary_effects",
    "ciiv",
    "columns",
    "conditional_likelihood_ratio_set",
    "conditional_likelihood_ratio_test",
    "conditional_p_value",
    "effect_set",
    "effect_test",
    "estimate_models",
    "fuller",
    "gather",
    "gmm",
    "hansen_j",
    "hful",
    "hlim",
    "jive",
    "kclass",
    "liml",
    "multiplicative_structural_mean_model",
    "natural_spline",
    "ols",
    "problem",
    "sisvive",
    "solve",
    "spline_knots",
    "spline_slopes",
    "spreads",
    "tsht",
    "together",
    "tsls",
    "two_stage_predictor_substitution",
    "two_stage_residual_inclusion",
]


def __getattr__(name: str) -> Any:
    if name == "summary":  # loaded where it is used
        return import_module("latentmr.estimate.summary")
    raise AttributeError(f"module 'latentmr.estimate' has no attribute {name!r}")
