"""The screen: the answer first, at most forty lines, and everything on request."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.main import get_command

from latentmr.cli.answer_screen import LINES, Answer, show_answer
from latentmr.cli.app import app
from latentmr.cli.display import Screen
from latentmr.cli.estimate_table import one_sample_table, two_sample_table
from latentmr.cli.flags import flag_of, in_options
from latentmr.data import Flow
from latentmr.data.ledger import FlowStep
from latentmr.errors import ArgumentError
from latentmr.results.objects import ConfidenceSet, Estimate, TestResult, Verdict

pytestmark = pytest.mark.usefixtures("undrawn")

EMPTY = ConfidenceSet((), 0.05)


def estimate(i: int, **more: Any) -> Estimate:
    given: dict[str, Any] = {
        "method": "LIML",
        "instruments": "learned" if i < 5 else "G",
        "adjustment": "covar+env",
        "exposure": "bmi",
        "beta": 0.1234,
        "se": 0.01,
        "se_type": "HC1, accounting for estimation of the encoder" if i else "HC1, treating the instruments as fixed",
        "interval": (-0.1, 0.3),
        "basis": "linear",
        "alpha": 0.05,
        "n": 100,
        "k": 3,
        "ci_ar": EMPTY,
        "ci_clr": ConfidenceSet(((-0.1, 0.3),), 0.05),
        "f_statistic": 24.4,
        "effective_f": 24.4,
        "primary": i == 0,
    }
    return Estimate(**(given | more))


def answer(failing: int, level: str = "caution", rows: int = 12) -> Answer:
    words = " ".join(["a long reason of many words"] * 6)
    tests = [TestResult(f"test {i}", "null", "warn" if i < failing else "pass", f"{words} {i}") for i in range(16)]
    tests.append(TestResult("other", "null", "not applicable", "not asked"))
    reasons = [f"{test.name}: {test.reason}" for test in tests[1:failing]]
    verdict = Verdict(level, "environments", (*reasons, "identified by environments", words), tuple(reasons[:5]))
    steps = (
        FlowStep("samples", "read", "read from cohort", 0, 1_000),
        FlowStep("samples", "filter", "no environment", 12, 988),
        FlowStep("variants", "read", "read from cohort", 0, 103),
        FlowStep("variants", "filter", "rare", 3, 100),
        FlowStep("samples", "learning", "set aside for diagnosis", 200, 788),
    )
    flow = Flow(steps, tuple(f"table {i}: read" for i in range(6)), ("look at this",))
    table = one_sample_table(tuple(estimate(i) for i in range(rows)), verdict, None, 0.001)
    return Answer(words, table, tuple(tests), verdict, flow, "Environments: a 500, b 488", (words,) * 9, ("Report: x",))


def printed(monkeypatch: pytest.MonkeyPatch, capsys: Any, shown: Answer, width: int, *, verbose: bool = False) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    show_answer(Screen(quiet=False, verbose=verbose), shown)
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("failing", [0, 2, 12])
def test_at_most_forty_lines(monkeypatch, capsys, width: int, failing: int) -> None:
    said = printed(monkeypatch, capsys, answer(failing), width)
    lines = said.splitlines()
    assert len(lines) <= LINES == 40
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("a long reason")
    assert lines[-1] == "Report: x"
    assert f"{16 - failing} of 16 tests passed (1 not applicable); all are in tests.tsv." in said
    assert "Verdict: caution (route: environments)" in said
    assert "[pass]" not in said
    assert ("test 0:" in said) == (failing > 0)


def test_the_data_are_a_line_each(monkeypatch, capsys) -> None:
    said = printed(monkeypatch, capsys, answer(0, rows=3), 120)
    first = (
        "988 individuals and 100 variants kept; 12 individuals and 3 variants removed (reasons: run.json, --verbose)."
    )
    assert first in said
    assert "Learning uses 788 individuals, estimation 988." in said.replace("\n", " ")
    assert "Warning: look at this" in said
    assert "table 3: read" in said


def test_a_test_that_the_verdict_does_not_count_says_so(monkeypatch, capsys) -> None:
    said = " ".join(printed(monkeypatch, capsys, answer(2), 80).split())
    assert "many words 0 [warn] (does not affect the verdict)" in said
    assert "many words 1 [warn] What to do:" in said
    assert said.count("many words 1") == 2  # the test and its advice, not again as a reason


def test_verbose_shows_everything(monkeypatch, capsys) -> None:
    said = printed(monkeypatch, capsys, answer(12), 80, verbose=True)
    assert said.count("[pass]") == 4
    assert said.count("Note:") == 9
    assert "Individuals and variants" in said
    assert "individuals: set aside for diagnosis" in said
    assert "table 5: read" in said
    assert "not shown" not in said.lower()


def test_a_narrow_table_says_which_columns_it_leaves_out(monkeypatch, capsys) -> None:
    wide = printed(monkeypatch, capsys, answer(0), 120)
    assert "AR 95 %" in wide
    assert "at this width" not in wide
    assert "AR empty: at level 0.05, no single effect fits all instruments of that row." in wide
    narrow = " ".join(printed(monkeypatch, capsys, answer(0), 70).split())
    assert "Not shown at this width: Wald 95 %, AR 95 %, F (see estimates.tsv)." in narrow
    assert "AR empty" not in narrow
    assert "(fixed): errors treat the learned instruments as fixed; the others account" in narrow


def test_estimates_of_an_unidentified_effect_are_marked() -> None:
    verdict = Verdict("not identified", "environments", ("weak",))
    table = one_sample_table((estimate(0),), verdict)
    assert table.title == "Effect of bmi, not identified: do not report these estimates"
    assert "Report the CLR set" not in " ".join(table.sentences([name for name, _ in table.columns]))
    assert "not identified" in two_sample_table((estimate(0),), verdict).title


def test_a_pipe_gets_whole_lines(monkeypatch, capsys) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    Screen(quiet=False).line("word " * 100)
    assert len(capsys.readouterr().out.splitlines()) == 1
    monkeypatch.setenv("COLUMNS", "80")
    Screen(quiet=False).line("word " * 100)
    Screen(quiet=False).command("word " * 100)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert len(lines[-1]) == 500


@pytest.mark.parametrize("width", [80, 120])
def test_a_run_takes_at_most_forty_lines(latentmr, inputs, traits, quick, tmp_path: Path, capsys, width: int) -> None:
    latentmr.columns = width
    assert latentmr("run", *inputs, *traits, *quick, "--foils", "invalid", "--out", tmp_path / "o") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(("One unit of exposure", "The data cannot say"))
    assert sum("tests passed" in line for line in lines) == 1


def test_everything_is_shown_on_request(latentmr, inputs, traits, quick, tmp_path: Path, capsys) -> None:
    assert latentmr("run", *inputs, *traits, *quick, "--verbose", "--out", tmp_path / "o") == 0
    said = capsys.readouterr().out
    table = pd.read_csv(tmp_path / "o" / "tests.tsv", sep="\t")
    applied = table[table["verdict"] != "not applicable"]
    assert all(f"{row.name}: {row.reason} [{row.verdict}]" in said for row in applied.itertuples(index=False))
    assert "individuals: set aside for diagnosis" in said


def test_old_options_are_aliases(latentmr, inputs, traits, quick, folder: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(folder / "phenotypes.tsv", sep="\t")
    frame["height"] = np.random.default_rng(0).normal(size=len(frame))
    frame[["IID", "height"]].to_csv(tmp_path / "more.tsv", sep="\t", index=False)
    for new, old in (("--negative-control", "--placebo"), ("--comparators", "--foils")):
        value = "height" if new == "--negative-control" else "invalid"
        for option in (new, old):
            given = [*inputs, "--pheno", tmp_path / "more.tsv", *traits, *quick, option, value, "--quiet"]
            assert latentmr("run", *given, "--out", tmp_path / option) == 0
        for name in ("estimates.tsv", "tests.tsv"):
            assert (tmp_path / new / name).read_bytes() == (tmp_path / old / name).read_bytes()


def test_names_of_the_library_become_options() -> None:
    assert flag_of("jobs") == "--threads"
    assert flag_of("foils") == flag_of("comparators") == "--comparators"
    assert flag_of("placebo") == flag_of("negative_control") == "--negative-control"
    assert (flag_of("k"), flag_of("k", "pca")) == ("--k", "--pcs")
    assert (flag_of("r2", "pca"), flag_of("r2", "select"), flag_of("r2")) == ("--thin-r2", "--clump-r2", None)
    assert (flag_of("share", "select"), flag_of("p1", "select")) == ("--fold", "--clump-p")
    assert flag_of("columns", "summary") == "--exposure-columns"
    assert flag_of("n", "run", ["k"]) is None


def test_a_noun_is_an_option_only_if_it_was_given() -> None:
    error = ArgumentError("instruments", "be fewer than individuals", "9 for 8")
    assert (
        str(in_options(error, "run", ["instruments"], [])) == "Instruments must be fewer than individuals. Got 9 for 8."
    )
    assert str(in_options(error, "run", ["instruments"], ["instruments"])).startswith("--instruments must be fewer")
    # a column may have the name of an option
    quoted = ArgumentError("column 'exposure'", "be in exactly one `pheno` table", "none")
    said = "column 'exposure' must be in exactly one --pheno table. Got none."
    assert str(in_options(quoted, "run", ["exposure", "pheno"], [])) == said


def test_every_option_has_a_help_text_and_every_command_an_example() -> None:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.epilog.startswith(f"Example:  latentmr {name} ")
        for parameter in command.params:
            text = parameter.help
            assert text, (name, parameter.name)
            assert text[0].isupper() or text[0] == ".", (name, parameter.name)
            assert text.endswith("."), (name, parameter.name)
