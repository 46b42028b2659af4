"""Data sets and learners from the options of a command."""

from dataclasses import asdict
from pathlib import Path

from latentmr.analysis.learner_choice import LEARNERS, AutoLearner
from latentmr.cli.options import GenomeWide, Genotypes, Learning, Output, Phenotypes
from latentmr.data import Dataset, GenotypeFiles, read_genotypes, read_instruments
from latentmr.data.cohort.families import open_in_families
from latentmr.data.genotypes.genotype_files import FORMATS
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.selected import ABOUT, PEOPLE, VARIANTS
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.learn import AutoencoderLearner, FlowLearner, Learner, LinearLearner
from latentmr.learn.training.settings import NetworkSettings
from latentmr.typing import Row

__all__ = [
    "build_learner",
    "checkpoint_of",
    "checkpoint_path",
    "genotype_files",
    "input_files",
    "opened",
    "read",
    "refuse_filters",
    "require",
    "unused_options",
]

#: Options that choose variants and individuals.
FILTERS = ("extract", "selection", "maf", "geno", "mind", "hwe", "info", "max_kinship", "autosomes", "memory")
#: Options of learners with a network.
TRAINING = ("steps", "starts", "learning_rate", "device", "checkpoint_every", "resume")
#: Remedies for options that are required and absent.
REQUIRED = {
    "env": "name the column with the environment of each individual, for example --env site",
    "exposure": "name the column of the exposure, for example --exposure bmi",
    "outcome": "name the column of the outcome, for example --outcome sbp",
    "exposure_file": "name a table of GWAS results for the exposure",
    "outcome_file": "name a table of GWAS results for the outcome",
}


def require(**options: object) -> None:
    """Refuse to run without an option that the command needs."""
    for name, value in options.items():
        if not value:
            raise ArgumentError(name, "be given", "none", REQUIRED[name])


def refuse_filters(genotypes: Genotypes, verb: str, names: tuple[str, ...], why: str) -> None:
    """Refuse a filter that the command does not apply.

    Parameters
    ----------
    genotypes : Genotypes
    verb : str
    names : tuple of str
        Names of the filters that it does not apply.
    why : str
        The reason, and what to do.
    """
    usual = Genotypes()
    given = [name for name in names if getattr(genotypes, name) != getattr(usual, name)]
    if given:
        raise ArgumentError(given[0], f"be left out of {verb}", f"{getattr(genotypes, given[0]):g}", why)


