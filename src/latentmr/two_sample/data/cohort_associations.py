"""Associations of each variant with exposures and outcome in a cohort, as tables of GWAS results."""

import numpy as np
import pandas as pd

from latentmr.data.dataset import Dataset
from latentmr.data.genome.association import Regressions
from latentmr.data.genotypes.genotypes import is_missing
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.tables import SUMMARY_COLUMNS

__all__ = ["associations"]


def associations(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Regress each exposure and the outcome on each variant, with covariates and an intercept for each environment.

    The tables can be passed to two-sample methods. Both tables come from the same individuals, so estimates with weak
    instruments are biased towards the confounded association. Confounding of the variants with the outcome within
    environments remains in the tables. A binary outcome is analysed by linear regression: its effects are risk
    differences.

    Parameters
    ----------
    dataset : Dataset
        A cohort with exposures and an outcome.

    Returns
    -------
    dict of str to pandas.DataFrame
        One table for each exposure and one for the outcome, in this order, with the columns
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``. The effect is NaN for variants that
        do not vary within environments.

    Raises
    ------
    ValueError
        If there is no outcome, or there are too few individuals.

    Examples
    --------
    >>> import latentmr as lm
    >>> data = lm.simulate.admixture(n=2000, p=20, seed=1).dataset
    >>> tables = associations(data)
    >>> list(tables), tables["x"].shape
    (['x', 'y'], (20, 10))
    """
    if not dataset.outcome_name:
        raise ArgumentError("dataset", "have exposures and an outcome", "none", "read it with both")
    rows = dataset.in_estimation
    env = np.unique(dataset.env[rows], return_inverse=True)[1].astype(np.int64)
    G, C = dataset.G[rows], dataset.C[rows]
    known = (~is_missing(G)).sum(axis=0)
    frequency = np.where(is_missing(G), 0, G).sum(axis=0, dtype=np.float64) / 2 / np.maximum(known, 1)
    about = dataset.variants.assign(eaf=frequency if dataset.kind != "continuous" else np.nan, n=known.astype(float))
    traits = dict(zip(dataset.exposure_names, dataset.X.T, strict=True)) | {dataset.outcome_name: dataset.y}
    tables = {}
    for name, values in traits.items():
        found = Regressions(values[rows], C, env).of(G)
        p_value = np.where(np.isfinite(found.beta), found.p_value, np.nan)
        tables[name] = about.assign(beta=found.beta, se=found.se, p_value=p_value)[SUMMARY_COLUMNS]
    return tables
