"""Data: readers that end in one validated :class:`Dataset`, and the ledger of what they removed."""

from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.bgen import BgenSource
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.pgen import PgenSource
from latentmr.data.genotypes.plink import PlinkSource
from latentmr.data.genotypes.source import Source
from latentmr.data.genotypes.vcf import VcfSource
from latentmr.data.genotypes.vcf_zarr import ZarrSource
from latentmr.data.instruments import TableSource, read_instruments
from latentmr.data.ledger import Flow, FlowStep, Ledger
from latentmr.data.plan import Plan
from latentmr.data.read import read_genotypes, read_plink
from latentmr.former_names import moved

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

__getattr__ = moved(
    __name__,
    dict.fromkeys(
        ["SummaryData", "SummaryFiles", "associations", "harmonise", "read_summary", "read_two_sample"],
        "latentmr.two_sample.data",
    ),
)