def read(
    genotypes: Genotypes,
    phenotypes: Phenotypes,
    wanted: Wanted | None = None,
    *,
    genome: GenomeWide | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read genotypes and phenotypes.

    Parameters
    ----------
    genotypes : Genotypes
    phenotypes : Phenotypes
    wanted : Wanted, optional
        The variants and auxiliary features that a saved model needs.
    genome : GenomeWide, optional
        How to compute genome-wide principal components; there are none by default.
    seed : int
        Seed of random choices.
    threads : int, optional
        Number of threads of the readers.
    progress : callable, optional
        Called with the numbers of variants that were read and of all variants.

    Returns
    -------
    Dataset
    """
    sampling = ("case_control", "prevalence")  # the sampling of individuals concerns the estimates, not the reading
    chosen = {name: value for name, value in asdict(phenotypes).items() if name not in sampling}
    plan = chosen | {name: getattr(genotypes, name) for name in FILTERS} | {"seed": seed, "pcs": 0}
    if genome is not None:
        plan |= asdict(genome) | {"pcs": int(genome.pcs) if genome.pcs.isdecimal() else genome.pcs}
    given = [name for name in FORMATS if getattr(genotypes, name)]
    if genotypes.instruments is not None:
        if given:
            raise ArgumentError(
                "instruments", "be given without genotype files", f"`instruments` and `{given[0]}`", "give one of them"
            )
        return read_instruments(genotypes.instruments, variants=genotypes.variants, wanted=wanted, **plan)
    if genotypes.variants is not None:
        came = f"with `{given[0]}`, whose files name the alleles" if given else "alone"
        raise ArgumentError("variants", "be given with `instruments`", f"`variants` {came}", "leave `variants` out")
    return read_genotypes(genotype_files(genotypes, threads), wanted=wanted, progress=progress, **plan)


def genotype_files(genotypes: Genotypes, threads: int | None = None) -> GenotypeFiles:
    """Return the genotype files that the options name."""
    if not any(getattr(genotypes, name) for name in FORMATS):
        names = ", ".join((*FORMATS, "instruments"))
        raise ArgumentError(f"one of {names}", "be given", "none", "name the genotypes, for example --bfile cohort")
    named = (*FORMATS, "sample", "vcf_field")
    return GenotypeFiles(**{name: getattr(genotypes, name) for name in named}, threads=threads)


def opened(genotypes: Genotypes, id_pair: bool, threads: int | None, listed: Listed | None = None) -> Source:
    """Open the genotype files; with ``id_pair`` individuals are identified by family and individual ids together."""
    files = genotype_files(genotypes, threads)
    return open_in_families(files, listed) if id_pair else files.open(listed)


def build_learner(learning: Learning, output: Output, out: Path) -> Learner | AutoLearner:
    """Build the learner that the options describe.

    Parameters
    ----------
    learning : Learning
    output : Output
    out : Path
        Folder for the results. A learner with a network keeps its checkpoint beside it.

    Returns
    -------
    Learner or AutoLearner
    """
    if learning.learner not in ("auto", *LEARNERS):
        raise ArgumentError("learner", "be auto, linear, flow or autoencoder", f"{learning.learner!r}", "auto is usual")
    shared: Row = {name: getattr(learning, name) for name in ("k", "form", "n_factors")}
    shared["seed"] = output.seed
    given = _training(learning)
    trained = given | {"jobs": output.threads, "checkpoint": checkpoint_path(out)}
    if learning.learner == "auto":
        return AutoLearner(LinearLearner(**shared), FlowLearner(**shared, **trained))
    if learning.learner == "flow":
        return FlowLearner(**shared, **trained)
    if learning.learner == "autoencoder":
        return AutoencoderLearner(**shared, **trained)
    if given:
        names = ", ".join(f"`{name}`" for name in given)
        raise ArgumentError(
            "learner", f"be flow or autoencoder for {names}", "linear, which has no network", "add `learner` flow"
        )
    return LinearLearner(**shared)


def unused_options(learning: Learning, dataset: Dataset) -> str:
    """Say which options of networks were ignored because ``auto`` chose the closed form."""
    given = ", ".join(f"--{name.replace('_', '-')}" for name in _training(learning))
    if learning.learner != "auto" or dataset.kind == "continuous" or not given:
        return ""
    return f"{given} had no effect on the closed form; give --learner flow or autoencoder to train a network"


def _training(learning: Learning) -> Row:
    """Return the options of networks that were given."""
    asked = {name: getattr(learning, name) for name in TRAINING}
    return {
        name: value for name, value in asked.items() if value is not None and value is not False
    }  # 0 counts as given


def checkpoint_path(out: Path) -> Path:
    """Return the path of the checkpoint of a run whose results go to ``out``."""
    out = out.absolute()  # the path `.` has no name
    return out.with_name(out.name + ".checkpoint.safetensors")


def checkpoint_of(learner: Learner | AutoLearner) -> Path | None:
    """Return the path of the checkpoint of a learner with a network, else None."""
    learner = learner.continuous if isinstance(learner, AutoLearner) else learner
    return learner.checkpoint_path if isinstance(learner, NetworkSettings) else None


def input_files(genotypes: Genotypes, phenotypes: Phenotypes | None, model: Path | None = None) -> list[Path]:
    """Return all files that a run reads."""
    files = genotype_files(genotypes).parts() if any(getattr(genotypes, name) for name in FORMATS) else []
    files += [path for path in (genotypes.instruments, genotypes.variants, genotypes.extract) if path is not None]
    if genotypes.selection is not None:
        files += [genotypes.selection / name for name in (ABOUT, VARIANTS, PEOPLE)]
    if phenotypes is not None:
        files += [*phenotypes.pheno, *(path for path in (phenotypes.keep, phenotypes.remove) if path is not None)]
    if model is not None:
        files += [model / "model.json", model / "model.safetensors"]
        files += [path for path in (model / "loadings.parquet",) if path.is_file()]
    return files
