"""From options to a data set or a learner."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from latentmr.cli.options import Genotypes, Learning, Output, Phenotypes
from latentmr.data import Dataset, read_instruments, read_plink
from latentmr.data.wanted import Wanted
from latentmr.learn import AutoencoderLearner, FlowLearner, Learner, LinearLearner, Representation
from latentmr.learn.gradient_learner import GradientLearner

__all__ = ["build_learner", "checkpoint_of", "checkpoint_path", "input_files", "read", "require"]

#: Options of learners with a network.
TRAINING = ("steps", "starts", "learning_rate", "device", "checkpoint_every", "resume")


def require(**options: Any) -> None:
    """Stop where an option that the verb needs was not given."""
    for name, value in options.items():
        if not value:
            raise ValueError(
                f"--{name.replace('_', '-')} must be given. Got none; see `latentmr --help` and the verb's."
            )


def read(genotypes: Genotypes, phenotypes: Phenotypes, wanted: Wanted | None = None) -> Dataset:
    """Read genotypes and phenotypes.

    Parameters
    ----------
    genotypes : Genotypes
    phenotypes : Phenotypes
    wanted : Wanted, optional
        What a saved model needs.

    Returns
    -------
    Dataset
    """
    given = [name for name in ("bfile", "instruments") if getattr(genotypes, name) is not None]
    if len(given) != 1:
        came = " and ".join(f"--{name}" for name in given) or "none"
        raise ValueError(f"exactly one of --bfile and --instruments must be given. Got {came}.")
    if genotypes.variants is not None and genotypes.instruments is None:
        raise ValueError(
            "--variants must come with --instruments. Got it with --bfile, whose .bim file names the alleles."
        )
    sampling = ("case_control", "prevalence")  # how people were sampled concerns the estimates, not the reading
    chosen = {name: value for name, value in asdict(phenotypes).items() if name not in sampling}
    plan = chosen | {name: getattr(genotypes, name) for name in ("extract", "maf", "geno", "mind")}
    if genotypes.instruments is not None:
        return read_instruments(genotypes.instruments, variants=genotypes.variants, wanted=wanted, **plan)
    return read_plink(str(genotypes.bfile), wanted=wanted, **plan)


def build_learner(learning: Learning, output: Output, out: Path) -> Learner:
    """Build the learner that the options describe.

    Parameters
    ----------
    learning : Learning
    output : Output
    out : Path
        Folder for the results, beside which a learner with a network keeps its checkpoint.

    Returns
    -------
    Learner
    """
    networks: dict[str, type[AutoencoderLearner] | type[FlowLearner]] = {
        "autoencoder": AutoencoderLearner,
        "flow": FlowLearner,
    }
    if learning.learner not in ("linear", *networks):
        raise ValueError(f"--learner must be linear, autoencoder or flow. Got {learning.learner!r}.")
    shared: dict[str, Any] = {name: getattr(learning, name) for name in ("k", "form", "n_factors")}
    shared["seed"] = output.seed
    asked = {name: getattr(learning, name) for name in TRAINING}
    given = {name: value for name, value in asked.items() if value is not None and value is not False}  # 0 is given
    try:
        if learning.learner in networks:
            kind = networks[learning.learner]
            return kind(**shared, **given, jobs=output.threads, checkpoint=checkpoint_path(out))
        if given:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise ValueError(
                f"learner must be one with a network for {names}. Got linear; add --learner autoencoder or flow."
            )
        return LinearLearner(**shared)
    except ValueError as error:
        name, rest = str(error).split(" ", 1)
        name = "threads" if name == "jobs" else name
        raise ValueError(f"--{name.replace('_', '-')} {rest}") from error


def checkpoint_path(out: Path) -> Path:
    """Where a training that ends in ``out`` keeps its state."""
    out = out.absolute()  # `.` has no name of its own
    return out.with_name(out.name + ".checkpoint.safetensors")


def checkpoint_of(learner: Learner | Representation) -> Path | None:
    """The file in which a learner with a network keeps its state."""
    return learner.checkpoint if isinstance(learner, GradientLearner) else None


def input_files(genotypes: Genotypes, phenotypes: Phenotypes, model: Path | None = None) -> list[Path]:
    """All files that a run reads."""
    files = [Path(f"{str(genotypes.bfile).removesuffix('.bed')}{suffix}") for suffix in (".bed", ".bim", ".fam")]
    files = files if genotypes.bfile is not None else []
    files += [path for path in (genotypes.instruments, genotypes.variants, genotypes.extract) if path is not None]
    files += [*phenotypes.pheno, *(path for path in (phenotypes.keep, phenotypes.remove) if path is not None)]
    if model is not None:
        files += [model / "model.json", model / "model.safetensors"]
    return files
