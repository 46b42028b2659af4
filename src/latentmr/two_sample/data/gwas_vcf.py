"""GWAS-VCF: effects in the columns of a VCF file."""

from pathlib import Path

import numpy as np
import pandas as pd

from latentmr.data.genotypes.plink_text import open_text
from latentmr.errors import ArgumentError

__all__ = ["is_gwas_vcf", "read_gwas_vcf"]

#: Fields of a study's column, and what they are: effect of the alternative allele, its standard error, minus the
#: decimal logarithm of the p value, allele frequency, sample size.
FIELDS = {"ES": "beta", "SE": "se", "LP": "log10_p", "AF": "eaf", "SS": "n"}
COLUMNS = ["chrom", "pos", "id", "other_allele", "effect_allele"]


def is_gwas_vcf(path: str | Path) -> bool:
    """Whether a file's name is that of a VCF file."""
    return str(path).endswith((".vcf", ".vcf.gz", ".vcf.bgz"))


def read_gwas_vcf(path: str | Path) -> pd.DataFrame:
    """Read the first study of a GWAS-VCF file.

    Parameters
    ----------
    path : str or Path
        .vcf or .vcf.gz.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``, missing as NaN.

    Raises
    ------
    ValueError
        Where it is no such file.

    References
    ----------
    Lyon et al. (2021) Genome Biol 22:32.
    """
    if not Path(path).is_file():
        raise ArgumentError(f"{path}", "be a file", "none of that name", "check the path")
    rows: list[list[object]] = []
    try:
        with open_text(str(path)) as stream:
            for line in stream.read().decode("utf-8").splitlines():
                if line.startswith("#") or not line:
                    continue
                fields = line.split("\t")
                study = dict(zip(fields[8].split(":"), fields[9].split(":"), strict=False))
                chrom, pos, name, other, effect = fields[:5]
                numbers = [_number(study.get(field, ".")) for field in FIELDS]
                rows.append(
                    [chrom, pos, f"{chrom}:{pos}:{other}:{effect}" if name == "." else name, other, effect, *numbers]
                )
    except (OSError, UnicodeDecodeError, IndexError, ValueError) as error:
        raise ArgumentError(
            f"{path}",
            f"be a GWAS-VCF file, with the fields {', '.join(FIELDS)} of a study",
            f"the error {str(error).splitlines()[0]!r}",
        ) from error
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *FIELDS.values()])
    frame["p_value"] = 10.0 ** -frame["log10_p"].to_numpy(dtype=np.float64)
    return frame


def _number(text: str) -> float:
    return np.nan if text in (".", "") else float(text)
