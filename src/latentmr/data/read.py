"""From files to one checked data set."""

from pathlib import Path
from typing import Any

from latentmr.data.assemble import assemble
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.genotypes.wanted import Wanted
from latentmr.data.plan import Plan
from latentmr.data.variant_filter import listed_variants

__all__ = ["read_genotypes", "read_plink"]


def read_genotypes(
    files: GenotypeFiles, *, wanted: Wanted | None = None, progress: Progress | None = None, **plan: Any
) -> Dataset:
    """Read genotype files of any format and phenotype tables into one checked data set.

    Parameters
    ----------
    files : GenotypeFiles
        Where the genotypes are.
    wanted : Wanted, optional
        What a saved model needs (:attr:`Representation.wanted <latentmr.learn.Representation.wanted>`): exactly its
        variants are read, in its order, flipped where a file counts the other allele, and no variant filter applies.
    progress : callable, optional
        Told how many variants were read, and how many there are to read.
    **plan
        Columns, lists and thresholds: the parameters of :class:`~latentmr.data.Plan`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
    """
    chosen = Plan(**plan)
    listed = listed_variants(chosen, wanted)
    return assemble(files.open(listed), chosen, wanted, listed, progress)


def read_plink(bfile: str | Path, *, wanted: Wanted | None = None, **plan: Any) -> Dataset:
    """Read a PLINK 1 fileset and phenotype tables: :func:`read_genotypes` for the commonest case.

    Parameters
    ----------
    bfile : str or Path
        Path of the fileset without its suffix; ``{chr}`` in it stands for the chromosomes.
    wanted : Wanted, optional
        What a saved model needs; see :func:`read_genotypes`.
    **plan
        Columns, lists and thresholds: the parameters of :class:`~latentmr.data.Plan`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
    """
    return read_genotypes(GenotypeFiles(bfile=bfile), wanted=wanted, **plan)
