"""The whole job: from a data set to estimates, tests, a verdict and a report; and the same of summary statistics."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latentmr.analysis.job import Analysis, analyse
    from latentmr.analysis.two_sample import TwoSampleAnalysis, analyse_summary

# two-sample MR needs no PyTorch, which takes seconds to load
_PUBLIC = {
    "Analysis": "job",
    "analyse": "job",
    "TwoSampleAnalysis": "two_sample",
    "analyse_summary": "two_sample",
}

__all__ = ["Analysis", "TwoSampleAnalysis", "analyse", "analyse_summary"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"latentmr.analysis.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'latentmr.analysis' has no attribute {name!r}")
