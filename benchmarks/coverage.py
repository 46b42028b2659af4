"""Measure the coverage of the primary estimate's Wald interval and sets with learned instruments.

Usage: python benchmarks/coverage.py [SCENARIO ...] [--seeds 500] [--jobs 2] [--rows coverage.jsonl]

Scenarios: linear, regime1, regime2, regime3 (allele counts with 20, 30 and 100 variants). Every finished seed is a line
of ``--rows``, so that an interrupted run resumes; the table uses all lines. The same seeds give the same numbers.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

import latentmr as lm
from latentmr.simulate import admixture, linear

REGIMES = {
    "regime1": {"n_env": 10, "p": 20, "n_populations": 5, "fst": 0.10},
    "regime2": {"n_env": 20, "p": 30, "n_populations": 4, "fst": 0.10},
    "regime3": {"n_env": 5, "p": 100, "n_populations": 4, "fst": 0.12},
}
SCENARIOS = ("linear", *REGIMES)
#: Rows of the table: method, adjustment, and whether errors account for estimation of the encoder.
ROWS = {
    "primary": ("LIML", "env+latent", "accounting"),
    "the same, treating the instruments as fixed": ("LIML", "env+latent", "treating"),
    "2SLS": ("2SLS", "env+latent", "accounting"),
    "Fuller": ("Fuller", "env+latent", "accounting"),
    "without residual latents": ("LIML", "env", "accounting"),
}


def one(scenario: str, seed: int) -> dict[str, object]:
    """Return the rows on learned instruments for one data set."""
    with threadpool_limits(1):
        drawn = linear(seed=seed) if scenario == "linear" else admixture(seed=seed, **REGIMES[scenario])
        began = perf_counter()
        result = lm.analyse(drawn.dataset, "linear", diagnosis=0)
        out: dict[str, object] = {"scenario": scenario, "seed": seed, "seconds": perf_counter() - began}
    beta = drawn.truth.beta
    for e in result.estimates:
        for name, (method, adjustment, kind) in ROWS.items():
            if e.instruments == "learned" and (e.method, e.adjustment) == (method, adjustment) and kind in e.se_type:
                covers = [e.ci_low <= beta <= e.ci_high, beta in e.ci_ar, beta in e.ci_clr]
                out[name] = [e.beta - beta, e.se, *map(float, covers), e.ci_clr.length]
    return out


def report(scenario: str, draws: list[dict]) -> None:
    print(f"\n## {scenario}: {len(draws)} seeds, median {np.median([d['seconds'] for d in draws]):.1f} s each\n")
    print("| row | bias | sd over seeds | median se | Wald | AR | CLR | median length of CLR set |")
    print("|---|---|---|---|---|---|---|---|")
    for name in ROWS:
        table = np.array([d[name] for d in draws if name in d])
        error, se, wald, ar, clr, length = table.T
        print(
            f"| {name} | {error.mean():.4f} | {error.std():.4f} | {np.median(se):.4f} |"
            f" {wald.mean():.3f} | {ar.mean():.3f} | {clr.mean():.3f} | {np.median(length):.3f} |"
        )
    print(f"\nMonte Carlo error of a coverage near .95: {np.sqrt(0.95 * 0.05 / len(draws)):.3f}.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=[], help=f"any of {', '.join(SCENARIOS)}")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("coverage.jsonl"))
    options = parser.parse_args()
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["scenario"], row["seed"]) for row in done}
    scenarios = options.scenarios or SCENARIOS
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        wanted = [(s, seed) for seed in range(options.seeds) for s in scenarios if (s, seed) not in known]
        for future in as_completed([pool.submit(one, *pair) for pair in wanted]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    for scenario in scenarios:
        rows = [row for row in done if row["scenario"] == scenario and row["seed"] < options.seeds]
        report(scenario, sorted(rows, key=lambda row: row["seed"]))


if __name__ == "__main__":
    main()
