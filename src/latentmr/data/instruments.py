"""Instruments from a table with a column for each: genotypes, scores or any continuous instruments."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.assemble import assemble
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotypes import store
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.plan import Plan, suggesting
from latentmr.data.printing import listing
from latentmr.data.renamed import renamed
from latentmr.data.tables import header, id_column, numeric, read_table, refuse_infinite
from latentmr.data.variant_filter import listed_variants
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError

__all__ = ["TableSource", "read_instruments"]


class TableSource(Described):
    """A table with an id column and one column for each instrument.

    Parameters
    ----------
    path : str or Path
        Table: .tsv, .csv (plain, .gz, .zst) or .parquet.
    variants : str or Path, optional
        Table with a row for each instrument: ``id``, and those of ``chrom``, ``pos``, ``effect_allele``,
        ``other_allele`` that are known.
    id : str, optional
        Id column of the tables; by default ``IID``, ``FID IID``, ``#IID`` or the first column.

    Raises
    ------
    ValueError
        If the table has no instrument, or ``variants`` lacks one of them.
    """

    argument = "instruments"
    remarks = Remarks()

    def __init__(self, path: str | Path, variants: str | Path | None = None, id: str | None = None) -> None:
        self.path = str(path)
        names = header(path)
        # the phenotype tables' id column may have another name here
        self._id = id if id in names else None
        key = id_column(names, self._id, path)
        self._names = [name for name in names if name not in (key, "FID", "#FID")]
        if not self._names:
            raise ArgumentError(
                "instruments", "have a column for each instrument", f"only {listing(names)} in {path}", "add columns"
            )
        self.samples = read_table(path, [], id=self._id).ids
        self.variants = _describe(self._names, variants)
        self.total, self.example = len(self.variants), self._names[0]

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        out = np.empty((len(rows), len(columns)), dtype=np.float32)
        names = [self._names[column] for column in columns]
        table = read_table(self.path, names, id=self._id, single=True)
        for j, name in enumerate(names):
            values = numeric(table.columns[name], name, "instruments", self.path)[rows]
            refuse_infinite(values, name, "instruments")
            out[:, j] = values
        return store(out)


@renamed(placebo="negative_control")
@suggesting
def read_instruments(
    instruments: str | Path,
    *,
    variants: str | Path | None = None,
    pheno: Sequence[str | Path] | str | Path = (),
    env: str | None = None,
    exposure: Sequence[str] | str = (),
    outcome: str | None = None,
    covar: Sequence[str] | str = (),
    aux: Sequence[str] | str = (),
    cluster: Sequence[str] | str = (),
    negative_control: Sequence[str] | str = (),
    id: str | None = None,
    extract: str | Path | None = None,
    selection: str | Path | None = None,
    keep: str | Path | None = None,
    remove: str | Path | None = None,
    maf: float = 0.01,
    geno: float = 0.05,
    mind: float = 0.1,
    outcome_type: str = "auto",
    hwe: float = 0.0,
    info: float = 0.0,
    max_kinship: float | None = None,
    autosomes: int = 22,
    memory: float | None = None,
    outcome_blind: bool = False,
    panel: bool = False,
    pcs: int | str = "auto",
    pc_window: float = 1.0,
    keep_long_range: bool = False,
    build: str = "auto",
    seed: int = 0,
    wanted: Wanted | None = None,
) -> Dataset:
    """Read a table of instruments and phenotype tables into one checked data set.

    Columns of 0, 1 and 2 are hard calls, columns within 0 to 2 are dosages, and others are continuous. The frequency
    filter applies to hard calls and dosages. Without ``variants`` the alleles are unknown (``NA``), and a saved model
    matches by id only.

    Parameters
    ----------
    instruments : str or Path
        Table with the sample id and a column for each instrument.
    variants : str or Path, optional
        Table with the alleles of the instruments.
    pheno : path or sequence of paths
        Tables with sample ids, joined by id to the genotypes.
    env : str, optional
        Column with the environment of each individual. With None all are in one environment, which suffices to apply a
        model but not to learn one.
    exposure, covar, aux, cluster, negative_control : str or sequence of str
        Columns in each role. Covariates are numbers or labels. Auxiliary features are proxies for the confounded
        component, for example genome-wide principal components. Negative-control outcomes are traits that the exposure
        cannot affect; their former name ``placebo`` still works, with a warning.
    outcome : str, optional
        Column of the outcome; None to learn only.
    id : str, optional
        Id column of the tables; by default ``IID``, ``FID IID``, ``#IID`` or the first column.
    extract : str or Path, optional
        File with the variant ids to read.
    selection : str or Path, optional
        Folder written by ``latentmr select``, which replaces ``extract``.
    keep, remove : str or Path, optional
        Files with the sample ids to keep or to remove.
    maf, geno, mind : float
        Minimum minor allele frequency, and maximum share of missing calls of a variant and of an individual.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.
    hwe, info : float
        Minimum Hardy-Weinberg p value of hard calls within environments, and minimum variance ratio of dosages.
    max_kinship : float, optional
        Maximum kinship of two individuals: one individual of each closer pair is excluded.
    autosomes : int
        Number of autosomes of the species; other chromosomes are excluded.
    memory : float, optional
        Maximum memory for genotypes, in gigabytes.
    outcome_blind : bool
        Whether exposures may come without an outcome, to select instruments.
    panel : bool
        Whether the individuals are a panel to simulate others from, and are not analysed.
    pcs : int or "auto"
        A number above 0 is refused: a table of instruments has no genome-wide principal components.
    pc_window : float
        Without effect, as the following: they are settings of genome-wide principal components.
    keep_long_range : bool
        Without effect.
    build : str
        Without effect.
    seed : int
        Without effect.
    wanted : Wanted, optional
        Needs of a saved model; see :func:`read_genotypes`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a file, a column or a value is invalid; the message says what to do.
    """
    plan = Plan(
        pheno=pheno,
        env=env,
        exposure=exposure,
        outcome=outcome,
        covar=covar,
        aux=aux,
        cluster=cluster,
        negative_control=negative_control,
        id=id,
        extract=extract,
        selection=selection,
        keep=keep,
        remove=remove,
        maf=maf,
        geno=geno,
        mind=mind,
        outcome_type=outcome_type,
        hwe=hwe,
        info=info,
        max_kinship=max_kinship,
        autosomes=autosomes,
        memory=memory,
        outcome_blind=outcome_blind,
        panel=panel,
        pcs=pcs,
        pc_window=pc_window,
        keep_long_range=keep_long_range,
        build=build,
        seed=seed,
    )
    return assemble(TableSource(instruments, variants, id), plan, wanted, listed_variants(plan, wanted))


def _describe(names: list[str], variants: str | Path | None) -> pd.DataFrame:
    table = pd.DataFrame({"id": names} | {column: ["NA"] * len(names) for column in VARIANT_COLUMNS[1:]})
    if variants is None:
        return table
    known = [column for column in VARIANT_COLUMNS[1:] if column in header(variants)]
    described = read_table(variants, known, labels=known, id="id")
    rows = described.ids.get_indexer(pd.Index(names, dtype=object))
    if (rows < 0).any():
        absent = names[int(np.argmax(rows < 0))]
        raise ArgumentError(
            "variants",
            "have a row for each instrument",
            f"none for {int((rows < 0).sum())} of {len(names)}, for instance {absent!r}",
            "add the rows, or leave `variants` out",
        )
    for column in known:
        values = described.columns[column].to_pandas().astype(object)
        table[column] = values.where(values.notna(), "NA").to_numpy()[rows]
    return table
