"""Sets of different individuals, merged by the variants that all hold."""

import os
import re
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import GenotypeFiles, PlinkSource, Source, read_genotypes
from latentmr.data.genotypes.merge import MergedSource
from latentmr.data.genotypes.merge import MergedSource as Merged
from latentmr.data.genotypes.source import Progress, Remarks
from latentmr.data.genotypes.streaming import stream

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"
COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele"]
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
    assert source.remarks == Remarks((), (f"3 variants of {two.prefix} were flipped to the strand of {one.prefix}.",))
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
    reason = f"palindromic (A/T, C/G), with a frequency that leaves the strand ambiguous in {two.prefix}"
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
    assert taken["an id that occurs twice in the first set"] == (2, 8)
    assert taken[f"not in {two.prefix}, or twice in it"] == (3, 5)
    assert taken[f"on another chromosome in {two.prefix}"] == (1, 4)
    assert taken[f"other alleles in {two.prefix}"] == (1, 3)
    extract = study.write_lines("list", ["rs5", "rs0"])
    taken = steps(read_genotypes(files, **study.plan(extract=extract)))
    assert taken["not in the extract list"][1] == 1


def test_another_build_is_told(halves: Any) -> None:
    one, two = halves
    two.variants["pos"] = (two.variants["pos"].astype(int) + 5000).astype(str)
    (warning,) = merged(one, two).remarks.warnings
    assert warning == (
        f"9 of 9 variants have another position in {two.prefix}, for instance rs1 at 5100, not 100: the sets seem to be"
        f" of different builds; they were matched by id, and positions are those of {one.prefix}."
    )


def test_sets_that_cannot_be_merged(halves: Any) -> None:
    one, two = halves
    two.people = [*two.people[:-1], one.people[0]]
    with pytest.raises(
        ValueError, match=r"genotype sets must be of different individuals. Got 1 ids in two of .* '000'"
    ):
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
            argument="x",
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


# of latentmr.data.genotypes.merge: the rules at more depth, on sets in memory


@dataclass
class Memory:
    """A set in memory; ``rows`` are ``id chrom pos effect_allele other_allele``."""

    path: str
    rows: list[str]
    G: np.ndarray
    kind: str = "counts"
    remarks: Remarks = field(default_factory=Remarks)
    people: list[str] | None = None
    beyond: int = 0
    reads: list[int] = field(default_factory=list)
    argument: str = "bfile"

    @property
    def samples(self) -> pd.Index:
        return pd.Index(self.people or [f"{self.path}{i}" for i in range(len(self.G))], dtype=object)

    @property
    def variants(self) -> pd.DataFrame:
        return pd.DataFrame([row.split() for row in self.rows], columns=COLUMNS)

    @property
    def total(self) -> int:
        return len(self.rows) + self.beyond

    @property
    def example(self) -> str:
        return self.rows[0].split()[0]

    def read(self, rows: np.ndarray, columns: np.ndarray, progress: Progress | None = None) -> tuple[np.ndarray, str]:
        self.reads += columns.tolist()
        return self.G[np.ix_(rows, columns)], self.kind


def calls(*columns: list[int]) -> np.ndarray:
    """Genotypes of few people, a list for each variant."""
    return np.array(columns, dtype=np.int8).T


def everything(source: Source) -> tuple[np.ndarray, str]:
    return source.read(np.arange(len(source.samples)), np.arange(len(source.variants)))


def small(path: str, *rows: str, G: np.ndarray | None = None, **more: Any) -> Memory:
    G = calls(*[[0, 1]] * len(rows)) if G is None else G
    return Memory(path, list(rows), G, **more)


