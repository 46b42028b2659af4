"""Pages of two-sample runs: figures, tables and checklist."""

from latentmr.two_sample.page.kind import TWO_SAMPLE, is_two_sample

__all__ = ["TWO_SAMPLE", "is_two_sample"]
