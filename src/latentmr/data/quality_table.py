"""Description of the genotypes of a data set: a row for each variant, and the number of relatives."""

import numpy as np
import pandas as pd

from latentmr.data.dataset import Dataset
from latentmr.data.genome.hardy_weinberg import within_environments
from latentmr.data.genome.imputation import variance_ratio
from latentmr.data.genome.kinship import DEGREES, effective_variants, related_pairs, smallest_reliable
from latentmr.data.quality import count_calls

__all__ = ["describe_doubtful", "describe_relatives", "quality_table"]

#: Comparisons of two individuals at one variant that take a few seconds.
AFFORDABLE = 2e11
#: A variant below these bounds is doubtful: column, bound, argument of the filter, and name of the measure.
DOUBTFUL = (
    ("hwe_p", 1e-6, "`hwe`", "a Hardy-Weinberg p value"),
    ("info", 0.3, "`info`", "a variance ratio"),
)


def quality_table(dataset: Dataset) -> pd.DataFrame:
    """Return frequencies and tests of each variant that passed the filters.

    Parameters
    ----------
    dataset : Dataset
        Data set of allele counts or dosages.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, frequency`` (of the counted allele), ``missing`` (share; NaN for
        dosages, whose missing values were filled on input), ``hwe_p`` (within environments; NaN for dosages) and
        ``info`` (variance ratio; NaN for hard calls).
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
    """Describe the variants that are usually excluded.

    Parameters
    ----------
    table : pandas.DataFrame
        Table made by :func:`quality_table`.

    Returns
    -------
    list of str
        A sentence for each reason.

    Examples
    --------
    >>> describe_doubtful(pd.DataFrame({"id": ["rs1", "rs2"], "hwe_p": [1e-9, 0.5], "info": [np.nan, np.nan]}))
    ['1 of 2 variants have a Hardy-Weinberg p value under 1e-06: rs1 (1e-09); `hwe` 1e-06 excludes them.']
    """
    sentences = []
    for column, bound, argument, name in DOUBTFUL:
        bad = table[table[column] < bound].sort_values(column, kind="stable")
        if len(bad):
            worst = [f"{row.id} ({getattr(row, column):.2g})" for row in bad.head(5).itertuples()]
            shown = ", ".join(worst) + (", ..." if len(bad) > len(worst) else "")
            sentences.append(
                f"{len(bad)} of {len(table)} variants have {name} under {bound:g}: {shown}; {argument} {bound:g}"
                " excludes them."
            )
    return sentences


def describe_relatives(dataset: Dataset) -> str:
    """Count related pairs, by the degrees that the variants can distinguish from chance.

    Parameters
    ----------
    dataset : Dataset
        Data set of allele counts or dosages.

    Returns
    -------
    str
    """
    independent = effective_variants(dataset.G)
    reliable = smallest_reliable(independent)
    degrees = {name: bound for name, bound in DEGREES.items() if bound >= reliable}
    if not degrees:
        return (
            f"unknown, because {dataset.p} variants cannot distinguish duplicates from chance (about 200 in linkage"
            f" equilibrium are needed; these are as informative as {independent:.0f})"
        )
    if float(dataset.n) ** 2 * dataset.p > AFFORDABLE:
        return f"not computed for {dataset.n:,} individuals; `max_kinship` computes them, and excludes relatives"
    counts = related_pairs(dataset.G, min(degrees.values())).counts()
    return ", ".join(f"{name}: {counts[name]} pairs" for name in degrees)
