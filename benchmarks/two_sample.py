"""Speed of the two-sample methods, beside R in the same run where ``Rscript`` is there, else beside recorded ratios.

Every method with 100 variants, 1,000 draws and the settings of the table; MR-PRESSO with 1,000 draws; 15 methods on
each of 1,000 pairs of exposure and outcome with 50 variants. One thread each; seconds of the processor, so that what
else runs matters less; the two sides take turns on the same data; medians of rounds.

In R it is TwoSampleMR, MRPRESSO and MendelianRandomization where these load, else our own versions of the published
algorithms (``two_sample.R``; not the packages' code). Both effects are shown: the jobs are the same.

    python benchmarks/two_sample.py
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentmr.two_sample.methods import (
    METHODS,
    SEVERAL,
    Settings,
    egger_bootstrap,
    estimate_several,
    estimate_with,
    presso,
)

Array = NDArray[np.float64]
Arrays = tuple[Array, Array, Array, Array]
PEOPLE, EXPOSURES = 100_000.0, 3
#: Methods of the pairs: those of the table by default but for MR-PRESSO and cML, which have rows of their own.
OF_PAIRS = [name for name, method in METHODS.items() if method.default and name not in ("presso", "cml")]
#: MRPRESSO with 100 SNPs and 1,000 draws, on two busy cores: a measurement of the package itself.
MRPRESSO_SECONDS = 117.0
#: Ratios that this script measured on two cores against its own versions in R, for where there is no R.
RECORDED = {
    "ivw": 3,
    "ivw-fixed": 2.5,
    "ivw-robust": 0.5,
    "ivw-penalised": 1.4,
    "egger": 0.5,
    "simple-median": 16,
    "weighted-median": 12,
    "penalised-median": 11,
    "simple-mode": 22,
    "weighted-mode": 24,
    "maximum-likelihood": 269,
    "raps": 0.4,
    "divw": 0.1,
    "pivw": 0.1,
    "radial": 21,
    "radial-egger": 0.7,
    "contamination-mixture": 10,
    "lasso": 18,
    "egger-bootstrap": 99,
    "several-ivw": 1.2,
    "several-egger": 1.2,
    "several-median": 9.1,
    "several-robust": 0.3,
    "presso": 3293,
    "pairs": 24,
}
#: Maximum seconds for which quick methods are repeated within a round.
LONG = 0.05


def draw(p: int, m: int, seed: int) -> Arrays:
    """Effects of variants on m exposures and an outcome, a tenth of them pleiotropic."""
    rng = np.random.default_rng(seed)
    SX, sy = rng.uniform(0.006, 0.01, (p, m)), rng.uniform(0.01, 0.015, p)
    BX = rng.normal(0.08, 0.03, (p, m))
    pleiotropy = np.where(rng.random(p) < 0.1, rng.normal(0, 0.05, p), 0.0)
    by = BX @ np.array([0.4, -0.2, 0.1])[:m] + pleiotropy + rng.normal(0, sy)
    return BX + rng.normal(0, SX), by, SX, sy


class R:
    """A process of ``two_sample.R``, which answers one request after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> "R":
        script = Path(__file__).with_suffix(".R")
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            ["Rscript", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        return self

    def __exit__(self, *of_error: object) -> None:
        self.process.communicate()

    def table(self, name: str, arrays: Arrays) -> Path:
        BX, by, SX, sy = arrays
        m = BX.shape[1]
        header = [f"bx{j}" for j in range(m)] + ["by"] + [f"sx{j}" for j in range(m)] + ["sy"]
        path = self.folder / f"{name}.tsv"
        np.savetxt(path, np.column_stack([BX, by, SX, sy]), header="\t".join(header), comments="", delimiter="\t")
        return path

    def ask(self, method: str, table: Path, draws: int, repeats: int = 1) -> tuple[str, float, float]:
        """Who did it, seconds of the processor for each repeat, and the effect."""
        to, back = self.process.stdin, self.process.stdout
        if to is None or back is None:
            raise SystemExit("R must be entered first.")
        print(method, table, draws, repeats, file=to, flush=True)
        answer = back.readline().split()
        if len(answer) != 3:
            raise SystemExit(f"{method}: R ended.")
        return answer[0], *(float("nan") if value == "NA" else float(value) for value in answer[1:])


@dataclass(frozen=True)
class Row:
    """A job of one side, and its name on the other."""

    label: str
    name: str
    run: Callable[[], float]
    rounds: int


def rows(one: Arrays, several: Arrays, draws: int, rounds: int, slow_rounds: int) -> list[Row]:
    BX, by, SX, sy = one
    arrays = BX[:, 0], by, SX[:, 0], sy
    settings = Settings(draws=draws, n_exposure=(PEOPLE,), n_outcome=PEOPLE)
    of_several = Settings(draws=draws, n_exposure=(PEOPLE,) * EXPOSURES, n_outcome=PEOPLE)

    def of_one(name: str) -> Callable[[], float]:
        return lambda: estimate_with(name, *arrays, settings).beta

    def of_many(name: str) -> Callable[[], float]:
        return lambda: estimate_several(name, *several, of_several)[0].beta

    found = [Row(f"`{name}`", name, of_one(name), rounds) for name in METHODS if name != "presso"]
    found += [
        Row("`egger_bootstrap`", "egger-bootstrap", lambda: egger_bootstrap(*arrays, draws=draws).beta, rounds),
        *(Row(f"{EXPOSURES} exposures, `{name}`", f"several-{name}", of_many(name), rounds) for name in SEVERAL),
        Row("`presso`, 20,000 draws as in the table", "", of_one("presso"), rounds),
        Row(f"`presso`, {draws:,} draws", "presso", lambda: presso(*arrays, draws=draws, p_values="share").beta,
            slow_rounds),
    ]  # fmt: skip
    return found


def timed(run: Callable[[], float]) -> float:
    """Return seconds of the processor, as the mean of repeats for quick methods."""
    since, repeats = time.process_time(), 0
    while repeats == 0 or time.process_time() - since < LONG:
        run()
        repeats += 1
    return (time.process_time() - since) / repeats


def written(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.2g} ms"


def line(label: str, ours: float, theirs: float, ratio: float, effects: str = "", who: str = "") -> None:
    beside = f"{written(theirs)} ({who})" if np.isfinite(theirs) else "-"
    times = "-" if not np.isfinite(ratio) else f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"
    print(f"| {label} | {written(ours)} | {beside} | {times} | {effects} |", flush=True)


def measured(row: Row, r: R | None, table: Path | None, draws: int) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    effect, other, who = row.run(), float("nan"), "none"
    for _ in range(row.rounds):
        ours.append(timed(row.run))
        if r is not None and table is not None and row.name and not (ours[1:] and who == "none"):
            repeats = 1 if not theirs else int(np.clip(LONG / max(theirs[-1], 1e-3), 1, 50))
            who, seconds, other = r.ask(row.name, table, draws, repeats)
            theirs += [] if who == "none" else [seconds]
    typical, nan = float(np.median(ours)), float("nan")
    if theirs:
        ratio = float(np.median(np.array(theirs) / np.array(ours)))
        line(row.label, typical, float(np.median(theirs)), ratio, f"{effect:.4f}, {other:.4f}", who)
    else:
        line(row.label, typical, nan, RECORDED.get(row.name, nan) if r is None else nan, f"{effect:.4f}")
    if row.name == "presso":
        line("the same", typical, MRPRESSO_SECONDS, MRPRESSO_SECONDS / typical, who="MRPRESSO itself, recorded")


def of_pairs(count: int, in_r: int, r: R | None, draws: int) -> None:
    """Seconds for each pair, of all methods; R does one pair after each share of ours."""
    settings = Settings(draws=draws)
    pairs = [draw(50, 1, 1000 + i) for i in range(count)]
    ours, theirs = [], []
    who: set[str] = set()
    for share in np.array_split(np.arange(count), max(in_r, 1)):
        since = time.process_time()
        for i in share:
            BX, by, SX, sy = pairs[i]
            for name in OF_PAIRS:
                estimate_with(name, BX[:, 0], by, SX[:, 0], sy, settings)
        ours.append((time.process_time() - since) / len(share))
        if r is not None:
            table = r.table("pair", pairs[share[0]])
            told = [r.ask(name, table, draws) for name in OF_PAIRS]
            # methods without a version in R count no time there
            theirs.append(float(np.nansum([seconds for _, seconds, _ in told])))
            who |= {each for each, _, _ in told} - {"none"}
    label = f"{count:,} pairs x {len(OF_PAIRS)} methods, 50 variants, per pair"
    ratio = float(np.median(np.array(theirs) / np.array(ours))) if theirs else RECORDED.get("pairs", float("nan"))
    seconds = float(np.median(theirs)) if theirs else float("nan")
    line(label, float(np.median(ours)), seconds, ratio, who=", ".join(sorted(who)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=100)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--presso-rounds", type=int, default=3, help="a round in R is minutes")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--pairs-in-r", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="names of rows; 'pairs' for the pairs")
    options = parser.parse_args()
    one, several = draw(options.variants, 1, 0), draw(options.variants, EXPOSURES, 0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(threadpool_limits(1))
        r = stack.enter_context(R(folder)) if shutil.which("Rscript") else None
        one_table, several_table = (r.table("one", one), r.table("several", several)) if r else (None, None)
        print(f"{options.variants} variants, {options.draws:,} draws; medians of {options.rounds} rounds", end="")
        print("" if r else "; no Rscript here: ratios as recorded", end="\n\n")
        print("| | LatentMR | R | ratio | effect, ours and in R |")
        print("|---|---:|---:|---:|---|")
        for row in rows(one, several, options.draws, options.rounds, options.presso_rounds):
            if options.only is None or row.name in options.only:
                measured(row, r, several_table if row.name.startswith("several") else one_table, options.draws)
        if options.only is None or "pairs" in options.only:
            of_pairs(options.pairs, options.pairs_in_r, r, options.draws)


if __name__ == "__main__":
    main()
