"""LatentMR: Mendelian randomization with learned latent instruments.

>>> import latentmr as lm
>>> data = lm.simulate.admixture(n=2000, p=20, seed=1).dataset
>>> result = lm.analyse(data, lm.LinearLearner(seed=0))
>>> result.primary.instruments
'learned'
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Rooms load when first used, so that `import latentmr` and `latentmr --help` stay quick.
_ROOMS = ("analysis", "benchmark", "data", "diagnose", "estimate", "learn", "report", "simulate")
_PUBLIC = {
    "Analysis": "analysis",
    "TwoSampleAnalysis": "analysis",
    "analyse": "analysis",
    "analyse_summary": "analysis",
    "Dataset": "data",
    "GenotypeFiles": "data",
    "SummaryData": "data",
    "SummaryFiles": "data",
    "read_instruments": "data",
    "read_genotypes": "data",
    "read_plink": "data",
    "read_two_sample": "data",
    "binary_effects": "estimate",
    "ciiv": "estimate",
    "effect_set": "estimate",
    "effect_test": "estimate",
    "fuller": "estimate",
    "gmm": "estimate",
    "hansen_j": "estimate",
    "hful": "estimate",
    "hlim": "estimate",
    "jive": "estimate",
    "kclass": "estimate",
    "liml": "estimate",
    "multiplicative_structural_mean_model": "estimate",
    "ols": "estimate",
    "sisvive": "estimate",
    "tsht": "estimate",
    "tsls": "estimate",
    "two_stage_predictor_substitution": "estimate",
    "two_stage_residual_inclusion": "estimate",
    "AutoencoderLearner": "learn",
    "FlowLearner": "learn",
    "Learner": "learn",
    "LinearLearner": "learn",
    "Representation": "learn",
    "ConfidenceSet": "results",
    "Estimate": "results",
    "TestResult": "results",
    "Verdict": "results",
}

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"latentmr.{name}")
    if name in _PUBLIC:
        return getattr(import_module(f"latentmr.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'latentmr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
