"""Multivariable two-sample MR: effects of several exposures, each given the others."""

from latentmr.estimate.summary.multivariable.cml import cml
from latentmr.estimate.summary.multivariable.effects import SeveralAssociations, check_several
from latentmr.estimate.summary.multivariable.egger import egger
from latentmr.estimate.summary.multivariable.gmm import gmm
from latentmr.estimate.summary.multivariable.ivw import ivw, robust_ivw
from latentmr.estimate.summary.multivariable.lasso import lasso
from latentmr.estimate.summary.multivariable.measurement_error import ivw_measurement_error
from latentmr.estimate.summary.multivariable.median import median
from latentmr.estimate.summary.multivariable.q_minimisation import q_minimisation
from latentmr.estimate.summary.multivariable.selected import multiple, residual
from latentmr.estimate.summary.multivariable.strength import conditional_f, heterogeneity

__all__ = [
    "SeveralAssociations",
    "check_several",
    "cml",
    "conditional_f",
    "egger",
    "gmm",
    "heterogeneity",
    "ivw",
    "ivw_measurement_error",
    "lasso",
    "median",
    "multiple",
    "q_minimisation",
    "residual",
    "robust_ivw",
]
