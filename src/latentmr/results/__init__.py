"""What is handed over, and how it prints: estimates, tests, sets, verdicts, report data."""

from latentmr.results.estimates import Estimates
from latentmr.results.objects import ConfidenceSet, Details, Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData

__all__ = ["ConfidenceSet", "Details", "Estimate", "Estimates", "ReportData", "TestResult", "Verdict"]
