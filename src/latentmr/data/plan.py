"""What the user asks to read: columns, lists and thresholds."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from latentmr.errors import ArgumentError

__all__ = ["OUTCOME_TYPES", "Plan", "suggesting"]

P = ParamSpec("P")
R = TypeVar("R")

OUTCOME_TYPES = ("auto", "continuous", "binary")


@dataclass(frozen=True)
class Plan:
    """Columns to take from the phenotype tables, people and variants to take from the genotypes.

    Parameters
    ----------
    pheno : sequence of str or Path
        Tables with sample ids, joined by id to the genotypes; may be one path.
    env : str, optional
        Column with the environment of each person; any labels. None: everyone is in one environment, which is
        enough to apply a model, not to learn one.
    exposure : sequence of str
        Columns of the exposures; empty where only learning is wanted.
    outcome : str, optional
        Column of the outcome.
    covar, aux, cluster : sequence of str
        Covariates (numbers or labels), auxiliary observations of the confounded part (genome-wide principal
        components), clusters.
    placebo : sequence of str
        Numeric traits that the exposure cannot affect, but which share its confounders (negative-control outcomes).
    id : str, optional
        Id column of the tables; else ``IID``, ``FID IID``, ``#IID`` or the first column.
    extract : str or Path, optional
        File with the variant ids to read.
    selection : str or Path, optional
        Folder by ``latentmr select``, in place of ``extract``: its variants are read, and people by whom they were
        selected are left out of estimation.
    keep, remove : str or Path, optional
        Files with the sample ids to keep or to remove.
    maf, geno, mind : float
        Smallest minor allele frequency; largest share of missing calls of a variant and of a person.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.
    hwe : float
        Smallest Hardy-Weinberg p value, within environments, of hard calls.
    info : float
        Smallest ratio of a dosage's variance to that of certain genotypes (:func:`variance_ratio
        <latentmr.data.genome.imputation.variance_ratio>`).
    max_kinship : float, optional
        Largest kinship of two people: of closer ones some are left out.
    autosomes : int
        Number of autosomes: higher numbers, and X, Y, MT, are left out and counted.
    memory : float, optional
        Gigabytes that genotypes may take.
    outcome_blind : bool
        Whether exposures come without an outcome, to select instruments.
    panel : bool
        Whether these are people to draw others from, not to analyse: then there may be more variants than people.

    Raises
    ------
    ValueError
        Where columns repeat or a threshold is out of range.
    """

    pheno: Sequence[str | Path] | str | Path = ()
    env: str | None = None
    exposure: Sequence[str] | str = ()
    outcome: str | None = None
    covar: Sequence[str] | str = ()
    aux: Sequence[str] | str = ()
    cluster: Sequence[str] | str = ()
    placebo: Sequence[str] | str = ()
    id: str | None = None
    extract: str | Path | None = None
    selection: str | Path | None = None
    keep: str | Path | None = None
    remove: str | Path | None = None
    maf: float = 0.01
    geno: float = 0.05
    mind: float = 0.1
    outcome_type: str = "auto"
    hwe: float = 0.0
    info: float = 0.0
    max_kinship: float | None = None
    autosomes: int = 22
    memory: float | None = None
    outcome_blind: bool = False
    panel: bool = False

    def __post_init__(self) -> None:
        for name in ("pheno", "exposure", "covar", "aux", "cluster", "placebo"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str | Path) else tuple(value))
        limits = {"maf": 0.5, "geno": 1.0, "mind": 1.0, "hwe": 1.0, "info": 1.0}
        for name, high in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= high:
                raise ArgumentError(f"{name}", f"lie between 0 and {high:g}", f"{value:g}")
        if self.selection is not None and self.extract is not None:
            raise ArgumentError("selection", "be given without `extract`: it brings a list of its own", "both")
        if self.max_kinship is not None and not 0 < self.max_kinship < 0.5:
            raise ArgumentError(
                "max_kinship",
                "lie between 0 and 0.5",
                f"{self.max_kinship:g}",
                "0.0884 leaves out relatives of the second degree and closer",
            )
        if self.autosomes < 1:
            raise ArgumentError("autosomes", "be at least 1", f"{self.autosomes}")
        if self.memory is not None and self.memory <= 0:
            raise ArgumentError("memory", "be a number of gigabytes above 0", f"{self.memory:g}")
        if self.outcome_type not in OUTCOME_TYPES:
            raise ArgumentError("outcome_type", f"be one of {', '.join(OUTCOME_TYPES)}", f"{self.outcome_type!r}")
        self._refuse_repeats()
        if bool(self.exposure) != bool(self.outcome) and not self.outcome_blind:
            given, absent = ("exposure", "outcome") if self.exposure else ("outcome", "exposure")
            raise ArgumentError(
                f"{absent}", f"be given with {given}", f"{given} alone", "name both, or neither to learn only"
            )
        if self.placebo and not self.outcome:
            raise ArgumentError(
                "placebo",
                "come with `exposure` and `outcome`: it is tested beside them",
                "`placebo` alone",
                "name them, or leave it out",
            )
        if self.columns() and not self.pheno:
            raise ArgumentError("pheno", f"be given for the columns {', '.join(self.columns())}", "no table")

    def _refuse_repeats(self) -> None:
        parts = [("exposure", name) for name in self.exposure]
        parts += [("outcome", self.outcome)] if self.outcome else []
        parts += [("covar", name) for name in self.covar] + [("aux", name) for name in self.aux]
        parts += [("placebo", name) for name in self.placebo]
        first: dict[str, str] = {}
        for part, name in parts:
            if name in first:
                both = part if first[name] == part else f"{first[name]} and {part}"
                raise ArgumentError(f"{both}", "name different columns", f"{name!r} twice", "give each column one part")
            first[name] = part
        for label, column in [("env", self.env), *(("cluster", name) for name in self.cluster)]:
            taken = first.get(column or "")
            if taken in ("exposure", "outcome", "aux", "placebo"):
                raise ArgumentError(f"{label} and {taken}", "name different columns", f"{column!r} twice")

    @property
    def tables(self) -> tuple[str, ...]:
        """Paths of the phenotype tables."""
        return tuple(str(path) for path in (self.pheno if isinstance(self.pheno, tuple) else (self.pheno,)))

    def columns(self) -> tuple[str, ...]:
        """All columns to take from the tables, each once."""
        names = [*self.exposure, *self.covar, *self.aux, *self.cluster, *self.placebo]
        names += [name for name in (self.outcome, self.env) if name]
        return tuple(dict.fromkeys(names))

    def labels(self) -> tuple[str, ...]:
        """Those that are labels: environment and clusters."""
        return (*((self.env,) if self.env else ()), *self.cluster)


def suggesting(function: Callable[P, R]) -> Callable[P, R]:
    """Make the error of an argument that a function has not got name the nearest one that it has.

    Examples
    --------
    >>> @suggesting
    ... def read(*, exposure=()): ...
    >>> read(exposre="bmi")
    Traceback (most recent call last):
    TypeError: read() got an unexpected argument 'exposre'; the nearest is exposure.
    """
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def call(*args: P.args, **named: P.kwargs) -> R:
        for name in named:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                told = f"the nearest is {close[0]}" if close else f"it takes {', '.join(known)}"
                raise TypeError(f"{function.__name__}() got an unexpected argument {name!r}; {told}.")
        return function(*args, **named)

    return call
