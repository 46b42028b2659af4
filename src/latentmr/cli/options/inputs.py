"""Options for the data to read (genotypes, phenotypes, lists of individuals) and for genome-wide work."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Components", "GenomeWide", "Genotypes", "Phenotypes", "Selecting"]

_IN, _COHORT, _SELECT, _PCA = "Genotypes", "Phenotypes and individuals", "Selection", "Principal components"
_IDS = "one id on each line, a family id and an individual id, or an id and a reason"


@dataclass(frozen=True)
class Genotypes:
    """Read the instruments from these files."""

    bfile: Annotated[
        list[Path],
        typer.Option(
            help="PLINK 1 fileset: path without suffix. Any genotype path may contain {chr}, which stands for the"
            " chromosome number. Repeat the option to combine filesets of different individuals.",
            rich_help_panel=_IN,
            metavar="P",
        ),
    ] = field(default_factory=list)
    pfile: Annotated[
        list[Path], typer.Option(help="PLINK 2 fileset: path without suffix.", rich_help_panel=_IN, metavar="P")
    ] = field(default_factory=list)
    bgen: Annotated[list[Path], typer.Option(help="BGEN file.", rich_help_panel=_IN, metavar="F")] = field(
        default_factory=list
    )
    sample: Annotated[
        list[Path],
        typer.Option(
            help=".sample file for a BGEN file without sample ids.",
            rich_help_panel=_IN,
            metavar="F",
        ),
    ] = field(default_factory=list)
    vcf: Annotated[list[Path], typer.Option(help="VCF or BCF file.", rich_help_panel=_IN, metavar="F")] = field(
        default_factory=list
    )
    vcf_field: Annotated[
        str,
        typer.Option(
            help="VCF field to read: GT (hard calls), DS (dosages), GP (probabilities), or auto (the first"
            " that the header declares of DS, GT and GP).",
            rich_help_panel=_IN,
        ),
    ] = "auto"
    zarr: Annotated[
        list[Path], typer.Option(help="VCF-Zarr store: folder or .zip file.", rich_help_panel=_IN, metavar="D")
    ] = field(default_factory=list)
    instruments: Annotated[
        Path | None,
        typer.Option(
            help="Table of instruments instead of genotype files: a column of sample ids and one column for each"
            " instrument.",
            rich_help_panel=_IN,
        ),
    ] = None
    variants: Annotated[
        Path | None,
        typer.Option(
            help="Table that gives the id and the alleles of each column of --instruments.", rich_help_panel=_IN
        ),
    ] = None
    extract: Annotated[
        Path | None,
        typer.Option(
            help="List of the variants to read: one id or chrom:pos:ref:alt on each line.", rich_help_panel=_IN
        ),
    ] = None
    selection: Annotated[
        Path | None,
        typer.Option(
            help="Folder written by latentmr select (instead of --extract). Its variants are read, and the individuals"
            " of its discovery sample are excluded from estimation.",
            metavar="DIR",
            rich_help_panel=_IN,
        ),
    ] = None
    maf: Annotated[float, typer.Option(help="Minimum minor allele frequency, from 0 to 0.5.", rich_help_panel=_IN)] = (
        0.01
    )
    geno: Annotated[
        float,
        typer.Option(help="Maximum proportion of missing calls for a variant, from 0 to 1.", rich_help_panel=_IN),
    ] = 0.05
    mind: Annotated[
        float,
        typer.Option(help="Maximum proportion of missing calls for an individual, from 0 to 1.", rich_help_panel=_IN),
    ] = 0.1
    hwe: Annotated[
        float,
        typer.Option(
            help="Minimum p value of the Hardy-Weinberg test within environments, for example 1e-6 (hard calls only;"
            " 0: no filter).",
            rich_help_panel=_IN,
        ),
    ] = 0.0
    info: Annotated[
        float,
        typer.Option(
            help="Minimum ratio of observed to expected variance of the dosages, comparable to INFO, for example 0.8"
            " (dosages only; 0: no filter).",
            rich_help_panel=_IN,
        ),
    ] = 0.0
    max_kinship: Annotated[
        float | None,
        typer.Option(
            help="Maximum kinship coefficient of two individuals, from 0 to 0.5: one individual of each pair above it"
            " is excluded, for example 0.0884 for second-degree relatives. No filter by default.",
            rich_help_panel=_IN,
        ),
    ] = None
    autosomes: Annotated[
        int,
        typer.Option(
            help="Number of autosomes of the species; variants on other chromosomes are excluded.", rich_help_panel=_IN
        ),
    ] = 22
    memory: Annotated[
        float | None,
        typer.Option(
            help="Maximum memory for the genotypes in gigabytes. No limit by default.",
            metavar="GB",
            rich_help_panel=_IN,
        ),
    ] = None


@dataclass(frozen=True)
class GenomeWide:
    """Compute genome-wide principal components of the variants that are no instruments."""

    pcs: Annotated[
        str,
        typer.Option(
            help="Number of genome-wide principal components that adjust the learner, computed from the variants that"
            " --extract or --selection does not name: auto (found from the data; none if --aux is given), a number, or"
            " 0 for none, for example --pcs 20.",
            metavar="auto|INT|0",
            rich_help_panel=_PCA,
        ),
    ] = "auto"
    pc_window: Annotated[
        float,
        typer.Option(
            help="Distance in megabases from an instrument within which variants are left out of the components.",
            metavar="MB",
            rich_help_panel=_PCA,
        ),
    ] = 1.0
    keep_long_range: Annotated[
        bool,
        typer.Option(
            "--keep-long-range",
            help="Keep variants in regions of long-range linkage disequilibrium, such as the HLA, in the components.",
            rich_help_panel=_PCA,
        ),
    ] = False
    build: Annotated[
        str,
        typer.Option(
            help="Genome build of the positions, for these regions: 36, 37, 38, or auto (the regions of all three).",
            rich_help_panel=_PCA,
        ),
    ] = "auto"


@dataclass(frozen=True)
class Phenotypes:
    """Read these tables, columns and lists of individuals."""

    pheno: Annotated[
        list[Path],
        typer.Option(
            help="Table of phenotypes: a column of sample ids, and columns named by the options below. Repeat the"
            " option for several tables.",
            metavar="TABLE",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    env: Annotated[
        str | None,
        typer.Option(
            help="Column with the environment of each individual (any labels), for example the recruitment site.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = None
    exposure: Annotated[
        list[str],
        typer.Option(
            help="Column of the exposure. Repeat the option for several exposures (multivariable MR).",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    outcome: Annotated[
        str | None, typer.Option(help="Column of the outcome.", metavar="COL", rich_help_panel=_COHORT)
    ] = None
    covar: Annotated[
        list[str],
        typer.Option(
            help="Column of a covariate, numeric or categorical. May be repeated.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    aux: Annotated[
        list[str],
        typer.Option(
            help="Column of a proxy for the confounded component, used in learning, for example a genome-wide principal"
            " component. May be repeated.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    cluster: Annotated[
        list[str],
        typer.Option(
            help="Column of cluster labels for standard errors, for example families. Give it twice for two-way"
            " clusters.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    negative_control: Annotated[
        list[str],
        typer.Option(
            "--negative-control",
            "--placebo",
            help="Column of a negative-control outcome: a numeric trait that the exposure cannot affect but that shares"
            " the confounders of the outcome. May be repeated.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    id: Annotated[
        str | None,
        typer.Option(
            help="Column of sample ids in the tables. Default: IID or eid wherever it stands, else the first column.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = None
    id_pair: Annotated[
        bool,
        typer.Option(
            "--id-pair",
            help="Ids are unique only within families: match individuals by FID and IID together.",
            rich_help_panel=_COHORT,
        ),
    ] = False
    missing_codes: Annotated[
        list[str],
        typer.Option(
            help="Codes of missing values: of all columns, for example --missing-codes=-1,-3, or of one, for example"
            " --missing-codes cups:-10. May be repeated.",
            metavar="[COL:]CODES",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    categorical: Annotated[
        list[str],
        typer.Option(
            help="Column of a covariate (--covar) whose numbers are codes of categories. May be repeated.",
            metavar="COL",
            rich_help_panel=_COHORT,
        ),
    ] = field(default_factory=list)
    keep: Annotated[
        Path | None, typer.Option(help=f"List of the individuals to keep: {_IDS}.", rich_help_panel=_COHORT)
    ] = None
    remove: Annotated[
        Path | None, typer.Option(help=f"List of the individuals to exclude: {_IDS}.", rich_help_panel=_COHORT)
    ] = None
    allow_unmatched: Annotated[
        bool,
        typer.Option(
            "--allow-unmatched",
            help="Accept a list of individuals to exclude that names none of the genotyped individuals.",
            rich_help_panel=_COHORT,
        ),
    ] = False
    outcome_type: Annotated[
        str,
        typer.Option(
            help="Type of the outcome: continuous, binary or auto (binary if it is coded 0/1 or 1/2).",
            rich_help_panel=_COHORT,
        ),
    ] = "auto"
    case_control: Annotated[
        bool,
        typer.Option(
            "--case-control",
            help="The cohort is a case-control study, in which cases and controls were sampled at different rates: fit"
            " the first stage in controls and estimate an odds ratio.",
            rich_help_panel=_COHORT,
        ),
    ] = False
    prevalence: Annotated[
        float | None,
        typer.Option(
            help="Proportion of cases in the source population of a case-control study, between 0 and 1; adds risk"
            " differences and risk ratios.",
            metavar="P",
            rich_help_panel=_COHORT,
        ),
    ] = None


@dataclass(frozen=True)
class Selecting:
    """Select instruments by these thresholds."""

    gwas: Annotated[
        Path | None,
        typer.Option(
            help="Table of GWAS results for the exposure (variant id and p value). By default, the association with the"
            " exposure is tested in a random discovery sample, which is excluded from estimation.",
            metavar="TABLE",
            rich_help_panel=_SELECT,
        ),
    ] = None
    gwas_columns: Annotated[
        str,
        typer.Option(
            help="Columns of the GWAS table, for example id=MarkerID,p_value=p.value; they replace those that are"
            " recognised. On the left: id, chrom, pos, effect_allele, other_allele, beta, odds_ratio, se, p_value,"
            " log10_p or ln_p.",
            metavar="WHAT=COL,...",
            rich_help_panel=_SELECT,
        ),
    ] = ""
    layout: Annotated[
        str,
        typer.Option(
            help="Layout of the GWAS table, if it should not be recognised, for example saige or plink2.",
            metavar="NAME",
            rich_help_panel=_SELECT,
        ),
    ] = ""
    fold: Annotated[
        float,
        typer.Option(
            help="Proportion of the individuals of each environment in the discovery sample, between 0 and 1.",
            rich_help_panel=_SELECT,
        ),
    ] = 0.5
    clump_p: Annotated[
        float, typer.Option(help="Maximum p value of an instrument's association.", rich_help_panel=_SELECT)
    ] = 5e-8
    clump_r2: Annotated[
        float,
        typer.Option(help="Maximum squared correlation (r2) between two instruments.", rich_help_panel=_SELECT),
    ] = 0.001
    clump_kb: Annotated[
        float,
        typer.Option(
            help="Clumping window in kilobases: variants farther apart are taken as independent.",
            rich_help_panel=_SELECT,
        ),
    ] = 10_000.0


@dataclass(frozen=True)
class Components:
    """Compute principal components of these individuals."""

    pcs: Annotated[
        str,
        typer.Option(
            help="Number of principal components, or auto: found from the data, at most 100.",
            metavar="INT|auto",
            rich_help_panel=_PCA,
        ),
    ] = "10"
    thin_r2: Annotated[
        float,
        typer.Option(
            help="Maximum squared correlation (r2) between two variants within --thin-kb of each other.",
            rich_help_panel=_PCA,
        ),
    ] = 0.1
    thin_kb: Annotated[float, typer.Option(help="Thinning window in kilobases.", rich_help_panel=_PCA)] = 1000.0
    id_pair: Annotated[
        bool,
        typer.Option(
            "--id-pair",
            help="Ids are unique only within families: identify individuals by FID and IID together.",
            rich_help_panel=_PCA,
        ),
    ] = False
    loadings: Annotated[
        Path | None,
        typer.Option(
            help="Folder written by an earlier latentmr pca: project the individuals onto its components.",
            metavar="DIR",
            rich_help_panel=_PCA,
        ),
    ] = None
    keep: Annotated[
        Path | None, typer.Option(help=f"List of the individuals to keep: {_IDS}.", rich_help_panel=_PCA)
    ] = None
    remove: Annotated[
        Path | None, typer.Option(help=f"List of the individuals to exclude: {_IDS}.", rich_help_panel=_PCA)
    ] = None
    allow_unmatched: Annotated[
        bool,
        typer.Option(
            "--allow-unmatched",
            help="Accept a list of individuals to exclude that names none of the genotyped individuals.",
            rich_help_panel=_PCA,
        ),
    ] = False