def written_otherwise(G: np.ndarray, rows: list[str], rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """The same people's genotypes with strands flipped, alleles swapped and variants permuted."""
    G, out = G.copy(), []
    for j, row in enumerate(rows):
        name, chrom, pos, a, b = row.split()
        if rng.random() < 0.5:
            a, b = a.translate(STRAND), b.translate(STRAND)
        if rng.random() < 0.5:
            a, b = b, a
            missing = G[:, j] == -127 if G.dtype == np.int8 else np.isnan(G[:, j])
            G[:, j] = np.where(missing, G[:, j], 2 - G[:, j])
        out.append(f"{name} {chrom} {pos} {a} {b}")
    order = rng.permutation(len(rows))
    return G[:, order], [out[j] for j in order]


@pytest.fixture(params=range(4))
def cohort(request: pytest.FixtureRequest) -> tuple[np.ndarray, list[str], np.random.Generator]:
    """90 people, 60 variants of which a quarter is palindromic, with missing calls and clear frequencies."""
    rng = np.random.default_rng(request.param)
    kinds = ["A G", "C A", "ATG A", "A T", "T C", "G T", "C CTT", "G C"]
    rows = [f"rs{j} {j % 22 + 1} {1000 + j} {kinds[j % 8]}" for j in range(60)]
    frequency = rng.choice([0.08, 0.2, 0.8, 0.92], 60)
    G = rng.binomial(2, frequency, (90, 60)).astype(np.int8)
    G[rng.random(G.shape) < 0.05] = -127
    return G, rows, rng


@pytest.mark.parametrize("kinds", ["counts", "dosages", "mixed"])
def test_any_split_merges_to_the_cohort(cohort: Any, kinds: str) -> None:
    G, rows, rng = cohort
    dosages = {"counts": (), "dosages": (0, 1, 2), "mixed": (1,)}[kinds]
    parts, sets = np.array_split(G, [20, 55]), []
    for i, part in enumerate(parts):
        if i in dosages:
            part = np.where(part == -127, np.nan, part * 0.75 + 0.25).astype(np.float32)
        part, table = (part, rows) if i == 0 else written_otherwise(part, rows, rng)
        sets.append(Memory("abc"[i], table, part, "dosages" if i in dosages else "counts"))
    floats = np.where(G == -127, np.nan, G).astype(np.float32)
    for i, people in enumerate((slice(0, 20), slice(20, 55), slice(55, 90))):
        if i in dosages:
            floats[people] = floats[people] * 0.75 + 0.25
    before = [each.G.copy() for each in sets]
    merged = Merged(sets)
    # of 90 people, some of clear frequency in truth look unclear in a set: those and only those are left out
    kept = np.flatnonzero(pd.Series([row.split()[0] for row in rows]).isin(merged.variants["id"]))
    assert set(np.arange(60)[np.arange(60) % 4 != 3]) <= set(kept)
    assert len(kept) + sum(count for _, count in merged.left_out) == merged.total == 60
    assert [" ".join(row) for row in merged.variants.itertuples(index=False)] == [rows[j] for j in kept]
    found, kind = everything(merged)
    if kinds == "counts":
        assert (kind, found.dtype) == ("counts", np.int8)
        np.testing.assert_array_equal(found, G[:, kept])
    else:
        assert (kind, found.dtype) == ("dosages", np.float32)
        np.testing.assert_allclose(found, floats[:, kept], atol=1e-6)
    # people and variants in any order, repeated, of one set or of all
    for people in (rng.permutation(90)[:31], np.array([89, 0, 20, 19, 54, 55, 0]), np.array([60]), np.array([], int)):
        columns = rng.permutation(len(kept))[:7]
        part, _ = merged.read(people, columns)
        np.testing.assert_array_equal(part.astype(np.float32), found[np.ix_(people, columns)].astype(np.float32))
    blocks = [block for _, block in stream(merged, np.arange(90), np.arange(len(kept)), size=11)]
    np.testing.assert_array_equal(np.hstack(blocks), found)
    for each, own in zip(sets, before, strict=True):
        np.testing.assert_array_equal(each.G, own)
    assert merged.samples.tolist() == [f"{'abc'[i]}{k}" for i, part in enumerate(parts) for k in range(len(part))]
    assert (merged.path, merged.argument, merged.example) == ("a + b + c", "bfile", "rs0")


def test_a_palindromic_variant_is_turned_by_its_frequency_whatever_its_letters() -> None:
    rare, common, half = [0, 0, 0, 1], [2, 2, 1, 2], [0, 1, 1, 2]
    rows = [f"rs{j} 1 {j + 1} {pair}" for j, pair in enumerate(["A T", "A T", "C G", "A T", "A T", "A G", "C G"])]
    one = small("a", *rows, G=calls(rare, rare, common, half, rare, half, rare))
    other = [row.replace("A T", "T A") if j in (1, 3) else row for j, row in enumerate(rows)]
    two = small("b", *other, G=calls(rare, common, common, rare, half, half, [-127] * 4))
    merged = Merged([one, two])
    assert merged.variants["id"].tolist() == ["rs0", "rs1", "rs2", "rs5"]
    np.testing.assert_array_equal(
        everything(merged)[0], np.vstack([one.G[:, [0, 1, 2, 5]], calls(rare, [0, 0, 1, 0], common, half)])
    )
    reason = "palindromic (A/T, C/G), with a frequency that leaves the strand ambiguous in b"
    assert merged.left_out == ((reason, 3),)
    warning = (
        "3 palindromic variants (A/T, C/G) of b were aligned to the strand of a by allele frequency only, which errs"
    )
    assert merged.warnings == (f"{warning} if the sets differ in ancestry.",)
    assert merged.remarks == Remarks(merged.left_out, (), merged.warnings)


@pytest.mark.parametrize("other_strand", [False, True])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    ("n_plain", "n_odd", "trusted"), [(19, 0, False), (20, 0, True), (200, 2, True), (200, 3, False)]
)
def test_letters_tell_in_a_set_of_one_strand(
    other_strand: bool, swap: bool, n_plain: int, n_odd: int, trusted: bool
) -> None:
    # rs0 is rare in both sets, rs1 in the first alone: of other ancestry, or of the other strand?
    rows = ["rs0 1 1 A T", "rs1 1 2 A T", *(f"x{j} 1 {j + 3} A G" for j in range(n_plain))]
    rare, common = [0, 0, 1], [2, 2, 1]
    one = small("a", *rows, G=calls(rare, rare, *[rare] * n_plain))
    flips = [other_strand] * 2 + [other_strand ^ (j < n_odd) for j in range(n_plain)]
    G, there = [rare, common, *[rare] * n_plain], []
    for flip, row in zip(flips, rows, strict=True):
        *place, a, b = row.split()
        a, b = (each.translate(STRAND) if flip else each for each in (a, b))
        there.append(" ".join([*place, *((b, a) if swap else (a, b))]))
    two = small("b", *there, G=2 - calls(*G) if swap else calls(*G))
    merged = Merged([one, two])
    found = pd.DataFrame(everything(merged)[0], columns=merged.variants["id"])
    assert found["rs0"].tolist() == [*rare, *rare]
    assert found["x0"].tolist() == [*rare, *rare]
    if trusted:
        reason = "palindromic (A/T, C/G), with letters and a frequency that contradict each other in b"
        assert merged.left_out == ((reason, 1),)
        told = (
            "1 palindromic variants (A/T, C/G) of b were aligned to the strand of a by allele frequency, in agreement"
        )
        assert merged.notes[0] == f"{told} with their letters."
        assert merged.warnings == ()
    else:
        # frequency alone takes it to be of the other strand
        assert found["rs1"].tolist() == [*rare, 0, 0, 1]
        assert merged.warnings[0].startswith(
            "2 palindromic variants (A/T, C/G) of b were aligned to the strand of a by"
        )


