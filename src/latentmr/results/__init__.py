"""What is handed over, and how it prints: estimates, tests, sets, verdicts, report data."""

from latentmr.results.objects import ConfidenceSet, Estimate, ReportData, TestResult, Verdict

__all__ = ["ConfidenceSet", "Estimate", "ReportData", "TestResult", "Verdict"]
