"""Pages of two-sample runs: effects of variants on exposure and outcome, drawn and explained."""

from latentmr.report.two_sample.page import PLANS, drawings, is_two_sample, shown

__all__ = ["PLANS", "drawings", "is_two_sample", "shown"]
