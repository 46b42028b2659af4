"""Measure the flow on the continuous scenarios, with other learners and rivals on the same data, and its coverage.

Usage: python benchmarks/flow.py [SCENARIO ...] [--methods flow,autoencoder,linear,...] [--seeds N] [--jobs 2] [--rows
flow.jsonl].

Scenarios: linear, polynomial, diffeomorphic, ten-environments (diffeomorphic, 10 of 1,600 individuals), piecewise, and
wide (diffeomorphic, d_z = 8, d_v = 4). The scenario twisted mixes by rotations that depend on the radius, which no
layer of the flow can undo. Methods: flow, autoencoder, linear, and the rivals of rivals.py: vae, autoiv, znet. Every
run of a learner also includes two-stage least squares on G, with dummies and with principal components. Every finished
run is a line of ``--rows``, so that an interrupted benchmark resumes; the tables use all lines. The same seeds give the
same numbers.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

import latentmr as lm
from latentmr.benchmark import leak, recovery
from latentmr.simulate import Simulated, diffeomorphic, linear, piecewise, polynomial
from rivals import RIVALS, estimate
from twisted import twisted

SCENARIOS = {
    "linear": linear,
    "polynomial": polynomial,
    "diffeomorphic": diffeomorphic,
    "ten-environments": partial(diffeomorphic, n_per_env=1600, n_env=10),
    "piecewise": piecewise,
    "wide": partial(diffeomorphic, d_z=8, d_v=4),
    "twisted": twisted,
}
LEARNERS = {
    "flow": partial(lm.FlowLearner, jobs=1),
    "autoencoder": partial(lm.AutoencoderLearner, jobs=1),
    "linear": lm.LinearLearner,
}
#: Rows on genotypes that every run of a learner includes: method and adjustment.
FOILS = {
    "2SLS on G": ("2SLS", "none"),
    "2SLS on G, dummies": ("2SLS", "env"),
    "2SLS on G, dummies and PCs": ("2SLS", "env+pcs"),
}
SEEDS = {"piecewise": 10, "wide": 10, "twisted": 10}
MOST_SEEDS = 20


def one(scenario: str, method: str, seed: int) -> dict[str, object]:
    """Return identification and estimate for one data set."""
    with threadpool_limits(1):
        drawn = SCENARIOS[scenario](seed=seed)
        row: dict[str, object] = {"scenario": scenario, "method": method, "seed": seed}
        oracle = lm.tsls(drawn.truth.Z, drawn.dataset.X, drawn.dataset.y, se="homoskedastic")
        row["oracle_error"] = (oracle.beta - drawn.truth.beta) / oracle.se
        found = (
            _learner(drawn, method, seed, oracle.se) if method in LEARNERS else _rival(drawn, method, seed, oracle.se)
        )
        Z = found.pop("Z")
        straight = scenario != "linear"
        row["r2"] = recovery(drawn.truth.Z, Z, nonlinear=straight)
        row["leak"] = leak(drawn.truth.V, Z, drawn.truth.Z, nonlinear=straight)
        return row | found


def _learner(drawn: Simulated, method: str, seed: int, unit: float) -> dict[str, object]:
    data, truth = drawn.dataset, drawn.truth
    began = perf_counter()
    model = LEARNERS[method](k=truth.Z.shape[1], seed=seed).fit(data)
    seconds = perf_counter() - began
    result = lm.analyse(data, model)
    e = result.primary
    given = next(
        row
        for row in result.estimates
        if row.method == "LIML" and row.se_type.endswith("treating the instruments as fixed")
    )
    on_g = {(row.method, row.adjustment): row for row in result.estimates if row.instruments == "G"}
    foils = {name: (on_g[key].beta - truth.beta) / unit for name, key in FOILS.items()}
    return {
        "Z": model.encode(data.G),
        "error": (e.beta - truth.beta) / unit,
        "se": e.se / unit,
        "covered": bool(e.ci_low <= truth.beta <= e.ci_high),
        "covered_clr": bool(truth.beta in e.ci_clr),
        "given": bool(given.ci_low <= truth.beta <= given.ci_high),
        "given_clr": bool(truth.beta in given.ci_clr),
        "foils": foils,
        "seconds": seconds,
    }


def _rival(drawn: Simulated, method: str, seed: int, unit: float) -> dict[str, object]:
    data, truth = drawn.dataset, drawn.truth
    began = perf_counter()
    Z = RIVALS[method](data, truth.Z.shape[1], seed)
    seconds = perf_counter() - began
    e = estimate(Z, data)
    return {
        "Z": Z,
        "error": (e.beta - truth.beta) / unit,
        "se": e.se / unit,
        "covered": bool(e.ci_low <= truth.beta <= e.ci_high),
        "seconds": seconds,
    }


def report(rows: list[dict], scenarios: list[str], methods: list[str]) -> None:
    print("| scenario | method | seeds | median R2 | median leak | RMSE / oracle's | error < 3 | s |")
    print("|---|---|---|---|---|---|---|---|")
    for scenario in scenarios:
        here = [row for row in rows if row["scenario"] == scenario]
        for method in methods:
            part = [row for row in here if row["method"] == method]
            if part:
                r2, lost, seconds = (np.median([row[name] for row in part]) for name in ("r2", "leak", "seconds"))
                print(
                    f"| {scenario} | {method} | {len(part)} | {r2:.3f} | {lost:.3f} | {_errors(part)} | {seconds:.0f} |"
                )
        for name in FOILS:
            part = [
                row | {"error": row["foils"][name]} for row in here if row["method"] == methods[0] and "foils" in row
            ]
            if part:
                print(f"| {scenario} | {name} | {len(part)} | | | {_errors(part)} | |")


def _errors(part: list[dict]) -> str:
    """Return the ratio of root mean squared errors with its jackknife error over seeds, and the share under 3."""
    error, oracle = (np.array([row[name] for row in part]) for name in ("error", "oracle_error"))
    ratio = float(np.sqrt(np.mean(error**2) / np.mean(oracle**2)))
    keep = ~np.eye(len(part), dtype=bool)
    left = [np.sqrt(np.mean(error[i] ** 2) / np.mean(oracle[i] ** 2)) for i in keep] if len(part) > 1 else [ratio]
    spread = float(np.sqrt((len(left) - 1) * np.var(left)))
    return f"{ratio:.2f} ({spread:.2f}) | {np.mean(np.abs(error) < 3):.0%}"


def report_coverage(rows: list[dict], scenarios: list[str], methods: list[str]) -> None:
    print("\n| scenario | method | seeds | Wald | CLR set | naive Wald | naive CLR set |")
    print("|---|---|---|---|---|---|---|")
    for scenario in scenarios:
        for method in methods:
            part = [row for row in rows if (row["scenario"], row["method"]) == (scenario, method) and "given" in row]
            if part:
                names = ("covered", "covered_clr", "given", "given_clr")
                shares = " | ".join(f"{np.mean([row[name] for row in part]):.2f}" for name in names)
                print(f"| {scenario} | {method} | {len(part)} | {shares} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=[], help=f"any of {', '.join(SCENARIOS)}")
    parser.add_argument("--methods", default=",".join((*LEARNERS, *RIVALS)))
    parser.add_argument("--seeds", type=int, help="20 by default; 10 of piecewise, wide and twisted")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("flow.jsonl"))
    options = parser.parse_args()
    scenarios, methods = options.scenarios or list(SCENARIOS), options.methods.split(",")
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["scenario"], row["method"], row["seed"]) for row in done}
    count = {s: options.seeds or SEEDS.get(s, MOST_SEEDS) for s in scenarios}
    jobs = [(s, m, seed) for seed in range(max(count.values())) for s in scenarios for m in methods if seed < count[s]]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        for future in as_completed([pool.submit(one, *job) for job in jobs if job not in known]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    shown = [row for row in done if row["scenario"] in count and row["seed"] < count[row["scenario"]]]
    report(shown, scenarios, methods)
    report_coverage(shown, scenarios, methods)


if __name__ == "__main__":
    main()
