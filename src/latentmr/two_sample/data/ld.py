"""Correlations between variants from a user's table, aligned to the effect alleles."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.tables import header, numeric, read_columns
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.harmonisation import COMPLEMENT
from latentmr.typing import Array

__all__ = ["read_correlation", "refuse_singular"]

#: Smallest eigenvalue of a matrix of correlations that can be inverted.
SMALLEST = 1e-8
#: Largest difference between two entries that are equal, and between a correlation and 1 of two perfect proxies.
ROUNDING, PERFECT = 1e-6, 1e-6
#: Share of the largest weight from which a variant belongs to a linear combination, and number of variants to name.
PART, MOST = 0.3, 5
#: Number of variants from which correlations without a negative one are suspected to be squared.
MANY = 8


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
    rows, places, signs, unnamed, others = [], [], [], 0, list[tuple[int, _Name]]()
    named: dict[str, list[tuple[int, _Name]]] = {}
    for place, text in enumerate(names):
        for name in {_Name(text), _Name.of(text)}:
            named.setdefault(name.id, []).append((place, name))
    for row, id_ in enumerate(ids):
        # two variants of a multi-allelic site are named by id and alleles
        found = named.get(id_) or named.get(_Name.of(id_).id) or []
        place, name, sign = next(
            ((place, name, sign) for place, name in found if (sign := name.sign(*alleles[row]))), (-1, _Name(""), 0.0)
        )
        if place < 0:
            others += [(row, name) for _, name in found[:1]]
            continue
        unnamed += name.first is None
        rows.append(row)
        places.append(place)
        signs.append(sign)
    if not rows:
        raise ArgumentError("ld", "hold correlations of the variants", *_none(variants, names, others))
    turns = np.array(signs)
    notes = [f"{int((turns < 0).sum())} of {len(turns)} variants of {path} were aligned to the effect alleles"]
    if unnamed:
        notes.append(
            f"{path} does not name the alleles of {unnamed} variants: its correlations are assumed to refer to the"
            " effect alleles of the exposure's table"
        )
    block = matrix[np.ix_(places, places)] * np.outer(turns, turns)
    if len(rows) >= MANY and (matrix >= 0).all() and (block[~np.eye(len(rows), dtype=bool)] != 0).any():
        notes.append(f"no correlation of {path} is negative: if the table holds r2, the estimates are wrong")
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


def _none(variants: pd.DataFrame, names: list[str], others: "list[tuple[int, _Name]]") -> tuple[str, str]:
    """Say why the table has none of the variants, and what to do."""
    ids = variants["id"].to_numpy(dtype=object)
    if not others:
        like = f"the variants are named like {ids[0]!r}, the table's columns like {names[0]!r}"
        return f"none of {len(ids):,} ({like})", "Name the columns by id, or by id and alleles as in rs1_A_G"
    row, name = others[0]
    ours = "/".join(str(each) for each in variants[["effect_allele", "other_allele"]].iloc[row])
    flipped = _Name(name.id, *(str(each).translate(COMPLEMENT) for each in (name.first, name.second)))
    strand = bool(flipped.sign(*variants[["effect_allele", "other_allele"]].iloc[row]))
    return (
        f"{len(others):,} of {len(ids):,} with other alleles (such as {name.first}/{name.second} of {name.id!r}, which"
        f" has {ours} in the exposure's table)",
        "Name the alleles of the table on the "
        + ("strand of the exposure's table" if strand else "same strand and site"),
    )


def refuse_singular(matrix: Array, ids: NDArray[np.object_], source: str) -> None:
    """Refuse correlations that cannot be inverted, and name the variants that are to blame.

    Parameters
    ----------
    matrix : np.ndarray of dimension (p, p)
        Correlations of the variants that are used.
    ids : np.ndarray of dimension (p,)
        Their ids.
    source : str
        Where the correlations come from, for the message.

    Raises
    ------
    ValueError
        If the matrix is not positive definite.
    """
    values, vectors = np.linalg.eigh(matrix)
    if not len(values) or values[0] >= SMALLEST:
        return
    pairs = np.argwhere(np.triu(np.abs(matrix) > 1 - PERFECT, k=1))
    if len(pairs):
        i, j = pairs[0]
        more = f" and {len(pairs) - 1:,} more such pair{'s' if len(pairs) > 2 else ''}" if len(pairs) > 1 else ""
        raise ArgumentError(
            "correlation",
            "be positive definite",
            f"a correlation of {matrix[i, j]:.6g} between {ids[i]!r} and {ids[j]!r}{more} ({source})",
            "Keep one variant of each such pair, or clump the variants",
        )
    weights = np.abs(vectors[:, 0])
    blamed = [str(ids[i]) for i in np.argsort(-weights) if weights[i] > PART * weights.max()][:MOST]
    raise ArgumentError(
        "correlation",
        "be positive definite",
        f"a smallest eigenvalue of {values[0]:.3g}, to which {', '.join(blamed)} contribute most ({source})",
        "No individuals can have such correlations if it is negative. Check the entries of these variants, estimate all"
        " correlations in the same individuals, or clump the variants",
    )


def _read_square(path: str | Path) -> tuple[list[str], NDArray[np.float64]]:
    try:
        names = header(path)
    except ArgumentError as error:
        if "numbers in the first line" not in error.got:
            raise
        raise ArgumentError(
            "ld",
            "start with a header that names the variants",
            f"{error.got} of {path}",
            "Add a line with the names of the variants in the order of the columns: the square matrices of PLINK's"
            " command r have none, and the names are in the list of variants beside them",
        ) from None
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
    fault = _fault(matrix, names)
    if fault:
        raise ArgumentError(
            "ld",
            "hold correlations, symmetric with ones on the diagonal",
            f"{fault} in {path}",
            "Give correlations r, not r2, without missing values",
        )
    return names, matrix


def _fault(matrix: NDArray[np.float64], names: list[str]) -> str:
    """Say what is wrong with the first entry that is not one of a correlation matrix; empty if there is none."""
    missing = ~np.isfinite(matrix)
    if missing.any():
        i, j = np.argwhere(missing)[0]
        number = (
            f"{int(missing.sum()):,} missing or infinite values, the first" if missing.sum() > 1 else "a missing value"
        )
        return f"{number} in row {names[i]!r} and column {names[j]!r}"
    diagonal = np.abs(np.diag(matrix) - 1) > ROUNDING
    if diagonal.any():
        i = int(np.argmax(diagonal))
        return f"{matrix[i, i]:g} on the diagonal, in column {names[i]!r}"
    uneven = np.abs(matrix - matrix.T) > ROUNDING
    if uneven.any():
        i, j = np.argwhere(uneven)[0]
        pair = f"{names[i]!r} and {names[j]!r}"
        return f"{matrix[i, j]:g} for {pair}, but {matrix[j, i]:g} for the same two in the other order"
    large = np.abs(matrix) > 1 + ROUNDING
    if large.any():
        i, j = np.argwhere(large)[0]
        return f"{matrix[i, j]:g}, beyond 1, for {names[i]!r} and {names[j]!r}"
    return ""
