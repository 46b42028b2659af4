"""Estimators that remain valid if some instruments are invalid."""
