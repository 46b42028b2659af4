"""Genotype files of every format, merging, alleles."""
