"""Two sources of sample ids: a BGEN file and its .sample file, a .fam and a .psam file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentmr.data import GenotypeFiles, read_genotypes
from latentmr.data.genotypes.bgen import BgenSource
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.plink import PlinkSource

bgen = pytest.importorskip("bgen")


def write_bgen(study: Any, ids: list[str]) -> Path:
    path = study.folder / "geno.bgen"
    with bgen.BgenWriter(str(path), len(ids), ids) as writer:
        for j, v in enumerate(study.variants.itertuples()):
            g = study.genotypes[:, j]
            p = np.column_stack([np.clip(1 - g, 0, 1), 1 - np.abs(1 - g), np.clip(g - 1, 0, 1)])
            writer.add_variant(f"snp{j}", v.id, v.chrom, int(v.pos), [v.other_allele, v.effect_allele], p)
    return path


def sample_file(study: Any, ids: list[str], families: list[str] | None = None) -> Path:
    pairs = zip(families or ids, ids, strict=True)
    return Path(study.write_lines("g.sample", ["ID_1 ID_2 missing", "0 0 0", *(f"{a} {b} 0" for a, b in pairs)]))


def test_the_same_ids_are_silent(study: Any) -> None:
    source = BgenSource(write_bgen(study, list(study.people)), sample_file(study, list(study.people)))
    assert source.samples.tolist() == list(study.people)
    assert source.remarks.notes == ()


def test_another_order_or_other_ids_are_refused(study: Any) -> None:
    people = list(study.people)
    path = write_bgen(study, people)
    with pytest.raises(ValueError, match=r"sample must agree with .* Got the same 120 ids in another order in .*leave"):
        BgenSource(path, sample_file(study, people[::-1]))
    with pytest.raises(ValueError, match=r"Got other ids in .*: 1 of 120 are not in the BGEN file, and 1 lines differ"):
        BgenSource(path, sample_file(study, ["new", *people[1:]]))


@pytest.mark.parametrize("name", ["(anonymous_sample_{})", "sample_{}", "{}", "(unknown_sample_{})"])
def test_generic_ids_yield_to_the_sample_file(study: Any, name: str) -> None:
    path = write_bgen(study, [name.format(i + 1) for i in range(120)])
    source = BgenSource(path, sample_file(study, list(study.people)))
    assert source.samples.tolist() == list(study.people)
    assert "its own sample ids are generic" in source.remarks.notes[0]
    if name == "{}":
        return  # some individuals of the study have such ids
    with pytest.raises(ValueError, match=r"ids of the genotypes are generic: give the \.sample file"):
        read_genotypes(GenotypeFiles(bgen=path), **study.plan())


def test_numbers_in_another_order_are_no_generic_ids(study: Any) -> None:
    numbers = [str(i + 1) for i in range(120)]
    path = write_bgen(study, numbers)
    with pytest.raises(ValueError, match="the same 120 ids in another order"):
        BgenSource(path, sample_file(study, numbers[::-1]))


def test_ids_with_the_family_are_recognised(study: Any) -> None:
    people, families = list(study.people), [f"F{i}" for i in range(120)]
    both = [f"{a}_{b}" for a, b in zip(families, people, strict=True)]
    for own in (families, both):
        source = BgenSource(write_bgen(study, own), sample_file(study, people, families))
        assert source.samples.tolist() == people
        assert "the column ID_2" in source.remarks.notes[0]


def test_variants_are_listed_by_their_second_id(study: Any) -> None:
    path = write_bgen(study, list(study.people))
    Path(f"{path}.bgi").unlink(missing_ok=True)
    assert BgenSource(path, listed=Listed(["snp3", "rs5"])).variants["id"].tolist() == ["rs3", "rs5"]


def test_a_psam_beside_a_fam_that_contradicts(study: Any) -> None:
    prefix = study.write_bed()
    rows = ["#IID SEX", *(f"{name} 1" for name in study.people)]
    study.write_lines(f"{Path(prefix).name}.psam", rows)
    assert PlinkSource(prefix).remarks.warnings == ()
    study.write_lines(f"{Path(prefix).name}.psam", [rows[0], *rows[:0:-1]])
    assert "has the same ids in another order" in PlinkSource(prefix).remarks.warnings[0]
