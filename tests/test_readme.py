import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from latentmr.cli import main

README = Path(__file__).parents[1] / "README.md"
#: The command itself, but for the number of people whom ``latentmr demo`` simulates.
COMMAND = f"""#!{sys.executable}
from latentmr.cli import demo, main
demo.SIZES["admixture"] = 2000
main()
"""


def block(language: str) -> str:
    """The marked block of a language."""
    text = README.read_text()
    found = re.search(rf"<!-- \w+ -->\n```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="latentmr")
    assert command.load() is main


def test_shell_lines_run(tmp_path: Path) -> None:
    lines = block("sh")
    assert len(lines.strip().splitlines()) == 10
    command, here = tmp_path / "bin" / "latentmr", tmp_path / "here"
    command.parent.mkdir()
    here.mkdir()
    command.write_text(COMMAND)
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-euc", lines], cwd=here, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"demo", "results", "model", "again", "reverse", "encoded"} == {path.name for path in here.iterdir()}
    assert (here / "again" / "estimates.tsv").read_bytes() == (here / "results" / "estimates.tsv").read_bytes()


def test_python_lines_run(tmp_path: Path) -> None:
    lines = block("python")
    assert len(lines.strip().splitlines()) == 10
    done = subprocess.run([sys.executable, "-W", "error", "-c", lines], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "LIML" in (tmp_path / "report.html").read_text()
    assert "is true" in done.stdout
