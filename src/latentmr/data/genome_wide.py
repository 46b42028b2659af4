"""Genome-wide principal components of the variants that are no instruments, as auxiliary features."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentmr.data.genome.pca import absent_variants, project
from latentmr.data.genome.structure import Structure, population_structure
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.ledger import Flow, Ledger
from latentmr.data.other_variants import UNIT, other_variants
from latentmr.data.plan import Plan
from latentmr.data.printing import Brief
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted
from latentmr.typing import Array, Integers

__all__ = ["GenomeWide", "Opener", "genome_wide"]

#: Function that opens the files for the listed variants, or for all.
Opener = Callable[[Listed | None], Source]
#: Other variants below which there are no components, and below which they show only coarse structure.
LEAST, FEW = 50, 1000
#: Eigenvalues that a note lists without leaving any out.
LISTED = 7
#: Difference of the mean square of the features from 1 up to which the individuals are those of the components.
SAME = 1e-6


@dataclass(frozen=True, repr=False)
class GenomeWide(Brief):
    """Genome-wide components of n individuals.

    Parameters
    ----------
    features : np.ndarray of dimension (n, k)
        Features of the structure; k may be 0.
    structure : Structure, optional
        The components and ancestry groups, without scores; None if there are none.
    beyond : np.ndarray of dimension (n, b), optional
        Scores on the components that follow those taken.
    """

    features: Array
    structure: Structure | None = None
    beyond: Array | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the features."""
        return () if self.structure is None else self.structure.names


def genome_wide(
    source: Source,
    rows: Integers,
    plan: Plan,
    wanted: Wanted | None,
    listed: Listed | None,
    others: Opener | None,
    progress: Progress | None = None,
) -> tuple[GenomeWide, Flow]:
    """Compute genome-wide components of other variants, or project individuals onto those of a saved model.

    Parameters
    ----------
    source : Source
        Genotypes of the instruments.
    rows : np.ndarray of int of dimension (n,)
        Individuals, by position in the source.
    plan : Plan
        Settings.
    wanted : Wanted, optional
        Needs of a saved model.
    listed : Listed, optional
        The instruments; None if all variants are instruments.
    others : callable, optional
        Function that opens the same files for other variants.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    GenomeWide
    Flow
        Counts and notes.

    Raises
    ------
    ValueError
        If the requested components cannot be computed, or those of a saved model cannot be projected.
    """
    ledger = Ledger()
    none = GenomeWide(np.zeros((len(rows), 0)))
    if wanted is not None:
        found = none if wanted.structure is None else _projected(source, rows, wanted.structure, others, ledger)
        return found, ledger.close()
    if plan.pcs == 0 or plan.panel or plan.outcome_blind:
        return none, ledger.close()
    if listed is None or others is None or source.total == len(source.variants):
        if plan.requested:
            _refuse(plan.requested, 0, len(rows))
        return none, ledger.close()
    if plan.pcs == "auto" and plan.aux:
        ledger.notes.append(
            "Genome-wide principal components were not computed, because auxiliary features (aux) are given. To add"
            " them, give their number (pcs)."
        )
        return none, ledger.close()
    return _computed(source, rows, plan, listed, others, ledger, progress), ledger.close()


def _computed(
    source: Source,
    rows: Integers,
    plan: Plan,
    listed: Listed,
    others: Opener,
    ledger: Ledger,
    progress: Progress | None,
) -> GenomeWide:
    whole = others(None)
    places = whole.samples.get_indexer(source.samples[rows])
    columns = other_variants(whole, places, listed, plan, ledger, progress)
    none, p = GenomeWide(np.zeros((len(rows), 0))), len(columns)
    if plan.requested:
        _refuse(plan.requested, p, len(rows))
    elif p < LEAST:
        ledger.notes.append(
            f"There are no genome-wide principal components: {counted(p, 'other variant')} of the required {LEAST}"
            " remain. Population structure shows in the instruments alone."
        )
        return none
    structure = population_structure(whole, places, columns, plan.pcs, seed=plan.seed, progress=progress)
    chosen = f"was chosen {structure.rule}" if structure.rule.startswith("by ") else f"is {structure.rule}"
    ledger.notes.append(
        f"{structure.in_words} adjust the learner. The number of components {chosen}. Eigenvalues:"
        f" {_shown(structure.scree, structure.number)}."
        if structure.number
        else f"No genome-wide principal component of {counted(p, 'other variant')} differs from noise"
        f" ({structure.rule})."
    )
    if structure.is_full and structure.number:
        ledger.notes.append(
            f"{structure.number} components are as many as the rule allows. Relatives and dependent variants cause"
            " components as well: exclude relatives (max_kinship), or give a number (pcs)."
        )
    if p < FEW:
        ledger.notes.append(
            f"Fewer than {FEW:,} other variants do not show fine population structure; genotype files with more of the"
            " genome do."
        )
    if not structure.number:
        return none
    return GenomeWide(structure.features, structure.without_individuals(), structure.beyond)


def _projected(
    source: Source, rows: Integers, structure: Structure, others: Opener | None, ledger: Ledger
) -> GenomeWide:
    p = len(structure.components.variants)
    if others is None:
        raise ArgumentError(
            f"{source.argument}",
            "hold the variants of the model's genome-wide principal components",
            "a table of instruments",
            "give the genotype files",
        )
    near = others(Listed(structure.components.variants["id"]))
    places = near.samples.get_indexer(source.samples[rows])
    features = structure.features_of(project(near, places, structure.components))
    absent = absent_variants(near, structure.components)
    ledger.step(UNIT, "read", "variants of the model's genome-wide principal components", absent, p - absent)
    if absent:
        ledger.warnings.append(
            f"{absent:,} of {p:,} variants of the model's genome-wide principal components are not in {near.path}:"
            " their mean is used instead."
        )
    same = len(rows) == structure.n and (np.abs((features[:, : structure.number] ** 2).mean(axis=0) - 1) < SAME).all()
    if not same and p > structure.n:
        ledger.notes.append(
            "Genome-wide principal components of individuals who were not in learning are shrunk towards zero, because"
            f" the {p:,} variants of the components outnumber the {structure.n:,} individuals they were computed from"
            " (Dey & Lee 2019). Learn a model on all individuals to avoid this."
        )
    return GenomeWide(features, structure)


def _shown(scree: Array, number: int) -> str:
    """Return the eigenvalues of the components taken and of the next two, to a few digits."""
    written = [f"{value:.3g}" for value in scree[: number + 2]]
    return ", ".join(written if len(written) <= LISTED else [*written[:3], "...", *written[-3:]])


def _refuse(number: int, p: int, n: int) -> None:
    """Refuse more components than the other variants or the individuals have."""
    if number >= min(n, p + 1):
        raise ArgumentError(
            "pcs",
            "be less than the number of individuals and at most the number of other variants",
            f"{number}, with {counted(n, 'individual')} and {counted(p, 'other variant')}",
            "give a smaller number, auto, or genotype files that hold more of the genome",
        )
