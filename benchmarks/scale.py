"""Time `latentmr run` and its memory against a bare script, and their growth with the sample size.

Usage: python benchmarks/scale.py [--people 500000] [--runs 5].

The benchmark writes a simulated cohort of 100 variants (bed and TSV) for each of four sizes, and runs both programs in
turn as whole processes. It prints medians, their ratio, peak memory, and the exponent of time in the sample size.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from latentmr.cli.cohort import write_cohort
from latentmr.simulate import admixture

BARE = Path(__file__).with_name("bare.py")


def write(folder: Path, people: int) -> None:
    """Write a cohort of 100 variants at ten sites, with phenotypes in another order and with a covariate."""
    write_cohort(folder, admixture(n=people, n_env=10, seed=1))
    rng = np.random.default_rng(1)
    traits = pd.read_csv(folder / "phenotypes.tsv", sep="\t").iloc[rng.permutation(people)]
    traits.assign(age=rng.integers(40, 70, people)).to_csv(folder / "traits.tsv", sep="\t", index=False)


def timed(command: list[str], log: Path) -> tuple[float, float]:
    """Return seconds and peak megabytes of a whole process."""
    start = time.perf_counter()
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(log.read_text())
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--people", type=int, default=500_000, help="the largest size; the others are a half, a quarter, an eighth"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", type=Path, help="only write a cohort of this size to this folder")
    options = parser.parse_args()
    if options.write:
        write(options.write, options.people)
        return
    sizes = [options.people // 8, options.people // 4, options.people // 2, options.people]
    medians = []
    print("individuals  latentmr s (median, min, max)  bare s  ratio  latentmr MB  bare MB")
    for people in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # use a separate process: a child's peak memory is never below that of its parent
            subprocess.run([sys.executable, __file__, "--people", str(people), "--write", str(folder)], check=True)
            ours = [
                sys.executable,
                "-m",
                "latentmr",
                "run",
                "--bfile",
                str(folder / "cohort"),
                "--pheno",
                str(folder / "traits.tsv"),
            ]
            ours += [
                "--exposure",
                "exposure",
                "--outcome",
                "outcome",
                "--env",
                "site",
                "--covar",
                "age",
                "--learner",
                "linear",
            ]
            ours += ["--out", str(folder / "out")]
            bare = [
                sys.executable,
                str(BARE),
                str(folder / "cohort"),
                str(folder / "traits.tsv"),
                str(folder / "z.parquet"),
                "97",
            ]
            pairs = [(timed(ours, folder / "log"), timed(bare, folder / "log")) for _ in range(options.runs + 1)][1:]
            a, b = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
            medians.append(np.median(a[:, 0]))
            print(
                f"{people:7d}  {medians[-1]:.2f} ({a[:, 0].min():.2f}, {a[:, 0].max():.2f})  {np.median(b[:, 0]):.2f}"
                f"  {np.median(a[:, 0] / b[:, 0]):.2f}  {np.median(a[:, 1]):.0f}  {np.median(b[:, 1]):.0f}",
                flush=True,
            )
    slope = np.polyfit(np.log(sizes), np.log(medians), 1)[0]
    per_person, fixed = np.polyfit(sizes, medians, 1)
    print(f"time grows as n^{slope:.2f}; as a line: {fixed:.2f} s + {1e6 * per_person:.2f} s per million individuals")


if __name__ == "__main__":
    main()