def test_only_palindromic_variants_are_read_and_the_first_sets_once() -> None:
    rows = ["r0 1 1 A G", "r1 1 2 A T", "r2 1 3 C T", "r3 1 4 C G"]
    sets = [small(name, *rows, G=calls(*[[0, 0, 1]] * 4)) for name in "abc"]
    merged = Merged(sets)
    assert [each.reads for each in sets] == [[1, 3]] * 3
    assert len(merged.variants) == 4


@pytest.mark.parametrize(("ones", "kept"), [(41, True), (42, False), (58, False), (59, True)])
def test_the_borders_of_what_a_frequency_tells(ones: int, kept: bool) -> None:
    G = np.repeat([1, 0], [ones, 50 - ones])[:, None].astype(np.int8) if ones <= 50 else None
    G = np.repeat([2, 1], [ones - 50, 100 - ones])[:, None].astype(np.int8) if G is None else G
    # `ones` of 100 alleles
    assert G.sum() == ones
    sets = [small("a", "r0 1 1 A T", "r1 1 2 A G", G=np.repeat(G, 2, axis=1)) for _ in range(2)]
    sets[1].path = "b"
    assert ("r0" in Merged(sets).variants["id"].tolist()) is kept


def test_alleles_that_nobody_carries() -> None:
    rows = ["r0 1 1 0 G", "r1 1 2 A G", "r2 1 3 A G", "r3 1 4 . NA", "r4 1 5 A C", "r5 1 6 0 0", "r6 1 7 0 T"]
    other = ["r0 1 1 C T", "r1 1 2 0 A", "r2 1 3 0 0", "r3 1 4 0 0", "r4 1 5 0 T", "r5 1 6 A G", "r6 1 7 0 A"]
    third = ["r0 1 1 C G", "r1 1 2 G A", "r3 1 4 0 0", "r4 1 5 A C"]
    two = Merged([small("a", *rows), small("b", *other)])
    assert two.variants["id"].tolist() == ["r0", "r1", "r3", "r4"]
    assert two.variants["effect_allele"].tolist() == ["A", "A", ".", "A"]
    # r0 is turned: C/T counts the G of A/G on the other strand
    np.testing.assert_array_equal(everything(two)[0][2:], calls([2, 1], [2, 1], [0, 1], [2, 1]))
    assert two.left_out == (
        ("other alleles in b", 1),
        ("alleles unknown in b", 1),
        ("alleles known only in b", 1),
    )
    assert two.warnings == ("1 variants of b were matched by id only: their alleles are unknown.",)
    # by now the other allele of r0 is known to be A, which C/G does not fit
    three = Merged([small("a", *rows), small("b", *other), small("c", *third)])
    assert three.variants["id"].tolist() == ["r1", "r3", "r4"]
    assert ("other alleles in c", 1) in three.left_out


