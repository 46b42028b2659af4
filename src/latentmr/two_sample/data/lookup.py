"""Search of a table for variants whose ids it may spell differently, or that it names by position."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from latentmr.data.gwas_results.gwas_vcf import is_gwas_vcf
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.printing import shortened
from latentmr.data.tables import read_columns
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.matching import IS_PLACE, bare_positions, id_keys, join_places, place_keys

__all__ = ["kind_of", "look_up", "no_match"]


def look_up(path: str | Path, reading: TableReading, first: pd.DataFrame, way: str) -> tuple[list[str] | None, str]:
    """Find the ids under which a table holds the variants of the first exposure, by its ids and positions alone.

    Parameters
    ----------
    path : str or Path
        The table.
    reading : TableReading
        Its columns.
    first : pandas.DataFrame
        Variants of the first exposure.
    way : str
        See ``WAYS`` of :mod:`~latentmr.two_sample.data.matching`.

    Returns
    -------
    list of str or None
        Ids to read; None if a variant has no id, so that the whole table must be read.
    str
        An id of the table, for messages; empty if it is not known.
    """
    columns = reading.columns
    if "id" not in columns or is_gwas_vcf(path):
        return None, ""
    names = [columns[role] for role in ("id", "chrom", "pos") if role in columns]
    try:
        table = read_columns(path, list(dict.fromkeys(names)), names)
    except ArgumentError:  # the layout needs its own reader
        return None, ""
    ids = table[columns["id"]].combine_chunks()
    known = ids.drop_null()
    example = known[0].as_py() if len(known) else ""
    spelled = id_keys(ids)
    wanted = id_keys(pa.array(first["id"], pa.string()))
    chosen = pc.is_in(spelled, value_set=wanted)
    if way != "id":
        places = pa.array([each for each in place_keys(first) if each is not None], pa.string())
        chosen = pc.or_(chosen, pc.is_in(spelled, value_set=places))
        if {"chrom", "pos"} <= set(columns):
            chosen = pc.or_(chosen, _at(table[columns["chrom"]], table[columns["pos"]], places))
    found = ids.filter(chosen)
    if found.null_count:
        return None, example
    # the reader may strip blanks
    return sorted({text for each in found.to_pylist() for text in (each, each.strip())}), example


def _at(chrom: pa.ChunkedArray, pos: pa.ChunkedArray, places: pa.Array) -> pa.Array:
    """Return which rows are at one of the places; chromosomes are compared only where a position agrees."""
    positions = pa.array({each.rpartition(":")[2] for each in places.to_pylist()}, pa.string())
    near = pc.is_in(bare_positions(pos), value_set=positions)
    theirs = join_places(*(column.filter(near).combine_chunks() for column in (chrom, pos)))
    there = np.array(near.to_numpy(), dtype=bool)
    there[there] = pc.is_in(theirs, value_set=places).to_numpy(zero_copy_only=False)
    return pa.array(there)


def kind_of(id_: str) -> str:
    """Return which kind of name an id is."""
    key = id_keys(pa.array([id_]))[0].as_py()
    if key.startswith("rs") and key[2:].isdigit():
        return "rs numbers"
    return "positions" if IS_PLACE.fullmatch(key) else "names of another kind"


def no_match(first: pd.DataFrame, example: str, way: str, builds: tuple[str, str]) -> tuple[str, str]:
    """Return what was found in place of a common variant, and what to do.

    Parameters
    ----------
    first : pandas.DataFrame
        Variants of the first exposure.
    example : str
        An id of the other table.
    way : str
        How variants were matched.
    builds : tuple of str
        Builds of the two tables; empty if they are not known.

    Returns
    -------
    tuple of str
    """
    ours = str(first["id"].iloc[0])
    found = f"none of {len(first):,}: the exposure's table names variants like {shortened(ours)!r}"
    found += f", this one like {shortened(example)!r}" if example else ", and this one has no ids"
    if way == "id":
        return found, "Use the same kind of id in both tables, or match by position (`match` auto)"
    kinds = kind_of(ours), kind_of(example) if example else "no ids"
    placed = not pd.isna(place_keys(first.head(1))).all()
    if all(builds) and builds[0] != builds[1]:
        return found, f"Positions are of {builds[0]} and {builds[1]}: lift one of the tables over to the other build"
    if kinds[0] != kinds[1] and not placed:
        return found, (
            f"The names are {kinds[0]} and {kinds[1]}. Add columns of chromosome and position to the exposure's table,"
            " or use the same kind of id in both"
        )
    if "positions" in kinds or placed:
        return found, "Neither ids nor positions agree: check that both tables have the same build of the genome"
    return found, "Use the same kind of id in both tables, or name the column of ids with `outcome_columns`"
