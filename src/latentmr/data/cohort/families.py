"""Family ids of genotype files, for ids of individuals that are unique only within families."""

from pathlib import Path

from latentmr.data.cohort.id_columns import paired
from latentmr.data.genotypes.by_chromosome import over_chromosomes
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Source
from latentmr.errors import ArgumentError

__all__ = ["family_ids", "open_in_families"]

#: Files with family ids, by the format of the genotypes.
SUFFIXES = {"bfile": ".fam", "pfile": ".psam"}


def open_in_families(files: GenotypeFiles, listed: Listed | None = None) -> Source:
    """Open genotype files; the ids of individuals are their family ids and individual ids, with a blank between them.

    Parameters
    ----------
    files : GenotypeFiles
        Filesets of PLINK, or BGEN files with .sample files.
    listed : Listed, optional
        Variants of interest; all by default.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If files have no family ids.
    """
    if files.paths("vcf") or files.paths("zarr") or len(files.paths("bgen")) and not files.paths("sample"):
        raise ArgumentError(
            "id_pair",
            "come with files that hold family ids: .fam, .psam or .sample",
            "genotypes without them",
            "leave `id_pair` out",
        )
    source = files.open(listed)
    named = [(stem, suffix) for form, suffix in SUFFIXES.items() for stem in files.paths(form)]
    sample = files.paths("sample")
    named += [(path, "") for path in (sample if len(sample) > 1 else sample * len(files.paths("bgen")))]
    families: list[str] = []
    for stem, suffix in named:
        found = [path + suffix for path in over_chromosomes(stem) if Path(path + suffix).is_file()]
        families += family_ids(found[0])
    source.samples = paired(families, source.samples)
    return source


def family_ids(path: str | Path) -> list[str]:
    """Read the family ids of a .fam, .psam or .sample file.

    Parameters
    ----------
    path : str or Path
        Path of the file.

    Returns
    -------
    list of str
        One for each individual, in the order of the file.

    Raises
    ------
    ValueError
        If the file has no family ids.
    """
    path = Path(path)
    lines = [line.split() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    lines = [line for line in lines if not line[0].startswith("##")]
    column = 0
    if path.suffix == ".sample":
        # two lines of header: names, and types
        lines = lines[2:]
    elif lines and lines[0][0].startswith("#"):
        names = [name.lstrip("#") for name in lines[0]]
        if "FID" not in names:
            raise ArgumentError(
                "id_pair", f"come with family ids: a column FID in {path}", "none", "leave `id_pair` out"
            )
        column, lines = names.index("FID"), lines[1:]
    return [line[column] for line in lines]
