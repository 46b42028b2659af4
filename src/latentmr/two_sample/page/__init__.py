"""Pages of two-sample runs: effects of variants on exposure and outcome, drawn and explained."""

from latentmr.two_sample.page.kind import TWO_SAMPLE, is_two_sample

__all__ = ["TWO_SAMPLE", "is_two_sample"]
