"""Time the reading of tables of GWAS results, and its memory.

Usage: python benchmarks/reading_tables.py [--rows 3000000] [--runs 3] [--source PATH] [--folder PATH].

The benchmark writes tables in the columns of REGENIE, with tabs and with white space. It reads each in full, the rows
with a small p value, a thousand rows by their ids, and two tables for two-sample methods whose variants are the same or
half the same. Each is a process of its own. The benchmark prints the smallest processor time, the smallest time and the
largest memory. With ``--source``, the sources of another version are timed in turn with this one.
"""

import argparse
import subprocess
import sys
import tempfile
from multiprocessing import Process
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

HERE = Path(__file__).resolve().parents[1] / "src"
#: What is read from a table called ``path``; ``other`` is the table of an outcome.
READ = {
    "full": "read_summary(path)",
    "p <= 0.01": "read_traits(path, p_value=0.01)",
    "ids": "read_traits(path, only=[f'rs{i}' for i in range(0, 3_000_000, 3000)])",
    "two-sample": "read_two_sample(SummaryFiles([path], path.replace('exposure', 'outcome')), p_value=1e-4)",
    "two-sample, half": "read_two_sample(SummaryFiles([path], path.replace('exposure', 'half')), p_value=1e-4)",
}
PROGRAM = """
import resource, sys, time
from latentmr.two_sample.data.read import read_two_sample
from latentmr.two_sample.data.summary_files import SummaryFiles
from latentmr.two_sample.data.tables import read_summary, read_traits
path = {path!r}
start, processor = time.perf_counter(), time.process_time()
{read}
print(time.process_time() - processor, time.perf_counter() - start,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024))
"""


def write(folder: Path, rows: int) -> None:
    """Write the tables of exposure and outcome, and every second row of the outcome's."""
    rng = np.random.default_rng(1)
    place = np.arange(rows)
    strong = np.where(rng.random(rows) < 1e-4, 6.0, 0.0)
    for name in ("exposure", "outcome"):
        z, se = rng.normal(size=rows) + strong * (1.0 if name == "exposure" else 0.1), rng.uniform(0.002, 0.003, rows)
        frame = pd.DataFrame(
            {
                "CHROM": 1 + place * 22 // rows, "GENPOS": 10 * place, "ID": [f"rs{i}" for i in place], "ALLELE0": "A",
                "ALLELE1": "G", "A1FREQ": rng.uniform(0.1, 0.4, rows).round(5), "INFO": 0.987, "N": 412345,
                "TEST": "ADD", "BETA": z * se, "SE": se, "CHISQ": z**2,
                "LOG10P": -(stats.norm.logsf(np.abs(z)) + np.log(2)) / np.log(10), "EXTRA": "NA",
            }
        )  # fmt: skip
        frame.to_csv(folder / f"{name}.tsv", sep="\t", index=False, float_format="%.6g")
    lines = (folder / "outcome.tsv").read_bytes().splitlines(keepends=True)
    (folder / "half.tsv").write_bytes(b"".join([lines[0], *lines[1::2]]))
    for table in folder.glob("*.tsv"):
        table.with_suffix(".txt").write_bytes(table.read_bytes().replace(b"\t", b" "))


def timed(source: Path, path: Path, read: str) -> list[float]:
    """Return seconds of the processor, seconds, and megabytes of a process that reads a table."""
    program = PROGRAM.format(path=str(path), read=read)
    out = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [float(each) for each in out.stdout.split()]


def main() -> None:
    """Write the tables and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--source", type=Path, help="folder src of another version")
    parser.add_argument("--folder", type=Path, help="folder of the tables, kept for the next run")
    options = parser.parse_args()
    sources = [HERE, *([options.source] if options.source else [])]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "half.txt").exists():
            folder.mkdir(parents=True, exist_ok=True)
            # in a process of its own: those that read would start with the memory of this one
            writer = Process(target=write, args=(folder, options.rows))
            writer.start()
            writer.join()
        print("table\tread\tsource\tprocessor (s)\ttime (s)\tmemory (MB)")
        for path in (folder / "exposure.tsv", folder / "exposure.txt"):
            for name, read in READ.items():
                runs = [[timed(source, path, read) for source in sources] for _ in range(options.runs)]
                for source, each in zip(sources, zip(*runs, strict=True), strict=True):
                    processor, seconds, memory = (np.array(each)[:, k] for k in range(3))
                    print(
                        f"{path.name}\t{name}\t{source}\t{processor.min():.2f}\t{seconds.min():.2f}\t{memory.max():.0f}"
                    )


if __name__ == "__main__":
    main()
