"""Two-sample MR on summary statistics in one call."""

from latentmr.two_sample.job import TwoSampleAnalysis, analyse_summary
from latentmr.two_sample.report_data import RunFacts

__all__ = ["RunFacts", "TwoSampleAnalysis", "analyse_summary"]
