"""Estimation: OLS and the k-class, their errors, Anderson-Rubin and conditional likelihood-ratio sets."""

from latentmr.estimate.anderson_rubin import anderson_rubin_set, anderson_rubin_test
from latentmr.estimate.arrays import fuller, liml, ols, tsls
from latentmr.estimate.basis import natural_spline, spline_knots
from latentmr.estimate.conditional_likelihood_ratio import (
    conditional_likelihood_ratio_set,
    conditional_likelihood_ratio_test,
    conditional_p_value,
)
from latentmr.estimate.fit import estimate_models
from latentmr.estimate.kclass import Fit, solve
from latentmr.estimate.model import Model, columns
from latentmr.estimate.moments import Blocks, Moments, gather

__all__ = [
    "Blocks",
    "Fit",
    "Model",
    "Moments",
    "anderson_rubin_set",
    "anderson_rubin_test",
    "columns",
    "conditional_likelihood_ratio_set",
    "conditional_likelihood_ratio_test",
    "conditional_p_value",
    "estimate_models",
    "fuller",
    "gather",
    "liml",
    "natural_spline",
    "ols",
    "solve",
    "spline_knots",
    "tsls",
]
