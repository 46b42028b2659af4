"""Lists of variants by id, or by chromosome, position and alleles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.chromosomes import chromosome_key
from latentmr.data.genotypes.strands import NOT_KNOWN
from latentmr.data.printing import Brief

__all__ = ["Listed", "variant_key"]

#: Names with the position of a variant, and maybe its alleles: ``chrom:pos:ref:alt`` with any name of a chromosome, and
#: the same with other separators, after a name that is a chromosome's in man.
PLACED = re.compile(r"(?P<chrom>[^:]+):(?P<pos>\d+)(?:[:_](?P<first>[^:_/]+)[:_/](?P<second>[^:_/]+))?")
OTHERWISE = re.compile(
    r"(?P<chrom>(?:chr(?:om(?:osome)?)?_?)?(?:\d{1,2}|XY?|Y|MT?|PAR[12])|NC_\d{6}(?:\.\d+)?|CM\d{6}(?:\.\d+)?)"
    r"[:_-](?P<pos>\d+)(?:[:_-](?P<first>[^\W\d_]+|\*|<[^>]+>)[:_/-](?P<second>[^\W\d_]+|\*|<[^>]+>))?(?:_b3[678])?",
    re.IGNORECASE,
)
#: An id of dbSNP, in any case.
DBSNP = re.compile(r"rs\d+", re.IGNORECASE)


def variant_key(chrom: str, pos: str, first: str, second: str) -> str:
    """Name a variant by its position and alleles, in either order of the alleles.

    Examples
    --------
    >>> variant_key("chr1", "0123", "G", "A") == variant_key("1", "123", "A", "G")
    True
    """
    low, high = sorted((first.upper(), second.upper()))
    return f"{chromosome_key(chrom)}:{int(pos)}:{low}:{high}"


def _placed(name: str) -> re.Match[str] | None:
    return PLACED.fullmatch(name) or OTHERWISE.fullmatch(name)


@dataclass(frozen=True, repr=False)
class Listed(Brief):
    """Names of variants: ids, or ``chrom:pos`` or ``chrom:pos:ref:alt``.

    A position may have ``chr`` before it and other separators (``chr1_123_A_G``), and alleles are in either order. A
    position alone names all variants there. An allele that the genotypes do not know fits any. Ids of dbSNP are found
    in any case (``RS12``).

    Parameters
    ----------
    names : iterable of str
        Names.

    Examples
    --------
    >>> variants = pd.DataFrame({"id": ["rs1", "rs2"], "chrom": ["chr1", "chr1"], "pos": ["5", "9"],
    ...                          "effect_allele": ["G", "T"], "other_allele": ["A", "C"]})
    >>> Listed(["1:9:C:T", "rs7"]).find(variants)
    array([-1,  0])
    >>> Listed(["RS1", "chr1_9"]).find(variants)
    array([0, 1])
    """

    names: Iterable[str]
    _ids: pd.Index = field(init=False, repr=False)
    _at: dict[tuple[str, int], list[tuple[int, frozenset[str] | None]]] = field(init=False, repr=False)
    _positions: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = pd.Index(list(self.names), dtype=object).unique()
        ids = pd.Index([name.lower() if DBSNP.fullmatch(name) else name for name in given], dtype=object).unique()
        at: dict[tuple[str, int], list[tuple[int, frozenset[str] | None]]] = {}
        for i, found in enumerate(map(_placed, ids)):
            if found:
                first, second = found["first"], found["second"]
                alleles = None if first is None else frozenset((first.upper(), second.upper()))
                at.setdefault((chromosome_key(found["chrom"]), int(found["pos"])), []).append((i, alleles))
        object.__setattr__(self, "names", ids)
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_at", at)
        object.__setattr__(self, "_positions", frozenset(str(pos) for _, pos in at))

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def example(self) -> str:
        """Return the first name."""
        return str(self._ids[0])

    @property
    def places(self) -> list[tuple[str, int]] | None:
        """Return the chromosome and position of each variant if all names give them; otherwise None."""
        found = [_placed(name) for name in self._ids]
        return [(each["chrom"], int(each["pos"])) for each in found if each] if all(found) else None

    def find(self, variants: pd.DataFrame) -> NDArray[np.int64]:
        """Find each variant in the list.

        Parameters
        ----------
        variants : pandas.DataFrame
            ``id, chrom, pos, effect_allele, other_allele``, as text, and ``second_id`` if the file has two ids.

        Returns
        -------
        np.ndarray of dimension (len(variants),)
            Position of each variant's name in the list, -1 if it is not listed.
        """
        ids = variants["id"]
        found = np.asarray(self._ids.get_indexer(pd.Index(ids, dtype=object)), dtype=np.int64)
        capital = np.flatnonzero((found < 0) & ids.str.startswith(("RS", "Rs", "rS")).to_numpy(dtype=bool))
        if len(capital):
            found[capital] = self._ids.get_indexer(pd.Index(ids.iloc[capital].str.lower(), dtype=object))
        if "second_id" in variants:
            left = np.flatnonzero(found < 0)
            found[left] = self._ids.get_indexer(pd.Index(variants["second_id"].iloc[left], dtype=object))
        if self._at:
            near = variants["pos"].str.lstrip("0").isin(self._positions).to_numpy(dtype=bool)
            rows = np.flatnonzero((found < 0) & near)
            columns = (variants[name].iloc[rows] for name in ("chrom", "pos", "effect_allele", "other_allele"))
            for row, chrom, pos, effect, other in zip(rows, *columns, strict=True):
                found[row] = self._find_at(chromosome_key(chrom), int(pos), {effect.upper(), other.upper()})
        return found

    def _find_at(self, chrom: str, pos: int, alleles: set[str]) -> int:
        """Return the name of this position and these alleles, -1 if there is none."""
        listed = self._at.get((chrom, pos), [])
        known = alleles.difference(NOT_KNOWN)
        fits = [i for i, named in listed if named == alleles]
        if not fits and len(known) < 2:
            # no individual carries the other allele, or the file has none
            fits = [i for i, named in listed if named is not None and known <= named]
            fits = fits if len(fits) == 1 else []
        return next(iter(fits + [i for i, named in listed if named is None]), -1)
