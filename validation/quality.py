"""Compare frequencies, missing calls, Hardy-Weinberg tests and kinship with PLINK's, on real genotypes.

Usage: python validation/quality.py [--shared ../shared].

`plink1.9 --freq --missing --hardy` runs on 1000 Genomes phase 3 (with and without one call in twenty removed), the LCT
region and mice. For mice, frequencies are compared on autosomes, because PLINK counts males half on X. `plink2 --freq
cols=+machr2` runs on these except the LCT region, whose counts this program garbles. `plink2 --make-king-table` runs on
1000 Genomes phase 1. The same seeds give the same numbers. The exit code is 1 if anything disagrees, and 2 if a program
or the data are absent.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from bed_reader import open_bed, to_bed

from latentmr.data import PlinkSource
from latentmr.data.genome.hardy_weinberg import genotype_counts, hardy_weinberg
from latentmr.data.genome.imputation import variance_ratio
from latentmr.data.genome.kinship import DEGREES, related_pairs
from latentmr.data.quality import count_calls

#: PLINK prints four digits, plink2 six.
FOUR, SIX = 6e-4, 6e-6
MICE = ("--chr-set", "19")


def plink(program: str, prefix: Path, out: Path, *arguments: str) -> None:
    command = [program, "--bfile", str(prefix), *arguments, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def furthest(ours: np.ndarray, theirs: np.ndarray, scale: np.ndarray | float = 1.0) -> float:
    """Return the largest difference among the values that PLINK gives."""
    return float(np.nanmax(np.abs(ours - theirs) / scale, initial=0.0))


def compare_variants(label: str, prefix: Path, folder: Path, species: tuple[str, ...], ratios: bool) -> list[bool]:
    """Compare one data set, and print its rows."""
    source = PlinkSource(prefix)
    n, p = len(source.samples), len(source.variants)
    G, _ = source.read(np.arange(n), np.arange(p))
    calls, env = count_calls(G), np.zeros(n, dtype=np.int64)
    every = ("--allow-no-sex", "--nonfounders", *species)
    plink("plink1.9", prefix, folder / "o", "--freq", "--missing", *every)
    maf, missing = (pd.read_csv(folder / f"o.{name}", sep=r"\s+") for name in ("frq", "lmiss"))
    autosomal = source.variants["chrom"].str.isdecimal().to_numpy()
    ours = np.minimum(calls.mean, 2 - calls.mean) / 2
    rows = [("minor allele frequency", furthest(ours[autosomal], maf["MAF"].to_numpy()[autosomal]), 6e-5)]
    rows.append(("share of missing calls", furthest(calls.missing_of_variant / n, missing["F_MISS"].to_numpy()), 6e-6))
    if not species:  # all mice have parents in the data, and PLINK's Hardy-Weinberg test leaves these out
        plink("plink1.9", prefix, folder / "o", "--hardy", *every)
        hardy = pd.read_csv(folder / "o.hwe", sep=r"\s+")
        theirs = hardy["P"][hardy["TEST"].isin(["ALL", "ALL(NP)"])].to_numpy()
        ours = hardy_weinberg(genotype_counts(G, env, 1)[0])
        rows.append(("Hardy-Weinberg p value (relative)", furthest(ours, theirs, np.maximum(theirs, 1e-300)), FOUR))
    if ratios:
        plink("plink2", prefix, folder / "o", "--freq", "cols=+machr2", "--nonfounders", *species)
        theirs = pd.to_numeric(pd.read_csv(folder / "o.afreq", sep="\t")["MACH_R2"], errors="coerce").to_numpy()
        rows.append(("ratio of variances", furthest(variance_ratio(G, env, 1), theirs), SIX))
    return [told(label, n, p, *row) for row in rows]


def compare_kinship(label: str, prefix: Path, folder: Path) -> list[bool]:
    source = PlinkSource(prefix)
    n, p = len(source.samples), len(source.variants)
    third = DEGREES["third degree"]
    found = related_pairs(source.read(np.arange(n), np.arange(p))[0], third)
    plink("plink2", prefix, folder / "o", "--make-king-table", "--king-table-filter", str(third))
    table = pd.read_csv(folder / "o.kin0", sep="\t").rename(columns=lambda name: name.lstrip("#"))
    ids = source.samples.to_numpy()
    ours = dict(zip(map(frozenset, zip(ids[found.first], ids[found.second], strict=True)), found.kinship, strict=True))
    theirs = dict(zip(map(frozenset, zip(table["IID1"], table["IID2"], strict=True)), table["KINSHIP"], strict=True))
    same = set(ours) == set(theirs)
    away = max(abs(ours[pair] - theirs[pair]) for pair in ours) if same else np.inf
    return [told(label, n, p, f"kinship of {len(theirs)} pairs", away, SIX)]


def told(label: str, n: int, p: int, what: str, difference: float, tolerance: float) -> bool:
    agrees = difference <= tolerance
    print(f"| {label} ({n} x {p}) | {what} | {difference:.1e} | {'yes' if agrees else 'NO'} |", flush=True)
    return agrees


def make_missing(prefix: Path, folder: Path) -> Path:
    """Write the same genotypes with one call in twenty removed."""
    with open_bed(f"{prefix}.bed") as bed:
        G = bed.read(dtype="float32")
        G[np.random.default_rng(0).random(G.shape) < 0.05] = np.nan
        to_bed(folder / "missing.bed", G, properties=bed.properties)
    return folder / "missing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    data = parser.parse_args().shared / "data"
    absent = [name for name in ("plink1.9", "plink2") if shutil.which(name) is None]
    absent += [str(data)] if not data.is_dir() else []
    if absent:
        print(f"nothing was compared: there is no {', no '.join(absent)}", file=sys.stderr)
        sys.exit(2)
    print("| data | compared | largest difference | agrees |\n|---|---|---|---|")
    with TemporaryDirectory() as name:
        folder, sparse = Path(name), data / "kg3_subset" / "kg3_subset"
        agree = compare_variants("1000 Genomes 3", sparse, folder, (), True)
        agree += compare_variants("1000 Genomes 3, missing calls", make_missing(sparse, folder), folder, (), True)
        agree += compare_variants("LCT region", data / "lct_region_eur503" / "LCT", folder, (), False)
        agree += compare_variants("mice", data / "hs_mice" / "hs_mice", folder, MICE, True)
        agree += compare_kinship("1000 Genomes 1, thinned", data / "kg1_thin14k" / "kg1_thin14k", folder)
    print("\nall agree" if all(agree) else f"\n{agree.count(False)} disagree")
    sys.exit(not all(agree))


if __name__ == "__main__":
    main()
