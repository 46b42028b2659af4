"""Alignment of effects on several exposures and an outcome to the alleles of the first exposure."""

import numpy as np
import pandas as pd

from latentmr.two_sample.data.harmonisation import harmonise
from latentmr.typing import Array

__all__ = ["align", "long_table"]


def align(
    tables: list[pd.DataFrame], outcome: pd.DataFrame, names: list[str], action: int, aligned: bool
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Align all tables to the effect alleles of the first exposure's table.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        Tables of the exposures, as :func:`~latentmr.two_sample.data.read_summary` returns them.
    outcome : pandas.DataFrame
        Table of the outcome.
    names : list of str
        Names of the exposures.
    action : int
        Treatment of palindromic variants; see :func:`~latentmr.two_sample.data.harmonise`.
    aligned : bool
        Whether all effects refer to the same alleles already. If so, the tables are joined by id alone.

    Returns
    -------
    pandas.DataFrame
        One row for each variant of the first exposure: the columns of :func:`~latentmr.two_sample.data.harmonise`, with
        positions, sample sizes and the smallest p value over the exposures.
    list of pandas.DataFrame
        For each exposure, the same rows with the columns
        ``beta_exposure, se_exposure, p_value_exposure, n_exposure, eaf_exposure``.
    """
    first = tables[0]
    join = _joined if aligned else harmonise
    frame = _annotated(join(first, outcome, action), first, outcome)
    sign = _turned(frame, first)
    parts = [frame[["beta_exposure", "se_exposure", "p_value_exposure", "n_exposure", "eaf_exposure"]].copy()]
    for name, table in zip(names[1:], tables[1:], strict=True):
        other = _annotated(join(first, table, action), first, table)
        turn = sign * _turned(other, first)
        reason = other["drop_reason"].str.replace("the outcome's table", f"the table of {name}")
        frame["drop_reason"] = frame["drop_reason"].where(frame["drop_reason"] != "", reason)
        columns = ["beta_outcome", "se_outcome", "p_value_outcome", "n_outcome", "eaf_outcome"]
        part = other[columns].rename(columns=lambda each: each.replace("outcome", "exposure"))
        eaf = part["eaf_exposure"].to_numpy(np.float64)
        parts.append(
            part.assign(beta_exposure=turn * part["beta_exposure"], eaf_exposure=np.where(turn < 0, 1 - eaf, eaf))
        )
    frame["keep"] = frame["drop_reason"] == ""
    smallest = pd.concat([part["p_value_exposure"] for part in parts], axis=1).min(axis=1)
    return frame.assign(p_value_exposure=smallest), parts


def _annotated(frame: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Add p values, sample sizes and positions to harmonised effects, whose rows are those of the first table."""
    there = second.drop_duplicates("id").set_index("id").reindex(frame["id"])
    # positions come from one table, because the tables may be of different builds
    place = first if first["pos"].notna().any() else there
    return frame.assign(
        eaf=frame["eaf_exposure"].where(frame["eaf_exposure"].notna(), frame["eaf_outcome"]),
        chrom=place["chrom"].to_numpy(),
        pos=place["pos"].to_numpy(),
        p_value_exposure=first["p_value"].to_numpy(np.float64),
        n_exposure=first["n"].to_numpy(np.float64),
        p_value_outcome=there["p_value"].to_numpy(np.float64),
        n_outcome=there["n"].to_numpy(np.float64),
    )


def _turned(frame: pd.DataFrame, first: pd.DataFrame) -> Array:
    """Return -1 for variants whose alleles in the first table were swapped by harmonising, else 1."""
    ours, theirs = frame["beta_exposure"].to_numpy(np.float64), first["beta"].to_numpy(np.float64)
    return np.where((ours == -theirs) & (theirs != 0), -1.0, 1.0)


def _joined(exposure: pd.DataFrame, outcome: pd.DataFrame, action: int) -> pd.DataFrame:
    """Join tables whose effects refer to the same alleles."""
    alleles = {"effect_allele": "A", "other_allele": "G"}  # arbitrary, but the same in both tables
    found = harmonise(exposure.assign(**alleles), outcome.assign(**alleles), action=1)
    named = exposure[list(alleles)].to_numpy(dtype=object)
    found[["effect_allele", "other_allele"]] = named
    found[["effect_allele_outcome", "other_allele_outcome"]] = named
    return found


def long_table(frame: pd.DataFrame, parts: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Return the rows of all exposures in one long table.

    Parameters
    ----------
    frame : pandas.DataFrame
    parts : list of pandas.DataFrame
        The two results of :func:`align`.
    names : list of str
        Names of the exposures.

    Returns
    -------
    pandas.DataFrame
        ``exposure, id``, alleles, and the effects, standard errors, p values and sample sizes of exposure and outcome,
        ``keep`` and ``drop_reason``.
    """
    shared = ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf_outcome", "beta_outcome"]
    shared += ["se_outcome", "p_value_outcome", "n_outcome", "palindromic", "ambiguous", "keep", "drop_reason"]
    tables = []
    for name, part in zip(names, parts, strict=True):
        table = pd.concat([frame[shared], part], axis=1)
        table.insert(0, "exposure", name)
        tables.append(table)
    order = [*shared[:5], "eaf_exposure", *parts[0].columns.drop("eaf_exposure"), *shared[5:]]
    return pd.concat(tables, ignore_index=True)[["exposure", *order]]
