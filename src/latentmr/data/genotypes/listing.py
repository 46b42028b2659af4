"""Lists of variants by id, or by chromosome, position and alleles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.printing import Brief

__all__ = ["Listed", "chromosome_label", "variant_key"]

#: An id with the position and the alleles of a variant.
PLACED = re.compile(r"(?P<chrom>[^:]+):(?P<pos>\d+):(?P<first>[^:]+):(?P<second>[^:]+)")


def chromosome_label(name: str) -> str:
    """Return a chromosome's name without ``chr`` and leading zeros, in capitals.

    Examples
    --------
    >>> chromosome_label("chr7"), chromosome_label("01"), chromosome_label("x")
    ('7', '1', 'X')
    """
    label = name[3:] if name[:3].lower() == "chr" else name
    return label.lstrip("0").upper() or "0"


def variant_key(chrom: str, pos: str, first: str, second: str) -> str:
    """Name a variant by its position and alleles, in either order of the alleles.

    Examples
    --------
    >>> variant_key("chr1", "0123", "G", "A") == variant_key("1", "123", "A", "G")
    True
    """
    low, high = sorted((first.upper(), second.upper()))
    return f"{chromosome_label(chrom)}:{int(pos)}:{low}:{high}"


@dataclass(frozen=True, repr=False)
class Listed(Brief):
    """Names of variants: ids, or ``chrom:pos:ref:alt`` (with or without ``chr``, alleles in either order).

    Parameters
    ----------
    names : iterable of str
        Names, each once.

    Examples
    --------
    >>> variants = pd.DataFrame({"id": ["rs1", "rs2"], "chrom": ["chr1", "chr1"], "pos": ["5", "9"],
    ...                          "effect_allele": ["G", "T"], "other_allele": ["A", "C"]})
    >>> Listed(["1:9:C:T", "rs7"]).find(variants)
    array([-1,  0])
    """

    names: Iterable[str]
    _ids: pd.Index = field(init=False, repr=False)
    _keys: dict[str, int] = field(init=False, repr=False)
    _positions: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ids = pd.Index(list(self.names), dtype=object)
        object.__setattr__(self, "names", ids)
        object.__setattr__(self, "_ids", ids)
        placed = [(i, found) for i, found in enumerate(map(PLACED.fullmatch, ids)) if found]
        object.__setattr__(self, "_keys", {variant_key(*found.groups()): i for i, found in placed})
        object.__setattr__(self, "_positions", frozenset(str(int(found["pos"])) for _, found in placed))

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def example(self) -> str:
        """Return the first name."""
        return str(self._ids[0])

    @property
    def places(self) -> list[tuple[str, int]] | None:
        """Return the chromosome and position of each variant if all names give them; otherwise None."""
        found = [PLACED.fullmatch(name) for name in self._ids]
        return [(each["chrom"], int(each["pos"])) for each in found if each] if all(found) else None

    def find(self, variants: pd.DataFrame) -> NDArray[np.int64]:
        """Find each variant in the list.

        Parameters
        ----------
        variants : pandas.DataFrame
            ``id, chrom, pos, effect_allele, other_allele``, as text.

        Returns
        -------
        np.ndarray of dimension (len(variants),)
            Position of each variant's name in the list, -1 if it is not listed.
        """
        found = np.asarray(self._ids.get_indexer(pd.Index(variants["id"], dtype=object)), dtype=np.int64)
        if self._keys:
            positions = variants["pos"].str.lstrip("0")
            for row in np.flatnonzero((found < 0) & positions.isin(self._positions).to_numpy()):
                chrom, pos, effect, other = variants.iloc[row][["chrom", "pos", "effect_allele", "other_allele"]]
                found[row] = self._keys.get(variant_key(chrom, pos, effect, other), -1)
        return found
