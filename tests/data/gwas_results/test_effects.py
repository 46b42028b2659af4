"""Effects from what a table has, rows that are left out, and names that the user gives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from latentmr.data.gwas_results.gwas_vcf import read_gwas_vcf
from latentmr.data.gwas_results.reading import is_binary, read_summary, read_traits
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger

BETA, SE = np.array([0.2, -0.1, 0.15, 0.3]), np.array([0.02, 0.03, 0.04, 0.05])
P = 2 * stats.norm.sf(np.abs(BETA / SE))
BASE = {"SNP": ["rs1", "rs2", "rs3", "rs4"], "effect_allele": list("ACGT"), "other_allele": list("GTAC")}


def write(path: Path, **columns: object) -> Path:
    pd.DataFrame(BASE | columns).to_csv(path, sep="\t", index=False)
    return path


@pytest.mark.parametrize(
    "columns",
    [
        {"beta": BETA, "se": SE},
        {"beta": BETA, "P": P},
        {"beta": BETA, "mlogp": -np.log10(P)},
        {"beta": BETA, "LOG10P": np.log10(P)},
        {"beta": BETA, "ln_p": np.log(P)},
        {"beta": BETA, "ci_lower": BETA - 1.959964 * SE, "ci_upper": BETA + 1.959964 * SE},
        {"beta": BETA, "z": BETA / SE},
        {"z": BETA / SE, "se": SE},
        {"OR": np.exp(BETA), "se": SE},
        {"OR": np.exp(BETA), "se": SE * np.exp(BETA), "P": P},
        {"hazard_ratio": np.exp(BETA), "P": P},
        {"OR": np.exp(BETA), "L95": np.exp(BETA - 1.959964 * SE), "U95": np.exp(BETA + 1.959964 * SE)},
        {"beta": [0.2, -0.1, np.nan, np.nan], "odds_ratio": np.exp(BETA), "se": SE},
    ],
)
def test_effects_from_what_there_is(columns: dict[str, object], tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", **columns)
    found = read_summary(path)
    np.testing.assert_allclose(found[["beta", "se", "p_value"]], np.c_[BETA, SE, P], rtol=1e-5)
    assert is_binary(path) == ("OR" in columns or "hazard_ratio" in columns)


def test_p_values_below_the_smallest_number(tmp_path: Path) -> None:
    logs = np.array([412.3, 400.0, 20.0, 3.0])
    texts = [f"{10 ** (1 - log % 1):.12f}e-{int(log) + 1}" for log in logs]
    z = -stats.norm.ppf(0.5 * 10.0 ** -logs[2:])
    found = read_summary(write(tmp_path / "t.tsv", beta=BETA, P=texts))
    other = read_summary(write(tmp_path / "u.tsv", beta=BETA, LOG10P=logs))
    np.testing.assert_allclose(found["se"], other["se"], rtol=1e-9)
    np.testing.assert_allclose(found["se"][2:], np.abs(BETA[2:]) / z, rtol=1e-6)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"beta": BETA, "se": SE, "P": np.log(P)}, "hold p values, from 0 to 1. Got 4 of 4 values below 0 in"),
        ({"beta": BETA, "se": SE, "P": -np.log10(P)}, "hold p values, from 0 to 1. Got 4 of 4 values above 1 in"),
        ({"OR": BETA, "se": SE}, "hold odds ratios or hazard ratios, which are above 0. Got 1 of 4 values below 0"),
        ({"Z": BETA / SE, "N": 100}, "or with z, sample size and allele frequency. Got z without frequency"),
        ({"beta": BETA, "log10p": [1, -1, 2, -2]}, "hold logarithms of p values, all of one sign"),
        ({"beta": BETA, "se": SE, "test": "DOM"}, "have rows of the additive test, ADD. Got DOM in"),
    ],
)
def test_what_cannot_be_an_effect_is_refused(columns: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_summary(write(tmp_path / "t.tsv", **columns))


def test_p_values_under_the_name_of_logarithms_are_read_as_p_values(tmp_path: Path) -> None:
    readings = list[TableReading]()
    path = write(tmp_path / "t.tsv", beta=BETA, se=SE, LOG10P=P)
    np.testing.assert_allclose(read_summary(path, readings=readings)["p_value"], P)
    assert "'LOG10P' holds p values and not their logarithms" in readings[0].notes[0]
    smallest = float(np.min(P))
    assert len(read_traits(path, p_value=smallest * 1.01)[""]) == 1


def test_columns_that_the_user_names_win(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", Effect=99.0, OR=np.exp(BETA), se=SE, A1=list("GTAC"), A2=list("ACGT"))
    np.testing.assert_allclose(read_summary(path, {"odds_ratio": "OR"})["beta"], BETA)
    found = read_summary(path, {"odds_ratio": "OR", "effect_allele": "A1"})
    assert found[["effect_allele", "other_allele"]].to_numpy().tolist() == [list(p) for p in ("GA", "TC", "AG", "CT")]


def test_rows_are_kept_once_and_by_their_flag(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", beta=BETA, se=SE, mr_keep=[True, True, False, True])
    lines = path.read_text().splitlines()
    # one row twice, the same id with another allele, a line cut short
    other = lines[1].replace("\tG\t", "\tC\t")
    path.write_text("\n".join([*lines, lines[1], other, *lines[1:5] * 2, "rs9\tA"]) + "\n")
    ledger, readings = Ledger(), list[TableReading]()
    found = read_summary(path, ledger=ledger, readings=readings)
    assert found["id"].tolist() == ["rs1", "rs2", "rs4", "rs1"]
    assert [step.removed for step in ledger.steps] == [0, 3, 7]
    assert "1 line has more or fewer fields" in readings[0].notes[0]


def test_missing_values_of_gwas_tables(tmp_path: Path) -> None:
    found = read_summary(
        write(tmp_path / "t.tsv", beta=BETA, se=[0.02, -9, 0.04, 0.05], P=P, eaf=[0.1, 0.2, -9, "#NA"])
    )
    np.testing.assert_allclose(found["se"], SE, rtol=1e-5)
    assert found["eaf"].isna().tolist() == [False, False, True, True]


def test_ids_lists_and_positions(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", beta=BETA, se=SE, chr=1, pos=["100", "2e+05", "300.0", "4"])
    frame = pd.read_csv(path, sep="\t", dtype=str).assign(SNP=["rs1,rs9", "NA", "rs3", " rs4 "])
    frame.to_csv(path, sep="\t", index=False)
    found = read_summary(path)
    assert found["id"].tolist() == ["rs1", "1:200000:T:C", "rs3", "rs4"]
    assert found["pos"].tolist() == ["100", "200000", "300", "4"]
    assert read_traits(path, only=["rs9"])[""]["id"].tolist() == ["rs9"]


def test_studies_of_a_gwas_vcf(tmp_path: Path) -> None:
    head = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT one two".replace(" ", "\t")
    rows = [
        "1 5 rs1 A G . . AF=0.2 ES:SE:NS 0.1:0.02:90 0.3:0.02:80",
        "1 6 rs2 A G,T . . . ES:SE 0.1,0.2:0.02,0.03 1,2:1,1",
    ]
    path = tmp_path / "t.txt"
    start = "##fileformat=VCFv4.2\n##SAMPLE=<ID=two,StudyType=CaseControl>\n"
    path.write_text(start + "\n".join([head, *(row.replace(" ", "\t") for row in rows)]) + "\n")
    found = read_summary(path)
    assert found["effect_allele"].tolist() == ["G", "G", "T"]
    assert found[["beta", "se"]].to_numpy().tolist() == [[0.1, 0.02], [0.1, 0.02], [0.2, 0.03]]
    assert (found["eaf"][0], found["n"][0]) == (0.2, 90)
    np.testing.assert_allclose(found["p_value"][0], 2 * stats.norm.sf(5))
    assert read_summary(path, {"study": "two"})["beta"].tolist() == [0.3, 1, 2]
    assert (is_binary(path), is_binary(path, {"study": "two"})) == (False, True)
    assert read_gwas_vcf(path).notes == ("study one is read, of 2: one, two",)
    with pytest.raises(ValueError, match="study must name a study of .* Got 'three'; its studies are one, two"):
        read_gwas_vcf(path, "three")
