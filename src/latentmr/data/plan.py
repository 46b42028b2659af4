"""The plan of what to read: columns, lists and thresholds."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from latentmr.data.cohort.missing_codes import MissingCodes
from latentmr.data.genome.long_range_ld import BUILDS
from latentmr.data.printing import listing, shortened
from latentmr.data.renamed import renamed
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted

__all__ = ["OUTCOME_TYPES", "Plan", "suggesting"]

P = ParamSpec("P")
R = TypeVar("R")

OUTCOME_TYPES = ("auto", "continuous", "binary")


#: Names of the roles of columns in print.
ROLES = {
    "exposure": "exposure",
    "outcome": "outcome",
    "env": "environment",
    "covar": "covariates",
    "aux": "auxiliary features",
    "cluster": "clusters",
    "negative_control": "negative-control outcomes",
}


@renamed(placebo="negative_control")
@dataclass(frozen=True, repr=False)
class Plan:
    """Columns to read from the phenotype tables; individuals and variants to read from the genotypes.

    Parameters
    ----------
    pheno : sequence of str or Path
        Tables with sample ids, joined by id to the genotypes; may be one path.
    env : str, optional
        Column with the environment of each individual; labels may be any text. With None all are in one environment,
        which suffices to apply a model but not to learn one.
    exposure : sequence of str
        Columns of the exposures; empty to learn only.
    outcome : str, optional
        Column of the outcome.
    covar, aux, cluster : sequence of str
        Covariates (numbers or labels), auxiliary features (proxies for the confounded component, for example
        genome-wide principal components), and clusters.
    negative_control : sequence of str
        Negative-control outcomes: numeric traits that the exposure cannot affect, but that share its confounders. The
        former name ``placebo`` still works, with a warning.
    id : str, optional
        Id column of the tables; by default ``IID`` or ``eid`` wherever it stands, else the first column.
    id_pair : bool
        Whether an id is unique only within a family (``FID``): family and individual ids are matched together.
    missing_codes : sequence of str
        Codes of missing values: ``-1,-3`` in all columns, ``COL:-1,-3`` in one.
    categorical : sequence of str
        Covariates whose numbers are codes of categories.
    allow_unmatched : bool
        Whether a list of individuals to remove may name none of the genotyped individuals.
    extract : str or Path, optional
        File with the variant ids to read.
    selection : str or Path, optional
        Folder written by ``latentmr select``, which replaces ``extract``. Its variants are read, and the discovery
        sample in which they were selected is excluded from estimation.
    keep, remove : str or Path, optional
        Files with the sample ids to keep or to remove.
    maf, geno, mind : float
        Minimum minor allele frequency, and maximum share of missing calls of a variant and of an individual.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.
    hwe : float
        Minimum Hardy-Weinberg p value of hard calls, within environments.
    info : float
        Minimum ratio of a dosage's variance to that of genotypes known with certainty (:func:`variance_ratio
        <latentmr.data.genome.imputation.variance_ratio>`).
    max_kinship : float, optional
        Maximum kinship of two individuals: one individual of each closer pair is excluded.
    autosomes : int
        Number of autosomes; chromosomes with higher numbers, and X, Y and MT, are excluded and counted.
    memory : float, optional
        Maximum memory for genotypes, in gigabytes.
    outcome_blind : bool
        Whether exposures may come without an outcome, to select instruments.
    panel : bool
        Whether the individuals are a panel to simulate others from, and are not analysed. Then there may be more
        variants than individuals.
    pcs : int or "auto"
        Number of genome-wide principal components, which become auxiliary features. They are computed from the variants
        that ``extract`` or ``selection`` does not name. By default the number is found from the data, and there is none
        if ``aux`` is given; 0 for none.
    pc_window : float
        Distance in megabases, on each side of an instrument, within which variants are left out of the components.
    keep_long_range : bool
        Whether variants in regions of long-range linkage disequilibrium stay in the components.
    build : str
        Genome build of the positions: ``36``, ``37``, ``38``, or ``auto`` for the regions of all three.
    seed : int
        Seed of random choices.

    Raises
    ------
    ValueError
        If columns repeat or a threshold is out of range.

    Examples
    --------
    >>> Plan("pheno.tsv", env="site", exposure="bmi", outcome="sbp", covar=["age", "sex"], maf=0.05)
    Plan: exposure bmi, outcome sbp, environment site, covariates age, sex; 1 table; maf 0.05
    """

    pheno: Sequence[str | Path] | str | Path = ()
    env: str | None = None
    exposure: Sequence[str] | str = ()
    outcome: str | None = None
    covar: Sequence[str] | str = ()
    aux: Sequence[str] | str = ()
    cluster: Sequence[str] | str = ()
    negative_control: Sequence[str] | str = ()
    id: str | None = None
    id_pair: bool = False
    missing_codes: Sequence[str | float] | str | float = ()
    categorical: Sequence[str] | str = ()
    allow_unmatched: bool = False
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
    pcs: int | str = "auto"
    pc_window: float = 1.0
    keep_long_range: bool = False
    build: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in (
            "pheno",
            "exposure",
            "covar",
            "aux",
            "cluster",
            "negative_control",
            "missing_codes",
            "categorical",
        ):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str | Path | int | float) else tuple(value))
        MissingCodes.parse(self.missing_codes)
        limits = {"maf": 0.5, "geno": 1.0, "mind": 1.0, "hwe": 1.0, "info": 1.0}
        for name, high in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= high:
                raise ArgumentError(
                    f"{name}", f"lie between 0 and {high:g}", f"{value:g}", f"leave `{name}` out for the default"
                )
        if self.selection is not None and self.extract is not None:
            raise ArgumentError(
                "selection", "be given without `extract`: it has its own list", "both", "leave one of them out"
            )
        if self.max_kinship is not None and not 0 < self.max_kinship < 0.5:
            raise ArgumentError(
                "max_kinship",
                "lie between 0 and 0.5",
                f"{self.max_kinship:g}",
                "0.0884 excludes relatives of the second degree and closer",
            )
        if self.autosomes < 1:
            raise ArgumentError("autosomes", "be at least 1", f"{self.autosomes}", "it is 22 for humans")
        if self.memory is not None and self.memory <= 0:
            raise ArgumentError(
                "memory", "be a number of gigabytes above 0", f"{self.memory:g}", "leave it out for no limit"
            )
        if self.outcome_type not in OUTCOME_TYPES:
            raise ArgumentError(
                "outcome_type",
                f"be one of {', '.join(OUTCOME_TYPES)}",
                f"{self.outcome_type!r}",
                "auto recognises 0/1 and 1/2 as control/case",
            )
        self._refuse_components()
        self._refuse_repeats()
        for name in self.categorical:
            if name not in self.covar:
                raise ArgumentError(
                    "categorical",
                    "name covariates (`covar`)",
                    f"{name!r}, which is not one of them",
                    "environments and clusters are categories in any case",
                )
        if bool(self.exposure) != bool(self.outcome) and not self.outcome_blind:
            given, absent = ("exposure", "outcome") if self.exposure else ("outcome", "exposure")
            raise ArgumentError(
                f"{absent}", f"be given with {given}", f"{given} alone", "name both, or neither to learn only"
            )
        if self.negative_control and not self.outcome:
            raise ArgumentError(
                "negative_control",
                "come with `exposure` and `outcome`: its test uses their rows",
                "`negative_control` alone",
                "name them, or leave it out",
            )
        if self.columns() and not self.pheno:
            raise ArgumentError(
                "pheno", f"be given for the columns {listing(self.columns())}", "no table", "name the table with them"
            )

    def _refuse_components(self) -> None:
        """Refuse settings of the genome-wide components that mean nothing."""
        if self.pcs != "auto" and (isinstance(self.pcs, str) or self.pcs < 0):
            raise ArgumentError("pcs", "be auto or a number from 0", f"{self.pcs!r}", "auto finds the number")
        if not self.pc_window >= 0:
            raise ArgumentError("pc_window", "be at least 0 megabases", f"{self.pc_window:g}", "1 is usual")
        if self.build not in ("auto", *BUILDS):
            raise ArgumentError(
                "build", f"be auto, {', '.join(BUILDS)}", f"{self.build!r}", "auto leaves out the regions of all builds"
            )
        if self.requested and not self.panel and self.extract is None and self.selection is None:
            raise ArgumentError(
                "pcs",
                "come with `extract` or `selection`: components are computed from the other variants",
                f"{self.pcs} without them",
                "name the instruments, or use `aux` for components of another source",
            )
        taken = {f"PC{i + 1}" for i in range(self.requested)} & set(self.aux)
        if taken:
            raise ArgumentError(
                "aux",
                "have other names than the components that `pcs` adds",
                f"{sorted(taken)[0]!r} for both",
                "leave out one of them, or rename the columns",
            )

    @property
    def requested(self) -> int:
        """Return the number of genome-wide components that was requested; 0 if it is found from the data."""
        return 0 if isinstance(self.pcs, str) else self.pcs

    def _refuse_repeats(self) -> None:
        parts = [("exposure", name) for name in self.exposure]
        parts += [("outcome", self.outcome)] if self.outcome else []
        parts += [("covar", name) for name in self.covar] + [("aux", name) for name in self.aux]
        parts += [("negative_control", name) for name in self.negative_control]
        first: dict[str, str] = {}
        for part, name in parts:
            if name in first:
                both = part if first[name] == part else f"{first[name]} and {part}"
                raise ArgumentError(f"{both}", "name different columns", f"{name!r} twice", "give each column one role")
            first[name] = part
        for label, column in [("env", self.env), *(("cluster", name) for name in self.cluster)]:
            taken = first.get(column or "")
            if taken in ("exposure", "outcome", "aux", "negative_control"):
                raise ArgumentError(
                    f"{label} and {taken}",
                    "name different columns",
                    f"{column!r} twice",
                    "give each column one role",
                )

    def __repr__(self) -> str:
        roles = []
        for name, role in ROLES.items():
            value = getattr(self, name)
            names = (value,) if isinstance(value, str) else tuple(value or ())
            roles += [f"{role} {listing(names)}"] if names else []
        parts = [", ".join(roles) or "no columns", counted(len(self.tables), "table")]
        parts += [
            f"{each.name} {shortened(getattr(self, each.name))}"
            for each in fields(self)
            if each.name not in (*ROLES, "pheno") and getattr(self, each.name) != each.default
        ]
        return f"Plan: {'; '.join(parts)}"

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the paths of the phenotype tables."""
        return tuple(str(path) for path in (self.pheno if isinstance(self.pheno, tuple) else (self.pheno,)))

    def columns(self) -> tuple[str, ...]:
        """Return all columns to read from the tables, each once."""
        names = [*self.exposure, *self.covar, *self.aux, *self.cluster, *self.negative_control]
        names += [name for name in (self.outcome, self.env) if name]
        return tuple(dict.fromkeys(names))

    def labels(self) -> tuple[str, ...]:
        """Return the columns that are labels: environment, clusters and categorical covariates."""
        return (*((self.env,) if self.env else ()), *self.cluster, *self.categorical)

    @property
    def codes(self) -> MissingCodes:
        """Return the codes of missing values."""
        return MissingCodes.parse(self.missing_codes)


def suggesting(function: Callable[P, R]) -> Callable[P, R]:
    """Make the error for an unknown argument of a function name the nearest known one.

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
                remedy = f"the nearest is {close[0]}" if close else f"it takes {', '.join(known)}"
                raise TypeError(f"{function.__name__}() got an unexpected argument {name!r}; {remedy}.")
        return function(*args, **named)

    return call
