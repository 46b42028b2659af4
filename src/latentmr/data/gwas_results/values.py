"""Values of the columns of a GWAS table: numbers with bad texts counted, and ids with positions and alleles in them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.errors import ArgumentError

__all__ = ["in_ids", "numbers_of", "positions", "texts_of", "trimmed", "with_comma"]

#: An id with position and alleles: chrom:pos:ref:alt, also with _ and with a genome build at the end.
PLACED = (
    r"^(?:[cC][hH][rR])?(?P<chrom>[0-9]{1,2}|[XYMxym]|MT|mt|XY)[:_-](?P<pos>[0-9]+)[:_-](?P<ref>[ACGTDINacgtdin*]+)"
    r"[:_/-](?P<alt>[ACGTDINacgtdin*]+)(?:[:_;](?:b|hg|GRCh)[0-9]+)?$"
)
#: Texts of an allele that is missing.
NO_ALLELE = ("0", "-9", "?", "NA", ".")
#: Share of texts from which a column is not numeric.
MOST = 0.5


def numbers_of(
    column: pa.ChunkedArray, name: str, path: str, *, minus_nine: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Return a column as float64, and which rows hold a text that is no number.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
    name, path : str
        Name of the column and path of the table, for messages.
    minus_nine : bool
        Whether -9 means a missing value, as it does where no value can be negative.

    Returns
    -------
    np.ndarray of float
        NaN for missing values and texts.
    np.ndarray of bool or None
        Rows with a text; None if there is none.

    Raises
    ------
    ValueError
        If most values are texts.
    """
    bad = None
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = column.to_pandas()
        parsed = pd.to_numeric(texts, errors="coerce")
        wrong = (parsed.isna() & texts.notna() & (texts.str.strip() != "")).to_numpy(dtype=bool)
        count, known = int(wrong.sum()), int(texts.notna().sum())
        if count > MOST * known:
            raise ArgumentError(
                f"column {name!r}",
                "be a numeric column",
                f"text in {count:,} of {known:,} rows of {path}",
                "Name another column with `exposure_columns` or `outcome_columns` (columns in Python)",
            )
        bad = wrong if count else None
        values = parsed.to_numpy(dtype=np.float64)
    elif pa.types.is_date(column.type) or pa.types.is_timestamp(column.type) or pa.types.is_time(column.type):
        raise ArgumentError(
            f"column {name!r}", "be a numeric column", f"dates in {path}", "Name another column for this quantity"
        )
    else:
        values = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    if minus_nine and (values == -9).any():
        values = np.where(values == -9, np.nan, values)
    return values, bad


def texts_of(column: pa.ChunkedArray, *, alleles: bool = False) -> pa.ChunkedArray:
    """Return a column as text without white space around it; alleles in capitals, with null for 0 and -9."""
    text = trimmed(column.cast(pa.string()))
    if alleles:
        text = pc.utf8_upper(text)
        text = pc.if_else(pc.is_in(text, value_set=pa.array(NO_ALLELE)), pa.scalar(None, pa.string()), text)
    return text


def trimmed(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return texts without white space around them."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return pc.utf8_trim_whitespace(column) if any(map(_has_blanks, chunks)) else column


def _has_blanks(texts: pa.StringArray) -> bool:
    """Return whether texts may contain white space: a byte up to that of a blank, or beyond ASCII."""
    data = texts.buffers()[2]
    if data is None:
        return False
    # a look at the bytes is much faster than at the texts; of a part of an array, it sees those of the whole
    read = np.frombuffer(data, dtype=np.uint8)
    return bool(len(read)) and bool(read.min() <= ord(" ") or read.max() > ord("~"))


def with_comma(texts: pd.Series) -> NDArray[np.bool_]:
    """Return which texts have a comma, hence several values."""
    found = pc.match_substring(pa.array(texts, pa.string(), from_pandas=True), ",")
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)


def positions(texts: pd.Series) -> pd.Series:
    """Return positions as whole numbers in text, also from 2e+05 or 200000.0."""
    whole = pc.match_substring_regex(pa.array(texts, pa.string(), from_pandas=True), "^[0-9]+$")
    odd = ~np.asarray(pc.fill_null(whole, True).to_numpy(zero_copy_only=False), dtype=bool)
    if not odd.any():
        return texts
    numbers = pd.to_numeric(texts[odd].astype(str).str.replace(",", "", regex=False), errors="coerce")
    good = numbers.notna() & (numbers == numbers.round()) & (numbers >= 0)
    fixed = texts.copy()
    fixed[odd] = [f"{int(value)}" if fine else None for value, fine in zip(numbers, good, strict=True)]
    return fixed


def in_ids(ids: pd.Series) -> pd.DataFrame | None:
    """Return chromosome, position and alleles that are in ids; None if most ids have none.

    Examples
    --------
    >>> in_ids(pd.Series(["1:5:A:G", "chr2_7_C_T_b38"])).values.tolist()
    [['1', '5', 'A', 'G'], ['2', '7', 'C', 'T']]
    """
    first = ids.dropna().head(1000)
    if not len(first) or first.astype("string").str.match(PLACED).mean() <= MOST:
        return None
    found = pc.extract_regex(pa.array(ids.where(ids.notna(), None), pa.string()), PLACED)
    return pd.DataFrame(
        {role: pc.struct_field(found, role).to_pandas().astype(object) for role in ("chrom", "pos", "ref", "alt")}
    )
