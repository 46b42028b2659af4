"""The least that any one-sample analysis must do, as a bare script: the baseline of `scale.py`.

Reads a PLINK fileset and a phenotype table, joins them by id, forms one G'G and one robust meat, and writes linear
instruments.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from bed_reader import open_bed

prefix, table, out, k = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
with open_bed(prefix + ".bed") as bed:
    ids = bed.iid
    G = bed.read(dtype="int8", order="C")
traits = (
    pyarrow.csv.read_csv(table, parse_options=pyarrow.csv.ParseOptions(delimiter="\t")).to_pandas().set_index("IID")
)
traits = traits.loc[ids]
x, y = traits["exposure"].to_numpy(), traits["outcome"].to_numpy()
x, y = x - x.mean(), y - y.mean()
n, p = G.shape
mean = G.mean(axis=0)
GG, Gx = np.zeros((p, p)), np.zeros(p)
for start in range(0, n, 8192):
    block = G[start : start + 8192] - mean
    GG += block.T @ block
    Gx += block.T @ x[start : start + 8192]
pi = np.linalg.solve(GG, Gx)
fitted = np.concatenate([(G[start : start + 8192] - mean) @ pi for start in range(0, n, 8192)])
u = y - x * (fitted @ y) / (fitted @ x)
meat = np.zeros((p, p))
W = np.linalg.eigh(GG)[1][:, :k]
schema = pa.schema([("id", pa.string()), *((f"z{j + 1}", pa.float32()) for j in range(k))])
with pyarrow.parquet.ParquetWriter(out, schema, compression="none", use_dictionary=False) as writer:
    for start in range(0, n, 8192):
        block = G[start : start + 8192] - mean
        weighted = block * u[start : start + 8192, None]
        meat += weighted.T @ weighted
        z = np.asfortranarray(block @ W, dtype=np.float32)
        arrays = [pa.array(ids[start : start + 8192], type=pa.string()), *(pa.array(column) for column in z.T)]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
