"""Options that verbs share, as groups; :func:`flattened` turns a verb of groups into one of options."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "Applying",
    "Benchmarking",
    "Components",
    "Genotypes",
    "Learning",
    "Output",
    "Panel",
    "Phenotypes",
    "Rendering",
    "Reporting",
    "Selecting",
    "Simulating",
    "flattened",
]

_IN, _PEOPLE, _LEARN, _OUT = "Genotypes", "Phenotypes and people", "Learning", "Output"
_DRAW = "Dimensions"
_PANEL, _RUNS = "People to draw on (semisynthetic)", "Runs"
_SELECT, _PCA = "Selection", "Principal components"
_TRAIN, _JUDGE = "Training (learners with a network)", "Diagnosis"


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
class Learning:
    """The learner and its settings."""

    learner: Annotated[
        str,
        typer.Option(
            help="flow, autoencoder or linear; the last in closed form, for linear mixing and for allele counts.",
            rich_help_panel=_LEARN,
        ),
    ] = "flow"
    form: Annotated[
        str,
        typer.Option(
            help="Of the linear learner, or of the start of others: auto, stationary or factor; auto takes factor for"
            " allele counts.",
            rich_help_panel=_LEARN,
        ),
    ] = "auto"
    k: Annotated[str, typer.Option(help="Number of instruments: auto or a number.", rich_help_panel=_LEARN)] = "auto"
    n_factors: Annotated[
        str, typer.Option(help="Factors of the factor form: auto or a number.", rich_help_panel=_LEARN)
    ] = "auto"
    diagnosis: Annotated[
        float,
        typer.Option(
            help="Share of people, within environments, kept out of learning: the instruments are judged on them.",
            metavar="SHARE",
            rich_help_panel=_JUDGE,
        ),
    ] = 0.2
    steps: Annotated[int | None, typer.Option(help="Steps of training, at most.", rich_help_panel=_TRAIN)] = None
    starts: Annotated[
        int | None,
        typer.Option(help="Short trainings, of which the best is trained on.", rich_help_panel=_TRAIN),
    ] = None
    learning_rate: Annotated[
        float | None, typer.Option(help="Largest step of the optimiser.", rich_help_panel=_TRAIN)
    ] = None
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda: where to train.", rich_help_panel=_TRAIN)] = (
        None
    )
    checkpoint_every: Annotated[
        int | None,
        typer.Option(help="Steps between checkpoints, kept beside --out until the end.", rich_help_panel=_TRAIN),
    ] = None
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the checkpoint of a run that was stopped.", rich_help_panel=_TRAIN),
    ] = False


@dataclass(frozen=True)
class Applying:
    """A saved model."""

    model: Annotated[Path, typer.Option(help="Folder that `latentmr learn` or `run` wrote.", rich_help_panel=_LEARN)]


@dataclass(frozen=True)
class Simulating:
    """A scenario and its dimensions."""

    scenario: Annotated[
        str,
        typer.Argument(
            help="linear, polynomial, diffeomorphic, piecewise, partial, too-large-k, null, weak, same-environments,"
            " confounded-z, admixture, assortative, coalescent or semisynthetic.",
            metavar="SCENARIO",
        ),
    ]
    n: Annotated[int | None, typer.Option(help="People in all.", rich_help_panel=_DRAW)] = None
    n_env: Annotated[int | None, typer.Option(help="Environments.", rich_help_panel=_DRAW)] = None
    d_z: Annotated[int | None, typer.Option(help="Exogenous latents (continuous).", rich_help_panel=_DRAW)] = None
    d_v: Annotated[int | None, typer.Option(help="Confounded latents (continuous).", rich_help_panel=_DRAW)] = None
    p: Annotated[int | None, typer.Option("--p", help="Variants (allele counts).", rich_help_panel=_DRAW)] = None
    n_populations: Annotated[int | None, typer.Option(help="Populations (admixture).", rich_help_panel=_DRAW)] = None
    fst: Annotated[float | None, typer.Option(help="FST of the populations (admixture).", rich_help_panel=_DRAW)] = None
    beta: Annotated[float | None, typer.Option(help="True effect.", rich_help_panel=_DRAW)] = None
    f_statistic: Annotated[
        float | None, typer.Option(help="Expected first-stage F of the true latents (weak).", rich_help_panel=_DRAW)
    ] = None
    generations: Annotated[
        int | None, typer.Option(help="Generations of mating (assortative).", rich_help_panel=_DRAW)
    ] = None
    strongest: Annotated[
        float | None, typer.Option(help="Largest correlation of mates (assortative).", rich_help_panel=_DRAW)
    ] = None
    per_region: Annotated[
        int | None, typer.Option(help="Variants of each region (coalescent).", rich_help_panel=_DRAW)
    ] = None
    block_mb: Annotated[
        float | None,
        typer.Option(help="Megabases that are copied from one person (semisynthetic).", rich_help_panel=_DRAW),
    ] = None
    confounder: Annotated[
        str | None, typer.Option(help="ancestry or assortative (semisynthetic).", rich_help_panel=_DRAW)
    ] = None


@dataclass(frozen=True)
class Panel:
    """Real people whom a scenario draws on."""

    bfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 1 fileset of the people to draw on, path without suffix.", rich_help_panel=_PANEL, metavar="P"
        ),
    ] = None
    pheno: Annotated[
        Path | None, typer.Option(help="Table with their ids and populations.", rich_help_panel=_PANEL)
    ] = None
    population: Annotated[
        str | None, typer.Option(help="Its column of populations.", metavar="COL", rich_help_panel=_PANEL)
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


@dataclass(frozen=True)
class Benchmarking:
    """What to run on what, and where."""

    scenario: Annotated[
        list[str],
        typer.Option(
            help="Scenario of `latentmr simulate`, with options after a colon: admixture:n=8000,p=30; values with"
            " slashes between them stand for one each: linear:n=2000/8000. May be repeated.",
            metavar="S",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    method: Annotated[
        list[str],
        typer.Option(
            help="ols, 2sls, liml, fuller, sisvive, tsht, ciiv (option adjust=none, env or pcs); linear, autoencoder,"
            " flow (options as of `latentmr run`: flow:k=2); oracle. May be repeated.",
            metavar="M",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    seeds: Annotated[int, typer.Option(help="Draws of each scenario, from --seed on.", rich_help_panel=_RUNS)] = 20
    workers: Annotated[
        int | None,
        typer.Option(help="Processes; by default as many as --threads leaves cores for.", rich_help_panel=_RUNS),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of a running Dask scheduler, whose workers take the place of processes here.",
            metavar="ADDRESS",
            rich_help_panel=_RUNS,
        ),
    ] = None


@dataclass(frozen=True)
class Reporting:
    """What estimates and reports look like."""

    alpha: Annotated[float, typer.Option(help="Significance level.", rich_help_panel=_OUT)] = 0.05
    min_cell: Annotated[
        int, typer.Option(help="Counts under this are shown as <N in the report.", rich_help_panel=_OUT)
    ] = 20
    foils: Annotated[
        list[str],
        typer.Option(
            help="invalid: add methods for partly invalid instruments (sisVIVE, TSHT, CIIV) to the table; summary: add"
            " two-sample methods (IVW, MR-Egger and others) on each variant's associations. May be repeated.",
            rich_help_panel=_OUT,
        ),
    ] = field(default_factory=list)
    bootstrap: Annotated[
        int,
        typer.Option(
            help="Draws by which errors count that the instruments were learned; 0: errors given the instruments.",
            rich_help_panel=_OUT,
        ),
    ] = 100
    permutations: Annotated[
        int, typer.Option(help="Permutations of each permutation test.", rich_help_panel=_JUDGE)
    ] = 999
    exposure_units: Annotated[
        list[str],
        typer.Option(
            help="Unit of the exposure, such as kg/m2; once for each exposure.", metavar="UNIT", rich_help_panel=_OUT
        ),
    ] = field(default_factory=list)
    outcome_units: Annotated[
        str, typer.Option(help="Unit of the outcome, such as mmHg.", metavar="UNIT", rich_help_panel=_OUT)
    ] = ""
    figures: Annotated[
        bool,
        typer.Option("--figures", help="Write the report's figures as PNG and SVG files too.", rich_help_panel=_OUT),
    ] = False


@dataclass(frozen=True)
class Rendering:
    """What to render again."""

    directory: Annotated[Path, typer.Argument(help="Folder with the results of a run.", metavar="DIR")]
    figures: Annotated[
        bool, typer.Option("--figures", help="Write the figures as PNG and SVG files too.", rich_help_panel=_OUT)
    ] = False


@dataclass(frozen=True)
class Output:
    """Where results go, and how the run behaves."""

    out: Annotated[Path | None, typer.Option(help="Folder for the results.", metavar="DIR", rich_help_panel=_OUT)] = (
        None
    )
    seed: Annotated[int, typer.Option(help="Seed of all that is random.", rich_help_panel=_OUT)] = 0
    threads: Annotated[
        int | None,
        typer.Option(help="Threads; all cores by default, one for each worker of a benchmark.", rich_help_panel=_OUT),
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=_OUT)] = False

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"--threads must be a whole number from 1. Got {self.threads}.")


def flattened(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb whose parameters are option groups the signature of all their options.

    Parameters
    ----------
    verb : callable
        Each parameter annotated with one of the groups above.

    Returns
    -------
    callable
        With one keyword for each option, as Typer reads it.
    """
    groups: dict[str, Any] = {
        name: parameter.annotation for name, parameter in inspect.signature(verb).parameters.items()
    }
    options = [option for group in groups.values() for option in fields(group)]
    parameters = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_default(option),
            annotation=option.type,
        )
        for option in options
    ]

    def flat(**values: Any) -> None:
        verb(
            **{
                name: group(**{option.name: values[option.name] for option in fields(group)})
                for name, group in groups.items()
            }
        )

    flat.__name__, flat.__doc__ = verb.__name__, verb.__doc__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {option.name: option.type for option in options}
    return flat


def _default(option: Any) -> Any:
    if option.default_factory is not MISSING:
        return option.default_factory()
    return inspect.Parameter.empty if option.default is MISSING else option.default
