"""The flow on the continuous scenarios, and the other learners on the same data.

Usage: python benchmarks/flow.py [SCENARIO ...] [--learners flow,autoencoder,linear] [--seeds N] [--jobs 2]
       [--rows flow.jsonl]

Scenarios: linear, polynomial, diffeomorphic, ten-environments (diffeomorphic, 10 of 1,600 people), piecewise, wide
(diffeomorphic, d_z = 8, d_v = 4). Every finished run is a line of ``--rows``, so that a stopped benchmark goes on where
it was; the table is made of all lines. Same seeds, same numbers.
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
from identification import leak, recovery
from latentmr.simulate import diffeomorphic, linear, piecewise, polynomial

SCENARIOS = {
    "linear": linear,
    "polynomial": polynomial,
    "diffeomorphic": diffeomorphic,
    "ten-environments": partial(diffeomorphic, n_per_env=1600, n_env=10),
    "piecewise": piecewise,
    "wide": partial(diffeomorphic, d_z=8, d_v=4),
}
LEARNERS = {
    "flow": partial(lm.FlowLearner, jobs=1),
    "autoencoder": partial(lm.AutoencoderLearner, jobs=1),
    "linear": lm.LinearLearner,
}
SEEDS = 20


def one(scenario: str, learner: str, seed: int) -> dict[str, object]:
    """Identification and estimate of one draw."""
    with threadpool_limits(1):
        drawn = SCENARIOS[scenario](seed=seed)
        data, truth = drawn.dataset, drawn.truth
        began = perf_counter()
        model = LEARNERS[learner](k=truth.Z.shape[1], seed=seed).fit(data)
        seconds = perf_counter() - began
        result = lm.analyse(data, model)
        Z = model.encode(data.G)
        oracle = lm.tsls(truth.Z, data.X, data.y, se="homoskedastic")
        e = result.primary
        naive = next(row for row in result.estimates if (row.instruments, row.adjustment) == ("G", "none"))
        return {
            "scenario": scenario,
            "learner": learner,
            "seed": seed,
            "r2": recovery(truth.Z, Z, nonlinear=scenario != "linear"),
            "leak": leak(truth.V, Z, truth.Z, nonlinear=scenario != "linear"),
            "error": (e.beta - truth.beta) / oracle.se,
            "oracle_error": (oracle.beta - truth.beta) / oracle.se,
            "naive_error": (naive.beta - truth.beta) / oracle.se,
            "covered": bool(e.ci_low <= truth.beta <= e.ci_high),
            "covered_clr": bool(truth.beta in e.ci_clr),
            "seconds": seconds,
        }


def report(rows: list[dict], scenarios: list[str], learners: list[str]) -> None:
    print("| scenario | learner | seeds | median R2 | median leak | RMSE / oracle's | error < 3 | Wald, CLR | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for scenario in scenarios:
        for learner in learners:
            part = [row for row in rows if (row["scenario"], row["learner"]) == (scenario, learner)]
            if not part:
                continue
            column = {name: np.array([row[name] for row in part]) for name in part[0]}
            rmse, oracle = (np.sqrt(np.mean(column[name] ** 2)) for name in ("error", "oracle_error"))
            print(
                f"| {scenario} | {learner} | {len(part)} | {np.median(column['r2']):.3f} |"
                f" {np.median(column['leak']):.3f} | {rmse / oracle:.2f} | {np.mean(np.abs(column['error']) < 3):.0%} |"
                f" {np.mean(column['covered']):.2f}, {np.mean(column['covered_clr']):.2f} |"
                f" {np.median(column['seconds']):.0f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=[], help=f"any of {', '.join(SCENARIOS)}")
    parser.add_argument("--learners", default=",".join(LEARNERS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("flow.jsonl"))
    options = parser.parse_args()
    scenarios, learners = options.scenarios or list(SCENARIOS), options.learners.split(",")
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["scenario"], row["learner"], row["seed"]) for row in done}
    jobs = [(s, name, seed) for seed in range(options.seeds) for s in scenarios for name in learners]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        for future in as_completed([pool.submit(one, *job) for job in jobs if job not in known]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    report([row for row in done if row["seed"] < options.seeds], scenarios, learners)


if __name__ == "__main__":
    main()
