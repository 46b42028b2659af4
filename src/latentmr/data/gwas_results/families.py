"""Families of columns of GWAS tables that must not be mixed: of a side, harmonised or not, of a population."""

import re
from collections.abc import Iterable

from latentmr.data.gwas_results.names import EFFECT, FREQUENCY_OF, NAMES, OTHER
from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["lower_names", "population_columns"]

#: Suffixes that TwoSampleMR adds to names.
SIDES = ("exposure", "outcome")
#: Roles whose columns belong to one study, and those of alleles.
OF_STUDY = {name for role in ("beta", "odds_ratio", "se", "p_value", "log10_p", "z") for name in NAMES[role]}
OF_ALLELES = {*EFFECT, *OTHER}
#: Names of the harmonised columns of the GWAS Catalog, without ``hm_``, in GWAS-SSF.
HARMONISED = {
    "rsid": "rsid", "chrom": "chromosome", "pos": "base_pair_location", "effect_allele": "effect_allele",
    "other_allele": "other_allele", "beta": "beta", "odds_ratio": "odds_ratio", "ci_lower": "ci_lower",
    "ci_upper": "ci_upper", "effect_allele_frequency": "effect_allele_frequency",
}  # fmt: skip
#: Columns of a population in the tables of Pan-UKB.
POPULATION = re.compile(r"(af|af_cases|af_controls|beta|se|pval|neglog10_pval|low_confidence)_(\w+)")
#: Analyses of all populations, the preferred one first.
ALL = ("meta_hq", "meta")


def lower_names(
    names: list[str], given: Iterable[str], side: str | None, empty: frozenset[str] = frozenset()
) -> tuple[dict[str, str], str]:
    """Return the columns of one family by their plain names.

    Parameters
    ----------
    names : list of str
        Names of the table's columns.
    given : iterable of str
        Columns that the user named; the family is theirs.
    side : str, optional
        ``exposure`` or ``outcome``.
    empty : set of str
        Columns without any value.

    Returns
    -------
    dict of str to str
        Column by its name in lower case, without ``#``, ``hm_`` and the suffix of a side.
    str
        ``harmonised`` if columns ``hm_`` are used, otherwise empty.
    """
    low: dict[str, str] = {}
    for name in names:
        low.setdefault(name.lower().lstrip("#").strip(), name)
    low.pop("", None)
    low = _one_side(low, side)
    if side and side in low:
        low["trait"] = low[side]  # TwoSampleMR names the trait in a column `exposure`
    harmonised = {name: column for name, column in low.items() if name.startswith("hm_")}
    if not harmonised:
        return low, ""
    author = {name: column for name, column in low.items() if not name.startswith("hm_")}
    effects = {harmonised[name] for name in ("hm_beta", "hm_odds_ratio") if name in harmonised}
    chosen = set(given)
    plain = {author[name] for name in HARMONISED.values() if name in author}
    if "hm_effect_allele" not in harmonised or not effects - empty or (chosen & plain and not chosen & effects):
        return author, ""
    kept = {name: column for name, column in author.items() if name not in HARMONISED.values()}
    return kept | {HARMONISED[name[3:]]: column for name, column in harmonised.items() if name[3:] in HARMONISED}, (
        "harmonised"
    )


def _one_side(low: dict[str, str], side: str | None) -> dict[str, str]:
    """Keep the columns of one side under their plain names."""
    ends = {each: {name[: -len(each) - 1] for name in low if name.endswith(f".{each}")} for each in SIDES}
    have = [each for each in SIDES if ends[each] & (OF_STUDY | OF_ALLELES)]
    if not have:
        return low
    used = side if side in have else have[0]
    suffixed = set().union(*ends.values())
    plain = {}
    for name, column in low.items():
        base, _, end = name.rpartition(".")
        if base and end in SIDES:
            # `id.exposure` is the study
            if end == used and base != "id" and not (base == "mr_keep" and base in low):
                plain[base] = column
        elif not (
            (name in OF_STUDY and suffixed & OF_STUDY)
            or (name in OF_ALLELES and suffixed & OF_ALLELES)
            or (name in FREQUENCY_OF and suffixed & set(FREQUENCY_OF))
        ):
            plain.setdefault(name, column)
    return plain


def population_columns(
    low: dict[str, str], given: dict[str, str], wanted: str, path: str
) -> tuple[dict[str, str], str] | None:
    """Return the columns by role of one population of a Pan-UKB table, and its name; None for other tables.

    Parameters
    ----------
    low : dict of str to str
        Columns by their name in lower case.
    given : dict of str to str
        Columns by role that the user named.
    wanted : str
        Population asked for; empty for the meta-analysis, or the only population.
    path : str
        Path of the table, for messages.
    """
    if not {"chr", "pos", "ref", "alt"} <= set(low):
        return None
    found = {name: match for name in low if (match := POPULATION.fullmatch(name))}
    populations = [match[2] for match in found.values() if match[1] == "beta" and f"se_{match[2]}" in low]
    if not populations:
        return None
    named = {column.lower() for column in given.values()}
    asked = wanted.lower() or next((match[2] for name, match in found.items() if name in named), "")
    chosen = asked or next((each for each in ALL if each in populations), populations[0])
    if chosen not in populations or (not asked and chosen not in ALL and len(populations) > 1):
        known = [low[f"beta_{each}"][5:] for each in populations]
        raise ArgumentError(
            f"{path}",
            "have one population, or a meta-analysis of all" if not asked else f"have the population {asked!r}",
            listing(known),
            f"Give `layout` pan-ukb:{known[0]} to choose one",
        )
    columns = {"chrom": low["chr"], "pos": low["pos"], "effect_allele": low["alt"], "other_allele": low["ref"]}
    for role, words in {
        "beta": ("beta",), "se": ("se",), "eaf": ("af", "af_controls", "af_cases"), "p_value": ("pval",),
        "log10_p": ("neglog10_pval",), "low_confidence": ("low_confidence",),
    }.items():  # fmt: skip
        here = [low[f"{word}_{chosen}"] for word in words if f"{word}_{chosen}" in low]
        if here:
            columns[role] = here[0]
    if "log10_p" in columns:
        columns.pop("p_value", None)
    return columns, low[f"beta_{chosen}"][5:]
