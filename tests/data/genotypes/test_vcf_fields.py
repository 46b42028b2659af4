"""VCF records in which a dosage is absent, beyond its range, or only a probability."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentmr.data import GenotypeFiles, read_genotypes
from latentmr.data.genotypes.vcf import VcfSource

FORMATS = ("GT", "DS", "GP", "PL")


def write(path: Path, form: str, rows: list[list[str]], declared: tuple[str, ...] = FORMATS) -> Path:
    kinds = {"GT": "Number=1,Type=String", "DS": "Number=A,Type=Float", "GP": "Number=G,Type=Float"}
    kinds["PL"] = "Number=G,Type=Integer"
    head = ["##fileformat=VCFv4.2", *(f'##FORMAT=<ID={name},{kinds[name]},Description="g">' for name in declared)]
    people = [f"p{i}" for i in range(len(rows[0]))]
    lines = [*head, "##contig=<ID=1>"]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *people]))
    for j, cells in enumerate(rows):
        lines.append("\t".join(["1", str(j + 1), f"rs{j}", "G", "A", ".", ".", ".", form, *cells]))
    path.write_text("\n".join(lines) + "\n")
    return path


def values(source: VcfSource) -> list[list[float]]:
    G, _ = source.read(np.arange(len(source.samples)), np.arange(source.total))
    return [[round(float(g), 3) for g in row] for row in G.T]


def test_a_call_without_a_dosage_is_its_hard_call(tmp_path: Path) -> None:
    path = write(tmp_path / "g.vcf", "GT:DS", [["0/1:0.9", "1/1", "0/0:.", "0|1:1.2"]])
    source = VcfSource(path)
    assert values(source) == [[0.9, 2, 0, 1.2]]
    assert values(source) == [[0.9, 2, 0, 1.2]]
    assert source.after_reading().warnings == (
        f"{path}: dosages (DS) were absent for 2 calls of 1 variant: hard calls (GT) were read instead.",
    )
    path = write(tmp_path / "g.vcf", "GT:DS", [["./.:.", "1/1:1.9", "./.", "0/0:0"]])
    G, _ = VcfSource(path).read(np.arange(4), np.array([0]))
    assert np.isnan(G[:, 0]).tolist() == [True, False, True, False]


def test_records_without_dosages_at_all_are_counted(tmp_path: Path) -> None:
    source = VcfSource(write(tmp_path / "g.vcf", "GT", [["0/1", "1/1", "./.", "0/0"]]))
    assert source.read(np.arange(4), np.array([0]))[0].ravel().tolist() == [1, 2, -127, 0]
    assert "were absent for 3 calls of 1 variant" in source.after_reading().warnings[0]


def test_dosages_slightly_beyond_are_cut_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "g.vcf", "DS", [["2.001", "-0.0005", "1.5", "."], ["0.1", "0.2", "2", "0"]])
    source = VcfSource(path)
    G, _ = source.read(np.arange(4), np.arange(2))
    np.testing.assert_allclose(G[:, 0], [2, 0, 1.5, np.nan])
    assert source.after_reading().notes == (
        f"{path}: 2 dosages of 1 variant slightly beyond 0 to 2 (at most 0.01) were set to 0 or 2.",
    )


@pytest.mark.parametrize("far", ["2.5", "-9", "-1"])
def test_dosages_clearly_beyond_are_refused_without_their_values(tmp_path: Path, far: str) -> None:
    source = VcfSource(write(tmp_path / "g.vcf", "DS", [["0", "1", "0.5"], ["0.5", far, far]]))
    with pytest.raises(
        ValueError, match=r"dosages between 0 and 2. Got 2 of 3 beyond .* at the variant 'rs1'"
    ) as found:
        source.read(np.arange(3), np.arange(2))
    assert far not in str(found.value)


@pytest.mark.parametrize("declared", [("GP",), ("GT", "GP")])
def test_probabilities_alone_give_dosages(tmp_path: Path, declared: tuple[str, ...]) -> None:
    cells = ["0.1,0.2,0.7", "1,0,0", "0,0,0", ".", "0.33,0.33,0.33"]
    source = VcfSource(write(tmp_path / "g.vcf", "GP", [cells], declared))
    G, kind = source.read(np.arange(5), np.array([0]))
    np.testing.assert_allclose(G[:, 0], [1.6, 0, np.nan, np.nan, 1], atol=1e-6)
    assert kind == "dosages"


def test_probabilities_that_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "g.vcf", "GP", [["0,30,60", "1,0,0"]], ("GP",))
    with pytest.raises(ValueError, match=r"sum to one. Got 1 of 2 that do not, at the variant 'rs0'; .*Phred"):
        VcfSource(path).read(np.arange(2), np.array([0]))


def test_probabilities_come_before_hard_calls_where_a_dosage_is_absent(tmp_path: Path) -> None:
    source = VcfSource(write(tmp_path / "g.vcf", "GT:DS:GP", [["0/1:.:0.2,0.7,0.1", "1/1:1.8:0,0.2,0.8"]]))
    assert values(source) == [[0.9, 1.8]]
    assert "1 dosages of 1 variant are from genotype probabilities (GP)" in source.after_reading().notes[0]


@pytest.mark.parametrize("declared", [("PL",), ("GT", "PL")])
def test_likelihoods_are_no_genotypes(tmp_path: Path, declared: tuple[str, ...]) -> None:
    path = write(tmp_path / "g.vcf", "PL", [["0,30,60", "30,0,60"]], declared)
    with pytest.raises(ValueError, match=r"Got genotype likelihoods only \(PL\).*; call genotypes"):
        VcfSource(path).read(np.arange(2), np.array([0]))


def test_what_was_replaced_is_told(study: Any) -> None:
    head = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *study.people])
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">', "##contig=<ID=1>"]
    lines += ['##FORMAT=<ID=DS,Number=A,Type=Float,Description="d">', head]
    words = ["0/0", "0/1", "1/1"]
    for j, v in enumerate(study.variants.itertuples()):
        cells = [words[int(g)] + (f":{g}" if i % 7 else "") for i, g in enumerate(study.genotypes[:, j])]
        row = ["1", v.pos, v.id, v.other_allele, v.effect_allele, ".", ".", ".", "GT:DS", *cells]
        lines.append("\t".join(row))
    path = study.write_lines("g.vcf", lines)
    data = read_genotypes(GenotypeFiles(vcf=path), **study.plan())
    np.testing.assert_array_equal(data.G, study.genotypes)
    assert any("were absent for 180 calls of 10 variants" in text for text in data.flow.warnings)
