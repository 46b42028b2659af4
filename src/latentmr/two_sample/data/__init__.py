"""Tables of GWAS results: reading, harmonisation, clumping and joining."""

from latentmr.two_sample.data.cohort_associations import associations
from latentmr.two_sample.data.harmonisation import harmonise
from latentmr.two_sample.data.read import read_two_sample
from latentmr.two_sample.data.summary_data import SummaryData
from latentmr.two_sample.data.summary_files import SummaryFiles
from latentmr.two_sample.data.tables import read_summary

__all__ = ["SummaryData", "SummaryFiles", "associations", "harmonise", "read_summary", "read_two_sample"]
