"""Writing results: either all files or none."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from latentmr.data import Dataset
    from latentmr.learn import Representation
from latentmr.errors import ArgumentError
from latentmr.typing import Row

__all__ = ["kept_checkpoint", "staged", "write_instruments", "write_json", "write_table"]


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a folder beside ``out`` whose files move to ``out`` at the end, and are deleted after an error.

    Parameters
    ----------
    out : Path
        Folder for the results. It is created if needed; files of the same name are replaced, and others stay.

    Raises
    ------
    ArgumentError
        If ``out`` cannot be a folder.
    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise ArgumentError("out", "be a folder", f"{out}, which is a file", "choose another name")
    made = [folder for folder in (out.parent, *out.parent.parents) if not folder.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise ArgumentError(
            "out", "be a folder that can be written", f"{out}: {error.strerror}", "choose another folder"
        ) from error
    try:
        stage.chmod(0o755)
        yield stage
        if out.exists():
            _move_into(stage, out)
        else:
            stage.rename(out)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        for folder in made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise


@contextmanager
def kept_checkpoint(path: Path | None) -> Iterator[None]:
    """Remove the checkpoint of a training run at the end; after an interrupt, say how to resume from it."""
    try:
        yield
    except KeyboardInterrupt:
        if path is not None and path.is_file():
            raise KeyboardInterrupt(
                f"the training so far is saved in {path}; run the same command with --resume to continue"
            ) from None
        raise
    if path is not None:
        path.unlink(missing_ok=True)


def _move_into(stage: Path, out: Path) -> None:
    for path in sorted(stage.iterdir()):
        target = out / path.name
        if path.is_dir() and target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    stage.rmdir()


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a tab-separated table with full precision and ``NA`` for missing values."""
    frame.to_csv(path, sep="\t", index=False, na_rep="NA", float_format="%.10g")


def write_json(path: Path, values: Row) -> None:
    """Write JSON; numbers that are not finite become null or text."""
    path.write_text(json.dumps(_plain(values), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_instruments(path: Path, representation: "Representation", dataset: "Dataset") -> None:
    """Write the instruments of all individuals, block by block, as float32 columns ``z1`` to ``zk``."""
    names = [f"z{j + 1}" for j in range(representation.k)]
    schema = pa.schema([("id", pa.string()), *((name, pa.float32()) for name in names)])
    # instruments do not compress, and dictionaries would only take time
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False, write_statistics=False) as writer:
        for rows, Z in representation.encode_blocks(dataset):
            columns = np.asfortranarray(Z, dtype=np.float32)
            arrays = [pa.array(dataset.samples[rows], type=pa.string()), *(pa.array(z) for z in columns.T)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return str(value) if isinstance(value, Path) else value
