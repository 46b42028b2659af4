"""``latentmr select`` and ``latentmr pca``, and what ``latentmr run`` makes of them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from latentmr.cli.cohort import write_cohort
from latentmr.simulate import admixture

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strong instruments in 1,500 individuals."""
    path = tmp_path_factory.mktemp("genome")
    write_cohort(path, admixture(n=1500, n_env=3, p=16, n_populations=3, seed=4))
    return path


def data(folder: Path) -> list[object]:
    return ["--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site"]


def test_the_discovery_sample_is_excluded_from_estimation(latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    out = tmp_path / "selection"
    assert latentmr("select", *data(genome), "--exposure", "exposure", "--clump-p", "1e-3", "--out", out) == 0
    said = capsys.readouterr().out
    assert "The discovery sample has 750 individuals: they are used in learning and excluded from estimation." in said
    assert f"Next: latentmr run --selection {out}, with --outcome and the other options of this command." in said
    names = (out / "variants.txt").read_text().split()
    people = (out / "people.txt").read_text().split()
    assert (len(people), json.loads((out / "selection.json").read_text())["variants"]) == (750, len(names))
    table = pd.read_csv(out / "instruments.tsv", sep="\t")
    assert table["id"][table["index"] == table["id"]].tolist() == names
    traits = ["--exposure", "exposure", "--outcome", "outcome", "--selection", out, "--out", tmp_path / "run"]
    quick = ["--learner", "linear", "--form", "factor", "--k", "1", "--n-factors", "1", "--bootstrap", "0"]
    assert latentmr("run", *data(genome), *traits, *quick) == 0
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    steps = {step["reason"]: step["remaining"] for step in run["flow"]}
    assert steps["used to select the instruments (kept for learning)"] == 750
    assert steps["not in the extract list"] == len(names)
    assert any("selected by association within environments in 750 individuals" in note for note in run["notes"])
    assert any(file["path"].endswith("selection.json") for file in run["inputs"])


def test_a_selection_by_a_table_is_labelled(latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    ids = pd.read_csv(genome / "cohort.bim", sep=r"\s+", header=None)[1]
    gwas = tmp_path / "gwas.tsv"
    pd.DataFrame({"SNP": ids[:6], "P": 1e-9}).to_csv(gwas, sep="\t", index=False)
    out = tmp_path / "selection"
    assert latentmr("select", "--bfile", genome / "cohort", "--gwas", gwas, "--clump-r2", "0.9", "--out", out) == 0
    assert not (out / "people.txt").exists()
    assert latentmr("check", *data(genome), "--selection", out) == 0
    assert f"instruments were selected by {gwas}: if it includes individuals" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--outcome", "outcome", "--exposure", "exposure"], "--outcome and --negative-control must be left out"),
        (["--exposure", "exposure", "--extract", "x"], "--extract, --selection and --instruments must be left out"),
        ([], "--exposure must be given"),
        (["--exposure", "exposure", "--mind", "0.2"], "--mind must be left out of select. Got 0.2; variants are rea"),
        (["--exposure", "exposure", "--max-kinship", "0.1"], "--max-kinship must be left out of select. Got 0.1; vari"),
        (["--exposure", "exposure", "--clump-p", "1e-300"], "--clump-p must be reached by a variant. Got 1e-300"),
    ],
)
def test_bad_selections(latentmr, capsys, genome: Path, tmp_path: Path, options: list[str], message: str) -> None:
    assert latentmr("select", *data(genome), *options, "--out", tmp_path / "out") == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_no_selection_in_a_folder(latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    assert latentmr("check", *data(genome), "--selection", tmp_path) == 2
    assert f"--selection must be a folder written by latentmr select. Got {tmp_path}" in capsys.readouterr().err
    assert latentmr("check", *data(genome), "--selection", tmp_path, "--extract", tmp_path / "x") == 2
    assert "--selection must be given without --extract" in capsys.readouterr().err


def test_components_and_their_projection(monkeypatch, latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    some = pd.read_csv(genome / "phenotypes.tsv", sep="\t").iloc[:, 0]
    keep = tmp_path / "keep"
    keep.write_text("\n".join(some[:1000]) + "\n")
    made, new = tmp_path / "made", tmp_path / "new"
    options = ["pca", "--bfile", genome / "cohort"]
    assert latentmr(*options, "--pcs", "2", "--keep", keep, "--thin-r2", "0.9", "--out", made) == 0
    assert f"Next: latentmr run --pheno {made / 'pcs.tsv'} --aux PC1 --aux PC2" in capsys.readouterr().out
    assert len(pd.read_csv(made / "eigenvalues.tsv", sep="\t")) == 2
    assert latentmr(*options, "--loadings", made, "--out", new) == 0
    old, every = (pd.read_csv(folder / "pcs.tsv", sep="\t").set_index("IID") for folder in (made, new))
    assert (len(old), len(every)) == (1000, 1500)
    np.testing.assert_allclose(every.loc[old.index], old, atol=1e-7)
    assert "Warning" not in capsys.readouterr().out
    monkeypatch.setattr("latentmr.cli.pca.absent_variants", lambda source, made: 3)
    assert latentmr(*options, "--loadings", made, "--out", tmp_path / "again") == 0
    assert "Warning: 3 of 16 variants of the components are not in" in capsys.readouterr().out
    assert latentmr("check", *data(genome), "--pheno", new / "pcs.tsv", "--aux", "PC1", "--aux", "PC2") == 0
    assert "1,500 of 1,500 genotyped individuals found" in capsys.readouterr().out


def test_bad_components(latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    options = ["pca", "--bfile", genome / "cohort", "--out", tmp_path / "out"]
    assert latentmr(*options, "--loadings", tmp_path) == 2
    assert "must hold saved components. Got" in capsys.readouterr().err
    assert latentmr(*options, "--pcs", "5000") == 2
    assert "--pcs must be at least 1, less than the number of " in capsys.readouterr().err
    assert latentmr(*options, "--hwe", "1e-6") == 2
    assert (
        "--hwe must be left out of pca. Got 1e-06; filter the files first, or use --extract" in capsys.readouterr().err
    )
    assert latentmr(*options, "--loadings", tmp_path, "--geno", "0.2") == 2
    assert "--geno must be left out of pca --loadings. Got 0.2; the loadings determine" in capsys.readouterr().err
    assert latentmr(*options, "--instruments", "x") == 2
    assert "--instruments and --selection must be left out of pca" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_components_of_other_software(latentmr, capsys, genome: Path, tmp_path: Path) -> None:
    """PLINK 2's .eigenvec is a table like any other."""
    ids = pd.read_csv(genome / "phenotypes.tsv", sep="\t").iloc[:, 0]
    rows = "".join(f"{name}\t{name}\t{i / 1e3}\n" for i, name in enumerate(ids))
    (tmp_path / "plink2.eigenvec").write_text("#FID\tIID\tPC1\n" + rows)
    assert latentmr("check", *data(genome), "--pheno", tmp_path / "plink2.eigenvec", "--aux", "PC1") == 0
