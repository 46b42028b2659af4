"""Options of what is read: genotypes, phenotypes and people; and of work on whole genomes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Components", "Genotypes", "Phenotypes", "Selecting"]

_IN, _PEOPLE, _SELECT, _PCA = "Genotypes", "Phenotypes and people", "Selection", "Principal components"


@dataclass(frozen=True)
class Genotypes:
    """Where instruments come from."""

    bfile: Annotated[
        list[Path],
        typer.Option(
            help="PLINK 1 fileset, path without suffix. Like all genotypes, may have {chr} for the chromosomes, and may"
            " be repeated: people are put together.",
            rich_help_panel=_IN,
            metavar="P",
        ),
    ] = field(default_factory=list)
    pfile: Annotated[
        list[Path], typer.Option(help="PLINK 2 fileset, path without suffix.", rich_help_panel=_IN, metavar="P")
    ] = field(default_factory=list)
    bgen: Annotated[list[Path], typer.Option(help="BGEN file.", rich_help_panel=_IN, metavar="F")] = field(
        default_factory=list
    )
    sample: Annotated[
        list[Path],
        typer.Option(help=".sample file of a BGEN file without sample ids.", rich_help_panel=_IN, metavar="F"),
    ] = field(default_factory=list)
    vcf: Annotated[list[Path], typer.Option(help="VCF or BCF file.", rich_help_panel=_IN, metavar="F")] = field(
        default_factory=list
    )
    vcf_field: Annotated[
        str,
        typer.Option(
            help="What is read of a VCF file: GT, DS, or auto (DS where the header declares it).", rich_help_panel=_IN
        ),
    ] = "auto"
    zarr: Annotated[
        list[Path], typer.Option(help="VCF-Zarr store, folder or .zip.", rich_help_panel=_IN, metavar="D")
    ] = field(default_factory=list)
    instruments: Annotated[
        Path | None,
        typer.Option(help="Table with the sample id and a column for each instrument.", rich_help_panel=_IN),
    ] = None
    variants: Annotated[
        Path | None,
        typer.Option(help="Table with id and alleles of the columns of --instruments.", rich_help_panel=_IN),
    ] = None
    extract: Annotated[
        Path | None,
        typer.Option(help="File with the variants to read, by id or chrom:pos:ref:alt.", rich_help_panel=_IN),
    ] = None
    selection: Annotated[
        Path | None,
        typer.Option(
            help="Folder by latentmr select, in place of --extract: its variants are read, and people by whom they were"
            " selected are left out of the estimate.",
            metavar="DIR",
            rich_help_panel=_IN,
        ),
    ] = None
    maf: Annotated[float, typer.Option(help="Smallest minor allele frequency.", rich_help_panel=_IN)] = 0.01
    geno: Annotated[float, typer.Option(help="Largest share of missing calls of a variant.", rich_help_panel=_IN)] = (
        0.05
    )
    mind: Annotated[float, typer.Option(help="Largest share of missing calls of a person.", rich_help_panel=_IN)] = 0.1
    hwe: Annotated[
        float,
        typer.Option(help="Smallest Hardy-Weinberg p value within environments (hard calls).", rich_help_panel=_IN),
    ] = 0.0
    info: Annotated[
        float,
        typer.Option(help="Smallest ratio of variances, observed to expected (dosages).", rich_help_panel=_IN),
    ] = 0.0
    max_kinship: Annotated[
        float | None,
        typer.Option(help="Largest kinship of two people; of closer ones some are left out.", rich_help_panel=_IN),
    ] = None
    autosomes: Annotated[
        int,
        typer.Option(help="Number of autosomes of the species; other chromosomes are left out.", rich_help_panel=_IN),
    ] = 22
    memory: Annotated[
        float | None, typer.Option(help="Gigabytes that genotypes may take.", metavar="GB", rich_help_panel=_IN)
    ] = None


@dataclass(frozen=True)
class Phenotypes:
    """Tables, columns and lists of people."""

    pheno: Annotated[
        list[Path], typer.Option(help="Table with sample ids; may be repeated.", rich_help_panel=_PEOPLE)
    ] = field(default_factory=list)
    env: Annotated[
        str | None,
        typer.Option(help="Column with each person's environment: any labels.", metavar="COL", rich_help_panel=_PEOPLE),
    ] = None
    exposure: Annotated[
        list[str], typer.Option(help="Exposure; may be repeated.", metavar="COL", rich_help_panel=_PEOPLE)
    ] = field(default_factory=list)
    outcome: Annotated[str | None, typer.Option(help="Outcome.", metavar="COL", rich_help_panel=_PEOPLE)] = None
    covar: Annotated[
        list[str],
        typer.Option(help="Covariate, number or label; may be repeated.", metavar="COL", rich_help_panel=_PEOPLE),
    ] = field(default_factory=list)
    aux: Annotated[
        list[str],
        typer.Option(
            help="Genome-wide principal component or the like: an observation of what is confounded, used in learning;"
            " may be repeated.",
            metavar="COL",
            rich_help_panel=_PEOPLE,
        ),
    ] = field(default_factory=list)
    cluster: Annotated[
        list[str],
        typer.Option(
            help="Column of clusters, for standard errors; twice for two-way clusters.",
            metavar="COL",
            rich_help_panel=_PEOPLE,
        ),
    ] = field(default_factory=list)
    placebo: Annotated[
        list[str],
        typer.Option(
            help="Placebo outcome: a numeric trait that the exposure cannot affect, but which shares its confounders;"
            " may be repeated.",
            metavar="COL",
            rich_help_panel=_PEOPLE,
        ),
    ] = field(default_factory=list)
    id: Annotated[
        str | None,
        typer.Option(help="Id column of the tables; else IID, or the first.", metavar="COL", rich_help_panel=_PEOPLE),
    ] = None
    keep: Annotated[Path | None, typer.Option(help="File with the people to keep.", rich_help_panel=_PEOPLE)] = None
    remove: Annotated[Path | None, typer.Option(help="File with the people to remove.", rich_help_panel=_PEOPLE)] = None
    outcome_type: Annotated[str, typer.Option(help="auto, continuous or binary.", rich_help_panel=_PEOPLE)] = "auto"
    case_control: Annotated[
        bool,
        typer.Option(
            "--case-control",
            help="Cases were sampled at another rate than controls: first stage in controls, odds ratio.",
            rich_help_panel=_PEOPLE,
        ),
    ] = False
    prevalence: Annotated[
        float | None,
        typer.Option(
            help="Share of cases in the population of a case-control study; gives risk differences and ratios.",
            metavar="P",
            rich_help_panel=_PEOPLE,
        ),
    ] = None


@dataclass(frozen=True)
class Selecting:
    """How instruments are selected."""

    gwas: Annotated[
        Path | None,
        typer.Option(
            help="Table of GWAS results of the exposure (id and p value); without it, the exposure's association in a"
            " share of the people.",
            metavar="TABLE",
            rich_help_panel=_SELECT,
        ),
    ] = None
    fold: Annotated[
        float, typer.Option(help="Share of the people of each environment to select by.", rich_help_panel=_SELECT)
    ] = 0.5
    clump_p: Annotated[float, typer.Option(help="Largest p value of an instrument.", rich_help_panel=_SELECT)] = 5e-8
    clump_r2: Annotated[
        float, typer.Option(help="Largest squared correlation of two instruments.", rich_help_panel=_SELECT)
    ] = 0.001
    clump_kb: Annotated[
        float,
        typer.Option(help="Distance at which variants are independent, in thousand bases.", rich_help_panel=_SELECT),
    ] = 10_000.0


@dataclass(frozen=True)
class Components:
    """Which principal components, of whom."""

    pcs: Annotated[int, typer.Option(help="Number of components.", rich_help_panel=_PCA)] = 10
    thin_r2: Annotated[
        float, typer.Option(help="Variants nearby are less correlated (squared) than this.", rich_help_panel=_PCA)
    ] = 0.1
    thin_kb: Annotated[float, typer.Option(help="What is nearby, in thousand bases.", rich_help_panel=_PCA)] = 1000.0
    loadings: Annotated[
        Path | None,
        typer.Option(
            help="Folder of an earlier latentmr pca: project onto its components.", metavar="DIR", rich_help_panel=_PCA
        ),
    ] = None
    keep: Annotated[Path | None, typer.Option(help="File with the people to keep.", rich_help_panel=_PCA)] = None
    remove: Annotated[Path | None, typer.Option(help="File with the people to remove.", rich_help_panel=_PCA)] = None
