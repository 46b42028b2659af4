"""Multivariable two-sample MR: direct effects of several exposures."""

from latentmr.two_sample.methods.multivariable.cml import SeveralCml, cml
from latentmr.two_sample.methods.multivariable.egger import egger
from latentmr.two_sample.methods.multivariable.gmm import gmm
from latentmr.two_sample.methods.multivariable.ivw import ivw, robust_ivw
from latentmr.two_sample.methods.multivariable.lasso import SeveralLasso, lasso
from latentmr.two_sample.methods.multivariable.measurement_error import ivw_measurement_error
from latentmr.two_sample.methods.multivariable.median import median
from latentmr.two_sample.methods.multivariable.q_minimisation import q_minimisation
from latentmr.two_sample.methods.multivariable.selected import multiple, residual
from latentmr.two_sample.methods.multivariable.several_associations import (
    Dispersion,
    SeveralAssociations,
    check_several,
)
from latentmr.two_sample.methods.multivariable.strength import conditional_f, heterogeneity

__all__ = [
    "SeveralCml",
    "SeveralLasso",
    "Dispersion",
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
