"""Measure how often a verdict is right, on scenarios with a known truth whose estimates are good or bad.

Usage: python benchmarks/verdict.py [SCENARIO ...] [--learners linear,flow] [--seeds N] [--jobs 2] [--rows
verdict.jsonl] [--shared ../shared].

- linear, polynomial, diffeomorphic, piecewise, partial (diffeomorphic, k = 2 of 3), null (diffeomorphic, no effect),
  linear-null, weak (diffeomorphic, F = 5), and admixture-1 to -3 (the three regimes).
- kg1 and kg1-14: individuals drawn from the frequencies of 1000 Genomes, four and fourteen populations; skipped if the
  reference data are absent.
- same-environments, too-large-k (diffeomorphic, k = 4), and bad-optimum (diffeomorphic, random start, ten steps).
- Apart from the others, confounded-z and confounded-z-negative-control (with a negative-control outcome that shares the
  confounder).

The linear learner gets same-environments, weak and confounded-z mixed linearly. A run is *bad* if its estimate is more
than three of its own standard errors, and more than a tenth of the naive bias (2SLS on G), from the truth. It is *good*
if it is within two standard errors. Every finished run is a line of ``--rows``, so that an interrupted benchmark
resumes.
"""

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

import latentmr as lm
from accuracy import kg1
from latentmr.learn.flow.recipe import FlowRecipe
from latentmr.simulate import Simulated, Truth, draw

#: Names of the scenarios in the package, with options; scenarios with the same name have none.
NAMED = {
    "linear-null": ("linear", {"beta": 0.0}),
    "admixture-1": ("admixture", {"n_env": 10, "p": 20, "n_populations": 5, "fst": 0.1}),
    "admixture-2": ("admixture", {"n_env": 20, "p": 30, "n_populations": 4, "fst": 0.1}),
    "admixture-3": ("admixture", {"n_env": 5, "p": 100, "n_populations": 4, "fst": 0.12}),
    "bad-optimum": ("diffeomorphic", {}),
    "confounded-z-negative-control": ("confounded-z", {}),
}
#: Parts of accuracy.py that draw on the reference data.
REFERENCE = {"kg1": "kg1-resampled", "kg1-14": "kg1-resampled-14"}
SCENARIOS = (
    "linear",
    "polynomial",
    "diffeomorphic",
    "piecewise",
    "partial",
    "null",
    "linear-null",
    "weak",
    "admixture-1",
    "admixture-2",
    "admixture-3",
    "kg1",
    "kg1-14",
    "same-environments",
    "too-large-k",
    "bad-optimum",
    "confounded-z",
    "confounded-z-negative-control",
)
#: Reported apart, because genotypes and environments cannot reveal them.
APART = ("confounded-z", "confounded-z-negative-control")
#: Fixed numbers of instruments; in other scenarios the data determine the number.
GIVEN = {"partial": 2, "too-large-k": 4, "bad-optimum": 3}
#: Mixed linearly for the linear learner.
LINEAR_TOO = ("same-environments", "weak", "confounded-z", "confounded-z-negative-control")
#: Scenarios whose assumptions hold, for each learner.
HOLD = {
    "linear": ("linear", "linear-null", "admixture-1", "admixture-2", "admixture-3", "kg1"),
    "flow": (
        "linear",
        "polynomial",
        "diffeomorphic",
        "piecewise",
        "partial",
        "null",
        "admixture-1",
        "admixture-2",
        "admixture-3",
        "kg1",
    ),
}
SEEDS = {"linear": 100, "flow": 10}
TWENTY = ("too-large-k", "bad-optimum", "same-environments")


def drawn(scenario: str, learner: str, seed: int, shared: str = "") -> Simulated:
    """One draw; with a negative-control outcome if the scenario asks for one."""
    if scenario in REFERENCE:
        dataset, ancestry = kg1(REFERENCE[scenario], seed, shared)
        return Simulated(dataset, Truth(0.5, np.zeros((dataset.n, 0)), ancestry))
    name, options = NAMED.get(scenario, (scenario, {}))
    # departures from the base design are judged by a learner whose other assumptions hold
    if learner == "linear" and scenario in LINEAR_TOO:
        options = options | {"mixing": "linear"}
    found = draw(name, seed=seed, **options)
    if scenario != "confounded-z-negative-control":
        return found
    data = found.dataset
    # the outcome without the exposure is the confounder and noise; the negative control shares a part of it
    shared = data.y - found.truth.beta * data.X[:, 0]
    noise = np.random.default_rng([seed, 2]).normal(size=data.n) * shared.std()
    return replace(found, dataset=replace(data, N=(shared + noise)[:, None], negative_control_names=("control",)))


def learn(scenario: str, learner: str, seed: int) -> lm.Learner:
    k = GIVEN.get(scenario, "auto")
    if learner == "linear":
        return lm.LinearLearner(k=k, seed=seed)
    few = {"steps": 10, "starts": 1} if scenario == "bad-optimum" else {}
    return lm.FlowLearner(k=k, seed=seed, jobs=1, **few)


def one(scenario: str, learner: str, seed: int, shared: str) -> dict[str, object]:
    """Return estimate, diagnosis and verdict of one run."""
    with threadpool_limits(1):
        data = drawn(scenario, learner, seed, shared)
        began = perf_counter()
        row: dict[str, object] = {"scenario": scenario, "learner": learner, "seed": seed}
        try:
            result = _analysed(scenario, learner, seed, data)
        except ValueError as error:  # nothing is stationary: the learner says so, and there is no estimate
            return row | {"refused": str(error), "seconds": perf_counter() - began}
        return row | outcome(data, result) | {"seconds": perf_counter() - began}


