from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from latentmr.cli import main
from latentmr.cli.cohort import write_cohort
from latentmr.simulate import Simulated, admixture

#: Settings for a job of one second, for tests to which neither the learner nor the bootstrap matters.
LINEAR = ("--learner", "linear", "--n-factors", "2")
FEW_DRAWS = ("--bootstrap", "10", "--permutations", "100")


@pytest.fixture(scope="session")
def cohort() -> Simulated:
    return admixture(n=1500, n_env=3, p=16, n_populations=3, seed=4)


@pytest.fixture(scope="session")
def folder(cohort: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort on disk: cohort.bed/.bim/.fam and phenotypes.tsv."""
    path = tmp_path_factory.mktemp("cohort")
    write_cohort(path, cohort)
    return path


class CommandLine:
    """The command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        #: Width of the terminal; None for a pipe.
        self.columns: int | None = None

    def __call__(self, *arguments: object) -> int:
        """Run it; returns the exit code."""
        with pytest.raises(SystemExit) as end:
            self.unguarded(*arguments)
        return int(end.value.code or 0)

    def unguarded(self, *arguments: object) -> None:
        """Run it; whatever it raises is raised."""
        self._monkeypatch.setattr("sys.argv", ["latentmr", *map(str, arguments)])
        if self.columns is None:
            self._monkeypatch.delenv("COLUMNS", raising=False)
        else:
            self._monkeypatch.setenv("COLUMNS", str(self.columns))
        main()


@pytest.fixture
def latentmr(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(monkeypatch)


@dataclass(frozen=True)
class Finished:
    """A job that ended well: its folder, and what it printed."""

    out: Path
    printed: str
    errors: str


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Finished]:
    """Does a job once for all tests that name the same arguments; they look at its folder and write nothing there."""
    jobs: dict[tuple[str, ...], Finished] = {}

    def job(*arguments: object) -> Finished:
        words = tuple(map(str, arguments))
        if words not in jobs:
            out, printed, errors = tmp_path_factory.mktemp("job") / "new" / "out", StringIO(), StringIO()
            with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(errors):
                assert CommandLine(patch)(*words, "--out", out) == 0
            jobs[words] = Finished(out, printed.getvalue(), errors.getvalue())
        return jobs[words]

    return job


@pytest.fixture(scope="session")
def inputs(folder: Path) -> list[object]:
    return ["--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site"]


@pytest.fixture(scope="session")
def traits() -> list[str]:
    return ["--exposure", "exposure", "--outcome", "outcome"]


@pytest.fixture(scope="session")
def linear() -> tuple[str, ...]:
    """The closed form, with the number of factors that the cohort has."""
    return LINEAR


@pytest.fixture(scope="session")
def few_draws() -> tuple[str, ...]:
    return FEW_DRAWS


@pytest.fixture(scope="session")
def quick() -> tuple[str, ...]:
    """Options of a job that takes a second."""
    return (*LINEAR, *FEW_DRAWS)
