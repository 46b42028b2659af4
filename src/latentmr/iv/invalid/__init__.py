"""Estimators for instruments some of which are invalid."""
