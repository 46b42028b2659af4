"""Two-sample methods: effects of an exposure on an outcome from summary statistics."""

from latentmr.results.objects import Estimate
from latentmr.two_sample.methods import multivariable
from latentmr.two_sample.methods.cml import Cml, cml
from latentmr.two_sample.methods.contamination_mixture import ContaminationMixture, contamination_mixture
from latentmr.two_sample.methods.correlations import (
    effective_n,
    r_from_effects,
    r_from_frequency,
    r_from_log_odds,
    r_from_p,
)
from latentmr.two_sample.methods.divw import Debiased, divw
from latentmr.two_sample.methods.egger import Egger, egger, i2_gx
from latentmr.two_sample.methods.egger_bootstrap import EggerBootstrap, egger_bootstrap
from latentmr.two_sample.methods.grip import Grip, grip
from latentmr.two_sample.methods.heterogeneity import Heterogeneity, Overdispersed
from latentmr.two_sample.methods.heterogeneity_penalised import HeterogeneityPenalised, heterogeneity_penalised
from latentmr.two_sample.methods.ivw import Ivw, ivw
from latentmr.two_sample.methods.lasso import Lasso, lasso
from latentmr.two_sample.methods.leave_one_out import leave_one_out
from latentmr.two_sample.methods.maximum_likelihood import MaximumLikelihood, maximum_likelihood
from latentmr.two_sample.methods.median import Median, median
from latentmr.two_sample.methods.method import Settings
from latentmr.two_sample.methods.methods import METHODS, SEVERAL, estimate_several, estimate_with
from latentmr.two_sample.methods.mode import Mode, mode
from latentmr.two_sample.methods.pcgmm import Pcgmm, pcgmm
from latentmr.two_sample.methods.pivw import pivw
from latentmr.two_sample.methods.power import (
    expected_error,
    expected_error_of_variants,
    people_needed,
    power_of,
    smallest_effect,
)
from latentmr.two_sample.methods.presso import Presso, presso, presso_several
from latentmr.two_sample.methods.radial import Radial, radial_egger, radial_ivw
from latentmr.two_sample.methods.raps import Raps, raps
from latentmr.two_sample.methods.raps_shrinkage import RapsShrinkage, raps_shrinkage
from latentmr.two_sample.methods.ratio import WaldRatio, single_variants, wald_ratio
from latentmr.two_sample.methods.rucker import rucker
from latentmr.two_sample.methods.sign import sign_test
from latentmr.two_sample.methods.steiger import steiger, steiger_filter
from latentmr.two_sample.methods.wald_interval import EffectsByVariant
from latentmr.two_sample.methods.weak_instruments import (
    WeakInstrumentTest,
    anderson_rubin,
    conditional_likelihood_ratio,
    kleibergen,
)

#: Former name of the class of results.
SummaryEffect = Estimate

__all__ = [
    "Cml",
    "ContaminationMixture",
    "Debiased",
    "Egger",
    "EggerBootstrap",
    "Grip",
    "Heterogeneity",
    "Overdispersed",
    "HeterogeneityPenalised",
    "Ivw",
    "Lasso",
    "MaximumLikelihood",
    "Median",
    "Mode",
    "Pcgmm",
    "Presso",
    "Radial",
    "Raps",
    "RapsShrinkage",
    "WaldRatio",
    "WeakInstrumentTest",
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
