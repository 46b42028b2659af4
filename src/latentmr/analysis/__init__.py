"""One-sample analysis: from a data set to estimates, tests, a verdict and a report."""

from latentmr.analysis.job import Analysis, analyse
from latentmr.former_names import moved

__all__ = ["Analysis", "analyse"]

__getattr__ = moved(__name__, dict.fromkeys(["TwoSampleAnalysis", "analyse_summary"], "latentmr.two_sample"))
