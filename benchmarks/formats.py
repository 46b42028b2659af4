"""Time reading listed variants of a biobank from each format, against the underlying library's own read.

Each read is a process of its own, and the processes take turns. The table has medians over rounds: seconds of the
library's read (individuals by variants if it gives the choice), of opening (individuals and variants described) and
reading by this package, their ratio, and the peak of the process's memory.

python benchmarks/formats.py --people 500000
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from bed_reader import open_bed, to_bed

from latentmr.data import GenotypeFiles
from latentmr.data.genotypes.listing import Listed

#: Format, and the option that names it.
FORMATS = {"bed": "bfile", "pgen": "pfile", "bgen zlib": "bgen", "bgen zstd": "bgen", "vcf": "vcf", "zarr": "zarr"}
PATHS = {
    "bed": "g",
    "pgen": "g",
    "bgen zlib": "zlib.bgen",
    "bgen zstd": "zstd.bgen",
    "vcf": "g.vcf.gz",
    "zarr": "g.vcz",
}
CALLS = np.array([b"0/0", b"0/1", b"1/1"], dtype="S3")


def write(folder: Path, n: int, p: int) -> None:
    """Write one cohort in every format: hard calls of variants on one chromosome."""
    rng = np.random.default_rng(0)
    G = np.stack([rng.binomial(2, f, n).astype(np.int8) for f in rng.uniform(0.05, 0.5, p)])  # a variant in a row
    people, ids = [f"P{i:07d}" for i in range(n)], [f"rs{j}" for j in range(p)]
    names = {"iid": people, "sid": ids, "chromosome": ["1"] * p, "bp_position": np.arange(1, p + 1)}
    to_bed(folder / "g.bed", G.T, properties=names | {"allele_1": ["A"] * p, "allele_2": ["G"] * p})
    with import_module("pgenlib").PgenWriter(
        str(folder / "g.pgen").encode(), n, variant_ct=p, nonref_flags=False
    ) as writer:
        for g in G:
            writer.append_biallelic(g)
    rows = "".join(f"1\t{j + 1}\t{name}\tG\tA\n" for j, name in enumerate(ids))
    (folder / "g.pvar").write_text("#CHROM\tPOS\tID\tREF\tALT\n" + rows)
    (folder / "g.psam").write_text("#IID\n" + "".join(f"{name}\n" for name in people))
    for compression in ("zlib", "zstd"):
        with import_module("bgen").BgenWriter(
            str(folder / f"{compression}.bgen"), n, people, compression=compression
        ) as writer:
            for j, g in enumerate(G):
                writer.add_variant(ids[j], ids[j], "1", j + 1, ["G", "A"], np.eye(3)[g], bit_depth=8)
    with gzip.open(folder / "g.vcf.gz", "wb", compresslevel=1) as stream:
        stream.write(b'##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n##contig=<ID=1>\n')
        stream.write(
            ("\t".join(["#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".replace(" ", "\t"), *people]) + "\n").encode()
        )
        for j, g in enumerate(G):
            stream.write(f"1\t{j + 1}\t{ids[j]}\tG\tA\t.\t.\t.\tGT\t".encode() + b"\t".join(CALLS[g].tolist()) + b"\n")
    group = import_module("zarr").open_group(str(folder / "g.vcz"), mode="w", zarr_format=2)
    calls = group.create_array("call_genotype", shape=(p, n, 2), chunks=(1000, 10_000, 2), dtype="i1")
    calls[...] = np.stack([G > 1, G > 0], axis=2).astype(np.int8)
    texts = {"sample_id": people, "contig_id": ["1"], "variant_id": ids}
    arrays = {name: np.array(words, dtype=np.dtypes.StringDType()) for name, words in texts.items()}
    arrays["variant_allele"] = np.array([["G", "A"]] * p, dtype=np.dtypes.StringDType())
    arrays |= {"variant_position": np.arange(1, p + 1, dtype=np.int32), "variant_contig": np.zeros(p, dtype=np.int8)}
    for name, values in arrays.items():
        group.create_array(name, shape=values.shape, dtype=values.dtype)[...] = values


def by_library(name: str, path: Path, n: int, p: int, columns: np.ndarray) -> float:
    """Return seconds of the shortest way to a matrix with each library, which is loaded only here to save memory."""
    import_module({"bed": "bed_reader", "pgen": "pgenlib", "vcf": "cyvcf2", "zarr": "zarr"}.get(name, "bgen"))
    out: Any = None
    since = time.perf_counter()
    if name == "bed":
        with open_bed(f"{path}.bed", iid_count=n, sid_count=p) as bed:
            out = bed.read(np.s_[:, columns], dtype="int8", order="C")
    elif name == "pgen":
        with import_module("pgenlib").PgenReader(f"{path}.pgen".encode(), raw_sample_ct=n) as reader:
            out = np.empty((n, len(columns)), dtype=np.int8)
            reader.read_list(columns.astype(np.uint32), out, sample_maj=True)
    elif name.startswith("bgen"):
        with import_module("bgen").BgenReader(str(path), delay_parsing=True) as reader:
            out = np.empty((len(columns), n), dtype=np.float32)
            for j, column in enumerate(columns):
                out[j] = reader[int(column)].alt_dosage
    elif name == "vcf":
        out, wanted = np.empty((len(columns), n), dtype=np.int8), {int(column): j for j, column in enumerate(columns)}
        for place, record in enumerate(import_module("cyvcf2").VCF(str(path), gts012=True, strict_gt=True)):
            if place in wanted:
                out[wanted[place]] = record.gt_types
    else:
        out = (
            import_module("zarr")
            .open_group(str(path), mode="r")["call_genotype"]
            .oindex[columns]
            .sum(axis=2, dtype=np.int8)
        )
    return time.perf_counter() - since


def by_package(name: str, path: Path, n: int, columns: np.ndarray) -> tuple[float, float]:
    """Return seconds of opening and of reading."""
    since = time.perf_counter()
    source = GenotypeFiles(**{FORMATS[name]: path}).open(Listed([f"rs{column}" for column in columns]))
    opened = time.perf_counter()
    G, kind = source.read(np.arange(n), np.arange(len(columns)))
    if (kind, G.shape) != ("counts", (n, len(columns))):
        raise SystemExit(f"{name}: {kind} of shape {G.shape}")
    return opened - since, time.perf_counter() - opened


def child(name: str, who: str, folder: Path, n: int, p: int, columns: np.ndarray) -> None:
    """Do one read and print it as JSON."""
    path = folder / PATHS[name]
    opening, reading = (
        (0.0, by_library(name, path, n, p, columns)) if who == "library" else by_package(name, path, n, columns)
    )
    # getrusage would return the parent's peak if that was higher
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(json.dumps({"opening": opening, "reading": reading, "peak": peak / 1024}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--variants", type=int, default=200, help="in the files")
    parser.add_argument("--listed", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are kept; by default a temporary one")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    columns = np.sort(np.random.default_rng(1).choice(options.variants, options.listed, replace=False))
    if options.child:
        child(*options.child, options.folder, options.people, options.variants, columns)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "g.vcz").exists():
            write(folder, options.people, options.variants)
        again = [sys.executable, __file__, "--folder", str(folder), "--people", str(options.people)]
        again += ["--variants", str(options.variants), "--listed", str(options.listed), "--child"]
        limit = 2 * options.people * options.listed / 2**20 + 300
        print(
            f"{options.listed} of {options.variants} variants, {options.people:,} individuals; memory to {limit:.0f} MB"
        )
        print("| format | library, s | opening, s | reading, s | reading / library | peak, MB |")
        print("|---|---:|---:|---:|---:|---:|")
        for name in options.formats:
            rounds = []
            for _ in range(options.rounds):
                told = [json.loads(subprocess.check_output([*again, name, who])) for who in ("library", "package")]
                theirs, ours = told[0]["reading"], told[1]["reading"]
                rounds.append((theirs, told[1]["opening"], ours, ours / theirs, told[1]["peak"]))
            library, opening, reading, ratio, peak = np.median(rounds, axis=0)
            print(f"| {name} | {library:.2f} | {opening:.2f} | {reading:.2f} | {ratio:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
