"""What each column of a table of GWAS results holds, and which allele it counts."""

from dataclasses import dataclass, field

from latentmr.data.gwas_results.alleles import allele_columns
from latentmr.data.gwas_results.families import lower_names, population_columns
from latentmr.data.gwas_results.layouts import Layout, layout_of, named_layout
from latentmr.data.gwas_results.names import FREQUENCY_OF, GIVEN, LOG_ODDS, NAMES
from latentmr.data.printing import Brief, listing
from latentmr.errors import ArgumentError

__all__ = ["Recognised", "find_columns", "recognise", "refuse_gap"]

#: Roles that a column given by the user replaces.
RIVALS = {
    "beta": ("odds_ratio", "effect"),
    "odds_ratio": ("beta", "effect"),
    "p_value": ("log10_p", "ln_p"),
    "log10_p": ("p_value", "ln_p"),
    "ln_p": ("p_value", "log10_p"),
    "z": (),
}
#: Frequencies among cases or controls, in the tables of the usual tools.
OF_CASES = {
    "af_alt_cases", "af_alt_controls", "af_case", "af_ctrl", "af.cases", "af.controls", "a1freq_cases",
    "a1freq_controls", "a1_case_freq", "a1_ctrl_freq", "fcas", "fcon",
}  # fmt: skip
#: The name of Pan-UKB, whose columns depend on the populations.
PAN_UKB = "pan-ukb"


@dataclass(frozen=True, repr=False)
class Recognised(Brief):
    """Columns of a table by their role.

    Parameters
    ----------
    layout : str
        Name of the layout, empty if only single columns were recognised.
    columns : dict of str to str
        Column by role.
    counted : str
        Which allele is counted and by which rule.
    certain : bool
        Whether the names of the columns settle which allele is counted.
    binary : bool
        Whether effects are log odds or log hazard ratios.
    flipped_frequency : bool
        Whether the frequency is that of the other allele.
    notes : tuple of str
        Further sentences.
    """

    layout: str
    columns: dict[str, str]
    counted: str
    certain: bool
    binary: bool
    flipped_frequency: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)


def find_columns(
    names: list[str], given: dict[str, str], path: str, side: str | None = None, *, aligned: bool = False
) -> dict[str, str]:
    """Find the columns of a table by their role.

    Parameters
    ----------
    names, given, path, side, aligned
        See :func:`recognise`.

    Returns
    -------
    dict of str to str
        Column of the table by role.

    Examples
    --------
    >>> find_columns(["SNP", "effect_allele.outcome", "beta.outcome", "se.outcome", "eaf"], {}, "here")
    {'id': 'SNP', 'beta': 'beta.outcome', 'se': 'se.outcome', 'effect_allele': 'effect_allele.outcome', 'eaf': 'eaf'}
    """
    return recognise(names, given, path, side, aligned=aligned).columns


