"""Data: readers that end in one validated :class:`Dataset`, and the ledger of what they removed."""

from latentmr.data.dataset import Dataset
from latentmr.data.flow import Flow, FlowStep, Ledger
from latentmr.data.instruments import TableSource, read_instruments
from latentmr.data.plan import Plan
from latentmr.data.plink import PlinkSource, read_plink
from latentmr.data.source import Source

__all__ = [
    "Dataset",
    "Flow",
    "FlowStep",
    "Ledger",
    "Plan",
    "PlinkSource",
    "Source",
    "TableSource",
    "read_instruments",
    "read_plink",
]
