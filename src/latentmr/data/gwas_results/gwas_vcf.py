"""GWAS-VCF: effects in the columns of a VCF file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
import pandas as pd

from latentmr.data.printing import Brief, listing
from latentmr.data.text_streams import opened
from latentmr.errors import ArgumentError

__all__ = ["VcfStudy", "case_control", "is_gwas_vcf", "read_gwas_vcf"]

#: Fields of a study's column and their meaning: effect of the alternative allele, its standard error, minus the decimal
#: logarithm of the p value, allele frequency and sample size (by version of the format).
FIELDS = {"ES": "beta", "SE": "se", "LP": "log10_p", "AF": "eaf", "SS": "n", "NS": "n_2"}
COLUMNS = ["chrom", "pos", "id", "other_allele", "effect_allele"]
#: Place of the first study's column; the names of its fields are in the column before it.
STUDY = 9
FREQUENCY = re.compile(r"(?:^|;)AF=([^;]+)")


@dataclass(frozen=True, repr=False)
class VcfStudy(Brief):
    """One study of a GWAS-VCF file.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, log10_p, n``; missing values are NaN.
    name : str
        Name of the study.
    binary : bool
        Whether the file says that it is a case-control study.
    notes : tuple of str
        Which study was read, if there are several.
    """

    frame: pd.DataFrame
    name: str
    binary: bool
    notes: tuple[str, ...]


def is_gwas_vcf(path: str | Path) -> bool:
    """Return whether a file is VCF by its first line, or has the name of one."""
    named = str(path).endswith((".vcf", ".vcf.gz", ".vcf.bgz"))
    if not Path(path).is_file():
        return named
    try:
        with opened(Path(path), "utf-8", False, raw=True) as stream:
            start = bytes(stream.read(64))
    except (OSError, EOFError, ValueError):
        return named
    return start.removeprefix(b"\xef\xbb\xbf").startswith(b"##fileformat=VCF") or (
        named and not start.startswith(b"##fileFormat=")
    )


def read_gwas_vcf(path: str | Path, study: str = "") -> VcfStudy:
    """Read one study of a GWAS-VCF file, line by line.

    Parameters
    ----------
    path : str or Path
        A VCF file, plain or compressed.
    study : str
        Name of the study; the first one if it is empty.

    Returns
    -------
    VcfStudy

    Raises
    ------
    ValueError
        If the file is not a GWAS-VCF file, or has no study of that name.

    References
    ----------
    Lyon et al. (2021) Genome Biol 22:32.
    """
    if not Path(path).is_file():
        raise ArgumentError(f"{path}", "be a file", "none of that name", "check the path")
    rows: list[tuple[object, ...]] = []
    studies: list[str] = []
    cases: set[str] = set()
    place = STUDY
    try:
        for line, text in _lines(path):
            if text.startswith("##SAMPLE=") and "StudyType=CaseControl" in text:
                cases.add(_label(text))
            if text.startswith("#CHROM"):
                studies = text.split("\t")[STUDY:]
                place = STUDY + _place(studies, study, path)
            if text.startswith("#") or not text:
                continue
            fields = text.split("\t")
            if len(fields) < STUDY + 1 or len(fields) <= place:
                raise _malformed(path, f"line {line} with {len(fields)} columns instead of {place + 1} or more")
            rows.extend(_effects(fields, place, line, path))
    except UnicodeDecodeError as error:
        raise _malformed(path, "bytes that are not UTF-8 text") from error
    except (OSError, EOFError) as error:
        raise _malformed(path, f"the error {str(error).splitlines()[0]!r}") from error
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *FIELDS.values()])
    frame["n"] = frame["n"].where(frame["n"].notna(), frame.pop("n_2")).astype(np.float64)
    name = studies[place - STUDY] if studies else ""
    notes = (f"study {name} is read, of {len(studies)}: {listing(studies)}",) if len(studies) > 1 else ()
    return VcfStudy(frame, name, name in cases, notes)


def case_control(path: str | Path, study: str = "") -> bool:
    """Return whether a GWAS-VCF file says that a study, the first one by default, has cases and controls."""
    known: set[str] = set()
    for _, text in _lines(path):
        if text.startswith("##SAMPLE=") and "StudyType=CaseControl" in text:
            known.add(_label(text))
        if not text.startswith("##"):
            studies = text.split("\t")[STUDY:]
            return (study or (studies[0] if studies else "")) in known
    return False


def _label(text: str) -> str:
    return re.sub(r".*<ID=([^,>]+).*", r"\1", text)


def _lines(path: str | Path) -> Iterator[tuple[int, str]]:
    with opened(Path(path), "utf-8", False) as stream:
        for number, line in enumerate(BufferedReader(stream, 1 << 20), 1):
            yield number, line.decode("utf-8").rstrip("\r\n")


def _place(studies: list[str], wanted: str, path: str | Path) -> int:
    if wanted and wanted not in studies:
        raise ArgumentError("study", f"name a study of {path}", f"{wanted!r}", f"its studies are {listing(studies)}")
    return studies.index(wanted) if wanted else 0


def _effects(fields: list[str], place: int, line: int, path: str | Path) -> Iterator[tuple[object, ...]]:
    """Yield the effect of each alternative allele of a line."""
    chrom, pos, name, other, alternatives = fields[:5]
    study = dict(zip(fields[STUDY - 1].split(":"), fields[place].split(":"), strict=False))
    if study.get("AF", ".") in (".", "") and (found := FREQUENCY.search(fields[7])):
        study["AF"] = found[1]
    alleles = alternatives.split(",")
    for i, effect in enumerate(alleles):
        numbers = []
        for field in FIELDS:
            parts = study.get(field, ".").split(",")
            numbers.append(_number(parts[i] if len(parts) == len(alleles) else parts[0], field, line, path))
        label = f"{chrom}:{pos}:{other}:{effect}" if name == "." else name
        yield (chrom, pos, label, other, effect, *numbers)


def _number(text: str, field: str, line: int, path: str | Path) -> float:
    try:
        return np.nan if text in (".", "", "NA") else float(text)
    except ValueError:
        raise _malformed(path, f"line {line} with a field {field} that is not a number") from None


def _malformed(path: str | Path, fault: str) -> ArgumentError:
    """Return the error of a file that is not GWAS-VCF, without the values of a line."""
    return ArgumentError(
        f"{path}",
        "be a GWAS-VCF file, with the fields ES, SE, LP, AF, SS of a study",
        fault,
        "Check the file, or give a table of results with named columns",
    )
