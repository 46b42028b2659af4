"""Two-sample MR on summary statistics, as one job."""

from latentmr.two_sample.job import TwoSampleAnalysis, analyse_summary

__all__ = ["TwoSampleAnalysis", "analyse_summary"]
