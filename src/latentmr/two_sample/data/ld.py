"""A user's table of correlations between variants, turned to the alleles of the effects."""

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
    r"""Read correlations, check their alleles, and count the effect alleles.

    The table is square, with the variants' names in its header and perhaps in its first column. A name is an id, or
    ``id_A_G``, as ``ieugwasr::ld_matrix`` writes it: correlations are of counts of the first allele. Where the effect
    is of the second, the sign is turned; a variant with other alleles is dropped.

    Parameters
    ----------
    path : str or Path
        .tsv, .csv, white-space text (plain, .gz, .zst) or .parquet.
    variants : pandas.DataFrame
        ``id, effect_allele, other_allele``, as the effects are.

    Returns
    -------
    np.ndarray of dimension (q, q)
        Of the variants that are in the table.
    np.ndarray of int of dimension (q,)
        Their rows in ``variants``.
    list of str
        Statements: how many signs were turned, that alleles were not named.

    Raises
    ------
    ValueError
        Where the table is not square and symmetric with ones on its diagonal, or has none of the variants.

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
            f"none of {len(ids)} (for instance {ids[0]!r}",
            f"the table has {names[0]!r}); check names and alleles",
        )
    turns = np.array(signs)
    notes = [f"{int((turns < 0).sum())} of {len(turns)} variants of {path} were turned to the effect alleles"]
    if unnamed:
        notes.append(
            f"{path} does not name the alleles of {unnamed} variants: its correlations are taken to be of the effect"
            " alleles of the exposure's table"
        )
    block = matrix[np.ix_(places, places)] * np.outer(turns, turns)
    return (block + block.T) / 2, np.array(rows, dtype=np.int64), notes


@dataclass(frozen=True)
class _Name:
    """A variant as the table names it: an id, perhaps with two alleles."""

    id: str
    first: str | None = None
    second: str | None = None

    @classmethod
    def of(cls, text: str) -> "_Name":
        parts = text.rsplit("_", 2)
        return cls(parts[0], parts[1].upper(), parts[2].upper()) if len(parts) == 3 else cls(text)

    def sign(self, effect: str | None, other: str | None) -> float:
        """1 where the table counts the effect allele, -1 where the other one, 0 where alleles differ."""
        if self.first is None:
            return 1.0
        if self.first == effect and other in (None, self.second):
            return 1.0
        return -1.0 if self.second == effect and other in (None, self.first) else 0.0


def _read_square(path: str | Path) -> tuple[list[str], NDArray[np.float64]]:
    names = header(path)
    table = read_columns(path, names)
    if table.num_rows == len(names) - 1:
        names = names[1:]  # the first column holds the names again
    if table.num_rows != len(names):
        raise ArgumentError(
            "ld",
            "be a square table with the variants' names in its header",
            f"{table.num_rows} rows and {len(names)} columns in {path}",
        )
    matrix = np.column_stack([numeric(table[name], name, "ld", str(path)) for name in names])
    symmetric = np.isfinite(matrix).all() and np.allclose(matrix, matrix.T, atol=1e-6)
    if not symmetric or not np.allclose(np.diag(matrix), 1, atol=1e-6):
        raise ArgumentError(
            "ld",
            "hold correlations, symmetric with ones on the diagonal",
            f"another table in {path}",
            "r, not r2, is needed, without missing values",
        )
    return names, matrix
