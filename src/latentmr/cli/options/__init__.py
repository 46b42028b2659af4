"""Groups of options that commands share: each group is a frozen class, and its fields are the options."""

from latentmr.cli.options.inputs import Components, GenomeWide, Genotypes, Phenotypes, Selecting
from latentmr.cli.options.learning import Applying, Learning
from latentmr.cli.options.results import Output, Rendering, Reporting
from latentmr.cli.options.scenarios import Benchmarking, Demonstrating, Panel, Simulating
from latentmr.cli.options.two_sample import TwoSample

__all__ = [
    "Applying",
    "Benchmarking",
    "Components",
    "Demonstrating",
    "GenomeWide",
    "Genotypes",
    "Learning",
    "Output",
    "Panel",
    "Phenotypes",
    "Rendering",
    "Reporting",
    "Selecting",
    "Simulating",
    "TwoSample",
]
