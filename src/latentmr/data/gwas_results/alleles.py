"""The columns of alleles of a GWAS table, and the rule by which one of them is the counted allele."""

from dataclasses import dataclass

from latentmr.data.gwas_results.names import EFFECT, FREQUENCY_OF, OTHER, PAIRS
from latentmr.data.printing import Brief

__all__ = ["AlleleColumns", "allele_columns"]

Columns = dict[str, str]


@dataclass(frozen=True, repr=False)
class AlleleColumns(Brief):
    """Columns of alleles by role, which one is counted by which rule, and whether that is certain.

    Parameters
    ----------
    columns : dict of str to str
        ``effect_allele`` and ``other_allele``; or ``effect_allele``, ``ref`` and ``alt``, of which the other allele is
        the one that is not the effect allele.
    counted : str
        The rule, as a sentence without its full stop.
    certain : bool
        Whether names settle it.
    """

    columns: Columns
    counted: str
    certain: bool


def allele_columns(
    low: Columns, found: Columns, given: Columns, counted: str, forced: bool, known: bool
) -> AlleleColumns:
    """Find the columns of alleles.

    Parameters
    ----------
    low : dict of str to str
        Columns by their name in lower case.
    found : dict of str to str
        Columns by role so far: those of a layout.
    given : dict of str to str
        Columns by role that the user named.
    counted : str
        What the layout counts.
    forced, known : bool
        Whether the user named the layout, and whether there is one.

    Returns
    -------
    AlleleColumns
    """
    columns: Columns
    pairs = [(low[one], low[two], sure) for one, two, sure in PAIRS if one in low and two in low]
    if "ref" in given and "alt" in given and "effect_allele" not in given:
        return AlleleColumns(
            {"effect_allele": given["alt"], "other_allele": given["ref"]}, f"{given['alt']} is counted, as given", True
        )
    if "effect_allele" in given or "other_allele" in given:
        return _given(low, given, pairs)
    explicit = next((low[name] for name in EFFECT if name in low), None)
    other = next((low[name] for name in OTHER if name in low), None)
    if "effect_allele" in found and (explicit is None or known):
        columns = {role: found[role] for role in ("effect_allele", "other_allele", "ref", "alt") if role in found}
        rule = "by the layout that was given" if forced else "by the layout"
        return AlleleColumns(columns, f"{counted or found['effect_allele']} is counted, {rule}", True)
    if counted and "beta" in found and explicit is None and not pairs:
        return AlleleColumns({}, f"{counted} is counted, by the layout", True)
    if explicit:
        columns = {"effect_allele": explicit} | ({"other_allele": other} if other else _others(explicit, pairs))
        return AlleleColumns(columns, f"{explicit} is counted, by its name", True)
    if "af_allele2" in low and "allele1" in low and "allele2" in low:
        columns = {"effect_allele": low["allele2"], "other_allele": low["allele1"]}
        return AlleleColumns(columns, f"{low['allele2']} is counted, as {low['af_allele2']} is its frequency", True)
    single = next((low[name] for name in ("a1", "allele1") if name in low), None)
    if "af_allele2" in low or "ac_allele2" in low:
        single = None  # SAIGE counts allele 2, whose column is not there
    if single and "a2" not in low and "allele2" not in low and "a0" not in low and "allele0" not in low:
        columns = {"effect_allele": single} | ({"other_allele": other} if other else _others(single, pairs))
        rule = "as in PLINK" if len(columns) > 1 else "as in PLINK; the other allele has no column"
        return AlleleColumns(columns, f"{single} is taken as counted, {rule}", "ref" in columns)
    if not single and ("obs_ct" in low or "a1_ct" in low):
        return AlleleColumns({}, "", True)  # PLINK 2 counts A1, whose column is not there
    unnamed = not single and any(name in low for name in ("a1freq", "a1_freq"))
    for one, two, sure in pairs:
        if other and other not in (one, two):
            continue
        frequency = _frequency_of(low, two)
        if not sure and frequency and not _frequency_of(low, one):
            return AlleleColumns(
                {"effect_allele": two, "other_allele": one},
                f"{two} is taken as counted, as {frequency} is its frequency",
                False,
            )
        if unnamed:
            rule = "by its name, but the table has a frequency of A1"
            return AlleleColumns(
                {"effect_allele": one, "other_allele": two}, f"{one} is taken as counted, {rule}", False
            )
        rule = "by its name" if sure else "as in PLINK and GCTA; some tools count the other one"
        return AlleleColumns({"effect_allele": one, "other_allele": two}, f"{one} is taken as counted, {rule}", sure)
    single = next((low[name] for name in ("alt", "alternate", "alt_allele") if name in low), None)
    if single:
        columns = {"effect_allele": single} | ({"other_allele": other} if other else {})
        return AlleleColumns(columns, f"{single} is counted, by its name", True)
    return AlleleColumns({}, "", True)


def _frequency_of(low: Columns, allele: str) -> str | None:
    """Return the column of the frequency of the allele in a column, if its name says so."""
    words = (name for name, owners in FREQUENCY_OF.items() if any(low.get(owner) == allele for owner in owners))
    return next((low[name] for name in words if name in low), None)


def _given(low: Columns, given: Columns, pairs: list[tuple[str, str, bool]]) -> AlleleColumns:
    """Complete the alleles that the user named."""
    effect, other = given.get("effect_allele"), given.get("other_allele")
    partners = {one: two for one, two, _ in pairs} | {two: one for one, two, _ in reversed(pairs)}
    # "allele1" may be paired with allele0 or allele2: the first pair wins
    for one, two, _ in reversed(pairs):
        partners[one] = two
    for name, column in low.items():
        if name in EFFECT:
            partners.setdefault(column, next((low[each] for each in OTHER if each in low), ""))
        if name in OTHER:
            partners.setdefault(column, next((low[each] for each in EFFECT if each in low), ""))
    columns: Columns = {}
    if effect is None and other is not None:
        effect = partners.get(other) or None
    elif effect is not None and other is None:
        other = partners.get(effect) or next((low[each] for each in OTHER if each in low and low[each] != effect), None)
    if effect is not None:
        columns["effect_allele"] = effect
        columns |= {"other_allele": other} if other is not None else _others(effect, pairs)
    elif other is not None:
        columns["other_allele"] = other
    return AlleleColumns(columns, f"{effect} is counted, as given" if effect else "", True)


def _others(effect: str, pairs: list[tuple[str, str, bool]]) -> Columns:
    """Return the pair of columns that lists both alleles; the other allele is the one that is not the effect allele."""
    for one, two, _ in pairs:
        if effect not in (one, two):
            return {"alt": one, "ref": two}
    return {}
