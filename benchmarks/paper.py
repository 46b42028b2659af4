"""The paper's experiments and what is added to them: every number of docs/benchmark.md.

Usage: python benchmarks/paper.py [PART ...] [--quick] [--out benchmark] [--workers 2] [--shared ../shared] [--commands]

Each part is one `latentmr benchmark`, whose command ``--commands`` prints and docs/benchmark.md quotes; a stopped part
goes on where it was. ``--quick`` takes fewer seeds, and finishes within a quarter of an hour on two cores. Parts that
draw on 1000 Genomes are skipped where the reference data are absent.
"""

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

from latentmr.benchmark import Source, run_benchmark

FOILS = ("ols", "2sls", "2sls:adjust=env", "2sls:adjust=pcs", "liml:adjust=pcs")
INVALID = ("sisvive", "tsht")
SIZES = "n=2000/8000/32000,n_env=2/4/8/16"


@dataclass(frozen=True)
class Part:
    """One benchmark.

    Parameters
    ----------
    scenarios, methods : tuple of str
    seeds, quick : int
        Draws in the full and in the quick version.
    population : str
        Column of the reference people's populations; empty where the scenario does not draw on them.
    """

    scenarios: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: int
    quick: int
    population: str = ""


PARTS = {
    "people": Part(("semisynthetic",), (*FOILS, *INVALID, "linear", "oracle"), 50, 10, "population"),
    "people-flow": Part(("semisynthetic",), ("flow",), 10, 1, "population"),
    "people-4": Part(("semisynthetic",), (*FOILS, "linear", "oracle"), 50, 5, "super_population"),
    "extensions": Part(
        ("linear", "admixture:n_env=20,p=30,fst=0.1", "weak:mixing=linear,f_statistic=5"),
        (
            "linear",
            "linear:estimator=2SLS",
            "linear:bootstrap=0",
            "linear:form=stationary",
            "linear:diagnosis=0",
            "oracle",
        ),
        100,
        10,
    ),
    "partial": Part(("partial",), ("flow:k=1/2/3", "linear", "2sls", "oracle"), 10, 1),
    "identification": Part(("polynomial", "diffeomorphic"), (*FOILS, "linear", "autoencoder", "flow", "oracle"), 20, 2),
    "size": Part((f"linear:{SIZES}", f"admixture:{SIZES},p=30"), ("linear", "oracle"), 100, 5),
    "size-flow": Part((f"polynomial:{SIZES}", f"diffeomorphic:{SIZES}"), ("flow", "oracle"), 3, 0),
    "mating": Part(("semisynthetic:confounder=assortative",), (*FOILS, "linear", "oracle"), 20, 3, "population"),
}


def people(part: Part, shared: Path) -> Source | None:
    folder = shared / "data" / "kg1_thin14k"
    return Source(folder / "kg1_thin14k", folder / "samples.tsv", part.population) if part.population else None


def command(name: str, part: Part, quick: bool, out: Path, shared: Path) -> str:
    words = ["latentmr", "benchmark"]
    for option, values in (("--scenario", part.scenarios), ("--method", part.methods)):
        words += [word for value in values for word in (option, value)]
    words += ["--seeds", str(part.quick if quick else part.seeds)]
    source = people(part, shared)
    if source is not None:
        words += ["--bfile", str(source.bfile), "--pheno", str(source.pheno), "--population", source.population]
    return shlex.join([*words, "--out", str(out / name)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("benchmark"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--commands", action="store_true", help="print the commands, run nothing")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        part = PARTS[name]
        seeds = part.quick if options.quick else part.seeds
        print(command(name, part, options.quick, options.out, options.shared), flush=True)
        source = people(part, options.shared)
        if options.commands or not seeds:
            continue
        if source is not None and not source.pheno.is_file():
            print(f"skipped: no reference data in {options.shared}")
            continue
        found = run_benchmark(
            part.scenarios, part.methods, seeds, options.out / name, workers=options.workers, source=source
        )
        columns = ["scenario", "method", "runs", "failed", "rmse", "rmse_to_oracle", "coverage", "credible"]
        print(found.summary[columns].to_string(index=False, float_format=lambda value: f"{value:.3f}"), flush=True)


if __name__ == "__main__":
    main()
