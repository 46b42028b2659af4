"""Genotype files of any format, of one cohort or of several that are merged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from latentmr.data.genotypes.bgen import BgenSource
from latentmr.data.genotypes.by_chromosome import open_source, over_chromosomes
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.merge import MergedSource
from latentmr.data.genotypes.pgen import PgenSource
from latentmr.data.genotypes.plink import PlinkSource
from latentmr.data.genotypes.source import Source
from latentmr.data.genotypes.vcf import VcfSource
from latentmr.data.genotypes.vcf_zarr import ZarrSource
from latentmr.data.printing import listing, shortened
from latentmr.errors import ArgumentError

__all__ = ["FORMATS", "GenotypeFiles"]

FORMATS = ("bfile", "pfile", "bgen", "vcf", "zarr")
#: Suffixes of the files of a format, after the given path.
SUFFIXES = {
    "bfile": (".bed", ".bim", ".fam"),
    "pfile": (".pgen", ".pvar", ".pvar.zst", ".psam"),
    "bgen": ("",),
    "sample": ("",),
    "vcf": ("",),
    "zarr": ("", "/.zmetadata", "/zarr.json"),
}
Paths = Sequence[str | Path] | str | Path


@dataclass(frozen=True, repr=False)
class GenotypeFiles:
    """Paths of genotypes. Several files are merged: all individuals, and the variants that are in every file.

    Parameters
    ----------
    bfile, pfile : path or sequence of paths
        PLINK 1 and PLINK 2 filesets, without suffix. As in all paths, ``{chr}`` stands for the chromosomes.
    bgen : path or sequence of paths
        BGEN files.
    sample : path or sequence of paths
        Their .sample files: one for all, or one for each.
    vcf : path or sequence of paths
        VCF or BCF files.
    vcf_field : str
        Field to read from them: ``GT``, ``DS``, or ``auto``.
    zarr : path or sequence of paths
        VCF-Zarr stores.
    threads : int, optional
        Number of threads of the readers; by default the number of cores.

    Raises
    ------
    ValueError
        If no file is given, or arguments do not belong to the files.

    Examples
    --------
    >>> GenotypeFiles(bgen=["one.bgen", "two.bgen"], sample="both.sample")
    GenotypeFiles: bgen one.bgen, two.bgen; sample both.sample
    """

    bfile: Paths = ()
    pfile: Paths = ()
    bgen: Paths = ()
    sample: Paths = ()
    vcf: Paths = ()
    vcf_field: str = "auto"
    zarr: Paths = ()
    threads: int | None = None

    def __post_init__(self) -> None:
        if not any(self.paths(name) for name in FORMATS):
            names = ", ".join(f"`{name}`" for name in FORMATS)
            raise ArgumentError("genotypes", f"be given by one of {names}", "none", "name the files")
        n_bgen, n_sample = len(self.paths("bgen")), len(self.paths("sample"))
        if n_sample and n_sample not in (1, n_bgen):
            raise ArgumentError(
                "sample",
                "be given once, or once for each `bgen`",
                f"{n_sample} for {n_bgen} BGEN files",
                "give one .sample file for all, or one for each",
            )
        if n_sample and not n_bgen:
            raise ArgumentError("sample", "come with `bgen`: other formats hold sample ids", "it alone", "leave it out")
        if self.vcf_field != "auto" and not self.paths("vcf"):
            raise ArgumentError("vcf_field", "come with `vcf`", f"{self.vcf_field} alone", "leave it out")

    def __repr__(self) -> str:
        given = {name: [shortened(path) for path in self.paths(name)] for name in (*FORMATS, "sample")}
        parts = [f"{name} {listing(paths, 4)}" for name, paths in given.items() if paths]
        parts += [f"vcf_field {self.vcf_field}"] if self.vcf_field != "auto" else []
        return f"GenotypeFiles: {'; '.join(parts)}"

    def paths(self, name: str) -> tuple[str, ...]:
        """Return the given paths of one kind, none or more."""
        value = getattr(self, name)
        return (str(value),) if isinstance(value, str | Path) else tuple(map(str, value))

    def parts(self) -> list[Path]:
        """Return the files on disk; for a folder, the file that describes it."""
        found = []
        for name, suffixes in SUFFIXES.items():
            stems = [path.removesuffix(suffixes[0]) for path in self.paths(name)]
            stems = [stem for path in stems for stem in (over_chromosomes(path) if "{chr}" in path else [path])]
            found += [Path(stem + suffix) for stem in stems for suffix in suffixes]
        return [path for path in found if path.is_file()]

    def open(self, listed: Listed | None = None) -> Source:
        """Open the files.

        Parameters
        ----------
        listed : Listed, optional
            Variants of interest; all by default.

        Returns
        -------
        Source

        Raises
        ------
        ValueError
            If a file cannot be read, or files cannot be merged.
        """
        sources = [open_source(opener, path, listed) for opener, path in self._openers()]
        return sources[0] if len(sources) == 1 else MergedSource(sources)

    def _openers(self) -> list[tuple[Callable[..., Source], str]]:
        bgen, sample = self.paths("bgen"), self.paths("sample")
        samples = sample if len(sample) > 1 else (*sample, None)[:1] * len(bgen)
        found: list[tuple[Callable[..., Source], str]] = []
        found += [(partial(PlinkSource, threads=self.threads), path) for path in self.paths("bfile")]
        found += [(PgenSource, path) for path in self.paths("pfile")]
        found += [(partial(BgenSource, sample=each), path) for path, each in zip(bgen, samples, strict=True)]
        vcf = partial(VcfSource, field=self.vcf_field, threads=self.threads)
        found += [(vcf, path) for path in self.paths("vcf")]
        found += [(ZarrSource, path) for path in self.paths("zarr")]
        return found
