"""Results and how they print: estimates, tests, confidence sets, verdicts, report data."""

from latentmr.results.estimates import Estimates
from latentmr.results.objects import ConfidenceSet, Details, Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData

__all__ = ["ConfidenceSet", "Details", "Estimate", "Estimates", "ReportData", "TestResult", "Verdict"]
