"""VCF-Zarr stores (versions 2 and 3 of Zarr; folders and .zip)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.dosages import Replaced, within_range
from latentmr.data.genotypes.genotypes import MISSING_CALL, store
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.plink_text import gather_variants
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.errors import ArgumentError
from latentmr.extras import extra

__all__ = ["ZarrSource"]

#: Arrays of dosages, in order of preference; without them hard calls are read.
DOSAGES = ("call_DS", "call_dosage")
CALLS = "call_genotype"
NEEDED = ("sample_id", "contig_id", "variant_contig", "variant_position", "variant_allele")
#: Codes of an unknown allele, and of an absent one (a haploid call).
UNKNOWN, ABSENT = -1, -2
#: Variants whose descriptions are processed at once.
ROWS = 100_000
#: Largest chunk that is read, in bytes.
LARGEST = 256 << 20
#: One thread decodes one chunk at a time: each thread keeps the memory of its largest chunks.
ALONE = {"async.concurrency": 1, "threading.max_workers": 1}


class ZarrSource(Described):
    """A VCF-Zarr store; the counted allele is the alternative one. Haploid calls count as two copies.

    Parameters
    ----------
    path : str or Path
        Path of a folder or .zip file.
    listed : Listed, optional
        Variants of interest; all by default.

    Raises
    ------
    ValueError
        If the store cannot be read.
    MissingExtraError
        If the library is not installed.
    """

    argument = "zarr"

    def __init__(self, path: str | Path, listed: Listed | None = None) -> None:
        self._library = extra("zarr", "zarr", "reading VCF-Zarr stores")
        self.path = str(path)
        if not Path(self.path).exists():
            raise ArgumentError(
                "zarr", "be a folder or .zip file", f"{self.path}, which does not exist", "check the path"
            )
        try:
            arrays = self._arrays()
            self._genotypes = next((name for name in (*DOSAGES, CALLS) if name in arrays), CALLS)
            _check(arrays, self._genotypes)
            self.samples = pd.Index([str(name) for name in arrays["sample_id"][:]], dtype=object)
            missing = self._absent_chunks(arrays[self._genotypes])
        except Exception as error:  # damaged metadata can raise any error
            raise self._damaged(error) from error
        self._replaced = Replaced(self.path)
        what = "hard calls" if self._genotypes == CALLS else "dosages"
        warning = f"{self.path}: {missing} chunks of {self._genotypes} are absent and read as its fill value."
        self.remarks = Remarks(
            notes=(f"{self.path}: {what} ({self._genotypes}) were read",), warnings=(warning,) if missing else ()
        )
        table = gather_variants(self._descriptions(arrays), listed, self.path)
        self.variants, self.total, self.example, self._places = table.frame, table.total, table.example, table.places

    def _arrays(self) -> dict[str, Any]:
        path = Path(self.path)
        store = self._library.storage.ZipStore(path, mode="r") if path.is_file() else str(path)
        with self._library.config.set(ALONE):  # its threads start here
            return dict(self._library.open_group(store, mode="r").arrays())

    def _descriptions(self, arrays: dict[str, Any]) -> Iterator[pd.DataFrame]:
        try:
            for start in range(0, arrays["variant_position"].shape[0], ROWS):
                yield _describe(arrays, slice(start, start + ROWS))
        except Exception as error:  # see above
            raise self._damaged(error) from error

    def _absent_chunks(self, array: Any) -> int:
        """Count chunks without a file; zero if the store has shards."""
        if getattr(array, "shards", None):
            return 0
        prefix, path = array.basename + "/", Path(self.path)
        if path.is_file():
            with zipfile.ZipFile(path) as file:
                names = [name for name in file.namelist() if name.startswith(prefix) and not name.endswith("/")]
        else:
            names = [str(name) for name in (path / array.basename).rglob("*") if name.is_file()]
        chunks = [name for name in names if not Path(name).name.startswith((".z", "zarr.json"))]
        return max(int(array.nchunks) - len(chunks), 0)

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        place_of = np.full(len(self.samples), -1, dtype=np.int64)
        place_of[rows] = np.arange(len(rows))
        calls = self._genotypes == CALLS
        G = np.empty((len(rows), len(columns)), dtype=np.int8 if calls else np.float32)
        try:
            with self._library.config.set(ALONE):
                arrays = self._arrays()
                array, hard = arrays[self._genotypes], None if calls else arrays.get(CALLS)
                for done, mine, individuals in self._blocks(array, columns):
                    values = self._values(array, self._places[columns[mine]], individuals)
                    if not calls:
                        values = self._whole(values, hard, columns[mine], individuals)
                    known = place_of[individuals] >= 0
                    G[np.ix_(place_of[individuals][known], mine)] = values[:, known].T
                    if progress is not None:
                        progress(done, len(columns))
            return (G, "counts") if calls else _stored(G)
        except ArgumentError:
            raise
        except Exception as error:  # see above
            raise self._damaged(error) from error

    def after_reading(self) -> Remarks:
        """Return which dosages were replaced or cut in what was read so far."""
        return self._replaced.remarks()

    def _whole(
        self, block: NDArray[Any], hard: Any, columns: NDArray[np.int64], individuals: slice
    ) -> NDArray[np.float32]:
        """Return dosages within 0 to 2, with hard calls where they are absent; a variant in each row."""
        values = np.array(block, dtype=np.float32)
        for row, column in zip(values, columns, strict=True):
            name = str(self.variants["id"].iloc[column])
            clipped = within_range(row, self.path, name)
            absent, found = np.isnan(row), 0
            if hard is not None and absent.any():
                calls = _counts(hard.oindex[self._places[[column]], individuals])[0]
                filled = absent & (calls != MISSING_CALL)
                row[filled], found = calls[filled], int(filled.sum())
            # a variant is read in parts, by individuals
            self._replaced.note(name, individuals.start, absent=found, clipped=clipped)
        return values

    def _values(self, array: Any, places: NDArray[np.int64], individuals: slice) -> NDArray[Any]:
        """Return genotypes of chosen variants and individuals, with a variant in each row."""
        block = array.oindex[places, individuals]
        return _counts(block) if self._genotypes == CALLS else block.reshape(*block.shape[:2], -1)[:, :, 0]

    def _blocks(self, array: Any, columns: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64], slice]]:
        """Iterate over chunks: the number of variants done, the chosen variants in the chunk, and its individuals."""
        chunk = self._places[columns] // array.chunks[0]
        done = 0
        for each in np.unique(chunk):
            mine = np.flatnonzero(chunk == each)
            for start in range(0, array.shape[1], array.chunks[1]):
                stop = min(start + array.chunks[1], array.shape[1])
                yield done + len(mine) * stop // array.shape[1], mine, slice(start, stop)
            done += len(mine)

    def _damaged(self, error: BaseException) -> ArgumentError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return ArgumentError(self.path, "be a VCF-Zarr store that can be read", reason, "check the store")


def _check(arrays: dict[str, Any], genotypes: str) -> None:
    absent = [name for name in (*NEEDED, genotypes) if name not in arrays]
    if absent:
        raise ValueError(f"no array {', '.join(absent)}")
    shape, n, p = arrays[genotypes].shape, arrays["sample_id"].shape[0], arrays["variant_position"].shape[0]
    if len(shape) not in (2, 3) or shape[:2] != (p, n) or (genotypes == CALLS and shape[2:] not in ((1,), (2,))):
        raise ValueError(f"{genotypes} of shape {shape}, for {p} variants and {n} individuals with two alleles")
    for name in ("variant_contig", "variant_allele", "variant_id"):
        if name in arrays and arrays[name].shape[0] != p:
            raise ValueError(f"{name} of {arrays[name].shape[0]} variants, not {p}")
    for name in (*NEEDED, genotypes):
        size = int(np.prod(arrays[name].chunks, dtype=np.float64)) * max(arrays[name].dtype.itemsize, 1)
        if size > LARGEST:
            raise ValueError(f"{name} in chunks of {size >> 20} MiB, more than {LARGEST >> 20}")


def _counts(calls: NDArray[np.int8]) -> NDArray[np.int8]:
    """Count copies of the alternative allele in calls of dimension (variants, individuals, ploidy)."""
    if calls.size and (calls.max() > 1 or calls.min() < ABSENT):
        raise ValueError("alleles that the variant does not have")
    first, second = calls[:, :, 0], calls[:, :, -1]
    counts = np.where(second == ABSENT, 2 * first, first + second).astype(np.int8)
    counts[(first < 0) | (second == UNKNOWN)] = MISSING_CALL
    return counts


def _stored(G: NDArray[np.float32]) -> tuple[NDArray[Any], str]:
    G, kind = store(G)
    if kind == "continuous":
        raise ValueError("dosages outside 0 to 2")
    return G, kind


def _describe(arrays: dict[str, Any], part: slice) -> pd.DataFrame:
    contigs = np.asarray(arrays["contig_id"][:], dtype=object)
    alleles = np.asarray(arrays["variant_allele"][part], dtype=object)
    ids = arrays["variant_id"][part] if "variant_id" in arrays else np.full(len(alleles), ".")
    places = np.asarray(arrays["variant_contig"][part], dtype=np.int64)
    if len(places) and not 0 <= places.min() <= places.max() < len(contigs):
        raise ValueError("a variant on a chromosome that is not in contig_id")
    rows = {
        "id": [str(name) or "." for name in ids],
        "chrom": [str(contigs[place]) for place in places],
        "pos": [str(int(pos)) for pos in arrays["variant_position"][part]],
        "effect_allele": [",".join(str(name) for name in names[1:] if name) or "." for names in alleles],
        "other_allele": [str(names[0]) for names in alleles],
    }
    return pd.DataFrame(rows, columns=VARIANT_COLUMNS, dtype=object)