def _analysed(scenario: str, learner: str, seed: int, data: Simulated) -> lm.Analysis:
    if scenario != "bad-optimum" or learner == "linear":
        return lm.analyse(data.dataset, learn(scenario, learner, seed))
    make = FlowRecipe.__call__
    # a random rotation in the place of the linear solution
    with patch.object(FlowRecipe, "__call__", lambda self, index, batches: make(self, 1, batches)):
        return lm.analyse(data.dataset, learn(scenario, learner, seed))


def outcome(data: Simulated, result: lm.Analysis) -> dict[str, object]:
    """Return what is recorded of a run."""
    e = result.primary
    naive = next(x for x in result.estimates if (x.method, x.instruments, x.adjustment) == ("2SLS", "G", "none"))
    return {
        "k": e.k if result.representation.form == "factor" else result.representation.k,
        "n_factors": result.representation.history.n_factors,
        "error": e.beta - data.truth.beta,
        "se": e.se,
        "naive": naive.beta - data.truth.beta,
        "verdict": result.verdict.level,
        "reasons": list(result.verdict.reasons),
        "tests": {
            t.name: {"verdict": t.verdict, "p": t.p_value, "effect": t.effect, "statistic": t.statistic}
            for t in result.tests
        },
    }


def is_bad(row: dict) -> bool:
    return abs(row["error"]) > 3 * row["se"] and abs(row["error"]) > 0.1 * abs(row["naive"])


def is_good(row: dict) -> bool:
    return abs(row["error"]) < 2 * row["se"]


def report(rows: list[dict]) -> None:
    print(
        "| scenario | learner | runs | credible | caution | not identified | refused | bad | bad and credible | good |"
        " good and credible |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for learner in SEEDS:
        for scenario in SCENARIOS:
            part = [row for row in rows if (row["scenario"], row["learner"]) == (scenario, learner)]
            if part:
                print(f"| {scenario} | {learner} | {len(part)} | {' | '.join(_counts(part))} |")
    for learner in SEEDS:
        counted = [row for row in rows if row["learner"] == learner and row["scenario"] not in APART]
        judged = [row for row in counted if "refused" not in row]
        bad = [row for row in judged if is_bad(row)]
        held = [row for row in judged if row["scenario"] in HOLD[learner] and is_good(row)]
        print(
            f"\n{learner}: of {len(bad)} bad runs {_share(bad, lambda r: r['verdict'] != 'credible')} are not credible;"
            f" of {len(held)} good runs on scenarios whose assumptions hold {_share(held, _credible)} are credible"
        )
    report_reasons(rows)


def report_reasons(rows: list[dict]) -> None:
    """Which test flags a run, among good runs of scenarios whose assumptions hold and on bad runs."""
    print("\n| test | learner | good runs flagged | bad runs flagged |")
    print("|---|---|---|---|")
    for learner in SEEDS:
        judged = [r for r in rows if r["learner"] == learner and r["scenario"] not in APART and "refused" not in r]
        good = [r for r in judged if r["scenario"] in HOLD[learner] and is_good(r)]
        bad = [r for r in judged if is_bad(r)]
        for name in dict.fromkeys(name for r in judged for name in r["tests"]):
            shares = [
                _share(part, lambda r, name=name: r["tests"].get(name, {}).get("verdict") in ("warn", "fail"))
                for part in (good, bad)
            ]
            print(f"| {name} | {learner} | {shares[0]} | {shares[1]} |")


def _counts(part: list[dict]) -> list[str]:
    ran = [row for row in part if "refused" not in row]
    levels = [sum(row["verdict"] == level for row in ran) for level in ("credible", "caution", "not identified")]
    bad, good = [row for row in ran if is_bad(row)], [row for row in ran if is_good(row)]
    last = [len(bad), sum(map(_credible, bad)), len(good), sum(map(_credible, good))]
    return [str(value) for value in (*levels, len(part) - len(ran), *last)]


def _credible(row: dict) -> bool:
    return bool(row["verdict"] == "credible")


def _share(rows: list[dict], passes: Callable[[dict], bool]) -> str:
    return f"{np.mean([passes(row) for row in rows]):.0%}" if rows else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=[], help=f"any of {', '.join(SCENARIOS)}")
    parser.add_argument("--learners", default="linear,flow")
    parser.add_argument("--seeds", type=int, help="100 of the linear learner, 10 of the flow (20 where all must fail)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("verdict.jsonl"))
    parser.add_argument("--shared", default="../shared")
    options = parser.parse_args()
    scenarios = options.scenarios or list(SCENARIOS)
    if not (Path(options.shared) / "data" / "kg1_thin14k").is_dir():
        print(f"kg1 and kg1-14 are skipped: {options.shared} has no reference data")
        scenarios = [scenario for scenario in scenarios if scenario not in REFERENCE]
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["scenario"], row["learner"], row["seed"]) for row in done}
    jobs = [
        (scenario, learner, seed)
        for learner in options.learners.split(",")
        for scenario in scenarios
        for seed in range(options.seeds or (20 if learner == "flow" and scenario in TWENTY else SEEDS[learner]))
        if scenario != "bad-optimum" or learner == "flow"
    ]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        for future in as_completed([pool.submit(one, *job, options.shared) for job in jobs if job not in known]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    report([row for row in done if row["scenario"] in scenarios])


if __name__ == "__main__":
    main()
