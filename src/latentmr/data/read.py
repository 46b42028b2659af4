"""Readers of genotype files and phenotype tables."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from latentmr.data.assemble import assemble
from latentmr.data.cohort.families import open_in_families
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.plan import Plan, suggesting
from latentmr.data.renamed import renamed
from latentmr.data.variant_filter import listed_variants
from latentmr.data.wanted import Wanted

__all__ = ["read_genotypes", "read_plink"]


@renamed(placebo="negative_control")
@suggesting
def read_genotypes(
    files: GenotypeFiles,
    *,
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
    progress: Progress | None = None,
) -> Dataset:
    """Read genotype files of any format and phenotype tables into one checked data set.

    Parameters
    ----------
    files : GenotypeFiles
        Paths of the genotypes.
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
        Number of genome-wide principal components of the variants that ``extract`` or ``selection`` does not name. They
        become auxiliary features PC1, PC2, ... By default the number is found from the data, and there is none if
        ``aux`` is given; 0 for none.
    pc_window : float
        Distance in megabases, on each side of an instrument, within which variants are left out of the components.
    keep_long_range : bool
        Whether variants in regions of long-range linkage disequilibrium stay in the components.
    build : str
        Genome build of the positions: ``36``, ``37``, ``38``, or ``auto`` for the regions of all three.
    seed : int
        Seed of random choices.
    wanted : Wanted, optional
        Needs of a saved model (:attr:`Representation.wanted <latentmr.learn.Representation.wanted>`). Exactly its
        variants are read, in its order, and flipped if a file counts the other allele; no variant filter applies.
    progress : callable, optional
        Called with the number of variants read and the number to read.

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
    plan.codes.refuse_unknown(plan.columns())
    listed = listed_variants(plan, wanted)
    opener = partial(open_in_families, files) if id_pair else files.open
    return assemble(opener(listed), plan, wanted, listed, progress, opener)


@renamed(placebo="negative_control")
@suggesting
def read_plink(
    bfile: str | Path,
    *,
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
    progress: Progress | None = None,
) -> Dataset:
    """Read a PLINK 1 fileset and phenotype tables into one checked data set.

    It is :func:`read_genotypes` for the most common format.

    Parameters
    ----------
    bfile : str or Path
        Path of the fileset without its suffix; ``{chr}`` in it stands for the chromosomes.
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
        Number of genome-wide principal components of the variants that ``extract`` or ``selection`` does not name. They
        become auxiliary features PC1, PC2, ... By default the number is found from the data, and there is none if
        ``aux`` is given; 0 for none.
    pc_window : float
        Distance in megabases, on each side of an instrument, within which variants are left out of the components.
    keep_long_range : bool
        Whether variants in regions of long-range linkage disequilibrium stay in the components.
    build : str
        Genome build of the positions: ``36``, ``37``, ``38``, or ``auto`` for the regions of all three.
    seed : int
        Seed of random choices.
    wanted : Wanted, optional
        Needs of a saved model; see :func:`read_genotypes`.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a file, a column or a value is invalid; the message says what to do.
    """
    return read_genotypes(
        GenotypeFiles(bfile=bfile),
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
        wanted=wanted,
        progress=progress,
    )