def test_places_that_are_not_known_do_not_count() -> None:
    one = small("a", "r0 1 1 A G", "r1 0 0 A G", "r2 NA NA A G", "r3 3 -7 A G", "r4 04 09 A G")
    two = small("b", "r0 0 5 A G", "r1 1 5 A G", "r2 7 5 A G", "r3 3 5 A G", "r4 chr4 9 A G")
    merged = Merged([one, two])
    assert (len(merged.variants), merged.remarks) == (5, Remarks())
    assert merged.variants["pos"].tolist() == ["1", "0", "NA", "-7", "09"]


@pytest.mark.parametrize(("n_shifted", "told"), [(1, "notes"), (2, "notes"), (3, "warnings"), (200, "warnings")])
def test_few_corrected_positions_are_no_other_build(n_shifted: int, told: str) -> None:
    rows = [f"r{j} 1 {j + 1} A G" for j in range(200)]
    shifted = [f"r{j} 1 {j + 1 + 5000 * (j < n_shifted)} A G" for j in range(200)]
    merged = Merged([small("a", *rows), small("b", *shifted)])
    statement = f"{n_shifted} of 200 variants have another position in b, for instance r0 at 5001, not 1: "
    build = "the sets seem to be of different builds; " if told == "warnings" else ""
    matched = "they were matched by id, and positions are those of a."
    assert getattr(merged, told) == (statement + build + matched,)
    assert merged.variants["pos"].tolist() == [str(j + 1) for j in range(200)]


def test_other_chromosomes_are_left_out_and_many_are_told() -> None:
    rows = [f"r{j} 1 {j + 1} A G" for j in range(200)]
    other = [row.replace(" 1 ", " 7 ", 1) if j < 3 else row for j, row in enumerate(rows)]
    merged = Merged([small("a", *rows), small("b", *other)])
    assert merged.left_out == (("on another chromosome in b", 3),)
    assert merged.warnings == (
        "3 of 200 variants are on another chromosome in b, for instance r0 on 7, not 1: they are left out; check that"
        " the ids name the same variants.",
    )
    other[1:3] = rows[1:3]
    assert Merged([small("a", *rows), small("b", *other)]).remarks == Remarks((("on another chromosome in b", 1),))


