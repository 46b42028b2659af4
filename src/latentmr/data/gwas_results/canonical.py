"""The canonical columns of a table of GWAS results: ids, positions, alleles, frequencies and effects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from latentmr.data.gwas_results.effects import effects_of
from latentmr.data.gwas_results.recognise import Recognised
from latentmr.data.gwas_results.values import in_ids, numbers_of, positions, texts_of, with_comma
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError

__all__ = ["DIGITS", "Canonical", "canonical", "of_study"]

#: Roles that hold numbers, and those of which no value can be -9.
NUMBERS = (
    "beta", "odds_ratio", "effect", "se", "ci_lower", "ci_upper", "z", "p_value", "log10_p", "ln_p", "n", "n_cases",
    "n_controls", "eaf", "minor_freq", "count_aa", "count_ab", "count_bb",
)  # fmt: skip
SIGNED = ("beta", "effect", "ci_lower", "ci_upper", "z", "log10_p", "ln_p")
#: Column of minus the natural logarithm of p values that are too small for a number.
DIGITS = "minus the logarithm of a p value, from its digits"
#: Roles that hold alleles.
ALLELES = ("effect_allele", "other_allele", "ref", "alt", "frequency_of", "minor_allele")


@dataclass(frozen=True, repr=False)
class Canonical(Brief):
    """The canonical table of the rows of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, trait, eaf, n, beta, p_value, se``.
    notes : tuple of str
        What was computed from what.
    texts : dict of str to np.ndarray of bool
        Rows with a text that is no number, by role.
    counted : str
        Rule by which the counted allele is that of ids; empty if columns have the alleles.
    certain : bool
        Whether it is certain.
    binary : bool
        Whether effects are log odds or log hazard ratios.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    texts: dict[str, NDArray[np.bool_]]
    counted: str
    certain: bool
    binary: bool = False
    __hash__ = None  # type: ignore[assignment]


def canonical(table: pa.Table, found: Recognised, path: str, only: frozenset[str] | None = None) -> Canonical:
    """Return the canonical columns of a table.

    Parameters
    ----------
    table : pyarrow.Table
        Columns that have a role.
    found : Recognised
        Column by role.
    path : str
        Path of the table, for messages.
    only : set of str, optional
        Ids that are wanted: of several ids in a field, that one is taken.

    Returns
    -------
    Canonical
    """
    columns, notes = found.columns, list[str]()
    texts: dict[str, pd.Series] = {
        role: texts_of(table[columns[role]], alleles=role in ALLELES).to_pandas().astype(object)
        for role in (
            "id", "id_2", "chrom", "pos", "effect_allele", "other_allele", "ref", "alt", "trait", "frequency_of",
            "minor_allele",
        )
        if role in columns
    }  # fmt: skip
    bad, values = {}, {}
    for role in NUMBERS:
        if role in columns:
            numbers, wrong = numbers_of(table[columns[role]], columns[role], path, minus_nine=role not in SIGNED)
            values[role] = numbers
            if wrong is not None:
                bad[role] = wrong
                notes.append(f"{int(wrong.sum()):,} texts in column {columns[role]!r} are taken as missing")
    frame, counted, certain = _variants(texts, found, table.num_rows, only)
    values["eaf"] = _frequency(frame, texts, values, found)
    binary = _split_effect(values, found)
    if "n" not in values and {"n_cases", "n_controls"} <= set(values):
        values["n"] = values["n_cases"] + np.nan_to_num(values["n_controls"])
    values.setdefault("n", np.full(table.num_rows, np.nan))
    if DIGITS in table.column_names:
        values["minus_ln_p"] = np.asarray(table[DIGITS].to_numpy(), dtype=np.float64)
    made = effects_of(values, columns, path, table.num_rows)
    frame["eaf"], frame["n"] = values["eaf"], values["n"]
    frame["beta"], frame["p_value"], frame["se"] = made.beta, made.p_value, made.se
    return Canonical(frame, (*notes, *made.notes), bad, counted, certain, binary)


