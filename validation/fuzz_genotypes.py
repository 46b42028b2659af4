"""Read damaged genotype files of every format, which must give an error that names the file, or the right numbers.

Each case copies a file of ``formats/real_1kg_chr22``, or an index or list beside one, damages it, and reads it in a
separate process. Kinds of damage are files cut off, bits flipped, bytes replaced, another start, emptied files, an
enormous length, and text that is not UTF-8. A case fails if it crashes, takes more than 20 seconds, or takes more than
1 GB beyond an undamaged file. It also fails for an exception other than ``ValueError`` or a value outside 0 to 2. Data
that a checksum protects must be rejected or equal the truth.

python validation/fuzz_genotypes.py --shared ../shared --cases 10000
"""

import argparse
import contextlib
import gzip
import json
import re
import resource
import select
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from bgen import BgenReader

from latentmr.data import BgenSource, PgenSource, PlinkSource, Source, VcfSource, ZarrSource
from latentmr.data.genotypes.listing import Listed

SECONDS, MEMORY = 20.0, 1 << 30
STEM = "kg3_chr22"
#: For each format: its files, how it is opened, and which files a checksum protects as a whole.
FORMATS: dict[str, tuple[tuple[str, ...], Callable[[Path], Source], tuple[str, ...]]] = {
    "bed": ((".bed", ".bim", ".fam"), lambda d: PlinkSource(d / STEM), ()),
    "pgen": ((".pgen", ".pvar", ".psam"), lambda d: PgenSource(d / STEM), ()),
    "bgen zlib": (("_zlib.bgen",), lambda d: BgenSource(d / f"{STEM}_zlib.bgen"), ()),
    "bgen zstd": (("_zstd.bgen",), lambda d: BgenSource(d / f"{STEM}_zstd.bgen"), ()),
    "vcf": ((".vcf.gz",), lambda d: VcfSource(d / f"{STEM}.vcf.gz"), (".vcf.gz",)),
    "vcf text": ((".vcf",), lambda d: VcfSource(d / f"{STEM}.vcf"), ()),
    "vcf plain": ((".plain.vcf",), lambda d: VcfSource(d / f"{STEM}.plain.vcf"), ()),
    "zarr": ((".vcz.zip",), lambda d: ZarrSource(d / f"{STEM}.vcz.zip"), (".vcz.zip",)),
    "pvar.zst": ((".pvar.zst",), lambda d: PgenSource(d / STEM), ()),
    "bgen index": (("_zlib.bgen.bgi",), lambda d: BgenSource(d / f"{STEM}_zlib.bgen"), ()),
    "bgen sample": ((".sample",), lambda d: BgenSource(d / f"{STEM}_zlib.bgen", sample=d / f"{STEM}.sample"), ()),
    "vcf index": ((".vcf.gz.tbi",), lambda d: VcfSource(d / f"{STEM}.vcf.gz", listed=places(d)), (".vcf.gz.tbi",)),
}
#: Files beside those that are damaged.
BESIDE = {
    "pvar.zst": (".pgen", ".psam"),
    "bgen index": ("_zlib.bgen",),
    "bgen sample": ("_zlib.bgen",),
    "vcf index": (".vcf.gz", ".bim"),
}


def places(folder: Path) -> Listed:
    """Return all variants by position, so that they are read through the index."""
    rows = [line.split() for line in (folder / f"{STEM}.bim").read_text().splitlines()]
    return Listed([f"{chrom}:{pos}:{first}:{second}" for chrom, _, _, pos, first, second in rows])


