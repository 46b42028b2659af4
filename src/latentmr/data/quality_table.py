"""What the genotypes of a data set are like: a row for each variant, and who looks related."""

import numpy as np
import pandas as pd

from latentmr.data.dataset import Dataset
from latentmr.data.genome.hardy_weinberg import within_environments
from latentmr.data.genome.imputation import variance_ratio
from latentmr.data.genome.kinship import DEGREES, effective_variants, related_pairs, smallest_reliable
from latentmr.data.quality import count_calls

__all__ = ["describe_doubtful", "describe_relatives", "quality_table"]

#: Comparisons of two people at one variant that take a few seconds.
AFFORDABLE = 2e11
#: Below these a variant is doubtful: column, bound, its option, and what it is called.
DOUBTFUL = (
    ("hwe_p", 1e-6, "`hwe`", "a Hardy-Weinberg p value"),
    ("info", 0.3, "`info`", "a ratio of variances"),
)


def quality_table(dataset: Dataset) -> pd.DataFrame:
    """Frequencies and tests of each variant that passed the filters.

    Parameters
    ----------
    dataset : Dataset
        Of allele counts or dosages.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, frequency`` (of the counted allele), ``missing`` (share; NaN for
        dosages, which are filled as they are read), ``hwe_p`` (within environments; NaN for dosages) and ``info``
        (ratio of variances; NaN for hard calls).
    """
    nothing = np.full(dataset.p, np.nan)
    calls = count_calls(dataset.G)
    hard = dataset.kind == "counts"
    env, n_env = dataset.env, dataset.n_env
    return dataset.variants.assign(
        frequency=calls.mean / 2,
        missing=calls.missing_of_variant / dataset.n if hard else nothing,
        hwe_p=within_environments(dataset.G, env, n_env) if hard else nothing,
        info=nothing if hard else variance_ratio(dataset.G, env, n_env),
    )


def describe_doubtful(table: pd.DataFrame) -> list[str]:
    """Say which variants users usually leave out.

    Parameters
    ----------
    table : pandas.DataFrame
        By :func:`quality_table`.

    Returns
    -------
    list of str
        A sentence for each reason that there is.

    Examples
    --------
    >>> describe_doubtful(pd.DataFrame({"id": ["rs1", "rs2"], "hwe_p": [1e-9, 0.5], "info": [np.nan, np.nan]}))
    ['1 of 2 variants have a Hardy-Weinberg p value under 1e-06: rs1 (1e-09); --hwe 1e-06 leaves them out.']
    """
    told = []
    for column, bound, option, name in DOUBTFUL:
        bad = table[table[column] < bound].sort_values(column, kind="stable")
        if len(bad):
            worst = [f"{row.id} ({getattr(row, column):.2g})" for row in bad.head(5).itertuples()]
            shown = ", ".join(worst) + (", ..." if len(bad) > len(worst) else "")
            told.append(
                f"{len(bad)} of {len(table)} variants have {name} under {bound:g}: {shown}; {option} {bound:g} leaves"
                " them out."
            )
    return told


def describe_relatives(dataset: Dataset) -> str:
    """Say who is related, as far as the variants can tell.

    Parameters
    ----------
    dataset : Dataset
        Of allele counts or dosages.

    Returns
    -------
    str
    """
    alone = effective_variants(dataset.G)
    reliable = smallest_reliable(alone)
    told = {name: bound for name, bound in DEGREES.items() if bound >= reliable}
    if not told:
        return (
            f"cannot say: {dataset.p} variants do not tell duplicates from chance (that takes 200 or so that are not"
            f" linked; these tell as much as {alone:.0f})"
        )
    if float(dataset.n) ** 2 * dataset.p > AFFORDABLE:
        return f"not looked for among {dataset.n:,} people; `max_kinship` looks, and leaves relatives out"
    counts = related_pairs(dataset.G, min(told.values())).counts()
    return ", ".join(f"{name}: {counts[name]} pairs" for name in told)
