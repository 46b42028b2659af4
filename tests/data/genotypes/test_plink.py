import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import PlinkSource, read_plink

CALL_OF_BITS = {0: 2, 1: -127, 2: 1, 3: 0}  # copies of allele 1 of the .bim file, by the format's definition


def test_the_counted_allele_is_the_first_of_the_bim_file(study: Any) -> None:
    study.genotypes[3, 2] = np.nan
    data = study.read()
    expected = np.where(np.isnan(study.genotypes), -127, study.genotypes)
    np.testing.assert_array_equal(data.G, expected)
    assert data.G.dtype == np.int8
    assert data.kind == "counts"
    pd.testing.assert_frame_equal(data.variants, study.variants, check_dtype=False)
    bim = [line.split() for line in Path(f"{study.prefix}.bim").read_text().splitlines()]
    assert [line[4] for line in bim] == data.variants["effect_allele"].tolist()


def test_genotypes_against_the_bits_of_the_file(study: Any) -> None:
    study.genotypes[[0, 119], [0, 9]] = np.nan
    data = study.read()
    raw = np.frombuffer(Path(f"{study.prefix}.bed").read_bytes()[3:], dtype=np.uint8).reshape(10, 30)
    bits = np.stack([(raw >> shift) & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(10, 120).T
    np.testing.assert_array_equal(data.G, np.vectorize(CALL_OF_BITS.get)(bits))


def test_chosen_people_and_variants(study: Any) -> None:
    source = PlinkSource(study.write_bed())
    rows, columns = np.array([5, 2, 119]), np.array([9, 0])
    np.testing.assert_array_equal(source.read(rows, columns)[0], study.genotypes[np.ix_(rows, columns)])
    everyone = np.arange(120)
    np.testing.assert_array_equal(source.read(everyone, columns)[0], study.genotypes[:, columns])
    np.testing.assert_array_equal(source.read(everyone[::-1], columns)[0], study.genotypes[::-1, columns])
    assert (source.path, source.argument) == (str(study.prefix), "bfile")


def test_the_suffix_may_be_given(study: Any, assert_same: Any) -> None:
    expected = study.read()
    assert_same(read_plink(f"{study.prefix}.bed", **study.plan()), expected)


@pytest.mark.parametrize("suffix", [".bed", ".bim", ".fam"])
def test_an_incomplete_fileset(study: Any, suffix: str) -> None:
    study.write_bed()
    Path(f"{study.prefix}{suffix}").unlink()
    message = (
        f"bfile must name a PLINK fileset. Got {study.prefix}, but {study.prefix}{suffix} does not"
        " exist; check the path."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        PlinkSource(study.prefix)


@pytest.mark.parametrize("change", [slice(None, -1), slice(None, 3)])
def test_a_truncated_bed_file(study: Any, change: slice) -> None:
    study.write_bed()
    path = Path(f"{study.prefix}.bed")
    content = path.read_bytes()[change]
    path.write_bytes(content)
    message = f"{path} must hold 120 individuals x 10 variants (303 bytes). Got {len(content)} bytes; use three files"
    with pytest.raises(ValueError, match=re.escape(message)):
        PlinkSource(study.prefix)


@pytest.mark.parametrize(("start", "shown"), [(b"l\x1b\x00", "6c 1b 00"), (b"BGZ", "42 47 5a"), (b"", "an empty file")])
def test_a_bed_file_of_another_kind(study: Any, start: bytes, shown: str) -> None:
    study.write_bed()
    path = Path(f"{study.prefix}.bed")
    path.write_bytes(start + path.read_bytes()[3:] if start else b"")
    message = f"{path} must be a PLINK 1 file in variant-major order (it starts with 6c 1b 01). Got {shown}; write it"
    with pytest.raises(ValueError, match=re.escape(message)):
        PlinkSource(study.prefix)


@pytest.mark.parametrize(
    ("suffix", "text", "columns"),
    [(".bim", "1 rs0 0 5 A\n", 6), (".bim", "", 6), (".fam", "1\n2\n", 2), (".fam", "", 2)],
)
def test_short_lines_beside_the_bed_file(study: Any, suffix: str, text: str, columns: int) -> None:
    study.write_bed()
    path = Path(f"{study.prefix}{suffix}")
    path.write_text(text)
    message = f"{path} must have {columns} white-space separated columns. Got "
    with pytest.raises(ValueError, match=re.escape(message)):
        PlinkSource(study.prefix)


@pytest.mark.parametrize("suffix", [".bim", ".fam"])
def test_text_of_another_encoding(study: Any, suffix: str) -> None:
    study.write_bed()
    path = Path(f"{study.prefix}{suffix}")
    path.write_bytes(path.read_bytes() + b"F\t\xff\xfe\t0\t9\tA\tC\n")
    with pytest.raises(ValueError, match=f"{re.escape(str(path))} must be text in UTF-8. Got bytes that are not"):
        PlinkSource(study.prefix)


def test_ids_and_alleles_that_look_like_other_things(study: Any) -> None:
    study.people[:3] = ["NA", "1e5", "00"]
    study.variants.loc[0, ["id", "effect_allele", "other_allele"]] = ["nan", "0", '"']
    source = PlinkSource(study.write_bed())
    assert source.samples[:3].tolist() == ["NA", "1e5", "00"]
    assert source.variants.loc[0, ["id", "effect_allele", "other_allele"]].tolist() == ["nan", "0", '"']


@pytest.mark.parametrize("n", [117, 118, 119, 120])
def test_numbers_of_people_that_do_not_fill_a_byte(study: Any, n: int) -> None:
    study.genotypes, study.people = study.genotypes[:n], study.people[:n]
    np.testing.assert_array_equal(study.read().G, study.genotypes)
