"""Specification tests: relevance, rank, exogeneity of the exposure, overidentification."""
