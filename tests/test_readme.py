import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def block(language: str) -> str:
    """The marked block of a language."""
    text = README.read_text()
    found = re.search(rf"<!-- \w+ -->\n```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_shell_lines_run(tmp_path: Path) -> None:
    lines = block("sh")
    assert len(lines.strip().splitlines()) == 10
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-euc", lines], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"demo", "results", "model", "again", "reverse", "encoded"} == {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "again" / "estimates.tsv").read_bytes() == (tmp_path / "results" / "estimates.tsv").read_bytes()


def test_python_lines_run(tmp_path: Path) -> None:
    lines = block("python")
    assert len(lines.strip().splitlines()) == 9
    done = subprocess.run([sys.executable, "-W", "error", "-c", lines], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "LIML" in (tmp_path / "report.html").read_text()
    assert "is true" in done.stdout
