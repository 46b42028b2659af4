"""Every command that the docs show is one that the command line takes."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from latentmr.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def commands(page: Path) -> list[list[str]]:
    """Words of each command in the page's blocks of shell."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("latentmr ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_options_exist(page: Path) -> None:
    verbs = get_command(app).commands
    for _, verb, *words in commands(page):
        known = {"--help", *(option for parameter in verbs[verb].params for option in parameter.opts)}
        assert {word for word in words if word.startswith("--")} <= known


def test_there_are_commands_for_every_biobank() -> None:
    given = [word for words in commands(ROOT / "docs" / "genotypes.md") for word in words]
    assert {"--bfile", "--bgen", "--sample", "--vcf", "--pfile", "--selection", "--loadings"} <= set(given)
