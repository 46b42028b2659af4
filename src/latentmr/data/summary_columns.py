"""Names of the columns of GWAS tables."""

from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["NAMES", "find_columns"]

#: Names by meaning, in lower case and without the suffixes of TwoSampleMR; the most common first.
NAMES = {
    "id": ("snp", "rsid", "id", "variant_id", "rs_id", "markername", "snpid", "rs", "marker", "variant"),
    "chrom": ("chr", "chrom", "chromosome", "hm_chrom"),
    "pos": ("pos", "bp", "base_pair_location", "genpos", "position", "bp_hg19", "hm_pos"),
    "effect_allele": ("effect_allele", "a1", "allele1", "ea", "alt_allele", "hm_effect_allele", "effectallele"),
    "other_allele": (
        "other_allele", "a2", "allele0", "allele2", "nea", "non_effect_allele", "noneffect_allele", "omitted",
        "reference_allele", "hm_other_allele", "otherallele",
    ),
    "ref": ("ref", "reference"),
    "alt": ("alt", "alternate"),
    "test": ("test",),
    "eaf": (
        "eaf", "effect_allele_frequency", "a1freq", "a1_freq", "freq1", "frq", "freq", "af_allele2", "af",
        "effect_allele_freq", "hm_effect_allele_frequency",
    ),
    "beta": ("beta", "b", "effect", "log_odds", "hm_beta", "estimate"),
    "odds_ratio": ("odds_ratio", "or", "hazard_ratio", "hr", "hm_odds_ratio"),
    "se": ("se", "standard_error", "stderr", "log(or)_se", "std_err", "sebeta"),
    "p_value": ("p_value", "pval", "p", "pvalue", "p-value", "p.value", "p_bolt_lmm", "p_bolt_lmm_inf"),
    "log10_p": ("log10p", "neg_log_10_p_value", "mlog10p", "log10_p", "neg_log10_pvalue"),
    "trait": ("phenotype", "trait"),
    "n": ("n", "samplesize", "sample_size", "obs_ct", "neff", "n_total", "weight", "totalsamplesize", "n_samples"),
}  # fmt: skip
#: Suffixes that TwoSampleMR adds to names.
SIDES = ("exposure", "outcome")


def find_columns(
    names: list[str], given: dict[str, str], path: str, side: str | None = None, *, aligned: bool = False
) -> dict[str, str]:
    """Find the meaning of each column.

    Parameters
    ----------
    names : list of str
        Names of the table's columns.
    given : dict
        Names by meaning, as given by the user; they take precedence.
    path : str
        Path of the table, for messages.
    side : str, optional
        ``exposure`` or ``outcome``: in a table with both, the columns whose names end in this word are used.
    aligned : bool
        Whether all effects are of the same alleles already; then alleles are not needed.

    Returns
    -------
    dict of str to str
        Column of the table by meaning, for those of ``NAMES`` that are found.

    Raises
    ------
    ValueError
        If a column that was given or is needed is absent.

    Examples
    --------
    >>> find_columns(["SNP", "effect_allele.outcome", "beta.outcome", "se.outcome", "eaf"], {}, "here")
    {'id': 'SNP', 'effect_allele': 'effect_allele.outcome', 'eaf': 'eaf', 'beta': 'beta.outcome', 'se': 'se.outcome'}
    """
    for what, name in given.items():
        if what not in NAMES:
            raise ArgumentError(
                "columns", f"be of {', '.join(NAMES)}", f"{what!r}", "use one of these as the meaning of a column"
            )
        if name not in names:
            raise ArgumentError(
                f"{path}", f"have the column {name!r}, as given for {what}", listing(names), "check the name"
            )
    low = {}
    for name in reversed(names):
        low[name.lower().lstrip("#")] = name
    sides = (side,) if side else SIDES
    found = {}
    for what, words in NAMES.items():
        # in TwoSampleMR's tables, `id.exposure` is the study
        wanted = [f"{word}.{each}" for each in sides for word in words if what != "id"] + list(words)
        if what == "trait" and side:
            wanted = [side, *wanted]  # TwoSampleMR names the trait in a column `exposure`
        match = [given[what]] if what in given else [low[word] for word in wanted if word in low]
        if match:
            found[what] = match[0]
    if "beta" in found:
        found.pop("odds_ratio", None)
    _refuse_gaps(found, names, path, aligned)
    return found


def _refuse_gaps(found: dict[str, str], names: list[str], path: str, aligned: bool) -> None:
    ways = {
        "the variant's id": [("id",)],
        "the effect allele": [("effect_allele",), ("alt",)],
        "the effect": [("beta",), ("odds_ratio",)],
        "its standard error or p value": [("se",), ("p_value",), ("log10_p",)],
    }
    if aligned:
        ways.pop("the effect allele")
    for what, options in ways.items():
        if not any(set(option) <= set(found) for option in options):
            known = " or ".join(NAMES[option[0]][0] for option in options)
            aligned_too = ", or give `aligned` if all effects are of the same alleles" if "allele" in what else ""
            raise ArgumentError(
                f"{path}",
                f"have a column with {what} (such as {known})",
                listing(names),
                f"name it with `exposure_columns` or `outcome_columns` (columns in Python){aligned_too}",
            )
    if "alt" in found:
        found.setdefault("effect_allele", found["alt"])
