"""Reading of GWAS results for two-sample methods."""

from latentmr.data.gwas_results.reading import SUMMARY_COLUMNS, is_binary, read_summary, read_traits

__all__ = ["SUMMARY_COLUMNS", "is_binary", "read_summary", "read_traits"]
