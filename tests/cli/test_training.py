"""Learners with a network from the command line: training, checkpoints, kills and interrupts."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from latentmr.learn.training.train import Plan
from latentmr.simulate import linear

pytestmark = pytest.mark.usefixtures("undrawn")

FILES = {
    "estimates.tsv",
    "tests.tsv",
    "instruments.parquet",
    "model.safetensors",
    "model.json",
    "run.json",
    "report.json",
    "report.html",
    "strobe_mr.csv",
    "strobe_mr.md",
}
#: Steps until the first check on held-out individuals; an interrupt after it keeps the best network.
CHECK = Plan.check_every
SHORT = ["--steps", 60]
LONG = ["--steps", 4 * CHECK]
# an interrupt must reach the run even if the tests were started with it ignored
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from latentmr.cli import main
main()
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Continuous instruments and phenotypes on disk."""
    folder = tmp_path_factory.mktemp("tables")
    data = linear(n_per_env=150, seed=1).dataset
    ids = [f"P{i + 1:04d}" for i in range(data.n)]
    G = pd.DataFrame(data.G, columns=[f"g{j + 1}" for j in range(data.p)])
    G.insert(0, "IID", ids)
    G.to_csv(folder / "instruments.tsv", sep="\t", index=False)
    site = np.array(["north", "east", "south", "west"])[data.env]
    traits = pd.DataFrame({"IID": ids, "site": site, "exposure": data.X[:, 0], "outcome": data.y})
    traits.to_csv(folder / "traits.tsv", sep="\t", index=False)
    return folder


@pytest.fixture
def people(tables: Path) -> list[object]:
    return ["--instruments", tables / "instruments.tsv", "--pheno", tables / "traits.tsv", "--env", "site"]


@pytest.fixture
def command(people) -> list[object]:
    """An autoencoder run but for the number of steps and the folder."""
    learner = ["--learner", "autoencoder", "--k", 3, "--starts", 1, "--threads", 1]
    draws = ["--bootstrap", 0, "--permutations", 100]
    return ["run", *people, "--exposure", "exposure", "--outcome", "outcome", *draws, *learner]


def checkpoint_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.checkpoint.safetensors")


