"""GWAS-VCF: effects in the columns of a VCF file."""

from pathlib import Path

import numpy as np
import pandas as pd

from latentmr.data.genotypes.plink_text import open_text
from latentmr.errors import ArgumentError

__all__ = ["is_gwas_vcf", "read_gwas_vcf"]

#: Fields of a study's column and their meaning: effect of the alternative allele, its standard error, minus the decimal
#: logarithm of the p value, allele frequency and sample size.
FIELDS = {"ES": "beta", "SE": "se", "LP": "log10_p", "AF": "eaf", "SS": "n"}
COLUMNS = ["chrom", "pos", "id", "other_allele", "effect_allele"]
#: Place of the first study's column; the names of its fields are in the column before it.
STUDY = 9


def is_gwas_vcf(path: str | Path) -> bool:
    """Return whether a file's name is that of a VCF file."""
    return str(path).endswith((".vcf", ".vcf.gz", ".vcf.bgz"))


def read_gwas_vcf(path: str | Path) -> pd.DataFrame:
    """Read the first study of a GWAS-VCF file.

    Parameters
    ----------
    path : str or Path
        A .vcf or .vcf.gz file.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``; missing values are NaN.

    Raises
    ------
    ValueError
        If the file is not a GWAS-VCF file.

    References
    ----------
    Lyon et al. (2021) Genome Biol 22:32.
    """
    if not Path(path).is_file():
        raise ArgumentError(f"{path}", "be a file", "none of that name", "check the path")
    rows: list[list[object]] = []
    try:
        with open_text(str(path)) as stream:
            for place, line in enumerate(stream.read().decode("utf-8").splitlines(), start=1):
                if line.startswith("#") or not line:
                    continue
                fields = line.split("\t")
                if len(fields) < STUDY + 1:
                    raise _malformed(path, f"line {place} with {len(fields)} columns instead of {STUDY + 1} or more")
                study = dict(zip(fields[STUDY - 1].split(":"), fields[STUDY].split(":"), strict=False))
                chrom, pos, name, other, effect = fields[:5]
                numbers = [_number(study.get(field, "."), field, place, path) for field in FIELDS]
                rows.append(
                    [chrom, pos, f"{chrom}:{pos}:{other}:{effect}" if name == "." else name, other, effect, *numbers]
                )
    except UnicodeDecodeError as error:
        raise _malformed(path, "bytes that are not UTF-8 text") from error
    except OSError as error:
        raise _malformed(path, f"the error {str(error).splitlines()[0]!r}") from error
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *FIELDS.values()])
    frame["p_value"] = 10.0 ** -frame["log10_p"].to_numpy(dtype=np.float64)
    return frame


def _number(text: str, field: str, place: int, path: str | Path) -> float:
    try:
        return np.nan if text in (".", "") else float(text)
    except ValueError:
        raise _malformed(path, f"line {place} with a field {field} that is not a number") from None


def _malformed(path: str | Path, fault: str) -> ArgumentError:
    """Return the error of a file that is not GWAS-VCF, without the values of a line."""
    return ArgumentError(
        f"{path}",
        f"be a GWAS-VCF file, with the fields {', '.join(FIELDS)} of a study",
        fault,
        "Check the file, or give a table of results with named columns",
    )