def test_every_variant_of_the_first_set_is_counted_once() -> None:
    remarks = Remarks((("why", 4),), ("note a",), ("warning a",))
    one = small("a", *(f"r{j} 1 {j + 1} A G" for j in range(6)), "r5 1 9 A G", remarks=remarks, beyond=4)
    two = small("b", "r0 1 1 A G", "r1 1 2 A C", "r2 2 3 A G", "r3 1 4 A G", "r3 1 4 A G", remarks=Remarks((), ("b",)))
    merged = Merged([one, two])
    assert merged.left_out == (
        ("why", 4),
        ("an id that occurs twice in the first set", 2),
        ("not in b, or twice in it", 2),
        ("on another chromosome in b", 1),
        ("other alleles in b", 1),
    )
    assert merged.total == sum(count for _, count in merged.left_out) + len(merged.variants) == 11
    assert merged.notes == ("note a", "b")
    assert merged.warnings[0] == "warning a"


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (
            ["x 1 1 A G"],
            {"people": ["p", "a1"]},
            "of different individuals. Got 1 ids in two of a + b, for instance 'a1' in a",
        ),
        (
            ["x 5 1 A G"],
            {},
            "by id. Got none that is in a (for instance 'r0') and in b ('x'); rename them, for instance",
        ),
        (
            ["x chr1 01 A G", "y 1 2 A G"],
            {},
            "share variants by id. Got none that is in a (for instance 'r0') and in b ('x'), although 2 are"
            " at the same chromosome and position in both; rename them to chrom:pos:ref:alt in all sets,"
            " for instance with",
        ),
        (
            ["x 5 1 A G"],
            {"beyond": 3},
            "by id. Got none of the listed that is in a (for instance 'r0') and in b ('x'); ",
        ),
        (
            ["r0 1 1 A G", "r0 1 1 A G"],
            {},
            "hold each variant once. Got only ids that are twice in a or b, or were left out before, for instance 'r0'",
        ),
        (
            ["r0 1 1 A C", "r1 9 2 A G"],
            {},
            "share variants with the same alleles and chromosome. Got none of 2 ids in a and in b (1: on"
            " another chromosome in b; 1: other"
            " alleles in b); check that their ids name the same variants.",
        ),
    ],
)
def test_what_cannot_be_merged(rows: list[str], more: dict[str, Any], message: str) -> None:
    one = small("a", "r0 1 1 A G", "r1 1 2 A G")
    with pytest.raises(ValueError, match="genotype sets must .*" + re.escape(message)) as error:
        Merged([one, small("b", *rows, **more)])
    assert "\n" not in str(error.value)


def test_sets_of_a_kind_that_is_not_merged() -> None:
    with pytest.raises(ValueError, match="sources must hold at least one genotype set. Got none; give at least one."):
        Merged([])
    row = "r0 1 1 A G"
    both = Merged([small("a", row), small("b", row, G=np.full((2, 1), -3.0, np.float32), kind="continuous")])
    with pytest.raises(ValueError, match="genotypes must lie between 0 and 2 to be merged. Got others in b; give hard"):
        everything(both)
    assert both.read(np.array([1]), np.array([0]))[1] == "counts"


def test_one_set_is_itself_and_somebody_twice_in_it_is_for_later() -> None:
    one = small("a", "r0 1 1 A T", "r1 1 2 A G", people=["p", "p"])
    merged = Merged([one])
    assert merged.remarks == Remarks()
    np.testing.assert_array_equal(everything(merged)[0], one.G)
    assert one.reads == [0, 1]


def test_progress_rises_to_all_variants() -> None:
    rows = ["r0 1 1 A G", "r1 1 2 A G", "r2 1 3 A G"]
    told: list[tuple[int, int]] = []
    merged = Merged([small(name, *rows) for name in "ab"])
    merged.read(np.arange(4), np.arange(3), lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (3, 3)]


class Some:
    """Some people of a set, and no others."""

    def __init__(self, source: Source, people: pd.Index) -> None:
        self._source, self._rows = source, source.samples.get_indexer(people)
        self.path, self.argument, self.remarks = source.path, source.argument, source.remarks
        self.variants, self.total, self.example = source.variants, source.total, source.example
        self.samples = source.samples[self._rows]

    def read(self, rows: np.ndarray, columns: np.ndarray, progress: Progress | None = None) -> tuple[np.ndarray, str]:
        return self._source.read(self._rows[rows], columns, progress)


