"""The record of a run, by which it can be repeated: versions, command, seed, hashes and timings."""

import hashlib
import platform
import resource
import sys
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from latentmr import __version__
from latentmr.data import Dataset
from latentmr.typing import Row

__all__ = ["Clock", "describe_dataset", "describe_inputs", "provenance", "shown_provenance"]

#: Larger files (in bytes) are hashed at both ends only: reading a biobank's genotypes takes minutes.
WHOLE_FILE = 1 << 28
END = 1 << 24


class Clock:
    """Measures the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = time.perf_counter()

    def __call__(self, stage: str) -> None:
        """Begin the stage of this name."""
        now = time.perf_counter()
        if self._stage is not None:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


def describe_inputs(files: list[Path]) -> list[Row]:
    """Return size and SHA-256 of each file; only the two ends of large files are hashed."""
    return [_describe(path) for path in files if path.is_file()]


def provenance(inputs: list[Row], seed: int, threads: int | None, clock: Clock) -> Row:
    """Return the entries of ``run.json`` that describe the run itself."""
    clock("end")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "latentmr": __version__,
        "python": platform.python_version(),
        "packages": _versions(),
        "platform": platform.platform(),
        "command": ["latentmr", *sys.argv[1:]],
        "seed": seed,
        "threads": threads,
        "inputs": inputs,
        "seconds": {stage: round(seconds, 3) for stage, seconds in clock.seconds.items()},
        "peak_memory_mb": round(peak / 2**20, 1),
    }


def shown_provenance(run: Row, inputs: list[Row]) -> Row:
    """Return the entries of ``run.json`` that a report shows."""
    shown = {name: run[name] for name in ("latentmr", "python", "seed")}
    shown |= {"packages": ", ".join(f"{name} {number}" for name, number in run["packages"].items())}
    return shown | {"command": " ".join(run["command"])} | {f"input {file['path']}": _hash(file) for file in inputs}


def _hash(file: Row) -> str:
    return str(file.get("sha256") or f"{file['sha256_of_ends']} (ends of the file)")


def describe_dataset(dataset: Dataset) -> Row:
    """Return the entries of ``run.json`` that describe the data: counts, notes and environments."""
    return {
        "flow": [step.to_dict() for step in dataset.flow.steps],
        "notes": list(dataset.flow.notes),
        "warnings": list(dataset.flow.warnings),
        "environments": dataset.counts_by_environment(),
        "instruments": {"kind": dataset.kind, "variants": dataset.p},
        "genome_wide_components": dataset.structure and dataset.structure.to_dict(),
        "covariates": list(dataset.covariate_names),
        "placebos": list(dataset.negative_control_names),
        "outcome_type": dataset.outcome_type,
    }


def _versions() -> dict[str, str]:
    """Return the versions of the packages that numbers depend on; PyTorch may not be installed."""
    found = {}
    for name in ("numpy", "scipy", "pandas", "pyarrow", "bed-reader", "torch"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _describe(path: Path) -> Row:
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        if size <= WHOLE_FILE:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            return {"path": str(path), "bytes": size, "sha256": digest.hexdigest()}
        digest.update(file.read(END))
        file.seek(-END, 2)
        digest.update(file.read(END))
    return {"path": str(path), "bytes": size, "sha256_of_ends": digest.hexdigest()}
