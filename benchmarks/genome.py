"""Measure the main job on a large genome: memory and time of the components, in units of reading the file once.

Usage: python benchmarks/genome.py [--individuals 500000] [--variants 20000] [--populations 20] [--folder DIR] [--keep]

The script simulates a cohort at five sites that mix the populations (PLINK 1 files, 100 instruments among the
variants), reads the file once by bed-reader in blocks of variants, computes the components by `latentmr pca --pcs
auto`, and runs `latentmr run` end to end. Each is a process of its own. It prints seconds, ratios to the reading, peak
memory, the stages of the run, and how much of the populations the components explain.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from scale import timed

#: Share of the variance of allele frequencies that lies between populations.
FST = 0.02
#: Variants that are simulated at once.
BLOCK = 250
HITS = 100


def write(folder: Path, n: int, p: int, populations: int, seed: int = 1) -> None:
    """Write ``cohort.bed/bim/fam``, ``hits.txt`` and ``traits.tsv``, with a true effect of 0.5."""
    rng = np.random.default_rng(seed)
    mixtures = rng.dirichlet(np.ones(populations), 5)
    site = np.arange(n) % 5
    population = np.empty(n, dtype=np.int64)
    for e in range(5):
        here = site == e
        population[here] = rng.choice(populations, here.sum(), p=mixtures[e])
    hits = np.sort(rng.choice(p, HITS, replace=False))
    score = np.zeros(n)
    with (folder / "cohort.bed").open("wb") as file:
        file.write(bytes([0x6C, 0x1B, 0x01]))
        for start in range(0, p, BLOCK):
            ancestral = rng.uniform(0.1, 0.9, min(BLOCK, p - start))
            shape = (1 - FST) / FST
            f = rng.beta(ancestral * shape, (1 - ancestral) * shape, (populations, len(ancestral)))
            for j, frequencies in enumerate(f.T, start):
                limit = np.round(frequencies * 256).astype(np.uint16)[population]
                counts = (rng.integers(0, 256, n, np.uint8) < limit).astype(np.uint8)
                counts += rng.integers(0, 256, n, np.uint8) < limit
                if j in hits:
                    score += (counts - counts.mean()) / max(counts.std(), 1e-9) * rng.normal()
                file.write(_packed(counts))
    names = [f"rs{j}" for j in range(p)]
    place = np.arange(p)
    chromosomes, positions = 1 + place * 22 // p, 1_000_000 + (place % (p // 22 + 1)) * 2_500_000_000 // p
    table = {"chrom": chromosomes, "id": names, "cm": 0, "pos": positions, "a1": "A", "a2": "G"}
    pd.DataFrame(table).to_csv(folder / "cohort.bim", sep="\t", header=False, index=False)
    ids = [f"i{i}" for i in range(n)]
    fam = {"fid": ids, "iid": ids, "pat": 0, "mat": 0, "sex": 0, "phenotype": -9}
    pd.DataFrame(fam).to_csv(folder / "cohort.fam", sep="\t", header=False, index=False)
    (folder / "hits.txt").write_text("".join(f"{names[j]}\n" for j in hits))
    hidden = 0.7 * rng.normal(size=populations)[population] + 0.7 * rng.normal(size=n)
    x = score / score.std() / 3 + hidden + 0.5 * rng.normal(size=n)
    y = 0.5 * x + 1.5 * hidden + rng.normal(size=n)
    traits = {"IID": ids, "site": [f"s{e}" for e in site], "exposure": x, "outcome": y, "population": population}
    pd.DataFrame(traits).to_csv(folder / "traits.tsv", sep="\t", index=False)


def _packed(counts: np.ndarray) -> bytes:
    """Pack counts of the first allele: two bits for each individual, the first in the lowest bits."""
    codes = np.array([3, 2, 0], dtype=np.uint8)[counts]
    whole = np.zeros(-(-len(codes) // 4) * 4, dtype=np.uint8)
    whole[: len(codes)] = codes
    return (whole[0::4] | whole[1::4] << 2 | whole[2::4] << 4 | whole[3::4] << 6).tobytes()


def read(folder: Path, n: int, p: int) -> None:
    """Read the whole file once, in blocks of variants of 256 MiB."""
    from bed_reader import open_bed  # noqa: PLC0415  only the child process reads

    size = max(1, (256 << 20) // n)
    with open_bed(folder / "cohort.bed", iid_count=n, sid_count=p) as bed:
        for start in range(0, p, size):
            bed.read(index=np.s_[:, start : start + size], dtype="int8", order="F")


def explained(folder: Path, components: Path) -> float:
    """Return the share of the variance of population indicators that the components explain."""
    population = pd.read_csv(folder / "traits.tsv", sep="\t")["population"].to_numpy()
    scores = pd.read_csv(components, sep="\t").drop(columns="IID").to_numpy()
    Q = np.linalg.qr(np.column_stack([np.ones(len(scores)), scores]))[0]
    D = np.eye(population.max() + 1)[population]
    D = D - D.mean(axis=0)
    return 1 - float(((D - Q @ (Q.T @ D)) ** 2).sum() / (D**2).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--individuals", type=int, default=500_000)
    parser.add_argument("--variants", type=int, default=20_000)
    parser.add_argument("--populations", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="folder for the files; those that are there are used")
    parser.add_argument("--read", action="store_true", help="only read the file once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        sizes = options.individuals, options.variants
        if options.read:
            read(folder, *sizes)
            return
        began = time.perf_counter()
        if not (folder / "traits.tsv").is_file():
            write(folder, *sizes, options.populations)
        print(f"simulated in {time.perf_counter() - began:.0f} s", flush=True)
        log, cohort = folder / "log", ["--bfile", str(folder / "cohort")]
        here = [sys.executable, __file__, "--folder", str(folder), "--read"]
        here += ["--individuals", str(sizes[0]), "--variants", str(sizes[1])]
        program = [sys.executable, "-m", "latentmr"]
        traits = ["--pheno", str(folder / "traits.tsv"), "--exposure", "exposure", "--outcome", "outcome"]
        traits += ["--env", "site", "--extract", str(folder / "hits.txt")]
        commands = {
            "reading the file once": here,
            "pca --pcs auto": [*program, "pca", *cohort, "--pcs", "auto", "--out", str(folder / "pca")],
            "run": [*program, "run", *cohort, *traits, "--out", str(folder / "run")],
            "reading the file once again": here,
        }
        print("| process | seconds | times reading once | peak MB |\n|---|---|---|---|")
        once = None
        for label, command in commands.items():
            seconds, megabytes = timed(command, log)
            once = once or seconds
            print(f"| {label} | {seconds:.1f} | {seconds / once:.1f} | {megabytes:.0f} |", flush=True)
        for job in ("pca", "run"):
            found = json.loads((folder / job / "run.json").read_text())
            stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found["seconds"].items())
            print(f"\nStages of {job} (seconds): {stages}.")
        print(f"\nThe components explain {explained(folder, folder / 'pca' / 'pcs.tsv'):.4f} of the populations.")


if __name__ == "__main__":
    main()
