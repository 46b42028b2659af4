"""Oxford .sample files: who the people of a BGEN file are."""

from pathlib import Path

import pandas as pd

from latentmr.data.genotypes.paths import why_no_file

__all__ = ["read_sample_file"]


def read_sample_file(path: str | Path) -> pd.Index:
    """Read the ids of a .sample file: its column ``ID_2``, or the only one.

    Parameters
    ----------
    path : str or Path
        White-space separated, with a line of names and a line of types, which starts with ``0``.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        Where it is no such file.
    """
    if not Path(path).is_file():
        raise ValueError(f"--sample must be a .sample file. Got {path}, which {why_no_file(path)}.")
    try:
        lines = [line.split() for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ValueError(f"--sample must be text in UTF-8. Got {path}, which is not.") from error
    if len(lines) < 3 or set(lines[1][:2]) != {"0"}:
        raise ValueError(
            f"--sample must have a line of names, a line of types (0 0 0 D), and a line for each person. Got {path},"
            " which has not."
        )
    column = lines[0].index("ID_2") if "ID_2" in lines[0] else 0
    if any(len(line) <= column for line in lines):
        raise ValueError(f"--sample must have the same columns in every line. Got a shorter line in {path}.")
    return pd.Index([line[column] for line in lines[2:]], dtype=object)
