"""Comparing the alleles that two files name for one variant."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from latentmr.data.genotypes.strands import (
    OTHER,
    PALINDROME,
    SAME,
    SAME_STRAND_FLIPPED,
    SWAPPED,
    SWAPPED_STRAND_FLIPPED,
    UNKNOWN,
    compare_alleles,
    complement,
    count_unknown,
    name_unknown,
)

BASES = "ACGT"
STRAND = str.maketrans("ACGT", "TGCA")


def pairs(*texts: str) -> pd.DataFrame:
    return pd.DataFrame([text.split("/") for text in texts], columns=["effect_allele", "other_allele"])


def compare(first: str, second: str) -> int:
    return int(compare_alleles(pairs(first), pairs(second))[0])


def by_definition(a: str, b: str, c: str, d: str) -> int:
    """Of known alleles: what the words mean."""
    if {a, b} == {c, d} and a.translate(STRAND) == b:
        return PALINDROME
    forms = {
        SAME: (c, d),
        SWAPPED: (d, c),
        SAME_STRAND_FLIPPED: (c.translate(STRAND), d.translate(STRAND)),
        SWAPPED_STRAND_FLIPPED: (d.translate(STRAND), c.translate(STRAND)),
    }
    return next((code for code, pair in forms.items() if pair == (a, b)), OTHER)


def test_every_pair_of_bases() -> None:
    every = [(*one, *two) for one, two in product(permutations(BASES, 2), repeat=2)]
    assert len(every) == 144
    found = compare_alleles(pairs(*(f"{a}/{b}" for a, b, _, _ in every)), pairs(*(f"{c}/{d}" for *_, c, d in every)))
    assert found.tolist() == [by_definition(*four) for four in every]
    # 4 palindromic pairs meet themselves in 2 orders, the other 8 in 4 forms
    assert np.bincount(found, minlength=7).tolist() == [8, 8, 8, 8, 8, 104, 0]


def test_the_other_file_sees_the_same() -> None:
    alleles = [*BASES, "AT", "TA", "GC", "ATG", "I", "D", "0", "NA", "<DEL>"]
    every = [f"{a}/{b}" for a, b in permutations(alleles, 2)]
    one, two = zip(*product(every, repeat=2), strict=True)
    there, back = compare_alleles(pairs(*one), pairs(*two)), compare_alleles(pairs(*two), pairs(*one))
    np.testing.assert_array_equal(there, back)
    # and naming one pair in the other order swaps what was the same
    crossed = compare_alleles(pairs(*one), pairs(*("/".join(text.split("/")[::-1]) for text in two)))
    swap = np.array([SWAPPED, SAME, SWAPPED_STRAND_FLIPPED, SAME_STRAND_FLIPPED, PALINDROME, OTHER, UNKNOWN])
    np.testing.assert_array_equal(crossed, swap[there])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("AT/A", "AT/A", SAME),
        ("AT/A", "A/AT", SWAPPED),
        ("ATG/A", "TAC/T", SAME_STRAND_FLIPPED),
        ("ATG/A", "T/TAC", SWAPPED_STRAND_FLIPPED),
        ("AT/TA", "TA/AT", PALINDROME),
        ("AT/A", "AC/A", OTHER),
        ("I/D", "I/D", SAME),
        ("I/D", "D/I", SWAPPED),
        ("<DEL>/A", "<DEL>/T", SAME_STRAND_FLIPPED),
        ("a/g", "C/t", SWAPPED_STRAND_FLIPPED),
        ("C,T/A", "C,T/A", SAME),
        ("C,T/A", "A/C", OTHER),
    ],
)
def test_insertions_deletions_and_names(first: str, second: str, code: int) -> None:
    assert compare(first, second) == code


@pytest.mark.parametrize("unknown", ["0", ".", "NA", "", "na"])
def test_an_unknown_allele_fits_where_the_others_tell(unknown: str) -> None:
    assert compare("A/G", f"{unknown}/G") == SAME
    assert compare("A/G", f"{unknown}/A") == SWAPPED
    assert compare("A/G", f"{unknown}/C") == SAME_STRAND_FLIPPED
    assert compare("A/G", f"T/{unknown}") == SAME_STRAND_FLIPPED
    assert compare("A/G", f"{unknown}/T") == SWAPPED_STRAND_FLIPPED
    assert compare("A/T", f"{unknown}/T") == PALINDROME
    assert compare("A/T", f"{unknown}/A") == PALINDROME
    assert compare("C/T", f"{unknown}/AT") == OTHER
    assert compare(f"{unknown}/G", "NA/G") == SAME
    assert compare(f"{unknown}/G", "G/.") == SWAPPED
    # A/G, or G on the other strand of A/C? nobody knows
    assert compare(f"{unknown}/G", "0/A") == OTHER
    assert compare(f"{unknown}/.", "A/G") == UNKNOWN
    assert compare("A/0", f"{unknown}/NA") == UNKNOWN
    assert compare("NA/NA", f"{unknown}/0") == UNKNOWN
    counts = count_unknown(pairs(f"{unknown}/0", f"{unknown}/A", f"A/{unknown}"))
    assert (counts == 2).tolist() == [True, False, False]


def test_the_complement_of_the_complement_is_the_allele() -> None:
    alleles = pd.Series([*BASES, "GATTACA", "I", "<CNV>", "*", "", "NA", "C,T"])
    assert complement(complement(alleles)).tolist() == alleles.tolist()
    assert complement(alleles).tolist() == ["T", "G", "C", "A", "CTAATGT", "I", "<CNV>", "*", "", "NA", "G,A"]


def test_unknown_alleles_are_named_on_the_strand_of_the_first() -> None:
    one = pairs("0/G", "0/G", "0/G", "0/G", "A/.", "A/NA", "0/T", "0/G", "NA/NA", "0/G", "a/c")
    two = pairs("A/G", "G/A", "T/C", "C/T", "A/T", "C/T", "A/T", "0/G", "A/G", "A/T", "T/G")
    relation = compare_alleles(one, two)
    expected = ["A/G"] * 4 + ["A/T", "A/G", "A/T", "0/G", "NA/NA", "0/G", "a/c"]
    named = name_unknown(one.assign(id="x"), two, relation)
    assert (named["effect_allele"] + "/" + named["other_allele"]).tolist() == expected
    assert named["id"].tolist() == ["x"] * len(one)
    # what was the same before is the same after
    kept = ~np.isin(relation, (OTHER, UNKNOWN))
    np.testing.assert_array_equal(compare_alleles(named, two)[kept], relation[kept])


def test_tables_of_any_index_and_of_no_rows() -> None:
    one, two = pairs("A/G", "A/C").set_axis([7, 3]), pairs("G/A", "A/C").set_axis([1, 1])
    assert compare_alleles(one, two).tolist() == [SWAPPED, SAME]
    assert name_unknown(pairs("0/G").set_axis([4]), pairs("A/G"), np.array([SAME]))["effect_allele"].tolist() == ["A"]
    assert len(compare_alleles(pairs(), pairs())) == len(count_unknown(pairs())) == 0
