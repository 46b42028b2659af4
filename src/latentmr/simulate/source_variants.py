"""Choose variants of a source: instruments that are far apart, and other variants that are far from them."""

import numpy as np
import pandas as pd

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.typing import Array, Codes, Integers

__all__ = ["blocks_of", "chosen_instruments", "other_variants", "variants_of"]

#: Minimum distance in base pairs between chosen instruments of one chromosome, and of other variants from these.
APART, AWAY = 500_000, 1_000_000


def chosen_instruments(source: Dataset, p: int, rng: np.random.Generator) -> Integers:
    """Choose ``p`` random variants that are half a megabase apart, in the source's order.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals.
    p : int
        Number of variants.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of int of dimension (p,)
        Their columns in the source.

    Raises
    ------
    ValueError
        If there are fewer that are far apart.
    """
    chromosome, place = _places(source)
    chosen: list[int] = []
    for j in rng.permutation(source.p):
        if len(chosen) == p:
            break
        near = (chromosome[chosen] == chromosome[j]) & (np.abs(place[chosen] - place[j]) < APART)
        if not near.any():
            chosen.append(int(j))
    if len(chosen) < p:
        raise ArgumentError(
            "p",
            f"be at most {len(chosen)}, the number of source variants that are half a megabase apart",
            f"{p}",
            "use fewer variants",
        )
    return np.sort(np.array(chosen, dtype=np.int64))


def other_variants(source: Dataset, instruments: Integers, number: int, rng: np.random.Generator) -> Integers:
    """Choose at most ``number`` random variants that are a megabase from every instrument, in the source's order.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals.
    instruments : np.ndarray of int of dimension (p,)
        Columns of the instruments in the source.
    number : int
        Number of variants; all that are far enough if there are fewer.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of int
        Their columns in the source.
    """
    chromosome, place = _places(source)
    far = np.ones(source.p, dtype=bool)
    for j in instruments:
        far &= (chromosome != chromosome[j]) | (np.abs(place - place[j]) >= AWAY)
    # an instrument without a position is not far from itself
    far[instruments] = False
    candidates = np.flatnonzero(far)
    return np.sort(rng.choice(candidates, min(number, len(candidates)), replace=False)).astype(np.int64)


def blocks_of(source: Dataset, columns: Integers, block_mb: float) -> Codes:
    """Return the block of the genome in which each variant lies, numbered from 0 without gaps.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals.
    columns : np.ndarray of int of dimension (p,)
        Columns of the variants in the source.
    block_mb : float
        Length of a block, in megabases.

    Returns
    -------
    np.ndarray of int of dimension (p,)
    """
    chromosome, place = _places(source)
    pairs = np.column_stack([chromosome[columns], place[columns] // (block_mb * 1e6)])
    return np.asarray(np.unique(pairs, axis=0, return_inverse=True)[1], dtype=np.int64).ravel()


def variants_of(source: Dataset, columns: Integers) -> pd.DataFrame:
    """Return the table of some variants of the source."""
    return source.variants.iloc[columns].reset_index(drop=True)


def _places(source: Dataset) -> tuple[Codes, Array]:
    """Return chromosomes as codes and positions in base pairs; variants without positions count as far apart."""
    chromosome = np.unique(source.variants["chrom"].astype(str), return_inverse=True)[1]
    written = pd.to_numeric(source.variants["pos"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return chromosome, np.where(np.isfinite(written), written, np.arange(source.p) * 1e9)
