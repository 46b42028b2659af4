from pathlib import Path

import pytest

from latentmr.cli import main
from latentmr.cli.cohort import write_cohort
from latentmr.simulate import Simulated, admixture


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

    def __call__(self, *arguments: object) -> int:
        """Run it; returns the exit code."""
        with pytest.raises(SystemExit) as end:
            self.unguarded(*arguments)
        return int(end.value.code or 0)

    def unguarded(self, *arguments: object) -> None:
        """Run it; whatever it raises is raised."""
        self._monkeypatch.setattr("sys.argv", ["latentmr", *map(str, arguments)])
        main()


@pytest.fixture
def latentmr(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(monkeypatch)


@pytest.fixture
def inputs(folder: Path) -> list[object]:
    return ["--bfile", folder / "cohort", "--pheno", folder / "phenotypes.tsv", "--env", "site"]


@pytest.fixture
def traits() -> list[str]:
    return ["--exposure", "exposure", "--outcome", "outcome"]
