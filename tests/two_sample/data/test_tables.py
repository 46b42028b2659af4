"""Tables of GWAS results of every program, as one canonical table."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from latentmr.data.ledger import Ledger
from latentmr.two_sample.data.tables import SUMMARY_COLUMNS, is_binary, read_summary, read_traits

P = 2 * stats.norm.sf(2.0)
L = -np.log10(P)
OR = np.exp(0.2)
#: One variant, effect 0.2 with standard error 0.1 of allele A, frequency 0.3, 1000 individuals, by program.
TABLES = {
    "TwoSampleMR": f"SNP beta se effect_allele other_allele eaf pval samplesize\nrs1 0.2 0.1 A G 0.3 {P} 1000",
    "TwoSampleMR exposure": "SNP id.exposure beta.exposure se.exposure effect_allele.exposure other_allele.exposure"
    f" eaf.exposure pval.exposure samplesize.exposure\nrs1 study 0.2 0.1 A G 0.3 {P} 1000",
    "GWAS-SSF": "chromosome base_pair_location effect_allele other_allele beta standard_error effect_allele_frequency"
    f" p_value rsid n\n1 123 A G 0.2 0.1 0.3 {P} rs1 1000",
    "GWAS-SSF, odds": "chromosome base_pair_location effect_allele other_allele odds_ratio standard_error"
    f" effect_allele_frequency neg_log_10_p_value rsid n\n1 123 A G {OR} 0.1 0.3 {L} rs1 1000",
    "REGENIE": "CHROM GENPOS ID ALLELE0 ALLELE1 A1FREQ INFO N TEST BETA SE CHISQ LOG10P EXTRA\n"
    f"1 123 rs1 G A 0.3 0.99 1000 ADD 0.2 0.1 4 {L} NA",
    "PLINK 2 linear": "#CHROM POS ID REF ALT A1 OMITTED A1_FREQ TEST OBS_CT BETA SE T_STAT P ERRCODE\n"
    f"1 123 rs1 G A A G 0.3 ADD 1000 0.2 0.1 2 {P} .\n1 123 rs1 G A A G 0.3 COVAR1 1000 9 9 9 0.1 .",
    "PLINK 2 logistic": "#CHROM POS ID REF ALT A1 A1_FREQ TEST OBS_CT OR LOG(OR)_SE Z_STAT P ERRCODE\n"
    f"1 123 rs1 A G A 0.3 ADD 1000 {OR} 0.1 2 {P} .",
    "METAL": "MarkerName Allele1 Allele2 Freq1 Weight Effect StdErr P-value Direction\n"
    f"rs1 a g 0.3 1000 0.2 0.1 {P} ++",
    "BOLT-LMM": "SNP CHR BP GENPOS ALLELE1 ALLELE0 A1FREQ F_MISS BETA SE P_BOLT_LMM N\n"
    f"rs1 1 123 0.1 A G 0.3 0 0.2 0.1 {P} 1000",
    "no standard error": f"SNP A1 A2 FRQ B P N\nrs1 A G 0.3 0.2 {P} 1000",
    "no p value": "SNP A1 A2 FRQ B SE N\nrs1 A G 0.3 0.2 0.1 1000",
}


def write(folder: Path, text: str, name: str = "table.tsv") -> Path:
    path = folder / name
    path.write_text("\n".join("\t".join(line.split(" ")) for line in text.split("\n")) + "\n")
    return path


@pytest.mark.parametrize("program", TABLES)
def test_every_program_s_table(program: str, tmp_path: Path) -> None:
    table = read_summary(write(tmp_path, TABLES[program]))
    assert list(table.columns) == SUMMARY_COLUMNS
    assert table[["id", "effect_allele", "other_allele"]].values.tolist() == [["rs1", "A", "G"]]
    found = table[["beta", "se", "eaf", "n", "p_value"]].to_numpy(dtype=float)
    np.testing.assert_allclose(found, [[0.2, 0.1, 0.3, 1000, P]], rtol=1e-6)
    if "123" in TABLES[program]:
        assert table[["chrom", "pos"]].values.tolist() == [["1", "123"]]


@pytest.mark.parametrize("name", ["t.tsv.gz", "t.tsv.zst", "t.parquet", "t.csv", "t.txt"])
def test_every_kind_of_file(name: str, tmp_path: Path) -> None:
    expected = read_summary(write(tmp_path, TABLES["GWAS-SSF"]))
    frame = pd.read_csv(tmp_path / "table.tsv", sep="\t")
    path = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        text = frame.to_csv(sep={".csv": ",", ".txt": " "}.get(path.suffix, "\t"), index=False).encode()
        codec = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
        if codec:
            with pa.CompressedOutputStream(str(path), codec) as stream:
                stream.write(text)
        else:
            path.write_bytes(text)
    pd.testing.assert_frame_equal(read_summary(path), expected)


@pytest.mark.parametrize("name", ["s.vcf", "s.vcf.gz"])
def test_gwas_vcf(name: str, tmp_path: Path) -> None:
    lines = [
        "##fileformat=VCFv4.2",
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "study"]),
        f"1\t123\trs1\tG\tA\t.\tPASS\t.\tES:SE:LP:AF:SS\t0.2:0.1:{L}:0.3:1000",
        "1\t124\t.\tG\tA\t.\tPASS\t.\tES:SE:LP\t0.1:.:.",
    ]
    path = tmp_path / name
    with pa.output_stream(str(path), compression="detect") as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    ledger = Ledger()
    table = read_summary(path, ledger=ledger)
    assert table[["id", "effect_allele", "other_allele"]].values.tolist() == [["rs1", "A", "G"]]
    found = table[["beta", "se", "eaf", "n", "p_value"]].to_numpy(dtype=float)
    np.testing.assert_allclose(found, [[0.2, 0.1, 0.3, 1000, P]], rtol=1e-9)
    assert [(step.removed, step.remaining) for step in ledger.steps] == [(0, 2), (1, 1)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no vcf", "line 1 with 1 columns instead of 10 or more"),
        ("1\t123\trs1\tG\tA\t.\tPASS\t.\tES:SE\tsecret:0.1", "line 1 with a field ES that is not a number"),
        ("\xff", "bytes that are not UTF-8 text"),
    ],
)
def test_a_malformed_vcf_names_line_field_and_fault_but_no_value(line: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "s.vcf"
    path.write_bytes(line.encode("latin-1") + b"\n")
    with pytest.raises(ValueError, match="must be a GWAS-VCF file") as error:
        read_summary(path)
    assert f"Got {fault}." in str(error.value)
    assert "secret" not in str(error.value)


def test_columns_of_other_names(tmp_path: Path) -> None:
    path = write(tmp_path, "name letter odds error\nrs1 A 2 0.1")
    columns = {"id": "name", "effect_allele": "letter", "odds_ratio": "odds", "se": "error"}
    table = read_summary(path, columns)
    assert table["beta"][0] == pytest.approx(np.log(2))
    assert table["other_allele"].isna().all()
    with pytest.raises(ValueError, match="must have the column 'nothing', as given for se. Got name, letter"):
        read_summary(path, columns | {"se": "nothing"})
    with pytest.raises(ValueError, match="columns must be of id, chrom, .* Got 'size'"):
        read_summary(path, columns | {"size": "error"})


def test_a_table_of_both_sides(tmp_path: Path) -> None:
    head = "SNP effect_allele.exposure beta.exposure se.exposure effect_allele.outcome beta.outcome se.outcome"
    path = write(tmp_path, head + "\nrs1 A 1 2 C 3 4")
    assert read_summary(path, side="outcome")[["effect_allele", "beta", "se"]].values.tolist() == [["C", 3, 4]]
    assert read_summary(path, side="exposure")[["effect_allele", "beta", "se"]].values.tolist() == [["A", 1, 2]]


def test_rows_that_do_not_serve_are_counted(tmp_path: Path) -> None:
    rows = ["rs1 A 0.2 0.1 0.3 0.5", "NA A 0.2 0.1 0.3 0.5", "rs3 NA 0.2 0.1 0.3 0.5", "rs4 A NA 0.1 0.3 0.5"]
    rows += ["rs5 A 0.2 0 0.3 0.5", "rs6 A 0.2 0.1 1.3 0.5", "rs7 A 0.2 0.1 0.3 1.5", "rs8 A 0.2 -1 0.3 0.5"]
    path = write(tmp_path, "\n".join(["SNP effect_allele beta se eaf p", *rows]))
    ledger = Ledger()
    assert read_summary(path, ledger=ledger)["id"].tolist() == ["rs1"]
    counts = {step.reason: step.removed for step in ledger.steps[1:]}
    assert counts == {
        f"no id in {path}": 1,
        f"no effect allele in {path}": 1,
        f"no effect in {path}": 1,
        f"no standard error above 0 in {path}": 2,
        f"a frequency outside 0 to 1 in {path}": 1,
        f"a p value outside 0 to 1 in {path}": 1,
    }
    with pytest.raises(
        ValueError,
        match=re.escape(f"{path} must hold effects with standard errors. Got no usable row of 1 (1 with no effect). "),
    ):
        read_summary(write(tmp_path, "SNP effect_allele beta se\nrs1 A NA 1"))
    with pytest.raises(ValueError, match="The columns found are SNP, effect_allele, beta, se, x0, .*, x5 and 4 more"):
        read_summary(write(tmp_path, "SNP effect_allele beta se x0 x1 x2 x3 x4 x5 x6 x7 x8 x9\nrs1 A NA 1" + " 0" * 10))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("beta se effect_allele", "must have a column with the variant's id (such as snp)"),
        ("SNP beta se", "must have a column with the effect allele (such as effect_allele or ref)"),
        ("SNP A1 se", "must have a column with the effect (such as beta or odds_ratio)"),
        ("SNP A1 beta", "must have a column with its standard error or p value (such as se or p_value or log10p)"),
    ],
)
def test_columns_that_are_needed(head: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"{head}\n" + " ".join(["1"] * len(head.split())))
    with pytest.raises(ValueError, match=re.escape(message.replace("or ref)", "or alt)"))):
        read_summary(path)


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "SNP A1 beta se\nrs1 A big 0.1\nrs2 A 0.1 0.1")
    ledger = Ledger()
    assert read_summary(path, ledger=ledger)["id"].tolist() == ["rs2"]
    assert ledger.steps[1].reason == f"text in column 'beta' in {path}"
    path = write(tmp_path, "SNP A1 beta se\nrs1 A big 0.1\nrs2 A small 0.1\nrs3 A 1 0.1")
    with pytest.raises(
        ValueError, match=r"column 'beta' must be a numeric column. Got text in 2 of 3 rows of .*\. Name"
    ):
        read_summary(path)
    with pytest.raises(ValueError, match="must be a file. Got none of that name"):
        read_summary(tmp_path / "nowhere.vcf")


def test_effects_of_ratios_that_are_none(tmp_path: Path) -> None:
    table: Any = read_summary(write(tmp_path, "SNP A1 OR SE\nrs1 A 0 0.1\nrs2 A 1 0.1"))
    assert table["id"].tolist() == ["rs2"]


def test_errors_from_p_values_far_out(tmp_path: Path) -> None:
    z = np.array([1.0, 10.0, 60.0])
    logs = -stats.norm.logsf(z) / np.log(10) - np.log10(2)
    rows = [f"rs{i} A {0.1 * each} {log}" for i, (each, log) in enumerate(zip(z, logs, strict=True))]
    found = read_summary(write(tmp_path, "\n".join(["SNP A1 beta LOG10P", *rows])))
    np.testing.assert_allclose(found["se"], 0.1, rtol=1e-9)
    # a p value of 0 gives no standard error
    ledger = Ledger()
    assert len(read_summary(write(tmp_path, "SNP A1 beta P\nrs1 A 0.2 0\nrs2 A 0.2 0.05"), ledger=ledger)) == 1
    assert "no standard error above 0" in ledger.steps[1].reason


def test_a_table_of_several_traits(tmp_path: Path) -> None:
    head = "SNP exposure effect_allele.exposure beta.exposure se.exposure"
    rows = ["rs1 LDL A 1 2", "rs1 HDL A 3 2", "rs2 LDL C 1 2"]
    path = write(tmp_path, "\n".join([head, *rows]))
    tables = read_traits(path)
    assert list(tables) == ["LDL", "HDL"]
    assert tables["LDL"]["id"].tolist() == ["rs1", "rs2"]
    assert tables["HDL"]["beta"].tolist() == [3]
    path.write_text(path.read_text().replace("HDL", "HDL || id:1").replace("LDL", "LDL || id:2"))
    assert list(read_traits(path)) == ["LDL", "HDL"]
    path.write_text(path.read_text().replace("LDL ", "HDL "))
    assert list(read_traits(path)) == ["HDL || id:2", "HDL || id:1"]
    assert list(read_traits(write(tmp_path, "SNP A1 beta se\nrs1 A 1 2"))) == [""]


def test_tables_without_alleles(tmp_path: Path) -> None:
    path = write(tmp_path, "SNP beta se\nrs1 1 2")
    assert read_summary(path, aligned=True)[["id", "beta"]].values.tolist() == [["rs1", 1]]


def test_effects_that_are_ratios_are_known(tmp_path: Path) -> None:
    assert is_binary(write(tmp_path, "SNP A1 OR SE\nrs1 A 1.1 0.1"))
    assert not is_binary(write(tmp_path, "SNP A1 BETA SE\nrs1 A 1.1 0.1"))
    assert not is_binary(tmp_path / "study.vcf")
