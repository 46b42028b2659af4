"""Matching of variants between tables of GWAS results: by id, other spellings of the id, or position and alleles."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.genotypes.chromosomes import chromosome_key
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.gwas_results.values import trimmed
from latentmr.two_sample.data.harmonisation import COMPLEMENT
from latentmr.typing import Mask

__all__ = [
    "WAYS",
    "Matches",
    "bare_positions",
    "build_of",
    "fitting",
    "id_keys",
    "join_places",
    "place_keys",
    "relabel",
]

#: Ways to match variants: by id, and by position if ids differ; by id alone; by position alone.
WAYS = ("auto", "id", "position")
#: Fewer matches by position than this share of at least this number of variants are taken for coincidences.
COINCIDENCE, MANY = 0.05, 20
#: Ids in lower case: what stands behind an rs number, and a position with or without alleles.
RS = r"^(rs[0-9]+)[:_\-/ ;,].*$"
PLACE = r"^(?:chr)?0*([0-9]{1,2}|x|y|xy|m|mt)[:_\-]0*([0-9]+)(?:[:_\-/<].*)?$"
#: Numbers of chromosomes that have a letter.
LETTERS = {"23": "x", "24": "y", "26": "mt", "m": "mt"}
IS_PLACE = re.compile(r"[0-9a-z]+:[0-9]+")
#: Words that state the build of positions, in names of columns.
BUILDS = {"GRCh37": r"hg19|grch37|b37|_37\b|build37", "GRCh38": r"hg38|grch38|b38|_38\b|build38|^hm_"}
#: Layouts whose positions are of one build.
LAYOUTS = {"FinnGen": "GRCh38", "Neale lab": "GRCh37", "GTEx": "GRCh38"}


@dataclass(frozen=True)
class Matches:
    """Variants of the first exposure that were found in another table.

    Parameters
    ----------
    by_id, by_spelling, by_position : int
        Number of variants with the same id, with an id that differs in spelling alone, and with the same chromosome,
        position and alleles.
    wanted : int
        Number of variants that were searched for.
    examples : tuple of str
        An id in the other table and the id of the same variant in the first, if they differ in spelling.
    """

    by_id: int
    by_spelling: int
    by_position: int
    wanted: int
    examples: tuple[str, ...] = field(default_factory=tuple)

    @property
    def found(self) -> int:
        """Number of variants that were found."""
        return self.by_id + self.by_spelling + self.by_position


def relabel(
    first: pd.DataFrame, other: pd.DataFrame, way: str = "auto", *, same_build: bool = True
) -> tuple[pd.DataFrame, Matches]:
    """Give the variants of a table the ids that they have in the first exposure's table.

    Parameters
    ----------
    first, other : pandas.DataFrame
        Canonical tables, as :func:`~latentmr.two_sample.data.read_summary` returns them.
    way : str
        One of ``WAYS``.
    same_build : bool
        Whether positions may refer to the same build of the genome.

    Returns
    -------
    pandas.DataFrame
        Rows of ``other`` whose variant is in ``first``, with its id there.
    Matches

    Examples
    --------
    >>> first = pd.DataFrame({"id": ["rs1", "rs2"], "chrom": ["1", "1"], "pos": ["5", "9"],
    ...                       "effect_allele": ["A", "C"], "other_allele": ["G", "T"]})
    >>> other = first.assign(id=["RS1 ", "chr1:9:T:C"])
    >>> found, matches = relabel(first, other)
    >>> found["id"].tolist(), matches.by_spelling, matches.by_position
    (['rs1', 'rs2'], 1, 1)
    """
    ours, labels = first["id"].to_numpy(dtype=object), np.full(len(other), None, dtype=object)
    counts, examples = {"id": 0, "spelling": 0, "position": 0}, []
    known: set[str] = set()
    if way != "position":
        exact = other["id"].isin(set(ours)).to_numpy()
        labels[exact] = other["id"].to_numpy(dtype=object)[exact]
        known = set(labels[exact])
        counts["id"] = len(known)
    for step in ("spelling", "position"):
        left = np.flatnonzero([each not in known for each in ours]) if known else np.arange(len(ours))
        rest = np.flatnonzero(pd.isna(labels))
        by_place = step == "position"
        if not len(left) or not len(rest) or (by_place and (way == "id" or not same_build)):
            continue
        if not by_place and way == "position":
            continue
        keys = place_keys if by_place else _spellings
        pairs = _pairs(first.iloc[left], other.iloc[rest], keys, only_fitting=by_place)
        if by_place and way == "auto" and len(left) >= MANY and len(pairs) < COINCIDENCE * len(left):
            continue
        for ours_at, theirs_at in pairs:
            labels[rest[theirs_at]] = ours[left[ours_at]]
        new = {ours[left[each]] for each, _ in pairs}
        known |= new
        counts[step] += len(new)
        if pairs and not by_place:
            examples = [str(other["id"].iloc[rest[pairs[0][1]]]), str(ours[left[pairs[0][0]]])]
    there = ~pd.isna(labels)
    found = other[there].assign(id=labels[there]).reset_index(drop=True)
    matches = Matches(counts["id"], counts["spelling"], counts["position"], len(set(ours)), tuple(examples))
    return found, matches


def _pairs(
    ours: pd.DataFrame, theirs: pd.DataFrame, keys: Callable[[pd.DataFrame], NDArray[np.object_]], *, only_fitting: bool
) -> list[tuple[int, int]]:
    """Return pairs of rows with the same key; each row of the second table stands in one pair at most."""
    left = pd.DataFrame({"key": keys(ours), "ours": np.arange(len(ours))}).dropna()
    right = pd.DataFrame({"key": keys(theirs), "theirs": np.arange(len(theirs))}).dropna()
    both = left.merge(right, on="key")
    if not len(both):
        return []
    both["fits"] = fitting(ours.iloc[both["ours"]], theirs.iloc[both["theirs"]])
    if only_fitting:
        both = both[both["fits"]]
    # a row goes to the variant with its alleles
    both = both.sort_values("fits", ascending=False, kind="stable").drop_duplicates("theirs")
    return list(zip(both["ours"].tolist(), both["theirs"].tolist(), strict=True))


def fitting(first: pd.DataFrame, second: pd.DataFrame, *, strand: bool = True) -> Mask:
    """Return whether rows of two tables can have the same two alleles, in either order.

    Parameters
    ----------
    first, second : pandas.DataFrame
        ``effect_allele, other_allele`` in capitals, row by row. A missing allele fits any allele.
    strand : bool
        Whether alleles on the other strand fit too.

    Returns
    -------
    np.ndarray of bool
    """
    names = ["effect_allele", "other_allele"]
    return np.array(
        [
            _fit(a, b, c, d) or (strand and _fit(a, b, _complement(c), _complement(d)))
            for (a, b), (c, d) in zip(first[names].to_numpy(object), second[names].to_numpy(object), strict=True)
        ],
        dtype=bool,
    )


def _fit(a: object, b: object, c: object, d: object) -> bool:
    known, there = ({each for each in pair if isinstance(each, str)} for pair in ((a, b), (c, d)))
    if known == {"I", "D"} or there == {"I", "D"}:
        return True
    return known <= there or there <= known


def _complement(allele: object) -> object:
    return allele.translate(COMPLEMENT) if isinstance(allele, str) else allele


def _spellings(table: pd.DataFrame) -> NDArray[np.object_]:
    return _objects(id_keys(pa.array(table["id"], pa.string())))


def place_keys(table: pd.DataFrame) -> NDArray[np.object_]:
    """Return ``chrom:pos`` of each variant, from its columns or else from its id; None if neither tells it."""
    spelled = _spellings(table)
    from_id = np.array([each if each is not None and IS_PLACE.fullmatch(each) else None for each in spelled], object)
    columns = [_texts(table[name]) for name in ("chrom", "pos")]
    joined = _objects(join_places(*columns))
    return np.where(pd.isna(joined), from_id, joined)


def _texts(column: pd.Series) -> pa.Array:
    return pa.array([None if pd.isna(each) else str(each) for each in column], pa.string())


def _objects(column: pa.Array | pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array(column.to_pylist(), dtype=object)


def id_keys(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return ids without what may differ between spellings.

    Case, blanks, the prefix ``chr`` and alleles behind an rs number or a position do not matter.

    Examples
    --------
    >>> id_keys(pa.array(["RS1 ", "rs1:A:G", "chr1_0100_A_G", "23:7"])).to_pylist()
    ['rs1', 'rs1', '1:100', 'x:7']
    """
    text = _rewritten(pc.utf8_lower(trimmed(ids)), RS, r"\1")
    text = _rewritten(text, PLACE, r"\1:\2")
    for number, letter in LETTERS.items():
        if pc.any(pc.starts_with(text, f"{number}:")).as_py():
            text = pc.replace_substring_regex(text, pattern=f"^{number}:", replacement=f"{letter}:")
    return text


