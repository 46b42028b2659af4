"""Data: readers that end in one validated :class:`Dataset`, and the ledger of what they removed."""

from latentmr.data.associations import associations
from latentmr.data.dataset import Dataset
from latentmr.data.flow import Flow, FlowStep, Ledger
from latentmr.data.formats.bgen import BgenSource
from latentmr.data.formats.genotype_files import GenotypeFiles, read_genotypes, read_plink
from latentmr.data.formats.pgen import PgenSource
from latentmr.data.formats.plink import PlinkSource
from latentmr.data.formats.vcf import VcfSource
from latentmr.data.formats.vcf_zarr import ZarrSource
from latentmr.data.harmonise import harmonise
from latentmr.data.instruments import TableSource, read_instruments
from latentmr.data.plan import Plan
from latentmr.data.source import Source
from latentmr.data.summary import read_summary
from latentmr.data.summary_data import SummaryData
from latentmr.data.two_sample import SummaryFiles, read_two_sample

__all__ = [
    "BgenSource",
    "Dataset",
    "Flow",
    "FlowStep",
    "GenotypeFiles",
    "Ledger",
    "PgenSource",
    "Plan",
    "PlinkSource",
    "Source",
    "SummaryData",
    "SummaryFiles",
    "TableSource",
    "VcfSource",
    "ZarrSource",
    "associations",
    "harmonise",
    "read_genotypes",
    "read_instruments",
    "read_plink",
    "read_summary",
    "read_two_sample",
]
