"""Correlations between variants from a user's table, aligned to the effect alleles."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.tables import header, numeric, read_columns
from latentmr.errors import ArgumentError

__all__ = ["read_correlation"]


def read_correlation(
    path: str | Path, variants: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    r"""Read correlations between variants, and align them to the effect alleles.

    The table is square. The variants' names are in its header, and may also be in its first column. A name is an id, or
    ``id_A_G`` as ``ieugwasr::ld_matrix`` writes it; correlations then refer to counts of the first allele. If the
    effect allele is the second one, the sign is reversed. A variant with other alleles is dropped.

    Parameters
    ----------
    path : str or Path
        A .tsv, .csv or white-space table (plain, .gz or .zst), or .parquet.
    variants : pandas.DataFrame
        ``id, effect_allele, other_allele`` of the effects.

    Returns
    -------
    np.ndarray of dimension (q, q)
        Correlations of the variants that are in the table.
    np.ndarray of int of dimension (q,)
        Their rows in ``variants``.
    list of str
        Notes: how many signs were reversed, and whether the table lacks alleles.

    Raises
    ------
    ValueError
        If the table is not square and symmetric with ones on its diagonal, or has none of the variants.

    Examples
    --------
    >>> import tempfile
    >>> table = pd.DataFrame({"id": ["rs1", "rs2"], "effect_allele": ["A", "C"], "other_allele": ["G", "T"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "ld.tsv"
    ...     lines = ["rs1_A_G rs2_T_C", "1 0.5", "0.5 1"]
    ...     _ = file.write_text("\n".join(lines) + "\n")
    ...     read_correlation(file, table)[0]
    array([[ 1. , -0.5],
           [-0.5,  1. ]])
    """
    names, matrix = _read_square(path)
    ids = variants["id"].to_numpy(dtype=object)
    alleles = variants[["effect_allele", "other_allele"]].to_numpy(dtype=object)
    rows, places, signs, unnamed = [], [], [], 0
    named = {_Name.of(name).id: (place, _Name.of(name)) for place, name in enumerate(names)}
    whole = {name: (place, _Name(name)) for place, name in enumerate(names)}
    for row, id_ in enumerate(ids):
        place, name = whole.get(id_) or named.get(id_) or (-1, _Name(""))
        sign = name.sign(*alleles[row])
        if place < 0 or sign == 0:
            continue
        unnamed += name.first is None
        rows.append(row)
        places.append(place)
        signs.append(sign)
    if not rows:
        raise ArgumentError(
            "ld",
            "hold correlations of the variants",
            f"none of {len(ids):,} (the variants are named like {ids[0]!r}, the table's columns like {names[0]!r})",
            "Name the columns by id, or by id and alleles as in rs1_A_G",
        )
    turns = np.array(signs)
    notes = [f"{int((turns < 0).sum())} of {len(turns)} variants of {path} were aligned to the effect alleles"]
    if unnamed:
        notes.append(
            f"{path} does not name the alleles of {unnamed} variants: its correlations are assumed to refer to the"
            " effect alleles of the exposure's table"
        )
    block = matrix[np.ix_(places, places)] * np.outer(turns, turns)
    return (block + block.T) / 2, np.array(rows, dtype=np.int64), notes


@dataclass(frozen=True)
class _Name:
    """A variant's name in the table: an id, with or without two alleles."""

    id: str
    first: str | None = None
    second: str | None = None

    @classmethod
    def of(cls, text: str) -> "_Name":
        parts = text.rsplit("_", 2)
        return cls(parts[0], parts[1].upper(), parts[2].upper()) if len(parts) == 3 else cls(text)

    def sign(self, effect: str | None, other: str | None) -> float:
        """Return 1 if the table counts the effect allele, -1 if it counts the other one, and 0 if alleles differ."""
        if self.first is None:
            return 1.0
        if self.first == effect and other in (None, self.second):
            return 1.0
        return -1.0 if self.second == effect and other in (None, self.first) else 0.0


def _read_square(path: str | Path) -> tuple[list[str], NDArray[np.float64]]:
    names = header(path)
    table = read_columns(path, names)
    if table.num_rows == len(names) - 1:
        names = names[1:]  # the first column repeats the names
    if table.num_rows != len(names):
        raise ArgumentError(
            "ld",
            "be a square table with the variants' names in its header",
            f"{table.num_rows} rows and {len(names)} columns in {path}",
            "Give one row for each variant in the header, in the same order",
        )
    matrix = np.column_stack([numeric(table[name], name, "ld", str(path)) for name in names])
    symmetric = np.isfinite(matrix).all() and np.allclose(matrix, matrix.T, atol=1e-6)
    if not symmetric or not np.allclose(np.diag(matrix), 1, atol=1e-6):
        raise ArgumentError(
            "ld",
            "hold correlations, symmetric with ones on the diagonal",
            f"{_fault(matrix, names)} in {path}",
            "Give correlations r, not r2, without missing values",
        )
    return names, matrix


def _fault(matrix: NDArray[np.float64], names: list[str]) -> str:
    """Say what is wrong with the first column that is not one of a correlation matrix."""
    missing = ~np.isfinite(matrix).all(axis=0)
    if missing.any():
        return f"missing or infinite values in column {names[int(np.argmax(missing))]!r}"
    diagonal = np.abs(np.diag(matrix) - 1) > 1e-6
    if diagonal.any():
        return f"a diagonal that is not 1 in column {names[int(np.argmax(diagonal))]!r}"
    return "a matrix that is not symmetric"
