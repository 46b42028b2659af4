"""Conventions of cohort files: ids, roles of columns, codes of missing values, and lists of individuals."""
