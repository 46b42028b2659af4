"""``latentmr run`` on one cohort in two formats, and what the command line says of files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

from latentmr.cli.display import Bars, Screen
from latentmr.cli.provenance import Clock

pytestmark = pytest.mark.usefixtures("undrawn")

QUICK = ["--learner", "linear", "--form", "factor", "--k", "2", "--n-factors", "1", "--bootstrap", "0"]


def write_vcf(folder: Path, cohort: Any, path: Path) -> None:
    """The cohort as text."""
    data = cohort.dataset
    people = [line.split()[1] for line in (folder / "cohort.fam").read_text().splitlines()]
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">']
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *people]))
    words = ["0/0", "0/1", "1/1"]
    for bim, g in zip((folder / "cohort.bim").read_text().splitlines(), data.G.T, strict=True):
        chrom, name, _, pos, effect, other = bim.split()
        calls = [words[each] for each in g]
        lines.append("\t".join([chrom, pos, name, other, effect, ".", ".", ".", "GT", *calls]))
    path.write_text("\n".join(lines) + "\n")


def test_the_same_estimates_from_another_format(latentmr, folder: Path, cohort, traits, tmp_path: Path) -> None:
    pytest.importorskip("cyvcf2", reason="no cyvcf2 to read VCF files with")
    write_vcf(folder, cohort, tmp_path / "cohort.vcf")
    common = ["--pheno", folder / "phenotypes.tsv", "--env", "site", *traits, *QUICK, "--out"]
    assert latentmr("run", "--bfile", folder / "cohort", *common, tmp_path / "bed") == 0
    assert latentmr("run", "--vcf", tmp_path / "cohort.vcf", "--hwe", "1e-9", *common, tmp_path / "vcf") == 0
    assert (tmp_path / "bed" / "estimates.tsv").read_bytes() == (tmp_path / "vcf" / "estimates.tsv").read_bytes()
    report = (tmp_path / "vcf" / "report.html").read_text()
    assert "Hardy-Weinberg p value within environments from 1e-09" in report
    run = json.loads((tmp_path / "vcf" / "run.json").read_text())
    assert f"{tmp_path / 'cohort.vcf'}: hard calls (GT) were read" in run["notes"]


def test_check_prints_and_writes_the_quality(latentmr, capsys, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "checked"
    data = ["--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site"]
    assert latentmr("check", *data, "--out", out) == 0
    said = capsys.readouterr().out
    assert "Hardy-Weinberg p value, within environments" in said
    assert "Relatives: unknown, because 16 variants cannot distinguish duplicates from chance" in said
    assert f"Written: {out / 'run.json'}, {out / 'quality.tsv'}" in said
    assert len((out / "quality.tsv").read_text().splitlines()) == 17
    assert "--hwe 1e-06 excludes them" not in said


def test_check_names_doubtful_variants(latentmr, capsys, tmp_path: Path) -> None:
    people = [f"P{i}" for i in range(200)]
    rng = np.random.default_rng(1)
    G = rng.binomial(2, 0.4, (200, 5)).astype(float)
    G[:, 2] = 2 * (G[:, 2] > 0)
    properties = {"iid": people, "sid": [f"rs{j}" for j in range(5)], "chromosome": ["1"] * 5}
    to_bed(tmp_path / "g.bed", G, properties=properties | {"allele_1": ["A"] * 5, "allele_2": ["G"] * 5})
    sites = pd.DataFrame({"IID": people, "site": np.repeat(["a", "b"], 100)})
    sites.to_csv(tmp_path / "sites.tsv", sep="\t", index=False)
    assert latentmr("check", "--bfile", tmp_path / "g", "--pheno", tmp_path / "sites.tsv", "--env", "site") == 0
    said = capsys.readouterr().out
    assert "1 of 5 variants have a Hardy-Weinberg p value under 1e-06: rs2 (" in said
    assert "; --hwe 1e-06 excludes them." in said


def test_threads_must_be_some(latentmr, capsys, folder: Path) -> None:
    assert latentmr("check", "--bfile", folder / "cohort", "--env", "site", "--threads", "0") == 2
    assert "--threads must be a whole number from 1. Got 0; leave it out for all cores." in capsys.readouterr().err


def test_reading_shows_its_rate(monkeypatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Bars, "update", lambda self, task, **shown: seen.append(shown.get("description", "")))
    with Screen(quiet=True).stages(Clock(), 2) as (stage, watch):
        stage("reading")
        watch(500, 1000)
    assert seen[-1].startswith("  500 of 1,000 variants, ")
    assert seen[-1].endswith(" per second")
