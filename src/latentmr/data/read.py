"""From files to one checked data set."""

from collections.abc import Sequence
from pathlib import Path

from latentmr.data.assemble import assemble
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.genotypes.wanted import Wanted
from latentmr.data.plan import Plan, suggesting
from latentmr.data.variant_filter import listed_variants

__all__ = ["read_genotypes", "read_plink"]


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
    placebo: Sequence[str] | str = (),
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
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read genotype files of any format and phenotype tables into one checked data set.

    Parameters
    ----------
    files : GenotypeFiles
        Where the genotypes are.
    pheno : path or sequence of paths
        Tables with sample ids, joined by id to the genotypes.
    env : str, optional
        Column with the environment of each person. None: everyone is in one, enough to apply a model, not to learn one.
    exposure, covar, aux, cluster, placebo : str or sequence of str
        Columns of exposures; of covariates, numbers or labels; of auxiliary observations of the confounded part, such
        as genome-wide principal components; of clusters; of traits that the exposure cannot affect.
    outcome : str, optional
        Column of the outcome; none where only learning is wanted.
    id : str, optional
        Id column of the tables; else ``IID``, ``FID IID``, ``#IID`` or the first column.
    extract : str or Path, optional
        File with the variant ids to read.
    selection : str or Path, optional
        Folder by ``latentmr select``, in place of ``extract``.
    keep, remove : str or Path, optional
        Files with the sample ids to keep or to remove.
    maf, geno, mind : float
        Smallest minor allele frequency; largest share of missing calls of a variant and of a person.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.
    hwe, info : float
        Smallest Hardy-Weinberg p value, within environments, of hard calls; smallest ratio of variances of dosages.
    max_kinship : float, optional
        Largest kinship of two people: of closer ones some are left out.
    autosomes : int
        Number of autosomes of the species; other chromosomes are left out.
    memory : float, optional
        Gigabytes that genotypes may take.
    outcome_blind : bool
        Whether exposures come without an outcome, to select instruments.
    panel : bool
        Whether these are people to draw others from, not to analyse.
    wanted : Wanted, optional
        What a saved model needs (:attr:`Representation.wanted <latentmr.learn.Representation.wanted>`): exactly its
        variants are read, in its order, flipped where a file counts the other allele, and no variant filter applies.
    progress : callable, optional
        Told how many variants were read, and how many there are to read.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
    """
    plan = Plan(
        pheno=pheno,
        env=env,
        exposure=exposure,
        outcome=outcome,
        covar=covar,
        aux=aux,
        cluster=cluster,
        placebo=placebo,
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
    )
    listed = listed_variants(plan, wanted)
    return assemble(files.open(listed), plan, wanted, listed, progress)


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
    placebo: Sequence[str] | str = (),
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
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a PLINK 1 fileset and phenotype tables: :func:`read_genotypes` for the commonest case.

    Parameters
    ----------
    bfile : str or Path
        Path of the fileset without its suffix; ``{chr}`` in it stands for the chromosomes.
    pheno : path or sequence of paths
        Tables with sample ids, joined by id to the genotypes.
    env : str, optional
        Column with the environment of each person. None: everyone is in one, enough to apply a model, not to learn one.
    exposure, covar, aux, cluster, placebo : str or sequence of str
        Columns of exposures; of covariates, numbers or labels; of auxiliary observations of the confounded part, such
        as genome-wide principal components; of clusters; of traits that the exposure cannot affect.
    outcome : str, optional
        Column of the outcome; none where only learning is wanted.
    id : str, optional
        Id column of the tables; else ``IID``, ``FID IID``, ``#IID`` or the first column.
    extract : str or Path, optional
        File with the variant ids to read.
    selection : str or Path, optional
        Folder by ``latentmr select``, in place of ``extract``.
    keep, remove : str or Path, optional
        Files with the sample ids to keep or to remove.
    maf, geno, mind : float
        Smallest minor allele frequency; largest share of missing calls of a variant and of a person.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.
    hwe, info : float
        Smallest Hardy-Weinberg p value, within environments, of hard calls; smallest ratio of variances of dosages.
    max_kinship : float, optional
        Largest kinship of two people: of closer ones some are left out.
    autosomes : int
        Number of autosomes of the species; other chromosomes are left out.
    memory : float, optional
        Gigabytes that genotypes may take.
    outcome_blind : bool
        Whether exposures come without an outcome, to select instruments.
    panel : bool
        Whether these are people to draw others from, not to analyse.
    wanted : Wanted, optional
        What a saved model needs; see :func:`read_genotypes`.
    progress : callable, optional
        Told how many variants were read, and how many there are to read.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
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
        placebo=placebo,
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
        wanted=wanted,
        progress=progress,
    )
