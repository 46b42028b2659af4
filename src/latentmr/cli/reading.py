"""From options to a data set or a learner."""

from dataclasses import asdict
from pathlib import Path

from latentmr.analysis.learner_choice import LEARNERS, AutoLearner
from latentmr.cli.options import Genotypes, Learning, Output, Phenotypes
from latentmr.data import Dataset, GenotypeFiles, read_genotypes, read_instruments
from latentmr.data.genotypes.genotype_files import FORMATS
from latentmr.data.genotypes.source import Progress
from latentmr.data.genotypes.wanted import Wanted
from latentmr.data.selected import ABOUT, PEOPLE, VARIANTS
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
    "read",
    "refuse_filters",
    "require",
    "unused_options",
]

#: Options that choose variants and people.
FILTERS = ("extract", "selection", "maf", "geno", "mind", "hwe", "info", "max_kinship", "autosomes", "memory")
#: Options of learners with a network.
TRAINING = ("steps", "starts", "learning_rate", "device", "checkpoint_every", "resume")


def require(**options: object) -> None:
    """Stop where an option that the verb needs was not given."""
    for name, value in options.items():
        if not value:
            raise ArgumentError(
                f"--{name.replace('_', '-')}", "be given", "none", "see `latentmr --help` and the verb's"
            )


def refuse_filters(genotypes: Genotypes, verb: str, names: tuple[str, ...], why: str) -> None:
    """Stop where a filter was given that the verb does not apply.

    Parameters
    ----------
    genotypes : Genotypes
    verb : str
    names : tuple of str
        Such filters.
    why : str
        End of the message: why not, and what to do.
    """
    usual = Genotypes()
    given = [name for name in names if getattr(genotypes, name) != getattr(usual, name)]
    if given:
        first = f"--{given[0].replace('_', '-')}"
        raise ArgumentError(f"{first}", f"be left out of {verb}", f"{getattr(genotypes, given[0]):g}", f"{why}")


def read(
    genotypes: Genotypes,
    phenotypes: Phenotypes,
    wanted: Wanted | None = None,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read genotypes and phenotypes.

    Parameters
    ----------
    genotypes : Genotypes
    phenotypes : Phenotypes
    wanted : Wanted, optional
        What a saved model needs.
    threads : int, optional
        Of the readers.
    progress : callable, optional
        Told of variants read.

    Returns
    -------
    Dataset
    """
    sampling = ("case_control", "prevalence")  # how people were sampled concerns the estimates, not the reading
    chosen = {name: value for name, value in asdict(phenotypes).items() if name not in sampling}
    chosen["negative_control"] = chosen.pop("placebo")
    plan = chosen | {name: getattr(genotypes, name) for name in FILTERS}
    given = [name for name in FORMATS if getattr(genotypes, name)]
    if genotypes.instruments is not None:
        if given:
            raise ArgumentError(
                "--instruments", "be given without genotypes", f"it and --{given[0]}", "give one of them"
            )
        return read_instruments(genotypes.instruments, variants=genotypes.variants, wanted=wanted, **plan)
    if genotypes.variants is not None:
        came = f" with --{given[0]}, whose files name the alleles" if given else " alone"
        raise ArgumentError("--variants", "come with --instruments", f"it{came}")
    return read_genotypes(genotype_files(genotypes, threads), wanted=wanted, progress=progress, **plan)


def genotype_files(genotypes: Genotypes, threads: int | None = None) -> GenotypeFiles:
    """The files that the options name."""
    if not any(getattr(genotypes, name) for name in FORMATS):
        names = ", ".join(f"--{name}" for name in (*FORMATS, "instruments"))
        raise ArgumentError(f"one of {names}", "be given", "none")
    named = (*FORMATS, "sample", "vcf_field")
    return GenotypeFiles(**{name: getattr(genotypes, name) for name in named}, threads=threads)


def build_learner(learning: Learning, output: Output, out: Path) -> Learner | AutoLearner:
    """Build the learner that the options describe.

    Parameters
    ----------
    learning : Learning
    output : Output
    out : Path
        Folder for the results, beside which a learner with a network keeps its checkpoint.

    Returns
    -------
    Learner or AutoLearner
    """
    if learning.learner not in ("auto", *LEARNERS):
        raise ArgumentError("--learner", "be auto, linear, flow or autoencoder", f"{learning.learner!r}")
    shared: Row = {name: getattr(learning, name) for name in ("k", "form", "n_factors")}
    shared["seed"] = output.seed
    given = _training(learning)
    trained = given | {"jobs": output.threads, "checkpoint": checkpoint_path(out)}
    try:
        if learning.learner == "auto":
            return AutoLearner(LinearLearner(**shared), FlowLearner(**shared, **trained))
        if learning.learner == "flow":
            return FlowLearner(**shared, **trained)
        if learning.learner == "autoencoder":
            return AutoencoderLearner(**shared, **trained)
        if given:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise ArgumentError(
                "learner", f"be one with a network for {names}", "linear", "add --learner autoencoder or flow"
            )
        return LinearLearner(**shared)
    except ArgumentError as error:
        if error.argument != "jobs":
            raise
        raise ArgumentError("threads", error.must, error.got, error.remedy) from error


def unused_options(learning: Learning, dataset: Dataset) -> str:
    """Say which options of networks had no use, where ``auto`` took the closed form."""
    given = ", ".join(f"--{name.replace('_', '-')}" for name in _training(learning))
    if learning.learner != "auto" or dataset.kind == "continuous" or not given:
        return ""
    return f"learner: {given} had no use in closed form; add --learner flow or autoencoder to train a network"


def _training(learning: Learning) -> Row:
    """Options of networks that were given."""
    asked = {name: getattr(learning, name) for name in TRAINING}
    return {name: value for name, value in asked.items() if value is not None and value is not False}  # 0 is given


def checkpoint_path(out: Path) -> Path:
    """Where a training that ends in ``out`` keeps its state."""
    out = out.absolute()  # `.` has no name of its own
    return out.with_name(out.name + ".checkpoint.safetensors")


def checkpoint_of(learner: Learner | AutoLearner) -> Path | None:
    """The file in which a learner with a network keeps its state, if it is taken."""
    learner = learner.continuous if isinstance(learner, AutoLearner) else learner
    return learner.checkpoint_path if isinstance(learner, NetworkSettings) else None


def input_files(genotypes: Genotypes, phenotypes: Phenotypes | None, model: Path | None = None) -> list[Path]:
    """All files that a run reads."""
    files = genotype_files(genotypes).parts() if any(getattr(genotypes, name) for name in FORMATS) else []
    files += [path for path in (genotypes.instruments, genotypes.variants, genotypes.extract) if path is not None]
    if genotypes.selection is not None:
        files += [genotypes.selection / name for name in (ABOUT, VARIANTS, PEOPLE)]
    if phenotypes is not None:
        files += [*phenotypes.pheno, *(path for path in (phenotypes.keep, phenotypes.remove) if path is not None)]
    if model is not None:
        files += [model / "model.json", model / "model.safetensors"]
    return files
