"""The description of a variant."""

__all__ = ["VARIANT_COLUMNS"]

#: Columns of a table of variants, all as text; unknown alleles are ``NA``.
VARIANT_COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele"]
