"""Two-sample methods: effects of an exposure on an outcome from tables of GWAS results."""

from latentmr.estimate.summary import multivariable
from latentmr.estimate.summary.by_variant import EffectsByVariant
from latentmr.estimate.summary.cml import cml
from latentmr.estimate.summary.contamination_mixture import contamination_mixture
from latentmr.estimate.summary.correlations import (
    effective_n,
    r_from_effects,
    r_from_frequency,
    r_from_log_odds,
    r_from_p,
)
from latentmr.estimate.summary.divw import divw
from latentmr.estimate.summary.effects import SummaryEffect
from latentmr.estimate.summary.egger import egger, i2_gx
from latentmr.estimate.summary.egger_bootstrap import egger_bootstrap
from latentmr.estimate.summary.grip import grip
from latentmr.estimate.summary.heterogeneity_penalised import heterogeneity_penalised
from latentmr.estimate.summary.ivw import ivw
from latentmr.estimate.summary.lasso import lasso
from latentmr.estimate.summary.leave_one_out import leave_one_out
from latentmr.estimate.summary.maximum_likelihood import maximum_likelihood
from latentmr.estimate.summary.median import median
from latentmr.estimate.summary.methods import METHODS, SEVERAL, Settings, estimate_several, estimate_with
from latentmr.estimate.summary.mode import mode
from latentmr.estimate.summary.pcgmm import pcgmm
from latentmr.estimate.summary.pivw import pivw
from latentmr.estimate.summary.power import (
    expected_error,
    expected_error_of_variants,
    people_needed,
    power_of,
    smallest_effect,
)
from latentmr.estimate.summary.presso import presso, presso_several
from latentmr.estimate.summary.radial import radial_egger, radial_ivw
from latentmr.estimate.summary.raps import raps
from latentmr.estimate.summary.raps_shrinkage import raps_shrinkage
from latentmr.estimate.summary.ratio import single_variants, wald_ratio
from latentmr.estimate.summary.rucker import rucker
from latentmr.estimate.summary.sign import sign_test
from latentmr.estimate.summary.steiger import steiger, steiger_filter
from latentmr.estimate.summary.weak_instruments import anderson_rubin, conditional_likelihood_ratio, kleibergen

__all__ = [
    "METHODS",
    "SEVERAL",
    "EffectsByVariant",
    "Settings",
    "SummaryEffect",
    "anderson_rubin",
    "cml",
    "conditional_likelihood_ratio",
    "contamination_mixture",
    "divw",
    "effective_n",
    "egger",
    "egger_bootstrap",
    "estimate_several",
    "estimate_with",
    "expected_error",
    "expected_error_of_variants",
    "grip",
    "heterogeneity_penalised",
    "i2_gx",
    "ivw",
    "kleibergen",
    "lasso",
    "leave_one_out",
    "maximum_likelihood",
    "median",
    "mode",
    "multivariable",
    "pcgmm",
    "people_needed",
    "pivw",
    "power_of",
    "presso",
    "presso_several",
    "r_from_effects",
    "r_from_frequency",
    "r_from_log_odds",
    "r_from_p",
    "radial_egger",
    "radial_ivw",
    "raps",
    "raps_shrinkage",
    "rucker",
    "sign_test",
    "single_variants",
    "smallest_effect",
    "steiger",
    "steiger_filter",
    "wald_ratio",
]