def recognise(
    names: list[str],
    given: dict[str, str],
    path: str,
    side: str | None = None,
    *,
    aligned: bool = False,
    layout: str | None = None,
    empty: frozenset[str] = frozenset(),
    p_only: bool = False,
) -> Recognised:
    """Find what the columns of a table hold.

    Columns given by the user win; then those of a layout, recognised by the set of its columns; then single names.

    Parameters
    ----------
    names : list of str
        Names of the table's columns.
    given : dict
        Columns by role, as given by the user.
    path : str
        Path of the table, for messages.
    side : str, optional
        ``exposure`` or ``outcome``: in a table with both, the columns whose names end in this word are used.
    aligned : bool
        Whether all effects are of the same alleles already; then alleles are not needed.
    layout : str, optional
        Name of a layout to use; see :mod:`~latentmr.data.gwas_results.layouts`.
    empty : set of str
        Columns without any value.
    p_only : bool
        Whether an id and a p value suffice.

    Returns
    -------
    Recognised

    Raises
    ------
    ValueError
        If a column that was given or is needed is absent, or the layout is unknown or not that of the table.
    """
    given = {role: column for role, column in given.items() if role not in ("layout", "study")}
    _check_given(given, names, path)
    low, family = lower_names(names, given.values(), side, empty)
    low = {name: column for name, column in low.items() if column not in empty or column in given.values()}
    name, _, population = (layout or "").partition(":")
    found, chosen, title, notes = _of_layout(low, given, name, population, path)
    fixed = chosen is not None and name != ""
    generic = {
        role: next((low[word] for word in words if word in low and low[word] not in found.values()), None)
        for role, words in NAMES.items()
    }
    rivals = {role for each in found for role in RIVALS.get(each, ())}
    if "effect" in found:
        rivals |= {"beta", "odds_ratio"}
    for role, column in generic.items():
        if column is not None and role not in found and role not in rivals:
            found[role] = column
    if "id" in found and "id_2" not in found:
        others = [low[word] for word in NAMES["id"] if word in low and word != "id"]
        second = next((column for column in others if column != found["id"]), None)
        found |= {} if second is None else {"id_2": second}
    for role, column in given.items():
        for rival in RIVALS.get(role, ()):
            found.pop(rival, None)
        found = {each: name for each, name in found.items() if name != column}
        found[role] = column
    if "beta" in found and "odds_ratio" in found and "beta" not in given:
        notes.append(f"effects are taken from {found['beta']!r}, and from {found['odds_ratio']!r} where it is missing")
    binary = _is_binary(found, low, chosen, given)
    alleles = allele_columns(low, found, given, chosen.counted if chosen else "", fixed, chosen is not None)
    found |= alleles.columns
    opposite = found.pop("other_freq", None)
    if opposite is not None:
        found.setdefault("eaf", opposite)
    _find_frequency(found, low, given, alleles.columns)
    flipped = _flips(found, low) or (opposite is not None and found["eaf"] == opposite and "eaf" not in given)
    if family:
        title = f"GWAS Catalog, harmonised ({title})" if title and title != "GWAS-SSF" else "GWAS Catalog, harmonised"
    _refuse_gaps(found, names, path, aligned, p_only)
    certain = alleles.certain and (chosen is None or chosen.certain or fixed)
    return Recognised(title, found, alleles.counted, certain, binary, flipped, tuple(notes))


def _check_given(given: dict[str, str], names: list[str], path: str) -> None:
    for what, name in given.items():
        if what not in GIVEN:
            raise ArgumentError(
                "columns", f"be of {', '.join(GIVEN)}", f"{what!r}", "use one of these as the meaning of a column"
            )
        if name not in names:
            raise ArgumentError(
                f"{path}", f"have the column {name!r}, as given for {what}", listing(names), "check the name"
            )


def _of_layout(
    low: dict[str, str], given: dict[str, str], name: str, population: str, path: str
) -> tuple[dict[str, str], Layout | None, str, list[str]]:
    """Return the columns of a layout by role, the layout, its title and notes."""
    if name.lower() in (PAN_UKB, "panukb", "pan_ukb") or not name:
        of_population = population_columns(low, given, population, path)
        if of_population:
            return of_population[0], None, "Pan-UKB", [f"effects are those of the population {of_population[1]}"]
        if name:
            raise ArgumentError(
                f"{path}", "have the columns of the layout Pan-UKB", listing(list(low.values())), "check `layout`"
            )
    chosen = named_layout(name) if name else layout_of(low)
    if chosen is None:
        return {}, None, "", []
    absent = [column for column in chosen.needs if column not in low]
    if absent:
        raise ArgumentError(
            f"{path}",
            f"have the columns of the layout {chosen.name}",
            f"none called {', '.join(sorted(absent))}: {listing(list(low.values()))}",
            "leave `layout` out, or name the columns",
        )
    found: dict[str, str] = {}
    for role, words in chosen.columns.items():
        match = [
            column
            for word in words
            for each, column in low.items()
            if each == word or (word.endswith("*") and each.startswith(word.split("*")[0]) and _ends(each, word))
        ]
        if match and match[0] not in [each for role_, each in found.items() if role_ != "id"]:
            found[role] = match[0]
    return found, chosen, chosen.name, []


def _ends(name: str, pattern: str) -> bool:
    """Return whether a name has all parts of a pattern with stars."""
    return all(part in name for part in pattern.split("*"))


