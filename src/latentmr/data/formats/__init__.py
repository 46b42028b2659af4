"""Genotype files of every format, as sources of one shape."""
