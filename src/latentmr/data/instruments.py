"""Instruments from a table with a column for each: genotypes, scores or any continuous instruments."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.assemble import assemble
from latentmr.data.cohort.instrument_columns import instrument_columns
from latentmr.data.cohort.kinds import refuse_mixture, refuse_stray_calls
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotypes import loses_digits, store
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.plan import Plan, suggesting
from latentmr.data.printing import listing
from latentmr.data.renamed import renamed
from latentmr.data.tables import Table, header, id_column, numeric, read_table, refuse_infinite
from latentmr.data.variant_filter import listed_variants
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.typing import Array

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
        Id column of the tables; by default ``IID`` or ``eid`` wherever it stands, else the first column.
    plan : Plan, optional
        Columns with other roles, which are no instruments, and codes of missing values.
    listed : Listed, optional
        Instruments that the user or a saved model names.

    Raises
    ------
    ValueError
        If the table has no instrument, instruments cannot be told from other columns, or ``variants`` lacks one.
    """

    argument = "instruments"

    def __init__(
        self,
        path: str | Path,
        variants: str | Path | None = None,
        id: str | None = None,
        plan: Plan | None = None,
        listed: Listed | None = None,
    ) -> None:
        self.path = str(path)
        plan = Plan() if plan is None else plan
        names = header(path)
        # the phenotype tables' id column may have another name here
        self._id = id if id in names else None
        self._pairs, self._codes, self._listed = plan.id_pair, plan.codes, listed is not None
        key = id_column(names, self._id, path)
        self._names, notes, warnings = instrument_columns(
            names,
            key,
            roles=plan.columns(),
            elsewhere={name for table in plan.tables for name in header(table)},
            listed=None if listed is None else set(listed.names),
            path=self.path,
            complete=bool(plan.exposure and plan.outcome),
        )
        if not self._names:
            raise ArgumentError(
                "instruments", "have a column for each instrument", f"only {listing(names)} in {path}", "add columns"
            )
        self.samples = read_table(path, [], id=self._id, pairs=self._pairs).ids
        self.remarks = Remarks((), tuple(notes), tuple(warnings))
        self.variants = _describe(self._names, variants)
        self.total, self.example = len(self.variants), self._names[0]

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does.

        Continuous instruments are in double precision if single precision would lose digits of one.
        """
        out: NDArray[Any] = np.empty((len(rows), len(columns)), dtype=np.float32)
        names = [self._names[column] for column in columns]
        table = read_table(self.path, names, id=self._id, pairs=self._pairs, single=True)
        coarse = []
        for j, name in enumerate(names):
            out[:, j] = self._values(table, name, rows)
            if loses_digits(out[:, j]):
                coarse.append(j)
        if coarse:
            exact = read_table(self.path, [names[j] for j in coarse], id=self._id, pairs=self._pairs)
            out = out.astype(np.float64)
            for j in coarse:
                out[:, j] = self._values(exact, names[j], rows)
        refuse_stray_calls(out, names, self.argument)
        if not self._listed and len(columns) == self.total:
            refuse_mixture(out, names, self.argument)
        return store(out)

    def _values(self, table: Table, name: str, rows: NDArray[np.int64]) -> Array:
        """Return the values of an instrument, NaN if missing."""
        values = numeric(table.columns[name], name, self.argument, self.path)[rows]
        refuse_infinite(values, name, self.argument)
        codes = self._codes.numbers_of(name)
        return np.where(np.isin(values, codes), np.nan, values) if codes else values


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
    id_pair: bool = False,
    missing_codes: Sequence[str | float] | str | float = (),
    categorical: Sequence[str] | str = (),
    allow_unmatched: bool = False,
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
    matches by id only. A column has one role: those of the exposure, outcome, covariates and ids are no instruments,
    and neither are columns of a phenotype table unless ``extract`` lists them.

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
        Id column of the tables; by default ``IID`` or ``eid`` wherever it stands, else the first column.
    id_pair : bool
        Whether ids are unique only within families (``FID``): family and individual ids are matched together.
    missing_codes : sequence of str
        Codes of missing values: ``-1,-3`` in all columns, ``COL:-1,-3`` in one.
    categorical : str or sequence of str
        Covariates whose numbers are codes of categories.
    allow_unmatched : bool
        Whether a ``remove`` list may name none of the genotyped individuals.
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
        id_pair=id_pair,
        missing_codes=missing_codes,
        categorical=categorical,
        allow_unmatched=allow_unmatched,
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
    listed = listed_variants(plan, wanted)
    source = TableSource(instruments, variants, id, plan=plan, listed=listed)
    plan.codes.refuse_unknown((*plan.columns(), *source.variants["id"]))
    return assemble(source, plan, wanted, listed)


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
