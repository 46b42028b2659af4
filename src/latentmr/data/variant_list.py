"""Lists of variants on disk: ids or positions, one on each line, or a table that has them in columns."""

import re
from pathlib import Path

import pandas as pd

from latentmr.data.genotypes.paths import why_no_file
from latentmr.errors import ArgumentError

__all__ = ["read_variant_list"]

#: Names of columns, in small letters: ids, chromosomes, positions and the two alleles, in order of preference.
IDS = (
    *("snp", "rsid", "rs_id", "rsids", "rs", "id", "snpid", "snp_id", "variant", "variant_id", "variantid"),
    *("varid", "marker", "markername", "marker_name", "name", "hm_rsid", "variants", "snps", "rsnumber", "iid"),
)
CHROMOSOMES = ("chr", "chrom", "chromosome", "hm_chrom", "chr_name", "chrm")
POSITIONS = ("pos", "position", "bp", "ps", "base_pair_location", "hm_pos", "genpos", "chr_position", "chr_pos")
ALLELES = (
    *(("ref", "alt"), ("allele0", "allele1"), ("a1", "a2"), ("allele1", "allele2")),
    *(("effect_allele", "other_allele"), ("a0", "a1"), ("ea", "nea"), ("ea", "oa")),
)
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
NO_ID = ("", ".", "NA", "nan", "NaN")
WHOLE = re.compile(r"\d+")
CHROMOSOME = re.compile(r"(?:chr(?:om(?:osome)?)?_?)?(?:\d{1,2}|XY?|Y|MT?)|NC_\d+(?:\.\d+)?", re.IGNORECASE)
LETTERS = re.compile(r"[ACGTN]+|\*|<.+>|[ID0.-]", re.IGNORECASE)
#: Columns of a .bim file.
BIM = 6


def read_variant_list(path: str | Path, argument: str) -> pd.Index:
    r"""Read names of variants from a text file.

    Parameters
    ----------
    path : str or Path
        Text with a name on each line (an id, ``chrom:pos`` or ``chrom:pos:ref:alt``), in the first column; a .bim file;
        lines of chromosome and position, with two alleles or without; or a table with a header, with a column of ids,
        or columns of chromosome and position. Columns end at white space, commas or semicolons.
    argument : str
        Name of the argument in messages.

    Returns
    -------
    pandas.Index
        Each name once; ``chrom:pos:ref:alt`` or ``chrom:pos`` where there is no id.

    Raises
    ------
    ValueError
        If there is no such file, no name in it, or a line is too short.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "list.csv")
    ...     _ = path.write_text("\ufeffCHR,BP,SNP\r\n1,7,rs1\r\n2,9,.\r\n", encoding="utf-8")
    ...     read_variant_list(path, "extract").tolist()
    ['rs1', '2:9']
    """
    path = Path(path)
    lines = [line for line in _lines(path, argument) if not (line[0].startswith("##") or line == ["#"])]
    names = _of_table(lines, path, argument) if lines and _is_header(lines[0]) else _of_lines(lines, path, argument)
    names = [name for name in names if name not in NO_ID]
    if not names:
        raise ArgumentError(
            f"{argument}", "list at least one id", f"none in {path}", f"add ids to it, or leave `{argument}` out"
        )
    return pd.Index(names, dtype=object).unique()


def _lines(path: Path, argument: str) -> list[list[str]]:
    """Return the fields of all lines that are not empty, without quotes and a byte order mark."""
    if not path.is_file():
        raise ArgumentError(
            f"{argument}", "be a file with one id on each line", f"{path}, which {why_no_file(path)}", "check the path"
        )
    data = path.read_bytes()
    try:
        text = data.decode(MARKS.get(data[:2], "utf-8-sig"))
        if "\0" in text:
            raise ValueError("bytes of zero")
    except ValueError as error:
        raise ArgumentError(
            f"{argument}", "be text in UTF-8, one id on each line", f"{path}, which is not", "save it as UTF-8"
        ) from error
    lines = [line for line in text.splitlines() if line.strip(" \t,;")]
    separator = _separator(lines[0]) if lines else None
    fields = [[field.strip().strip("\"'") for field in line.strip().split(separator)] for line in lines]
    return [line for line in fields if any(line)]


def _separator(line: str) -> str | None:
    """Return the separator of columns, None for white space; a tab keeps empty fields apart."""
    return next((mark for mark in ("\t", ",", ";") if mark in line.strip()), None)


def _is_header(line: list[str]) -> bool:
    names = _headings(line)
    return names[0] in (*IDS, *CHROMOSOMES) or any(name in (*IDS, *POSITIONS) for name in names)


def _headings(line: list[str]) -> list[str]:
    return [name.lstrip("#").strip().lower().replace(" ", "_") for name in line]


def _of_table(lines: list[list[str]], path: Path, argument: str) -> list[str]:
    """Return the ids of a table with a header, and positions where it has none."""
    names = _headings(lines[0])
    ids = next((names.index(name) for name in IDS if name in names), None)
    place = [next((names.index(name) for name in group if name in names), None) for group in (CHROMOSOMES, POSITIONS)]
    pair = next(([names.index(a), names.index(b)] for a, b in ALLELES if a in names and b in names), [])
    at = [] if None in place else [each for each in (*place, *pair) if each is not None]
    if ids is None and not at:
        raise ArgumentError(
            argument,
            "have a column of ids (SNP, ID, rsid), or of chromosome and position",
            f"{path} with {', '.join(lines[0][:8])}",
            "name the columns so, or give one id on each line",
        )
    needed = max([*at, *([ids] if ids is not None else [])])
    out = []
    for line in lines[1:]:
        name = line[ids] if ids is not None and len(line) > ids else ""
        if name in NO_ID and at:
            name = ":".join(line[i] for i in at) if len(line) > needed and all(line[i] for i in at) else ""
        if not name and len(line) <= needed:
            raise _shorter(path, argument)
        out.append(name)
    return out


def _of_lines(lines: list[list[str]], path: Path, argument: str) -> list[str]:
    """Return the names of a list without a header."""
    if path.suffix == ".bim" or (lines and _is_bim(lines[0])):
        if any(len(line) <= 1 for line in lines):
            raise _shorter(path, argument)
        return [
            f"{line[0]}:{line[3]}:{line[5]}:{line[4]}" if line[1] in NO_ID and len(line) == BIM else line[1]
            for line in lines
        ]
    first = lines[0] if lines else [""]
    if len(first) >= 2 and CHROMOSOME.fullmatch(first[0]) and WHOLE.fullmatch(first[1]):
        if len(first) >= 3 and WHOLE.fullmatch(first[2]):
            raise ArgumentError(
                argument,
                "list variants",
                f"ranges of positions in {path} (chromosome, start and end)",
                "list chromosome and position, or the ids of the variants in these ranges",
            )
        if any(len(line) < 2 for line in lines):
            raise _shorter(path, argument)
        pair = 4 if len(first) >= 4 and all(LETTERS.fullmatch(allele) for allele in first[2:4]) else 2
        return [":".join(line[:pair]) for line in lines]
    return [line[0] for line in lines]


def _is_bim(line: list[str]) -> bool:
    return (
        len(line) == BIM
        and CHROMOSOME.fullmatch(line[0]) is not None
        and WHOLE.fullmatch(line[3]) is not None
        and all(LETTERS.fullmatch(allele) for allele in line[4:])
    )


def _shorter(path: Path, argument: str) -> ArgumentError:
    return ArgumentError(
        f"{argument}",
        "have the same columns on every line",
        f"a shorter line in {path}",
        "complete this line or remove it",
    )
