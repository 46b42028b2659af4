from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from latentmr.data import read_instruments

PLAN = {"covar": ["age", "sex"], "aux": "pc1", "cluster": "family"}
CODECS = {"": None, ".gz": "gzip", ".zst": "zstd"}


def save(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
        return path
    separator = {".tsv": "\t", ".csv": ",", ".txt": " "}[path.suffixes[0]]
    content = frame.to_csv(sep=separator, index=False, na_rep="NA").encode()
    codec = CODECS.get(path.suffix)
    if codec is None:
        path.write_bytes(content)
    else:
        with pa.CompressedOutputStream(str(path), codec) as stream:
            stream.write(content)
    return path


@pytest.mark.parametrize(
    "name", [f"t{kind}{codec}" for kind in (".csv", ".txt", ".tsv") for codec in CODECS] + ["t.parquet"]
)
def test_every_format_gives_the_same_data(study: Any, assert_same: Any, name: str) -> None:
    study.table.loc[3, ["x", "sex"]] = None
    study.table.loc[5, "site"] = None
    study.table.loc[7, "y"] = np.nan
    expected = study.read(**PLAN)
    assert (expected.n, expected.in_estimation.sum()) == (119, 117)
    assert_same(study.read(pheno=save(study.table, study.folder / name), **PLAN), expected)


@pytest.mark.parametrize("name", ["g.csv.gz", "g.txt.zst", "g.parquet"])
def test_instruments_of_every_format_agree(study: Any, name: str) -> None:
    instruments = pd.DataFrame(study.genotypes / 3, columns=study.variants["id"]).round(3)
    instruments.insert(0, "IID", study.people)
    instruments.iloc[2, 4] = np.nan
    expected = study.read_table(instruments)
    got = read_instruments(save(instruments, study.folder / name), **study.plan())
    np.testing.assert_array_equal(got.G, expected.G)
    assert got.kind == expected.kind == "dosages"
    assert got.samples.tolist() == expected.samples.tolist()
