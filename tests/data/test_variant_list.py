"""Lists of variants in every layout, and names by position in every spelling."""

from typing import Any

import pandas as pd
import pytest

from latentmr.data.genotypes.chromosomes import chromosome_key, chromosome_label, is_no_autosome
from latentmr.data.genotypes.listing import Listed
from latentmr.data.variant_list import read_variant_list

VARIANTS = pd.DataFrame(
    {
        "id": ["rs1", "rs2", "1:30:A:G", "RS4", "rs5"],
        "chrom": ["1", "chr1", "1", "2", "NC_000023.11"],
        "pos": ["10", "20", "30", "40", "50"],
        "effect_allele": ["A", "a", "A", "0", "A"],
        "other_allele": ["G", "t", "G", "C", "G"],
    }
)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        *((name, 0) for name in ("rs1", "RS1", "1:10", "chr1:10", "1_10_A_G", "1:10:G:A", "chr1-10-A-G", "1:10_G/A")),
        *((name, 0) for name in ("NC_000001.11:10:A:G", "chr01:10:a:g", "CM000663.2:10", "1_10_G_A_b38")),
        *((name, 1) for name in ("rs2", "1:20:T:A", "chr1_20_A_T")),
        *((name, 2) for name in ("1:30:A:G", "1:30:G:A", "chr1:30")),
        *((name, 3) for name in ("rs4", "2:40:T:C", "2:40")),
        *((name, 4) for name in ("X:50:A:G", "23:50", "chrX_50_A_G")),
        *((name, None) for name in ("1:10:A:C", "2:10", "rs11", "chrX_KI270880v1_alt:50", "2:40:T:A")),
    ],
)
def test_a_variant_by_any_name(name: str, row: int | None) -> None:
    found = Listed([name, "rs999"]).find(VARIANTS)
    assert [i for i, place in enumerate(found) if place == 0] == ([] if row is None else [row])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("\ufeffrs1\r\nrs2\r\n\r\n", ["rs1", "rs2"]),
        ("  rs1  \n\trs2\nrs1\n", ["rs1", "rs2"]),
        ("SNP\nrs1\n", ["rs1"]),
        ("#ID\nrs1\n", ["rs1"]),
        ("rsid,chr,pos\nrs1,1,10\n", ["rs1"]),
        ('"SNP";"P"\n"rs1";"0,1"\n', ["rs1"]),
        ("CHR\tBP\tSNP\tP\n1\t10\trs1\t1\n1\t20\t.\t1\n", ["rs1", "1:20"]),
        ("#CHROM\tPOS\tID\tREF\tALT\n1\t10\trs1\tG\tA\n1\t20\t.\tT\tA\n", ["rs1", "1:20:T:A"]),
        ("##fileformat=x\n#CHROM POS REF ALT\n1 10 G A\n", ["1:10:G:A"]),
        ("chromosome base_pair_location effect_allele other_allele\n1 10 A G\n", ["1:10:A:G"]),
        ("1 10\nchr2 40\n", ["1:10", "chr2:40"]),
        ("1 10 G A\n", ["1:10:G:A"]),
        ("1 rs1 0 10 A G\n1 . 0 20 A T\n", ["rs1", "1:20:T:A"]),
        ("rs1 A 0.5\nrs2 G 0.1\n", ["rs1", "rs2"]),
    ],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_a_list_of_any_layout(tmp_path: Any, text: str, names: list[str], coding: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(text.removeprefix("\ufeff").encode(coding) if coding == "utf-16" else text.encode(coding))
    assert read_variant_list(path, "extract").tolist() == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 10 500 gene\n", "extract must list variants. Got ranges of positions"),
        ("P BP\n0.1 10\n", "extract must have a column of ids .* Got .* with P, BP"),
        ("SNP\n.\n", "extract must list at least one id"),
        ("CHR BP SNP\n1 10 rs1\n1\n", "extract must have the same columns on every line"),
    ],
)
def test_lists_that_are_refused(tmp_path: Any, text: str, message: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_variant_list(path, "extract")


def test_names_without_a_variant_are_shown(study: Any) -> None:
    names = [*study.variants["id"][:6], "rs77", "rs88"]
    data = study.read(extract=study.write_lines("list.txt", names), geno=1, mind=1)
    assert any(text.startswith("2 of the 8 variants of the extract list are not in") for text in data.flow.warnings)
    assert any(text.endswith(": 'rs77', 'rs88'.") for text in data.flow.warnings)


@pytest.mark.parametrize(
    ("name", "label", "out"),
    [
        ("chr1", "1", False), ("Chr_07", "7", False), ("chromosome22", "22", False), ("NC_000022.10", "22", False),
        ("CM000684.2", "22", False), ("23", "23", True), ("NC_000023.11", "X", True), ("CM000686.2", "Y", True),
        ("chrM", "MT", True), ("NC_012920.1", "MT", True), ("PAR1", "PAR1", True), ("chrXY", "XY", True),
        ("X_PAR2", "X_PAR2", True), ("chrX_KI270880v1_alt", "X_KI270880V1_ALT", True),
        ("GL000219.1", "GL000219.1", True),
        ("chrUn_KI270302v1", "UN_KI270302V1", True), ("chr6_GL000250v2_alt", "6_GL000250V2_ALT", True),
        ("0", "0", False), (".", ".", False), ("NA", "NA", False), ("2L", "2L", False), ("IV", "IV", False),
    ],
)  # fmt: skip
def test_names_of_chromosomes(name: str, label: str, out: bool) -> None:
    assert chromosome_label(name) == label
    assert is_no_autosome(name, 22) is out


def test_parts_and_codes_of_one_chromosome() -> None:
    assert {chromosome_key(name) for name in ("X", "chrX", "23", "25", "PAR1", "XY", "NC_000023.11")} == {"X"}
    assert chromosome_key("24") == chromosome_key("chrY") == "Y"
    assert chromosome_key("26") == chromosome_key("M") == "MT"
    assert not is_no_autosome("23", 38)
