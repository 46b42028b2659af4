from pathlib import Path

import pandas as pd
import pytest

from latentmr.cli import output

pytestmark = pytest.mark.usefixtures("undrawn")


def refused(latentmr, capsys, tmp_path: Path, *arguments: object) -> str:
    """Return the one message of a run that must stop on input and leave nothing behind."""
    assert latentmr(*arguments, "--out", tmp_path / "out") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    return printed.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--exposure", "bmi", "--outcome", "outcome"], "column 'bmi' must be in exactly one --pheno table"),
        (["--exposure", "outcome", "--outcome", "outcome"], "--exposure and --outcome must name different columns"),
        (["--exposure", "exposure"], "--outcome must be given. Got none; name the column of the outcome, for example"),
        ([], "--exposure must be given. Got none; name the column of the exposure, for example --exposure bmi."),
        (["--exposure", "exposure", "--outcome", "outcome", "--maf", "2"], "--maf must lie between 0 and 0.5"),
        (["--exposure", "exposure", "--outcome", "outcome", "--k", "0"], "--k must be auto or a whole number from 1"),
        (["--exposure", "exposure", "--outcome", "outcome", "--k", "99"], "k must be at most"),
        (["--exposure", "exposure", "--outcome", "outcome", "--n-factors", "x"], "--n-factors must be auto or"),
        (["--exposure", "exposure", "--outcome", "outcome", "--form", "round"], "--form must be one of"),
        (
            ["--exposure", "exposure", "--outcome", "outcome", "--learner", "magic"],
            "--learner must be auto, linear, flow or autoencoder. Got 'magic'; auto is usual.",
        ),
        (["--exposure", "exposure", "--outcome", "outcome", "--alpha", "5"], "alpha must lie between 0 and 1"),
        (["--exposure", "exposure", "--outcome", "outcome", "--min-cell", "0"], "--min-cell must be at least 1"),
        (
            ["--exposure", "exposure", "--outcome", "outcome", "--instruments", "x.tsv"],
            "--instruments must be given without genotype files. Got --instruments and --bfile; give one of them.",
        ),
        (
            ["--exposure", "exposure", "--outcome", "outcome", "--variants", "x.tsv"],
            "--variants must be given with --instruments. Got --variants with --bfile, whose files",
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(latentmr, capsys, tmp_path: Path, inputs, change, message) -> None:
    assert message in refused(latentmr, capsys, tmp_path, "run", *inputs, *change)


def test_no_genotypes(latentmr, capsys, tmp_path: Path, folder: Path, traits) -> None:
    arguments = ["run", "--pheno", folder / "phenotypes.tsv", "--env", "site", *traits]
    assert "one of --bfile, --pfile, --bgen, --vcf, --zarr, --instruments must be given. Got none" in refused(
        latentmr, capsys, tmp_path, *arguments
    )


def test_no_environment(latentmr, capsys, tmp_path: Path, folder: Path, traits) -> None:
    arguments = ["run", "--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", *traits]
    assert "--env must be given. Got none; name the column with the" in refused(latentmr, capsys, tmp_path, *arguments)


def test_one_environment(latentmr, capsys, tmp_path: Path, folder: Path, traits) -> None:
    keep = tmp_path.parent / f"{tmp_path.name}.keep"
    keep.write_text("".join(f"P{i:06d}\n" for i in range(1, 401)))
    arguments = ["run", "--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site", *traits]
    assert "at least two environments" in refused(latentmr, capsys, tmp_path, *arguments, "--keep", keep)


def test_learn_is_blind(latentmr, capsys, tmp_path: Path, inputs, traits) -> None:
    assert "must be left out of learn" in refused(latentmr, capsys, tmp_path, "learn", *inputs, *traits)
    message = refused(latentmr, capsys, tmp_path, "learn", *inputs, "--negative-control", "exposure")
    assert "--exposure, --outcome and --negative-control must be left out of learn" in message


def test_no_model(latentmr, capsys, tmp_path: Path, inputs, traits, folder: Path) -> None:
    message = refused(latentmr, capsys, tmp_path, "estimate", "--model", folder, *inputs, *traits)
    assert "--model must be a folder with a saved model" in message


def test_aux_must_be_that_of_the_model(latentmr, capsys, tmp_path: Path, inputs, traits, linear, folder: Path) -> None:
    model = tmp_path.parent / f"{tmp_path.name}.model"
    assert latentmr("learn", *inputs, *linear, "--aux", "outcome", "--out", model) == 0
    capsys.readouterr()
    message = refused(latentmr, capsys, tmp_path, "estimate", "--model", model, *inputs, *traits)
    assert "--aux must be what the model was learned with: aux outcome" in message
    message = refused(latentmr, capsys, tmp_path, "encode", "--model", model, "--bfile", folder / "cohort")
    assert "--aux must be what the model was learned with" in message


def test_out_is_a_file(latentmr, capsys, tmp_path: Path, inputs, traits) -> None:
    (tmp_path / "taken").write_text("mine")
    assert latentmr("run", *inputs, *traits, "--out", tmp_path / "taken") == 2
    assert "--out must be a folder" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("failure", [RuntimeError("disk on fire"), KeyboardInterrupt()])
def test_a_crash_half_way_leaves_no_file(
    latentmr, inputs, traits, quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    original = output.write_table
    half_written = []

    def write(path: Path, frame: pd.DataFrame) -> None:
        original(path, frame)
        if path.name == "tests.tsv":
            half_written.extend(sorted(other.name for other in path.parent.iterdir()))
            raise failure

    monkeypatch.setattr("latentmr.cli.run.write_table", write)
    arguments = ["run", *inputs, *traits, *quick, "--out", tmp_path / "deep" / "out"]
    if isinstance(failure, KeyboardInterrupt):
        assert latentmr(*arguments) == 130
    else:
        with pytest.raises(RuntimeError, match="disk on fire"):
            latentmr.unguarded(*arguments)
    # instruments are written at the same time
    assert [name for name in half_written if name != "instruments.parquet"] == ["estimates.tsv", "tests.tsv"]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_keeps_the_results_of_the_last(latentmr, inputs, traits, quick, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out"
    assert latentmr("run", *inputs, *traits, *quick, "--out", out) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert latentmr("run", *inputs, "--exposure", "absent", "--outcome", "outcome", "--out", out) == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_own_files_in_out_stay(latentmr, inputs, traits, quick, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    assert latentmr("run", *inputs, *traits, *quick, "--out", out) == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "report.html").is_file()


@pytest.mark.parametrize("verb", ["estimate", "encode"])
def test_aux_in_another_order_is_refused(
    latentmr, capsys, tmp_path: Path, folder: Path, traits, linear, verb: str
) -> None:
    beside = tmp_path.parent
    table = pd.read_csv(folder / "phenotypes.tsv", sep="\t")
    table.assign(pc1=table["exposure"] ** 2, pc2=table["outcome"] ** 2).to_csv(
        beside / "pcs.tsv", sep="\t", index=False
    )
    inputs = ["--bfile", folder / "cohort", "--pheno", beside / "pcs.tsv", "--env", "site"]
    model = beside / f"{tmp_path.name}.model"
    assert latentmr("learn", *inputs, *linear, "--aux", "pc1", "--aux", "pc2", "--out", model) == 0
    capsys.readouterr()
    more = traits if verb == "estimate" else []
    message = refused(
        latentmr, capsys, tmp_path, verb, "--model", model, *inputs, *more, "--aux", "pc2", "--aux", "pc1"
    )
    assert "--aux must be what the model was learned with: aux pc1 aux pc2. Got aux pc2 aux pc1" in message