def of_study(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Complete the p values and standard errors of a study of a GWAS-VCF file.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``beta, se, log10_p``, and columns that are kept.

    Returns
    -------
    pandas.DataFrame, tuple of str
        The columns with ``p_value`` instead of ``log10_p``; and notes.
    """
    values = {role: frame[role].to_numpy(dtype=np.float64) for role in ("beta", "se", "log10_p")}
    known = np.isfinite(values["log10_p"])
    if not known.any():
        values.pop("log10_p")
    made = effects_of(values, {role: role for role in values}, "", len(frame))
    notes = () if known.all() else ("p values without LP are computed from ES and SE",)
    out = frame.drop(columns="log10_p").assign(se=made.se, p_value=made.p_value)
    return out, (*notes, *made.notes)


def _variants(
    texts: dict[str, pd.Series], found: Recognised, n_rows: int, only: frozenset[str] | None
) -> tuple[pd.DataFrame, str, bool]:
    """Return ids, positions, alleles and traits; and the rule if alleles are those of ids."""
    nothing = pd.Series([None] * n_rows, dtype=object)
    frame = pd.DataFrame({"id": texts.get("id", nothing)})
    for name in ("chrom", "pos", "effect_allele", "other_allele", "trait"):
        frame[name] = texts.get(name, nothing)
    if "other_allele" not in texts and "effect_allele" in texts and {"ref", "alt"} <= set(texts):
        frame["other_allele"] = _the_other(texts["effect_allele"], texts["ref"], texts["alt"])
    counted, certain = "", True
    if not {"effect_allele", "pos"} <= set(texts):
        counted, certain = _from_ids(frame, texts, found)
    if "pos" in texts:
        frame["pos"] = positions(frame["pos"])
    _fill_ids(frame, texts, only)
    return frame, counted, certain


def _the_other(effect: pd.Series, ref: pd.Series, alt: pd.Series) -> pd.Series:
    """Return the allele of a pair that is not the effect allele; None if it is neither of them.

    Several alternative alleles are separated by commas: the effect allele may be one of them.
    """
    counted, one, two = effect, alt, ref
    same, other = (counted == one).to_numpy(dtype=bool), (counted == two).to_numpy(dtype=bool)
    out = two.where(same, one.where(other, None))
    several = np.flatnonzero(with_comma(one))
    if len(several):
        listed = [str(text).split(",") for text in one.iloc[several]]
        pairs = zip(counted.iloc[several], listed, two.iloc[several], strict=True)
        values = out.to_numpy(dtype=object, copy=True)
        values[several] = [ref if each in alleles else None for each, alleles, ref in pairs]
        out = pd.Series(list(values), dtype=object)
    return out


def _from_ids(frame: pd.DataFrame, texts: dict[str, pd.Series], found: Recognised) -> tuple[str, bool]:
    """Fill positions and alleles from ids such as chrom:pos:ref:alt."""
    for role in ("id", "id_2"):
        parts = in_ids(texts[role]) if role in texts else None
        if parts is None:
            continue
        if "pos" not in texts:
            frame["chrom"], frame["pos"] = parts["chrom"], parts["pos"]
        if "effect_allele" in texts:
            return "", True
        frame["effect_allele"], frame["other_allele"] = parts["alt"].str.upper(), parts["ref"].str.upper()
        known = found.layout in ("Neale lab", "GTEx")
        rule = "by the layout" if known else "as most tools write chrom:pos:ref:alt"
        return f"the last allele in {found.columns[role]!r} is counted, {rule}", known
    return "", True


def _fill_ids(frame: pd.DataFrame, texts: dict[str, pd.Series], only: frozenset[str] | None) -> None:
    """Choose among several ids in a field, and name variants without an id by another id or by their position."""
    ids = frame["id"]
    several = with_comma(ids)
    if several.any():
        frame.loc[several, "id"] = [
            next((name for name in text.split(",") if only is not None and name in only), text.split(",")[0])
            for text in ids[several]
        ]
    if "id_2" in texts:
        second = texts["id_2"]
        missing = frame["id"].isna()
        if only is not None:
            missing |= ~frame["id"].isin(only) & second.isin(only)
        frame["id"] = frame["id"].where(~missing, second)
    missing = frame["id"].isna()
    if missing.any():
        parts = ["chrom", "pos", "other_allele", "effect_allele"]
        placed = missing & frame[parts].notna().all(axis=1)
        rows = frame.loc[placed, parts].to_numpy(dtype=object)
        frame.loc[placed.to_numpy(), "id"] = [":".join(map(str, row)) for row in rows]


def _frequency(
    frame: pd.DataFrame, texts: dict[str, pd.Series], values: dict[str, NDArray[np.float64]], found: Recognised
) -> NDArray[np.float64]:
    """Return the frequency of the effect allele."""
    if "eaf" in values:
        eaf = values["eaf"]
        if found.flipped_frequency:
            return 1 - eaf
        if "frequency_of" in texts:
            owner = texts["frequency_of"]
            same, other = ((owner == frame[each]).to_numpy(dtype=bool) for each in ("effect_allele", "other_allele"))
            return np.where(same, eaf, np.where(other, 1 - eaf, np.nan))
        return eaf
    if {"count_aa", "count_ab", "count_bb"} <= set(values):
        total = values["count_aa"] + values["count_ab"] + values["count_bb"]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((values["count_ab"] + 2 * values["count_bb"]) / (2 * total))
    if "minor_freq" in values and "minor_allele" in texts:
        minor = texts["minor_allele"]
        same, other = ((minor == frame[each]).to_numpy(dtype=bool) for each in ("effect_allele", "other_allele"))
        return np.where(same, values["minor_freq"], np.where(other, 1 - values["minor_freq"], np.nan))
    return np.full(len(frame), np.nan)


def _split_effect(values: dict[str, NDArray[np.float64]], found: Recognised) -> bool:
    """Decide whether REGENIE's column Effect holds odds ratios, as it does if there are controls; return binary."""
    if "effect" not in values:
        return found.binary or bool(
            "odds_ratio" in values and "beta" in values and np.isnan(values["beta"]).mean() > 0.5
        )
    effect = values.pop("effect")
    cases = bool(np.nansum(values.get("n_controls", np.zeros(1))) > 0)
    if cases and (effect < 0).mean() > 0.01:
        raise ArgumentError(
            f"column {found.columns['effect']!r}",
            "hold odds ratios, as the table has controls",
            "values below 0",
            "give the column as beta or odds_ratio",
        )
    values["odds_ratio" if cases else "beta"] = effect
    return cases