def stopped_at_checkpoint(out: Path, number: signal.Signals, *arguments: object) -> tuple[int, str]:
    """Start a run in a process of its own and send it a signal once its checkpoint is there; exit code and errors."""
    words = [sys.executable, "-c", PROGRAM, *map(str, [*arguments, "--out", out])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + 120
            while not checkpoint_of(out).exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end
                time.sleep(0.002)
            process.send_signal(number)
            errors = process.communicate(timeout=120)[1]
        finally:
            process.kill()
    return process.returncode, errors


def test_writes_the_contract(latentmr, command, people, tmp_path: Path, capsys) -> None:
    out = tmp_path / "new" / "out"
    assert latentmr(*command, *SHORT, "--out", out) == 0
    assert {path.name for path in out.iterdir()} == FILES
    assert list(out.parent.iterdir()) == [out]  # no checkpoint is left
    model = json.loads((out / "model.json").read_text())
    assert (model["learner"]["name"], model["encoder"], model["k"]) == ("autoencoder", "network", 3)
    assert (model["learner"]["steps"], model["learner"]["starts"]) == (60, 1)
    assert json.loads((out / "run.json").read_text())["model"]["form"] == "autoencoder"
    instruments = pq.read_table(out / "instruments.parquet").to_pandas()
    assert list(instruments.columns) == ["id", "z1", "z2", "z3"]
    Z = instruments[["z1", "z2", "z3"]].to_numpy()
    assert len(Z) == 600
    assert 0 < Z.min() < Z.max() < 1
    primary = pd.read_csv(out / "estimates.tsv", sep="\t").iloc[0]
    assert primary["instruments"] == "learned"
    capsys.readouterr()
    # the saved model, on the same individuals
    assert latentmr("encode", "--model", out, *people[:2], "--out", tmp_path / "again") == 0
    assert pq.read_table(tmp_path / "again" / "instruments.parquet").equals(pq.read_table(out / "instruments.parquet"))


def test_learn_then_estimate_is_run(latentmr, command, people, tmp_path: Path) -> None:
    learner = command[command.index("--learner") :]
    assert latentmr("learn", *people, *learner, *SHORT, "--out", tmp_path / "model") == 0
    traits = command[command.index("--exposure") : command.index("--learner")]
    assert latentmr("estimate", "--model", tmp_path / "model", *people, *traits, "--out", tmp_path / "estimate") == 0
    assert latentmr(*command, *SHORT, "--out", tmp_path / "run") == 0
    for name in ("estimates.tsv", "instruments.parquet", "model.safetensors"):
        folder = "model" if name == "model.safetensors" else "estimate"
        assert (tmp_path / folder / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["estimate", "model", "run"]


def test_bootstrap_accounts_for_estimation_of_the_encoder(latentmr, command, tmp_path: Path) -> None:
    assert latentmr(*command, *SHORT, "--bootstrap", 20, "--out", tmp_path / "out") == 0
    assert (
        pd.read_csv(tmp_path / "out" / "estimates.tsv", sep="\t")["se_type"][0]
        == "HC1, accounting for estimation of the encoder"
    )


def test_people_may_be_given_as_allele_counts(latentmr, inputs, tmp_path: Path) -> None:
    options = ["--learner", "autoencoder", "--steps", 20, "--starts", 1, "--threads", 1]
    assert latentmr("learn", *inputs, *options, "--out", tmp_path / "model") == 0
    history = json.loads((tmp_path / "model" / "model.json").read_text())["history"]
    assert (history["form"], history["linear_form"]) == ("autoencoder", "factor")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--resume"],
            "--resume must find a checkpoint. Got none at {checkpoint}; leave out --resume to start a new training.",
        ),
        (["--steps", 0], "--steps must be a whole number from 1. Got 0; use 1 or more."),
        (["--starts", 0], "--starts must be a whole number from 1. Got 0; use 1 or more."),
        (["--learning-rate", 2], "--learning-rate must lie between 0 and 1. Got 2.0; 0.001 is a usual rate."),
        (["--device", "abacus"], "--device must be one of auto, cpu, cuda. Got 'abacus'; use one of these names."),
        (["--checkpoint-every", 0], "--checkpoint-every must be a whole number from 1. Got 0; use 1 or more."),
        (["--threads", 0], "--threads must be a whole number from 1. Got 0; leave it out for all cores."),
        (["--seed", -1], "--seed must be a whole number from 0. Got -1."),
        (["--k", 9], "--k must be at most the number of independent columns of G, 6. Got 9; give a smaller --k."),
        (["--learner", "deep"], "--learner must be auto, linear, flow or autoencoder. Got 'deep'; auto is usual."),
    ],
)
def test_bad_options_are_refused_in_one_line(latentmr, command, tmp_path: Path, capsys, options, message) -> None:
    out = tmp_path / "out"
    assert latentmr(*command, *options, "--out", out) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"latentmr: error: {message.format(checkpoint=checkpoint_of(out))}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--steps", 60], "--steps"),
        (["--starts", 1, "--learning-rate", 0.01], "--starts, --learning-rate"),
        (["--device", "cpu"], "--device"),
        (["--checkpoint-every", 5, "--resume"], "--checkpoint-every, --resume"),
    ],
)
def test_training_options_are_refused_where_nothing_is_trained(
    latentmr, people, tmp_path: Path, capsys, options, named: str
) -> None:
    assert latentmr("learn", *people, "--learner", "linear", *options, "--out", tmp_path / "out") == 2
    said = f"--learner must be flow or autoencoder for {named}. Got linear, which has no network; add --learner flow."
    assert capsys.readouterr().err == f"latentmr: error: {said}\n"


def test_auto_names_training_options_without_effect(latentmr, inputs, tmp_path: Path, capsys) -> None:
    options = ["--steps", 60, "--device", "cpu"]
    assert latentmr("learn", *inputs, *options, "--out", tmp_path / "model") == 0
    printed = capsys.readouterr().out
    assert "Note: the linear learner, in closed form, is the default for allele counts; choose another with" in printed
    assert "Note: --steps, --device had no effect on the closed form; give --learner flow or autoencoder" in printed
    assert json.loads((tmp_path / "model" / "run.json").read_text())["model"]["learner"]["name"] == "linear"


@pytest.mark.parametrize("verb", ["run", "learn"])
def test_help_shows_the_training_options(latentmr, capsys, verb: str) -> None:
    assert latentmr(verb, "--help") == 0
    printed = capsys.readouterr().out
    assert "Training (learners with a network)" in printed
    for option in ("--steps", "--starts", "--learning-rate", "--device", "--checkpoint-every", "--resume"):
        assert option in printed


