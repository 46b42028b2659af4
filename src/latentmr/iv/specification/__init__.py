"""Tests of the textbook: relevance, rank, exogeneity of the exposure, overidentification."""
