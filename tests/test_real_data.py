"""The main job on real data, as users would type it; skipped if the reference data are absent."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bed_reader import open_bed

from latentmr.cli import main

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[2] / "shared")) / "data"
#: The closed form without bootstrap replicates: no test here uses a permutation p-value or the encoder's error.
QUICK = ["--learner", "linear", "--bootstrap", "0", "--permutations", "100"]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED"),
]


def run(monkeypatch: pytest.MonkeyPatch, out: Path, *arguments: object) -> tuple[pd.DataFrame, dict]:
    words = ["run", *map(str, arguments), *QUICK, "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["latentmr", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    return pd.read_csv(out / "estimates.tsv", sep="\t"), json.loads((out / "run.json").read_text())


def lead_variants(folder: Path) -> list[str]:
    """For each chromosome the variant most associated with body weight given sex and season."""
    traits = pd.read_csv(folder / "phenotypes.tsv.gz", sep="\t").set_index("SUBJECT.NAME")
    with open_bed(folder / "hs_mice.bed") as bed:
        traits = traits.loc[bed.iid]
        labels = pd.get_dummies(traits[["GENDER", "Obesity.Date.Season"]], dtype=float).to_numpy()
        x = traits["Obesity.EndNormalBW"].to_numpy()
        known = np.isfinite(x)
        basis = np.linalg.svd(labels[known], full_matrices=False)[0][:, :5]
        G = bed.read(dtype="float64")[known]
        G, x = G - basis @ (basis.T @ G), x[known] - basis @ (basis.T @ x[known])
        score = np.abs(G.T @ x) / np.sqrt((G**2).sum(axis=0) + 1e-9)
        leads = []
        for chromosome in pd.unique(bed.chromosome):
            members = np.flatnonzero(bed.chromosome == chromosome)
            leads.append(str(bed.sid[members[np.argmax(score[members])]]))
    return leads


def test_mice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = SHARED / "hs_mice"
    leads = lead_variants(folder)
    (tmp_path / "SNPS").write_text("\n".join(leads) + "\n")
    estimates, record = run(
        monkeypatch,
        tmp_path / "o",
        *("--bfile", folder / "hs_mice", "--pheno", folder / "phenotypes.tsv.gz", "--id", "SUBJECT.NAME"),
        *("--exposure", "Obesity.EndNormalBW", "--outcome", "Biochem.HDL", "--env", "Obesity.Date.Season"),
        *("--covar", "GENDER", "--extract", tmp_path / "SNPS"),
    )
    flow = pd.DataFrame(record["flow"])
    of_leads = flow[flow["unit"] == "variants"]
    assert of_leads["remaining"].iloc[-1] == len(leads) - 1 == 19
    assert of_leads[of_leads["reason"].str.startswith("not on an autosome")]["removed"].item() == 1  # the lead on X
    # mice of few families, with long-range linkage
    assert any("as many as the rule allows" in note for note in record["notes"])
    assert record["instruments"]["variants"] == 19
    missing = flow[flow["reason"].str.startswith("outcome Biochem.HDL missing")]
    assert missing["removed"].item() + missing["remaining"].item() == 1814
    assert set(estimates["n"]) == {missing["remaining"].item()}
    assert estimates["adjustment"].iloc[0] == "covar+env+latent"
    assert any("GENDER: categorical with 2 levels; reference level" in note for note in record["notes"])
    on_genotypes = estimates[(estimates["instruments"] == "G") & (estimates["adjustment"] == "covar")]
    assert (on_genotypes["effective_f"] > 10).all()


def test_gene_expression(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = SHARED / "geuvadis_eqtl62"
    estimates, record = run(
        monkeypatch,
        tmp_path / "o",
        *("--instruments", folder / "genotypes.tsv.gz"),
        *("--pheno", folder / "expression.tsv.gz", "--pheno", folder / "samples.tsv"),
        *("--exposure", "ENSG00000196620.4", "--outcome", "ENSG00000197888.2", "--env", "population"),
    )
    assert record["instruments"] == {"kind": "counts", "variants": 59}
    assert {row["environment"]: row["n"] for row in record["environments"]}["YRI"] == 89
    # two genes of one family that the same variants move: every method agrees
    assert estimates["beta"].between(2.7, 2.9).all()
    model = json.loads((tmp_path / "o" / "model.json").read_text())
    assert model["alleles_known"] is False


def test_asthma_is_not_identified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = SHARED / "asthma_countries"
    estimates, record = run(
        monkeypatch,
        tmp_path / "o",
        *("--bfile", folder / "asthma", "--pheno", folder / "phenotypes.tsv.gz"),
        *("--exposure", "bmi", "--outcome", "casecontrol", "--env", "country", "--covar", "age", "--covar", "gender"),
    )
    assert record["outcome_type"] == "binary"
    assert any("0 = control" in note and "1 = case" in note for note in record["notes"])
    assert sum("fewer than 30 individuals" in warning for warning in record["warnings"]) == 2  # Belgium and Estonia
    assert (estimates["effective_f"].dropna() < 3).all()
    assert estimates["ci_ar"].iloc[0] == "[-inf, inf]"
    assert record["verdict"]["level"] == "not identified"
    tests = pd.read_csv(tmp_path / "o" / "tests.tsv", sep="\t").set_index("name")
    assert tests.loc["strength", "verdict"] == "warn"
    assert "weak" in tests.loc["strength", "reason"]
