"""Effects on several exposures and an outcome, brought to the alleles of the first."""

import numpy as np
import pandas as pd

from latentmr.two_sample.data.harmonisation import harmonise
from latentmr.typing import Array

__all__ = ["align", "long_table"]


def align(
    tables: list[pd.DataFrame], outcome: pd.DataFrame, names: list[str], action: int, aligned: bool
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Bring all tables to the alleles that the first exposure's table counts.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        Of the exposures, as :func:`~latentmr.two_sample.data.read_summary` gives them.
    outcome : pandas.DataFrame
    names : list of str
        Of the exposures.
    action : int
        Of palindromic variants; see :func:`~latentmr.two_sample.data.harmonise`.
    aligned : bool
        Whether effects are of the same alleles already, and are joined by id alone.

    Returns
    -------
    pandas.DataFrame
        A row for each variant of the first exposure: as of :func:`~latentmr.two_sample.data.harmonise`, with places,
        sizes and the smallest p value of its exposures.
    list of pandas.DataFrame
        For each exposure, the same rows: ``beta_exposure, se_exposure, p_value_exposure, n_exposure``.
    """
    first = tables[0]
    join = _joined if aligned else harmonise
    frame = _annotated(join(first, outcome, action), first, outcome)
    sign = _turned(frame, first)
    parts = [frame[["beta_exposure", "se_exposure", "p_value_exposure", "n_exposure"]].copy()]
    for name, table in zip(names[1:], tables[1:], strict=True):
        other = _annotated(join(first, table, action), first, table)
        turn = sign * _turned(other, first)
        reason = other["drop_reason"].str.replace("the outcome's table", f"the table of {name}")
        frame["drop_reason"] = frame["drop_reason"].where(frame["drop_reason"] != "", reason)
        columns = ["beta_outcome", "se_outcome", "p_value_outcome", "n_outcome"]
        part = other[columns].rename(columns=lambda each: each.replace("outcome", "exposure"))
        parts.append(part.assign(beta_exposure=turn * part["beta_exposure"]))
    frame["keep"] = frame["drop_reason"] == ""
    smallest = pd.concat([part["p_value_exposure"] for part in parts], axis=1).min(axis=1)
    return frame.assign(p_value_exposure=smallest), parts


def _annotated(frame: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Put p values, sizes and places beside harmonised effects, whose rows are those of the first table."""
    there = second.drop_duplicates("id").set_index("id").reindex(frame["id"])
    return frame.assign(
        eaf=frame["eaf_exposure"].where(frame["eaf_exposure"].notna(), frame["eaf_outcome"]),
        chrom=first["chrom"].to_numpy(),
        pos=first["pos"].to_numpy(),
        p_value_exposure=first["p_value"].to_numpy(np.float64),
        n_exposure=first["n"].to_numpy(np.float64),
        p_value_outcome=there["p_value"].to_numpy(np.float64),
        n_outcome=there["n"].to_numpy(np.float64),
    )


def _turned(frame: pd.DataFrame, first: pd.DataFrame) -> Array:
    """-1 where harmonising counted the other allele of the first table, else 1."""
    ours, theirs = frame["beta_exposure"].to_numpy(np.float64), first["beta"].to_numpy(np.float64)
    return np.where((ours == -theirs) & (theirs != 0), -1.0, 1.0)


def _joined(exposure: pd.DataFrame, outcome: pd.DataFrame, action: int) -> pd.DataFrame:
    """Join tables whose effects are of the same alleles."""
    alleles = {"effect_allele": "A", "other_allele": "G"}  # any, the same everywhere
    found = harmonise(exposure.assign(**alleles), outcome.assign(**alleles), action=1)
    named = exposure[list(alleles)].to_numpy(dtype=object)
    found[["effect_allele", "other_allele"]] = named
    found[["effect_allele_outcome", "other_allele_outcome"]] = named
    return found


def long_table(frame: pd.DataFrame, parts: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Write every exposure's rows, one below the other.

    Parameters
    ----------
    frame, parts
        As of :func:`align`.
    names : list of str
        Of the exposures.

    Returns
    -------
    pandas.DataFrame
        ``exposure, id``, alleles, effects, errors, p values and sizes of both, ``keep`` and ``drop_reason``.
    """
    shared = ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf_exposure", "eaf_outcome", "beta_outcome"]
    shared += ["se_outcome", "p_value_outcome", "n_outcome", "palindromic", "ambiguous", "keep", "drop_reason"]
    tables = []
    for name, part in zip(names, parts, strict=True):
        table = pd.concat([frame[shared], part], axis=1)
        table.insert(0, "exposure", name)
        tables.append(table)
    order = [*shared[:5], "eaf_exposure", *parts[0].columns, *shared[6:]]
    return pd.concat(tables, ignore_index=True)[["exposure", *order]]
