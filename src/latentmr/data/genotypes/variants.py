"""What is told of a variant."""

__all__ = ["VARIANT_COLUMNS"]

#: Columns of a table of variants, all of text; alleles are ``NA`` where not known.
VARIANT_COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele"]
