"""Sets of different people, merged by the variants that all hold."""

import re
from copy import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import GenotypeFiles, read_genotypes
from latentmr.data.formats.merge import MergedSource
from latentmr.data.source import Remarks

STRAND = str.maketrans("ACGT", "TGCA")


@pytest.fixture
def halves(study: Any, tmp_path: Any) -> tuple[Any, Any]:
    """The study's people 0 to 69 and 70 to 119, in two files."""
    study.genotypes[[3, 80], [2, 4]] = np.nan
    study.variants["effect_allele"] = ["A", "C", "G", "T", "AT"] * 2
    study.variants["other_allele"] = ["G", "A", "T", "C", "A"] * 2
    parts = []
    for name, part in (("one", slice(0, 70)), ("two", slice(70, 120))):
        half = copy(study)
        half.folder = tmp_path / name
        half.folder.mkdir()
        half.people, half.genotypes = study.people[part], study.genotypes[part].copy()
        half.variants = study.variants.copy()
        parts.append(half)
    return parts[0], parts[1]


def turn(half: Any, j: int, *, swap: bool = False, strand: bool = False) -> None:
    """Write a variant the other way round."""
    row = half.variants.loc[j]
    alleles = [row["effect_allele"], row["other_allele"]]
    if swap:
        alleles, half.genotypes[:, j] = alleles[::-1], 2 - half.genotypes[:, j]
    half.variants.loc[j, ["effect_allele", "other_allele"]] = [a.translate(STRAND) if strand else a for a in alleles]


def merged(*halves: Any) -> MergedSource:
    source = GenotypeFiles(bfile=[half.write_bed() for half in halves]).open()
    assert isinstance(source, MergedSource)
    return source


def test_a_split_cohort_is_put_together_again(study: Any, halves: Any, assert_same: Any) -> None:
    one, two = halves
    expected = np.nan_to_num(study.genotypes, nan=-127)
    turn(two, 0, swap=True)
    turn(two, 1, strand=True)
    turn(two, 2, swap=True, strand=True)
    turn(two, 4, swap=True, strand=True)
    order = np.random.default_rng(0).permutation(10)
    two.variants, two.genotypes = two.variants.iloc[order].reset_index(drop=True), two.genotypes[:, order].copy()
    source = merged(one, two)
    G, kind = source.read(np.arange(120), np.arange(10))
    assert kind == "counts"
    np.testing.assert_array_equal(G, expected)
    rows, columns = np.array([100, 3, 80, 69, 70]), np.array([4, 0, 2])
    np.testing.assert_array_equal(source.read(rows, columns)[0], expected[np.ix_(rows, columns)])
    assert source.variants["effect_allele"].tolist() == study.variants["effect_allele"].tolist()
    assert source.remarks == Remarks((), (f"3 variants of {two.prefix} were turned to the strand of {one.prefix}.",))
    data = read_genotypes(GenotypeFiles(bfile=[one.prefix, two.prefix]), **study.plan())
    plain = study.read()
    np.testing.assert_array_equal(data.G, plain.G)
    np.testing.assert_array_equal(data.samples, plain.samples)


def test_sets_of_two_formats_merge(halves: Any) -> None:
    pytest.importorskip("cyvcf2", reason="no cyvcf2 to read VCF files with")
    one, two = halves
    lines = [
        "##fileformat=VCFv4.2",
        '##FORMAT=<ID=DS,Number=1,Type=Float,Description="d">',
        "##contig=<ID=1>",
        "##contig=<ID=2>",
    ]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"] + two.people))
    for j, v in enumerate(two.variants.itertuples()):
        calls = ["." if np.isnan(g) else f"{0.9 * g:.2f}" for g in two.genotypes[:, j]]
        lines.append("\t".join([v.chrom, v.pos, v.id, v.effect_allele, v.other_allele, ".", ".", ".", "DS", *calls]))
    vcf = two.write_lines("two.vcf", lines)
    source = GenotypeFiles(bfile=one.write_bed(), vcf=vcf).open()
    G, kind = source.read(np.arange(120), np.arange(10))
    assert (kind, G.dtype) == ("dosages", np.float32)
    np.testing.assert_allclose(G[:70], one.genotypes)
    np.testing.assert_allclose(G[70:], 2 - 0.9 * two.genotypes, atol=1e-6)


