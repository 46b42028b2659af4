"""Compare r2, clumps and principal components with PLINK's, on real genotypes of the shared folder.

Usage: python validation/genome.py [--shared ../shared].

r2 is compared with `plink1.9 --r2` (with and without `dprime`), and clumps with `plink1.9 --clump` (index variants in
order, and the members of each). The data are strong linkage disequilibrium around LCT, sparse variants of all
autosomes, and the latter with one call in twenty removed. P values are uniform, or those of a simulated trait, which
tie for variants in complete linkage disequilibrium. Components are compared with `plink2 --pca 10`. The same seeds give
the same numbers. The exit code is 1 if anything disagrees, and 2 if a program or the data are absent.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from bed_reader import open_bed, to_bed
from scipy.stats import t as student

from latentmr.data import PlinkSource
from latentmr.data.genome.clump import clump
from latentmr.data.genome.ld import correlation_r2, haplotype_r2
from latentmr.data.genome.pca import principal_components, project

#: p1, p2, r2, kb
SETTINGS = (
    (5e-8, 5e-8, 0.001, 10_000.0),
    (1e-3, 1e-3, 0.001, 10_000.0),
    (0.05, 0.05, 0.001, 10_000.0),
    (1.0, 1.0, 0.001, 10_000.0),
    (0.05, 0.5, 0.1, 250.0),
    (1.0, 1.0, 0.2, 100.5),
    (0.2, 0.9, 0.5, 250.0),
    (1.0, 1.0, 0.8, 50.0),
    (1.0, 1.0, 0.0, 30_000.0),
)
COMPONENTS, TOLERANCE = 10, 1e-3
#: PLINK prints six digits.
PRINTED = 1e-5


class Table:
    """Rows of comparisons, printed as they are made."""

    def __init__(self) -> None:
        self.disagreements = 0
        print("| data | compared | result | agrees | seconds here | seconds PLINK |\n|---|---|---|---|---|---|")

    def row(self, data: str, compared: str, result: str, agrees: bool, here: float, there: float) -> None:
        """Print one comparison."""
        self.disagreements += not agrees
        print(
            f"| {data} | {compared} | {result} | {'yes' if agrees else 'NO'} | {here:.2f} | {there:.2f} |", flush=True
        )


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def plink(program: str, prefix: Path, out: Path, *arguments: object) -> None:
    command = [program, "--bfile", prefix, "--allow-no-sex", *arguments, "--threads", 2, "--out", out]
    if program == "plink2":
        command.remove("--allow-no-sex")
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{program} failed: {done.stderr}")


def make_missing(prefix: Path, folder: Path) -> Path:
    """Write the same genotypes with one call in twenty missing."""
    source, out = PlinkSource(prefix), folder / "missing"
    G = source.read(np.arange(len(source.samples)), np.arange(len(source.variants)))[0].astype(float)
    G[np.random.default_rng(20).random(G.shape) < 0.05] = np.nan
    with open_bed(f"{prefix}.bed") as bed:
        properties = {name: bed.properties[name] for name in bed.properties}
    to_bed(f"{out}.bed", G, properties=properties)
    return out


def p_values(source: PlinkSource) -> Iterator[tuple[str, np.ndarray]]:
    """Return uniform p values, and those of regressions of a trait on each variant, with PLINK's six digits."""
    rng = np.random.default_rng(7)
    n, p = len(source.samples), len(source.variants)
    yield "uniform", rng.random(p)
    G = source.read(np.arange(n), np.arange(p))[0].astype(float)
    G[G < 0] = np.nan
    G = np.nan_to_num(G - np.nanmean(G, axis=0))
    causal = rng.choice(np.flatnonzero(G.var(axis=0) > 0.1), 12, replace=False)
    y = G[:, causal] @ rng.normal(size=12) / 2 + rng.normal(size=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (G.T @ (y - y.mean())) / (np.linalg.norm(G, axis=0) * np.linalg.norm(y - y.mean()))
        values = 2 * student.sf(np.abs(r) * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    yield "trait", values


def compare_r2(name: str, prefix: Path, folder: Path, table: Table) -> None:
    source = PlinkSource(prefix)
    count = min(len(source.variants), 1000)
    G, _ = source.read(np.arange(len(source.samples)), np.arange(count))
    listed = folder / "first.txt"
    listed.write_text("\n".join(source.variants["id"][:count]))
    places = pd.Index(source.variants["id"][:count])
    for label, r2, modifiers in (("correlation", correlation_r2, []), ("haplotypes", haplotype_r2, ["dprime"])):
        out = folder / label
        arguments = ["--extract", listed, "--r2", "inter-chr", *modifiers, "--ld-window-r2", 0]
        _, there = timed(lambda out=out, arguments=arguments: plink("plink1.9", prefix, out, *arguments))
        mine, here = timed(lambda r2=r2: r2(G, G))
        pairs = pd.read_csv(f"{out}.ld", sep=r"\s+")
        got = mine[places.get_indexer(pairs["SNP_A"]), places.get_indexer(pairs["SNP_B"])]
        error = float(np.abs(got - pairs["R2"]).max())
        table.row(
            name, f"r2, {label}", f"{len(pairs):,} pairs, largest difference {error:.1e}", error < PRINTED, here, there
        )


def plink_clumps(
    prefix: Path, ids: np.ndarray, p: list[str], setting: tuple[float, ...], folder: Path
) -> dict[str, set[str]]:
    report, out = folder / "report.tsv", folder / "clumps"
    pd.DataFrame({"SNP": ids, "P": p}).to_csv(report, sep="\t", index=False)
    result = Path(f"{out}.clumped")
    result.unlink(missing_ok=True)
    flags = ("--clump-p1", "--clump-p2", "--clump-r2", "--clump-kb")
    options = [each for pair in zip(flags, map(repr, setting), strict=True) for each in pair]
    plink("plink1.9", prefix, out, "--clump", report, *options)
    if not result.exists():
        return {}
    rows = [line.split() for line in result.read_text().splitlines()[1:] if line.strip()]
    return {row[2]: set() if row[11] == "NONE" else set(re.sub(r"\(\d+\)", "", row[11]).split(",")) for row in rows}


def compare_clumps(name: str, prefix: Path, folder: Path, table: Table) -> None:
    source = PlinkSource(prefix)
    ids, people = source.variants["id"].to_numpy(), np.arange(len(source.samples))
    for kind, values in p_values(source):
        printed = [f"{value:.6g}" for value in values]
        p = np.array(printed, dtype=float)
        for setting in SETTINGS:
            p1, p2, r2, kb = setting
            expected, there = timed(lambda setting=setting, p=printed: plink_clumps(prefix, ids, p, setting, folder))
            found, here = timed(
                lambda p=p, p1=p1, p2=p2, r2=r2, kb=kb: clump(
                    source, people, np.arange(len(ids)), p, p1=p1, p2=p2, r2=r2, kb=kb
                )
            )
            # PLINK does not list a member with a p value of exactly p2
            got = {ids[i]: {ids[j] for j in found.members(i) if p[j] < p2} for i in found.index}
            members = sum(map(len, got.values()))
            agrees = list(got) == list(expected) and got == expected
            compared = f"clumps, {kind} p, p1 {p1:g}, p2 {p2:g}, r2 {r2:g}, kb {kb:g}"
            table.row(name, compared, f"{len(got)} index variants, {members} members", agrees, here, there)


def compare_components(name: str, prefix: Path, folder: Path, table: Table) -> None:
    source, out = PlinkSource(prefix), folder / "pca"
    rows, columns = np.arange(len(source.samples)), np.arange(len(source.variants))
    _, there = timed(lambda: plink("plink2", prefix, out, "--pca", COMPONENTS))
    expected = pd.read_csv(f"{out}.eigenvec", sep=r"\s+").filter(like="PC").to_numpy()
    for label, exact in (("whole matrix", True), ("block Krylov", False)):
        found, here = timed(
            lambda exact=exact: principal_components(source, rows, columns, COMPONENTS, seed=1, exact=exact)
        )
        scores = found.scores * np.sign((found.scores * expected).sum(axis=0))
        error = float(np.abs(scores - expected).max())
        correlation = min(np.corrcoef(a, b)[0, 1] for a, b in zip(scores.T, expected.T, strict=True))
        same = float(np.abs(project(source, rows, found) - found.scores).max())
        result = f"largest difference {error:.1e}, least correlation {correlation:.6f}, projected again {same:.1e}"
        agrees = error < TOLERANCE and correlation > 1 - TOLERANCE and same < 1e-10
        table.row(name, f"{COMPONENTS} components, {label}", result, agrees, here, there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    options = parser.parse_args()
    data = options.shared / "data"
    absent = [name for name in ("plink1.9", "plink2") if shutil.which(name) is None]
    absent += [str(data)] if not data.is_dir() else []
    if absent:
        print(f"nothing was compared: there is no {', no '.join(absent)}", file=sys.stderr)
        sys.exit(2)
    table = Table()
    with TemporaryDirectory() as name:
        folder = Path(name)
        sparse = data / "kg3_subset" / "kg3_subset"
        sets = {"LCT region": data / "lct_region_eur503" / "LCT", "1000 Genomes 3": sparse}
        sets["1000 Genomes 3, missing calls"] = make_missing(sparse, folder)
        for label, prefix in sets.items():
            compare_r2(label, prefix, folder, table)
            compare_clumps(label, prefix, folder, table)
        compare_components("1000 Genomes 1, thinned", data / "kg1_thin14k" / "kg1_thin14k", folder, table)
    print(f"\n{table.disagreements} disagree" if table.disagreements else "\nall agree")
    sys.exit(1 if table.disagreements else 0)


if __name__ == "__main__":
    main()