def join_places(chrom: pa.Array | pa.ChunkedArray, pos: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return ``chrom:pos`` without prefixes and leading zeros; null if one of them is missing."""
    encoded = (chrom.combine_chunks() if isinstance(chrom, pa.ChunkedArray) else chrom).dictionary_encode()
    keys = [None if each is None else chromosome_key(each).lower() for each in encoded.dictionary.to_pylist()]
    name = pa.array(keys, pa.string()).take(encoded.indices)
    return pc.binary_join_element_wise(name, bare_positions(pos), ":")


def bare_positions(pos: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return positions without blanks, leading zeros and ``.0``."""
    place = trimmed(pos)
    if any(pc.any(odd).as_py() for odd in (pc.starts_with(place, "0"), pc.match_substring(place, "."))):
        place = pc.replace_substring_regex(place, pattern=r"^0*([0-9]+)(?:\.0*)?$", replacement=r"\1")
    return place


def _rewritten(texts: pa.Array | pa.ChunkedArray, pattern: str, form: str) -> pa.Array | pa.ChunkedArray:
    """Return texts with a pattern replaced; a search for it is faster than a replacement that finds nothing."""
    if not pc.any(pc.match_substring_regex(texts, pattern)).as_py():
        return texts
    return pc.replace_substring_regex(texts, pattern=pattern, replacement=form)


def build_of(reading: TableReading) -> str:
    """Return the build of the genome that a table's layout, columns or notes state; empty if they state none.

    Examples
    --------
    >>> build_of(TableReading("x.tsv", "", {"pos": "bp_hg19"}, ""))
    'GRCh37'
    """
    if reading.layout in LAYOUTS:
        return LAYOUTS[reading.layout]
    texts: Iterable[str] = [*(reading.columns.get(role, "") for role in ("pos", "chrom", "id")), *reading.notes]
    found = {build for build, words in BUILDS.items() if any(re.search(words, text.lower()) for text in texts)}
    return found.pop() if len(found) == 1 else ""
