"""PLINK 1 filesets: .bed, .bim and .fam."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bed_reader import open_bed
from numpy.typing import NDArray

from latentmr.data.assemble import assemble
from latentmr.data.dataset import Dataset
from latentmr.data.plan import Plan
from latentmr.data.wanted import Wanted

__all__ = ["PlinkSource", "read_plink"]

#: First bytes of a .bed file in variant-major order.
MAGIC = bytes((0x6C, 0x1B, 0x01))


class PlinkSource:
    """A PLINK 1 fileset; the counted allele is allele 1 of the .bim file.

    Parameters
    ----------
    prefix : str or Path
        Path without the suffix.

    Raises
    ------
    ValueError
        Where one of the three files is absent or cannot be read.
    """

    argument = "--bfile"

    def __init__(self, prefix: str | Path) -> None:
        prefix = str(prefix).removesuffix(".bed")
        self.path = prefix
        for suffix in (".bed", ".bim", ".fam"):
            if not Path(prefix + suffix).is_file():
                raise ValueError(
                    f"--bfile must name a PLINK fileset. Got {prefix}, but {prefix}{suffix} does not exist."
                )
        fam = _read_columns(prefix + ".fam", 2)
        bim = _read_columns(prefix + ".bim", 6)
        self.samples = pd.Index(fam[1].to_numpy(dtype=object), dtype=object)
        self.variants = pd.DataFrame(
            {"id": bim[1], "chrom": bim[0], "pos": bim[3], "effect_allele": bim[4], "other_allele": bim[5]}
        )
        expected = 3 + len(bim) * ((len(fam) + 3) // 4)
        with open(prefix + ".bed", "rb") as stream:
            start = stream.read(3)
        if start != MAGIC:
            raise ValueError(
                f"{prefix}.bed must be a PLINK 1 file in variant-major order (it starts with {MAGIC.hex(' ')}). Got"
                f" {start.hex(' ') or 'an empty file'}; write it again with plink --make-bed."
            )
        size = Path(prefix + ".bed").stat().st_size
        if size != expected:
            raise ValueError(
                f"{prefix}.bed must hold {len(fam)} people x {len(bim)} variants ({expected} bytes). Got {size} bytes;"
                " the three files do not belong together, or the copy is incomplete."
            )

    def read(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[NDArray[Any], str]:
        """See :meth:`Source.read <latentmr.data.source.Source.read>`."""
        counts = {"iid_count": len(self.samples), "sid_count": len(self.variants)}
        with open_bed(self.path + ".bed", count_A1=True, skip_format_check=False, **counts) as bed:
            everyone = len(rows) == len(self.samples) and np.array_equal(rows, np.arange(len(rows)))
            index = (slice(None) if everyone else rows, columns)
            return np.asarray(bed.read(index=index, dtype="int8", order="C")), "counts"


def read_plink(bfile: str | Path, *, wanted: Wanted | None = None, **plan: Any) -> Dataset:
    """Read a PLINK 1 fileset and phenotype tables into one checked data set.

    Parameters
    ----------
    bfile : str or Path
        Path of the fileset without its suffix.
    wanted : Wanted, optional
        What a saved model needs (:attr:`Representation.wanted <latentmr.learn.Representation.wanted>`): exactly its
        variants are read, in its order, flipped where the file counts the other allele, and no variant filter
        applies.
    **plan
        Columns, lists and thresholds: the parameters of :class:`~latentmr.data.Plan`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
    """
    return assemble(PlinkSource(bfile), Plan(**plan), wanted)


def _read_columns(path: str, count: int) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path,
            sep=r"\s+",
            header=None,
            usecols=list(range(count)),
            dtype=str,
            na_filter=False,
            quoting=3,
            engine="c",
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(
            f"{path} must have {count} white-space separated columns. Got: {str(error).splitlines()[0]}."
        ) from error