def _is_binary(found: dict[str, str], low: dict[str, str], chosen: Layout | None, given: dict[str, str]) -> bool:
    effect = found.get("beta", "")
    if "odds_ratio" in found and "beta" not in found:
        return True
    if effect.lower().split(".")[0] in LOG_ODDS or effect.lower() in LOG_ODDS:
        return True
    if chosen is not None and "beta" not in given:
        return bool(chosen.binary_if & set(low))
    return any(name in OF_CASES or name.startswith("af_cases_") for name in low)


def _find_frequency(found: dict[str, str], low: dict[str, str], given: dict[str, str], alleles: dict[str, str]) -> None:
    """Find the frequency: of the effect allele by its name, of one of two alleles, or any."""
    if "eaf" not in found:
        free = [name for name in FREQUENCY_OF if name in low and low[name] not in found.values()]
        effect = alleles.get("effect_allele")
        certain = [name for name in free if any(low.get(allele) == effect for allele in FREQUENCY_OF[name])]
        named = [name for name in free if name in ("eaf",) or "effect" in name or "coded" in name or "_ea" in name]
        match = [*named, *certain, *free]
        if match:
            found["eaf"] = low[match[0]]
    if "eaf" in found and "eaf" not in given:
        word = next((name for name, column in low.items() if column == found["eaf"]), "")
        owner = next((low[each] for each in FREQUENCY_OF.get(word, ()) if each in low), None)
        if owner is not None and owner != alleles.get("effect_allele") and owner != alleles.get("other_allele"):
            found["frequency_of"] = owner


def _flips(found: dict[str, str], low: dict[str, str]) -> bool:
    """Return whether the name of the frequency says that it is the other allele's."""
    word = next((name for name, column in low.items() if column == found.get("eaf")), "")
    owner = next((low[each] for each in FREQUENCY_OF.get(word, ()) if each in low), None)
    return owner is not None and owner == found.get("other_allele")


def _refuse_gaps(found: dict[str, str], names: list[str], path: str, aligned: bool, p_only: bool) -> None:
    p_values: list[tuple[str, ...]] = [("p_value",), ("log10_p",), ("ln_p",)]
    ways: dict[str, tuple[list[tuple[str, ...]], str]] = {
        "the variant's id": ([("id",), ("chrom", "pos")], "snp"),
        "the effect allele": ([("effect_allele",), ("id",)], "effect_allele or alt"),
        "the effect": ([("beta",), ("odds_ratio",), ("effect",), ("z",)], "beta or odds_ratio"),
        "its standard error or p value": (
            [("se",), *p_values, ("ci_lower", "ci_upper"), ("z",)],
            "se or p_value or log10p",
        ),
    }
    if p_only:
        ways = {
            "the variant's id": ways["the variant's id"],
            "its p value": ([*p_values, ("beta", "se"), ("z",)], "P, p_value, pval or LOG10P"),
        }
    if aligned:
        ways.pop("the effect allele", None)
    for what, (options, known) in ways.items():
        if not any(set(option) <= set(found) for option in options):
            refuse_gap(what, known, names, path, p_only)
    if not p_only and "beta" not in found and "odds_ratio" not in found and "effect" not in found:
        lacking = [role for role in ("n", "eaf") if role not in found and "se" not in found]
        if lacking:
            raise ArgumentError(
                f"{path}",
                "have a column with the effect, or with z, sample size and allele frequency",
                f"z without {' and '.join({'n': 'sample size', 'eaf': 'frequency'}[each] for each in lacking)}:"
                f" {listing(names)}",
                "Add these columns, or name them with `exposure_columns` or `outcome_columns` (columns in Python)",
            )


def _remedy(p_only: bool) -> str:
    where = "`gwas_columns`" if p_only else "`exposure_columns` or `outcome_columns`"
    return f"{where} (columns in Python)"


def refuse_gap(what: str, known: str, names: list[str], path: str, p_only: bool = False) -> None:
    """Refuse a table without a column that is needed.

    Parameters
    ----------
    what, known : str
        What the column holds, and names by which it would be recognised.
    names : list of str
        Columns of the table.
    path : str
        Path of the table.
    p_only : bool
        Whether the table serves to select variants.
    """
    aligned_too = ", or give `aligned` if all effects are of the same alleles" if "allele" in what else ""
    raise ArgumentError(
        f"{path}",
        f"have a column with {what} (such as {known})",
        listing(names),
        f"name it with {_remedy(p_only)}{aligned_too}",
    )
