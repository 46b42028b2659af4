"""LatentMR: Mendelian randomization with learned latent instruments.

>>> import latentmr as lm
>>> data = lm.simulate.admixture(n=2000, p=20, seed=1).dataset
>>> result = lm.analyse(data, lm.LinearLearner(seed=0))
>>> result.primary.instruments
'learned'
"""

from importlib import import_module
from typing import Any
from warnings import warn

__version__ = "0.1.0"

# Subpackages load on first use, so that `import latentmr` and `latentmr --help` stay fast.
_ROOMS = (
    "analysis",
    "benchmark",
    "data",
    "dependence",
    "diagnose",
    "iv",
    "learn",
    "report",
    "results",
    "simulate",
    "two_sample",
)
_PUBLIC = {
    "Analysis": "analysis",
    "TwoSampleAnalysis": "two_sample",
    "analyse": "analysis",
    "analyse_summary": "two_sample",
    "Dataset": "data",
    "GenotypeFiles": "data",
    "SummaryData": "two_sample.data",
    "SummaryFiles": "two_sample.data",
    "read_instruments": "data",
    "read_genotypes": "data",
    "read_plink": "data",
    "read_two_sample": "two_sample.data",
    "anderson_rubin_lr": "iv",
    "basmann": "iv",
    "binary_effects": "iv",
    "ciiv": "iv",
    "conditional_f": "iv",
    "cragg_donald": "iv",
    "durbin": "iv",
    "effect_set": "iv",
    "effect_test": "iv",
    "effective_f": "iv",
    "endogeneity_score": "iv",
    "endogeneity_wald": "iv",
    "first_stage_f": "iv",
    "fuller": "iv",
    "gmm": "iv",
    "hansen_j": "iv",
    "hful": "iv",
    "hlim": "iv",
    "jive": "iv",
    "kclass": "iv",
    "kleibergen_paap": "iv",
    "liml": "iv",
    "multiplicative_structural_mean_model": "iv",
    "ols": "iv",
    "partial_r2": "iv",
    "problem": "iv",
    "robust_overidentification": "iv",
    "sargan": "iv",
    "shea_partial_r2": "iv",
    "sisvive": "iv",
    "tf_critical_value": "iv",
    "tf_test": "iv",
    "tsht": "iv",
    "tsls": "iv",
    "two_stage_predictor_substitution": "iv",
    "two_stage_residual_inclusion": "iv",
    "wu_hausman": "iv",
    "AutoencoderLearner": "learn",
    "FlowLearner": "learn",
    "Learner": "learn",
    "LinearLearner": "learn",
    "Representation": "learn",
    "ConfidenceSet": "results",
    "Estimate": "results",
    "Estimates": "results",
    "TestResult": "results",
    "Verdict": "results",
}

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name == "estimate":
        warn("latentmr.estimate is now latentmr.iv", DeprecationWarning, stacklevel=2)
        return import_module("latentmr.estimate")
    if name in _ROOMS:
        return import_module(f"latentmr.{name}")
    if name in _PUBLIC:
        return getattr(import_module(f"latentmr.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'latentmr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