@pytest.fixture
def thousand_genomes() -> tuple[PlinkSource, PlinkSource]:
    """Phase 1 and phase 3: 742 people in both, and 5 variants, of which one is palindromic."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    return tuple(PlinkSource(SHARED / name / name) for name in ("kg1_thin14k", "kg3_subset"))  # type: ignore[return-value]


@pytest.mark.shared
def test_phases_of_the_thousand_genomes(thousand_genomes: tuple[PlinkSource, PlinkSource]) -> None:
    one, three = thousand_genomes
    with pytest.raises(
        ValueError, match="different individuals. Got 742 ids in two of .*kg1_thin14k .* 'HG00096' in .*kg1"
    ):
        Merged([one, three])
    common = one.samples.intersection(three.samples, sort=False)
    new = three.samples.difference(common, sort=False)
    merged = Merged([one, Some(three, new)])
    assert len(merged.samples) == 1092 + 1126 - 742
    ids = merged.variants["id"].tolist()
    assert set(ids) <= {"rs7356321", "rs1389733", "rs25643", "rs542054", "rs4796561"}
    assert len(ids) + sum(count for _, count in merged.left_out) == 14_079
    assert merged.warnings == ()
    G, kind = everything(merged)
    assert kind == "counts"
    # people of both phases were genotyped twice: what phase 3 says of them, turned, is what phase 1 says
    half = np.arange(len(common)) % 2 == 0
    split = Merged([Some(one, one.samples.difference(common[half])), Some(three, common[half])])
    assert split.variants["id"].tolist() == ["rs7356321", "rs1389733", "rs25643", "rs4796561"]
    here, _ = everything(split)
    again, _ = one.read(
        one.samples.get_indexer(split.samples), pd.Index(one.variants["id"]).get_indexer(split.variants["id"])
    )
    theirs = split.samples.isin(common[half])
    np.testing.assert_array_equal(here[~theirs], again[~theirs])
    assert (here[theirs] == again[theirs]).mean(axis=0).min() > 0.97


@pytest.mark.shared
@pytest.mark.parametrize("way", ["as it is", "other strand", "mixed"])
def test_a_real_cohort_in_two_files(thousand_genomes: tuple[PlinkSource, PlinkSource], way: str) -> None:
    source, rng = thousand_genomes[1], np.random.default_rng(0)
    G, _ = source.read(np.arange(1126), np.arange(5380))
    table = source.variants[COLUMNS]
    palindromic = (table["effect_allele"].str.translate(STRAND) == table["other_allele"]).to_numpy()
    labels = pd.read_csv(SHARED / "kg3_subset" / "samples.tsv", sep="\t").set_index("iid")["super_population"]
    african = labels.loc[source.samples].eq("AFR").to_numpy()
    # where letters tell nothing, the halves must be of like ancestry
    part = rng.random(1126) < 0.5 if way == "mixed" else african
    rows = [" ".join(row) for row in table.itertuples(index=False)]
    other, there = G[part], rows
    if way == "other strand":
        there = [" ".join([*row.split()[:3], *(each.translate(STRAND) for each in row.split()[3:])]) for row in rows]
    elif way == "mixed":
        other, there = written_otherwise(other, rows, rng)
    people = source.samples
    merged = Merged(
        [Memory("a", rows, G[~part], people=list(people[~part])), Memory("b", there, other, people=list(people[part]))]
    )
    kept = pd.Index(table["id"]).get_indexer(merged.variants["id"])
    np.testing.assert_array_equal(everything(merged)[0], G[people.get_indexer(merged.samples)][:, kept])
    lost = np.setdiff1d(np.arange(5380), kept)
    assert palindromic[lost].all()
    p, q = (G[here].astype(float).mean(axis=0) / 2 for here in (~part, part))
    unclear = palindromic & (((p >= 0.42) & (p <= 0.58)) | ((q >= 0.42) & (q <= 0.58)))
    contrary = palindromic & ~unclear & ((p < 0.5) != (q < 0.5))
    assert [count for _, count in merged.left_out] == [each for each in (unclear.sum(), contrary.sum()) if each]
    # so many would have been turned wrongly by frequency alone
    assert contrary.sum() == (0 if way == "mixed" else 27)
    assert len(merged.warnings) == (way == "mixed")