def damage(raw: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """Apply one random kind of damage; half of the positions are in the first kilobyte, which holds headers."""
    data = bytearray(raw)

    def place() -> int:
        return int(rng.integers(min(len(data), 1024 if rng.random() < 0.5 else len(data))))

    kind = str(rng.choice(["cut", "bits", "bytes", "magic", "empty", "enormous", "text", "doubled", "hole"]))
    if kind == "cut":
        del data[place() :]
    elif kind == "bits":
        for _ in range(int(rng.integers(1, 16))):
            data[place()] ^= 1 << int(rng.integers(8))
    elif kind == "bytes":
        at = place()
        data[at : at + 8] = rng.bytes(8)
    elif kind == "magic":
        data[:4] = rng.bytes(4)
    elif kind == "empty":
        data.clear()
    elif kind == "enormous":
        at = place() // 4 * 4
        data[at : at + 4] = b"\xff\xff\xff\x7f"
    elif kind == "text":
        at = place()
        data[at : at + 4] = b"\xff\xfe\xc3\x28"
    elif kind == "doubled":
        at = place()
        data[at:at] = data[at : at + int(rng.integers(1, 200))]
    else:
        at = place()
        del data[at : at + int(rng.integers(1, 200))]
    return kind, bytes(data)


def read_all(source: Source) -> np.ndarray:
    two = np.flatnonzero(~source.variants["effect_allele"].str.contains(",", regex=False))
    return source.read(np.arange(len(source.samples)), two)[0]


def judge(name: str, folder: Path, truth: np.ndarray, whole: bool) -> str:
    """Return the result of one case: ``refused``, ``read``, or a description of the failure."""
    try:
        source = FORMATS[name][1](folder)
        G = read_all(source)
    except ValueError as error:
        text = str(error)
        if str(folder) not in text or "\n" in text:
            return f"WRONG: a message that names no file, or of several lines: {text[:200]!r}"
        return "refused"
    except Exception as error:
        return f"WRONG: {type(error).__name__}: {str(error)[:200]}"
    values = G[G != -127] if G.dtype == np.int8 else G[~np.isnan(G)]
    if values.size and (values.min() < 0 or values.max() > 2 + 1e-5):
        return "WRONG: a value outside 0 to 2"
    if len(G) != len(source.samples):
        return f"WRONG: {len(G)} rows for {len(source.samples)} individuals"
    if whole and (G.shape != truth.shape or (truth != G).any()):
        return "WRONG: other numbers than the checksum protects"
    return "read"


def work(shared: Path, name: str, first: int, last: int) -> None:
    """Run cases ``first`` to ``last`` of one format, and report each on a line."""
    suffixes, _, protected = FORMATS[name]
    home = shared / "data" / "formats" / "real_1kg_chr22"
    with tempfile.TemporaryDirectory() as scratch, np.load(home / f"{STEM}_truth.npz", allow_pickle=True) as known:
        truth = np.where(known["alt_dosage"] < 0, -127, known["alt_dosage"])
        folder = Path(scratch)
        originals = {suffix: original(home, suffix) for suffix in suffixes}
        beside = {suffix: original(home, suffix) for suffix in BESIDE.get(name, ())}
        for suffix, raw in (originals | beside).items():
            (folder / f"{STEM}{suffix}").write_bytes(raw)
        if (read := judge(name, folder, truth, True)) != "read":
            raise SystemExit(f"{name}: the undamaged file is {read}")
        usual = peak()
        for case in range(first, last):
            rng = np.random.default_rng([case, len(name), sum(map(ord, name))])
            suffix = str(rng.choice(suffixes))
            kind, raw = damage(originals[suffix], rng)
            (folder / f"{STEM}{suffix}").write_bytes(raw)
            tell({"case": case, "kind": kind, "file": suffix})
            outcome = judge(name, folder, truth, suffix in protected)
            if peak() > usual + MEMORY:
                outcome = f"WRONG: {(peak() - usual) / 2**30:.1f} GB more than usual"
            tell({"case": case, "outcome": outcome})
            if peak() > usual + MEMORY:
                return  # the peak never falls, so a new process continues
            (folder / f"{STEM}{suffix}").write_bytes(originals[suffix])


def original(home: Path, suffix: str) -> bytes:
    """Return the undamaged file; plain text and headerless files are made from the compressed one."""
    if suffix == ".pvar.zst":
        return bytes(pa.compress((home / f"{STEM}.pvar").read_bytes(), codec="zstd", asbytes=True))
    if suffix == ".sample":
        people = [line.split()[:2] for line in (home / f"{STEM}.fam").read_text().splitlines()]
        return "".join(f"{' '.join(row)}\n" for row in [["ID_1", "ID_2"], ["0", "0"], *people]).encode()
    if suffix.endswith(".bgi"):
        return index_of(home / f"{STEM}{suffix.removesuffix('.bgi')}")
    if not suffix.endswith(".vcf"):
        return (home / f"{STEM}{suffix}").read_bytes()
    raw = gzip.decompress((home / f"{STEM}.vcf.gz").read_bytes())
    return re.sub(rb"##contig=.*\n", b"", raw) if suffix == ".plain.vcf" else raw


def index_of(path: Path) -> bytes:
    """Return an index as bgenix makes it."""
    with BgenReader(str(path), delay_parsing=True) as reader:
        rows = [
            (v.chrom, v.pos, v.rsid, 2, *v.alleles, v.fileoffset, v.next_variant_offset - v.fileoffset) for v in reader
        ]
    with tempfile.TemporaryDirectory() as scratch:
        base = sqlite3.connect(Path(scratch) / "index")
        names = "chromosome, position, rsid, number_of_alleles, allele1, allele2, file_start_position, size_in_bytes"
        base.execute(f"CREATE TABLE Variant ({names})")
        base.executemany("INSERT INTO Variant VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        base.commit()
        base.close()
        return (Path(scratch) / "index").read_bytes()


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def run(shared: Path, name: str, cases: int, failures: list[str]) -> Counter[str]:
    """Run all cases of one format, in as many processes as needed."""
    outcomes: Counter[str] = Counter()
    case = 0
    while case < cases:
        command = [sys.executable, __file__, "--shared", str(shared), "--work", name, str(case), str(cases)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=False)
        stream, now = child.stdout, {"case": case, "kind": "start", "file": ""}
        hung = False
        while stream:
            if not select.select([stream], [], [], SECONDS + (60 if now["kind"] == "start" else 0))[0]:
                hung = True
                child.kill()
                break
            line = stream.readline()
            if not line:
                break
            told = json.loads(line)
            if "outcome" not in told:
                now = told
                continue
            case = told["case"] + 1
            outcomes[told["outcome"].split(":")[0]] += 1
            if told["outcome"].startswith("WRONG"):
                failures.append(f"{name} {now['file']} case {now['case']} ({now['kind']}): {told['outcome'][7:]}")
            now = {"case": case, "kind": "none", "file": ""}
        code = child.wait()
        if hung or (code and now["kind"] not in ("none",)):
            if now["kind"] == "start":
                raise SystemExit(f"{name}: the undamaged file cannot be read (exit code {code})")
            outcomes["HUNG" if hung else "CRASHED"] += 1
            end = "more than 20 s" if hung else f"exit code {code}"
            failures.append(f"{name} {now['file']} case {now['case']} ({now['kind']}): {end}")
            case = now["case"] + 1
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with data/formats")
    parser.add_argument("--cases", type=int, default=1500, help="of each format")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--work", nargs=3, metavar=("FORMAT", "FIRST", "LAST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        with contextlib.suppress(BrokenPipeError):
            work(options.shared, options.work[0], int(options.work[1]), int(options.work[2]))
        return 0
    if not (options.shared / "data" / "formats").is_dir():
        print(f"no reference data in {options.shared}", file=sys.stderr)
        return 2
    failures: list[str] = []
    print(f"{'format':12}{'cases':>8}{'refused':>9}{'read':>8}{'wrong':>8}{'crashed':>9}{'hung':>6}")
    for name in options.formats:
        found = run(options.shared.resolve(), name, options.cases, failures)
        counts = [found[word] for word in ("refused", "read", "WRONG", "CRASHED", "HUNG")]
        print(
            f"{name:12}{sum(found.values()):>8}{counts[0]:>9}{counts[1]:>8}{counts[2]:>8}{counts[3]:>9}{counts[4]:>6}"
        )
    print(*failures[:40], sep="\n")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
