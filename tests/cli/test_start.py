import subprocess
import sys

import pytest

PROBE = """
import sys
sys.argv = ["latentmr", "--help"]
{body}
print(sorted(set(name.split(".")[0] for name in sys.modules)))
"""


@pytest.mark.parametrize(
    "body",
    [
        "import latentmr",
        "from latentmr.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass",
    ],
)
def test_start_loads_nothing_heavy(body: str) -> None:
    code = PROBE.format(body=body)
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("'torch'", "'pandas'", "'scipy'", "'pyarrow'", "'matplotlib'", "'jinja2'"):
        assert heavy not in loaded


@pytest.mark.parametrize("verb", ["run", "learn", "estimate", "encode", "check", "demo"])
def test_help_has_an_example(latentmr, capsys, verb: str) -> None:
    assert latentmr(verb, "--help") == 0
    printed = capsys.readouterr().out
    assert "Example:" in printed
    assert "--seed" in printed
    assert "--out" in printed
    assert "--quiet" in printed
    assert "--threads" in printed


def test_version(latentmr, capsys) -> None:
    import latentmr as package  # noqa: PLC0415  the name is taken by the fixture

    assert latentmr("--version") == 0
    assert capsys.readouterr().out == f"latentmr {package.__version__}\n"


def test_usage_errors_exit_with_2(latentmr, capsys) -> None:
    assert latentmr("run", "--no-such-option") == 2
    assert "No such option" in capsys.readouterr().err


def test_public_names_exist() -> None:
    import latentmr as package  # noqa: PLC0415  the name is taken by the fixture

    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense
