"""VCF and BCF files: hard calls (GT), dosages (DS) or genotype probabilities (GP)."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.chromosomes import chromosome_key
from latentmr.data.genotypes.dosages import Replaced, dosages_of_probabilities, within_range
from latentmr.data.genotypes.genotype_matrix import Gathering
from latentmr.data.genotypes.genotypes import MISSING_CALL
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.plink_text import VariantTable, gather_variants, named
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.genotypes.vcf_header import check_header, text_descriptions
from latentmr.errors import ArgumentError
from latentmr.extras import extra

__all__ = ["FIELDS", "VcfSource"]

FIELDS = ("auto", "GT", "DS", "GP")
#: Genotype likelihoods, of which no genotypes are made here.
LIKELIHOODS = {"PL", "GL"}
#: Variants whose descriptions are processed at once.
ROWS = 100_000
#: Share of a file's variants from which the file is read from end to end although it has an index.
MOST = 0.1
#: Fields in words.
IN_WORDS = {"GT": "hard calls", "DS": "dosages", "GP": "genotype probabilities"}
#: The library's code of a missing genotype.
UNKNOWN = 3


class VcfSource(Described):
    """A VCF or BCF file; the counted allele is the alternative one.

    Haploid calls count as two copies. With an index (.tbi, .csi), only listed variants are read.

    Parameters
    ----------
    path : str or Path
        Path of a .vcf, .vcf.gz or .bcf file.
    field : str
        ``GT``, ``DS``, ``GP``, or ``auto``: dosages if the header declares them, otherwise hard calls, and
        probabilities if it declares nothing else. A call without a dosage is taken from
        the probabilities or the hard call.
    listed : Listed, optional
        Variants of interest; all by default.
    threads : int, optional
        Number of threads for decompression; by default the number of cores.

    Raises
    ------
    ValueError
        If the file cannot be read.
    MissingExtraError
        If the library is not installed.
    """

    argument = "vcf"

    def __init__(
        self, path: str | Path, field: str = "auto", listed: Listed | None = None, threads: int | None = None
    ) -> None:
        self._library = extra("cyvcf2", "vcf", "reading VCF files")
        self.path, self._threads = str(path), threads
        if field not in FIELDS:
            raise ArgumentError(
                "vcf_field", f"be one of {', '.join(FIELDS)}", f"{field!r}", "auto reads dosages if the file has them"
            )
        if not Path(self.path).is_file():
            raise ArgumentError("vcf", "be a file", f"{self.path}, which {why_no_file(self.path)}", "check the path")
        check_header(self.path)
        self._undeclared: set[str] = set()
        self._going: tuple[int, Iterator[Any]] | None = None
        self.samples, declared, self._contigs = self._header()
        if not len(self.samples):
            raise ArgumentError(
                f"{self.path}", "hold individuals", "a file of sites only", "give the file with the genotypes"
            )
        self._field = _chosen_field(self.path, field, declared)
        self._replaced = Replaced(self.path)
        self.remarks = Remarks(notes=(f"{self.path}: {IN_WORDS[self._field]} ({self._field}) were read",))
        self._indexed = any(Path(self.path + suffix).is_file() for suffix in (".tbi", ".csi"))
        self._only_by_place = False
        table = self._variants(listed)
        self.variants, self.total, self.example, self._places = table.frame, table.total, table.example, table.places

    def _header(self) -> tuple[pd.Index, set[str], set[str]]:
        """Return individuals, fields of genotypes and chromosomes; the library's copy of a large header is freed."""
        try:
            with self._open() as file:
                samples = pd.Index(list(file.samples), dtype=object)
                lines = [each.info() for each in file.header_iter()]
        except Exception as error:  # the library raises bare exceptions
            raise self._damaged(error) from error
        fields, contigs = (
            {each["ID"] for each in lines if each["HeaderType"] == kind} for kind in ("FORMAT", "CONTIG")
        )
        return samples, fields, contigs

    def _variants(self, listed: Listed | None) -> VariantTable:
        """Return the variants of interest; with positions in the list and an index, only these positions are read."""
        if listed is None or listed.places is None or not self._indexed:
            rows = map(_description, self._scan([])) if self._contigs else self._from_text()
            return gather_variants(_frames(rows), listed, self.path)
        try:
            with self._open([]) as file:
                total, names = int(file.num_records), list(file.seqnames)
        except Exception as error:  # the library raises bare exceptions
            raise ArgumentError(
                f"{self.path}",
                "have an index that can be read",
                f"the error {str(error).splitlines()[0]!r}",
                "make it again with tabix -p vcf, or remove it",
            ) from error
        self._only_by_place = True
        contigs = {chromosome_key(name): i for i, name in enumerate(names)}
        places = {(contigs.get(chromosome_key(chrom), -1), pos) for chrom, pos in listed.places}
        # in the file's order, as without an index, not in the order of the list
        at = self._at([(names[i], pos) for i, pos in sorted(places) if i >= 0], [])
        nothing = pd.DataFrame([["?"] * 5], columns=VARIANT_COLUMNS, dtype=object)
        found = list(_frames(map(_description, at))) or [nothing]
        return replace(gather_variants(iter(found), listed, self.path), total=total)

    def _from_text(self) -> Iterator[tuple[str, ...]]:
        """Iterate over the variants of a file whose header declares no chromosome, and note their chromosomes."""
        for row in text_descriptions(self.path):
            self._undeclared.add(row[1])
            yield row

    def _open(self, samples: list[str] | None = None) -> Any:
        """Open the file; with no samples, their columns are not parsed."""
        file = self._library.VCF(
            self.path, gts012=True, strict_gt=True, samples=samples, threads=self._threads or os.cpu_count()
        )
        # for an undeclared chromosome, the library yields records that it could not parse, and crashes
        for name in sorted(self._undeclared):
            file.add_to_header(f"##contig=<ID={name}>")
        return file

    def _scan(self, samples: list[str] | None = None) -> Iterator[Any]:
        """Iterate over all records."""
        try:
            with self._open(samples) as file:
                for record in file:
                    if record.CHROM not in self._contigs | self._undeclared:
                        raise ValueError(f"a line of {record.CHROM!r}, which the header does not declare")
                    yield record
        except Exception as error:  # the library raises bare exceptions
            raise self._damaged(error) from error

    def _at(self, places: list[tuple[str, int]], samples: list[str] | None = None) -> Iterator[Any]:
        """Iterate over the records at these positions."""
        try:
            with self._open(samples) as file:
                for chrom, pos in places:
                    yield from (record for record in file(f"{chrom}:{pos}-{pos}") if pos == record.POS)
        except Exception as error:  # the library raises bare exceptions
            raise self._damaged(error) from error

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        gathering, done = Gathering(len(rows), len(columns)), 0
        for column, record in self._chosen(columns):
            values = self._values(record)[rows]
            try:
                gathering.add(column, values)
            except ValueError as error:
                raise self._damaged(error) from error
            done += 1
            if progress is not None:
                progress(done, len(columns))
        if done != len(columns):
            raise self._damaged(f"{done} of {len(columns)} variants that were there before")
        return gathering.result()

    def _chosen(self, columns: NDArray[np.int64]) -> Iterator[tuple[int, Any]]:
        """Iterate over the chosen records, with the column that each fills."""
        if self._indexed and (self._only_by_place or len(columns) < MOST * self.total):
            chosen = self.variants.iloc[columns]
            wanted = {row: j for j, row in enumerate(chosen.itertuples(index=False, name=None))}
            places = dict.fromkeys(zip(chosen["chrom"], chosen["pos"].astype(int), strict=True))
            for record in self._at(list(places)):
                column = wanted.pop(_named(record), None)
                if column is not None:
                    yield column, record
            return
        wanted_places = {int(place): j for j, place in enumerate(self._places[columns])}
        first, last = min(wanted_places, default=0), max(wanted_places, default=-1)
        # resumes after the last read: blocks in the file's order take one pass through it
        at, scan = self._going if self._going is not None and self._going[0] <= first else (0, self._scan())
        self._going = None
        for place, record in enumerate(islice(scan, last + 1 - at), at):
            if place in wanted_places:
                yield wanted_places[place], record
        self._going = last + 1, scan

    def _values(self, record: Any) -> NDArray[Any]:
        """Return a copy of the genotypes of a record: the library reuses its memory for the next."""
        try:
            name, held = _place(record), set(record.FORMAT)
            if not held & {"GT", "DS", "GP"}:
                raise _without_genotypes(self.path, held, f"at the variant {name!r}")
            calls = self._calls(record) if "GT" in held else np.full(len(self.samples), MISSING_CALL, dtype=np.int8)
            if self._field == "GT" and ("GP" not in held or (calls != MISSING_CALL).any()):
                return calls
            values = np.full(len(calls), np.nan, dtype=np.float32)
            if self._field == "DS" and "DS" in held:
                values[:] = record.format("DS")[:, 0]
                self._replaced.note(name, clipped=within_range(values, self.path, name))
            self._from_probabilities(record, held, values, name)
            lacking = np.isnan(values) & (calls != MISSING_CALL)
            self._replaced.note(name, absent=int(lacking.sum()))
            if lacking.all():
                return calls
            values[lacking] = calls[lacking]
        except ArgumentError:
            raise
        except Exception as error:  # the library raises bare exceptions
            raise self._damaged(error) from error
        return values

    def _from_probabilities(self, record: Any, held: set[str], values: NDArray[np.float32], name: str) -> None:
        """Fill in dosages that are absent from genotype probabilities, in place."""
        absent = np.isnan(values)
        if "GP" not in held or not absent.any() or len(record.ALT) != 1:
            return
        made = dosages_of_probabilities(np.asarray(record.format("GP"))[absent], self.path, name)
        values[absent] = made
        if self._field != "GP":
            self._replaced.note(name, probabilities=int((~np.isnan(made)).sum()))

    def _calls(self, record: Any) -> NDArray[np.int8]:
        if record.ploidy > 2:
            raise ValueError(
                f"{record.ploidy} alleles of an individual at {record.CHROM}:{record.POS}; two can be read"
            )
        calls = np.array(record.gt_types, dtype=np.int8)
        calls[calls == UNKNOWN] = MISSING_CALL
        return calls

    def after_reading(self) -> Remarks:
        """Return which dosages were replaced or cut in what was read so far."""
        return self._replaced.remarks()

    def _damaged(self, error: BaseException | str) -> ArgumentError:
        reason = str(error).splitlines()[0] if str(error) else "an early end"
        return ArgumentError(self.path, "be a VCF or BCF file that can be read", reason, "check the file")


def _chosen_field(path: str, field: str, declared: set[str]) -> str:
    """Return the field to read, one that the header declares."""
    if field != "auto" and field not in declared:
        raise ArgumentError(
            "vcf_field",
            f"be declared in {path}",
            f"{field}; the file has {_listing(declared)}",
            "choose another",
        )
    if not declared & {"GT", "DS", "GP"}:
        raise _without_genotypes(path, declared, "")
    return field if field != "auto" else next(name for name in ("DS", "GT", "GP") if name in declared)


def _without_genotypes(path: str, held: set[str], where: str) -> ArgumentError:
    likelihoods = sorted(held & LIKELIHOODS)
    remedy = "give a file with them"
    if likelihoods:
        remedy = "call genotypes from the likelihoods first, for instance with bcftools call, Beagle or GLIMPSE"
    what = f"genotype likelihoods only ({', '.join(likelihoods)})" if likelihoods else _listing(held)
    return ArgumentError(
        path,
        "have genotypes (GT), dosages (DS) or genotype probabilities (GP)",
        f"{what} {where}".rstrip(),
        remedy,
    )


def _place(record: Any) -> str:
    return str(record.ID or f"{record.CHROM}:{record.POS}:{record.REF}:{','.join(record.ALT)}")


def _frames(rows: Iterator[tuple[str, ...]]) -> Iterator[pd.DataFrame]:
    while part := list(islice(rows, ROWS)):
        yield pd.DataFrame(part, columns=VARIANT_COLUMNS, dtype=object)


def _description(record: Any) -> tuple[str, str, str, str, str]:
    return record.ID or ".", record.CHROM, str(record.POS), ",".join(record.ALT) or ".", record.REF


def _named(record: Any) -> tuple[str, ...]:
    """Return the description of a record, with an id if it has none."""
    row = named(pd.DataFrame([_description(record)], columns=VARIANT_COLUMNS, dtype=object))
    return tuple(row.iloc[0])


def _listing(names: set[str]) -> str:
    return ", ".join(sorted(names)[:8]) or "no format"