def test_palindromic_variants_are_told_apart_by_frequency(halves: Any) -> None:
    one, two = halves
    rng = np.random.default_rng(2)
    for half in halves:
        half.variants.loc[[0, 1, 2], ["effect_allele", "other_allele"]] = ["A", "T"]
        n = len(half.people)
        half.genotypes[:, 0], half.genotypes[:, 1] = rng.binomial(2, 0.1, n), rng.binomial(2, 0.1, n)
        half.genotypes[:, 2] = np.tile([0, 2], n // 2)
    turn(two, 1, swap=True)
    G = two.genotypes.copy()
    two.variants.loc[1, ["effect_allele", "other_allele"]] = ["A", "T"]  # as if typed on the other strand
    source = merged(one, two)
    assert source.variants["id"].tolist() == [f"rs{j}" for j in range(10) if j != 2]
    ours, _ = source.read(np.arange(70, 120), np.arange(2))
    np.testing.assert_array_equal(ours, np.column_stack([G[:, 0], 2 - G[:, 1]]))
    reason = f"palindromic (A/T, C/G), of a frequency that does not tell the strand in {two.prefix}"
    assert source.remarks.left_out == ((reason, 1),)


def test_what_does_not_match_is_left_out_and_counted(study: Any, halves: Any, steps: Any) -> None:
    one, two = halves
    two.variants.loc[0, "effect_allele"] = "T"
    two.variants.loc[1, "chrom"] = "7"
    two.variants.loc[2, "id"] = "rs22"
    two.variants.loc[4, "id"] = "rs3"
    two.variants.loc[5, "chrom"] = "chr02"
    one.variants.loc[9, "id"] = "rs8"
    files = GenotypeFiles(bfile=[one.write_bed(), two.write_bed()])
    assert files.open().variants["id"].tolist() == ["rs5", "rs6", "rs7"]
    taken = steps(read_genotypes(files, **study.plan()))
    assert taken["an id that the first set has twice"] == (2, 8)
    assert taken[f"not in {two.prefix}, or there twice"] == (3, 5)
    assert taken[f"on another chromosome in {two.prefix}"] == (1, 4)
    assert taken[f"other alleles in {two.prefix}"] == (1, 3)
    extract = study.write_lines("list", ["rs5", "rs0"])
    taken = steps(read_genotypes(files, **study.plan(extract=extract)))
    assert taken["not in the --extract list"][1] == 1


def test_another_build_is_told(halves: Any) -> None:
    one, two = halves
    two.variants["pos"] = (two.variants["pos"].astype(int) + 5000).astype(str)
    (warning,) = merged(one, two).remarks.warnings
    assert warning == (
        f"10 of 10 variants have another position in {two.prefix}, for instance rs0 at 5000, not 0: the sets seem to be"
        f" of different builds; they were matched by id, and positions are those of {one.prefix}."
    )


def test_sets_that_cannot_be_merged(halves: Any) -> None:
    one, two = halves
    two.people = [*two.people[:-1], one.people[0]]
    with pytest.raises(ValueError, match=r"genotype sets must be of different people. Got 1 ids in two of .* '000'"):
        merged(one, two)
    two.people = [*two.people[:-1], "new"]
    two.variants["id"] = [f"x{j}" for j in range(10)]
    with pytest.raises(ValueError, match=re.escape("genotype sets must share variants by id. Got none that is in")):
        merged(one, two)


def test_scores_are_not_merged() -> None:
    table = pd.DataFrame([["a", "1", "5", "A", "G"]], columns=["id", "chrom", "pos", "effect_allele", "other_allele"])

    def source(name: str, kind: str) -> Any:
        G = np.zeros((1, 1), dtype=np.float32)
        return SimpleNamespace(
            path=name,
            argument="--x",
            samples=pd.Index([name]),
            variants=table,
            total=1,
            example="a",
            remarks=Remarks(),
            read=lambda *_: (G, kind),
        )

    both = MergedSource([source("one", "dosages"), source("two", "continuous")])
    with pytest.raises(ValueError, match="genotypes must lie between 0 and 2 to be merged. Got others in two"):
        both.read(np.arange(2), np.arange(1))
