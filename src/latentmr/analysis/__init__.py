"""The whole job: :func:`analyse` learns, estimates, diagnoses and judges."""

from latentmr.analysis.job import Analysis, analyse

__all__ = ["Analysis", "analyse"]