def test_the_folder_may_be_this_one(latentmr, command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert latentmr(*command, *SHORT, "--checkpoint-every", 20, "--out", ".") == 0
    assert {path.name for path in here.iterdir()} == FILES
    assert list(tmp_path.iterdir()) == [here]


def test_a_killed_run_resumes_to_the_same_bytes(latentmr, command, tmp_path: Path, capsys) -> None:
    arguments = [*command, *LONG, "--checkpoint-every", 20]
    out = tmp_path / "out"
    code, _ = stopped_at_checkpoint(out, signal.SIGKILL, *arguments)
    assert code == -signal.SIGKILL
    visible = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert visible == [checkpoint_of(out)]
    shutil.copy(checkpoint_of(out), tmp_path / "other.checkpoint.safetensors")

    # of another run
    assert latentmr(*arguments, "--seed", 9, "--resume", "--out", tmp_path / "other") == 2
    said = f"Got {checkpoint_of(tmp_path / 'other')}, of another run; leave out --resume to start a new training."
    assert said in capsys.readouterr().err
    assert checkpoint_of(tmp_path / "other").is_file()

    assert latentmr(*arguments, "--resume", "--out", out) == 0
    assert not checkpoint_of(out).exists()
    assert latentmr(*arguments, "--out", tmp_path / "whole") == 0
    for name in ("instruments.parquet", "model.safetensors", "model.json", "estimates.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_an_interrupted_training_gives_results_that_say_so(command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # the first checkpoint comes after the first check
    arguments = [*command, "--steps", 20 * CHECK, "--checkpoint-every", CHECK]
    code, errors = stopped_at_checkpoint(out, signal.SIGINT, *arguments)
    assert (code, errors) == (0, "")
    assert {path.name for path in out.iterdir()} == FILES
    assert list(tmp_path.iterdir()) == [out]
    reasons = json.loads((out / "run.json").read_text())["verdict"]["reasons"]
    said = [reason for reason in reasons if reason.startswith("convergence: training was interrupted at step ")]
    assert len(said) == 1
    assert said[0].endswith(f" of {20 * CHECK}: the best network up to then is used")


def test_an_interrupt_before_there_is_a_network_says_how_to_resume(
    latentmr, command, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr("latentmr.learn.training.train.Training._check", interrupted)
    assert latentmr(*command, *SHORT, "--checkpoint-every", 50, "--out", out) == 130
    said = f"the training so far is saved in {checkpoint_of(out)}; run the same command with --resume to continue"
    assert capsys.readouterr().err == f"latentmr: interrupted; {said}.\n"
    assert list(tmp_path.iterdir()) == [checkpoint_of(out)]
    assert latentmr(*command, *SHORT, "--out", tmp_path / "other") == 130
    assert capsys.readouterr().err == "latentmr: interrupted; nothing was written.\n"


def test_a_run_without_a_network_leaves_checkpoints_alone(latentmr, people, tmp_path: Path) -> None:
    checkpoint = tmp_path / "o.checkpoint.safetensors"
    checkpoint.write_bytes(b"of another run")
    traits = ["--exposure", "exposure", "--outcome", "outcome"]
    latentmr("run", *people, *traits, "--learner", "linear", "--k", 3, "--out", tmp_path / "o")
    assert checkpoint.read_bytes() == b"of another run"
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "o").iterdir()}
    assert len(modes) == 1  # whoever may read the results may read the model


def test_the_flow_from_the_command_line(latentmr, people, tmp_path: Path) -> None:
    traits = ["--exposure", "exposure", "--outcome", "outcome"]
    latentmr("run", *people, *traits, "--learner", "flow", "--k", 3, *SHORT, "--starts", 1, "--out", tmp_path / "o")
    assert {path.name for path in (tmp_path / "o").iterdir()} == FILES
    assert json.loads((tmp_path / "o" / "model.json").read_text())["encoder"] == "flow"
    table = [option for option in people if option not in ("--env", "site")]
    latentmr("encode", "--model", tmp_path / "o", *table[:2], "--out", tmp_path / "e")
    encoded, learned = (pd.read_parquet(tmp_path / name / "instruments.parquet") for name in ("e", "o"))
    pd.testing.assert_frame_equal(encoded, learned)
