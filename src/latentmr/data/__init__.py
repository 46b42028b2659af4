"""Data: readers that end in one validated :class:`Dataset`, and the ledger of what they removed."""

from latentmr.data.bgen import BgenSource
from latentmr.data.dataset import Dataset
from latentmr.data.flow import Flow, FlowStep, Ledger
from latentmr.data.genotype_files import GenotypeFiles, read_genotypes, read_plink
from latentmr.data.instruments import TableSource, read_instruments
from latentmr.data.pgen import PgenSource
from latentmr.data.plan import Plan
from latentmr.data.plink import PlinkSource
from latentmr.data.source import Source
from latentmr.data.vcf import VcfSource
from latentmr.data.vcf_zarr import ZarrSource

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
    "TableSource",
    "VcfSource",
    "ZarrSource",
    "read_genotypes",
    "read_instruments",
    "read_plink",
]
