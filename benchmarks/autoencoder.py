"""Measure the autoencoder on the continuous scenarios: headline table, ablations, and ways to set the penalties.

Usage: python benchmarks/autoencoder.py [PART ...] [--seeds N] [--jobs 2] [--rows autoencoder.jsonl].

The part headline uses linear, polynomial, diffeomorphic, and partial (two instruments of three exogenous latents), with
20 seeds. The part ablation leaves out each part of the objective on diffeomorphic, with 20 seeds. The part penalties
uses other ways to set the weights, and another estimator of entropy, with 5 seeds. Every finished run is a line of
``--rows``, so that an interrupted benchmark resumes; tables use all lines. The same seeds give the same numbers.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from threadpoolctl import threadpool_limits

import latentmr as lm
from latentmr.benchmark import leak, recovery
from latentmr.learn.autoencoder.fit import FEATURES, learn_autoencoder
from latentmr.learn.autoencoder.losses import PARTS, Objective
from latentmr.learn.autoencoder.settings import WEIGHTS
from latentmr.simulate import diffeomorphic, linear, polynomial

# the exact kernels are those with which the tests compare the fast ones
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "dependence"))
from exact_kernels import kozachenko_leonenko

SCENARIOS = {"linear": linear, "polynomial": polynomial, "diffeomorphic": diffeomorphic, "partial": diffeomorphic}
#: Bounds of the median leak; at least nine seeds in ten must also meet them.
LEAKS = {"linear": 0.01, "polynomial": 0.02, "diffeomorphic": 0.04, "partial": 0.04}
PENALTIES = [name for name in PARTS if name != "reconstruction"]


@dataclass
class Multipliers:
    """An augmented Lagrangian: the multiplier of each penalty grows with it, step by step."""

    growth: float = 5.0
    values: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PENALTIES, 0.0))

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        parts = Objective((1, 1, 1, 1), FEATURES)(network, batch, generator)
        for name in PENALTIES:
            self.values[name] = max(0.0, self.values[name] + self.growth * float(parts[name].detach()))
        terms = [(self.values[name] + self.growth / 2 * parts[name].detach()) * parts[name] for name in PENALTIES]
        return parts | {"total": parts["reconstruction"] + sum(terms)}


@dataclass
class Uncertainty:
    """Weights by the size of each part (Kendall et al., 2018): log-variances learned beside the network."""

    rate: float = 3e-3
    values: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        parts = Objective((1, 1, 1, 1), FEATURES)(network, batch, generator)
        total = sum(np.exp(-self.values[name]) * parts[name] for name in PARTS)
        for name in PARTS:
            self.values[name] -= self.rate * (1 - np.exp(-self.values[name]) * float(parts[name].detach()))
        return parts | {"total": total}


@dataclass
class Rising:
    """Weights that rise from a tenth of the default ones to ten times them."""

    steps: int = 2000
    step: int = 0

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        factor = 10 ** (2 * min(self.step / self.steps, 1) - 1)
        self.step += 1
        weights = [WEIGHTS[name] * (factor if name in PENALTIES else 1) for name in PARTS]
        return Objective(tuple(weights), FEATURES)(network, batch, generator)


@dataclass
class NearestNeighbours:
    """Entropy from nearest-neighbour distances in place of the distance to the uniform distribution.

    Only every fourth individual is used, because the cost is quadratic.
    """

    weight: float

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        weights = [0.0 if name == "entropy" else WEIGHTS[name] for name in PARTS]
        parts = Objective(tuple(weights), FEATURES)(network, batch, generator)
        entropy = kozachenko_leonenko(network.encode(batch.inputs)[0][::4])
        return parts | {"total": parts["total"] - self.weight * entropy}


def scaled(factor: float) -> dict[str, float]:
    return {name: factor * WEIGHTS[name] for name in PENALTIES}


#: Options of the learner, or the function that makes a criterion, for each variant.
VARIANTS = {
    "all parts": {},
    **{f"without {name}": {"weights": {name: 0.0}} for name in reversed(PARTS)},
    "penalties x 0.1": {"weights": scaled(0.1)},
    "penalties x 10": {"weights": scaled(10)},
    "augmented Lagrangian": {"criterion": Multipliers},
    "uncertainty weighting": {"criterion": Uncertainty},
    "rising weights": {"criterion": Rising},
    "nearest-neighbour entropy, weight 0.01": {"criterion": partial(NearestNeighbours, 0.01)},
    "nearest-neighbour entropy, weight 0.1": {"criterion": partial(NearestNeighbours, 0.1)},
}
ABLATION = [name for name in VARIANTS if name.startswith(("all", "without"))]
TABLES = {
    "headline": ([(scenario, "all parts") for scenario in SCENARIOS], 20),
    "ablation": ([("diffeomorphic", name) for name in ABLATION], 20),
    "penalties": ([("diffeomorphic", name) for name in VARIANTS if name not in ABLATION[1:]], 5),
}


def one(scenario: str, variant: str, seed: int) -> dict[str, object]:
    """Return identification and estimate for one data set."""
    options = dict(VARIANTS[variant])
    criterion = options.pop("criterion", None)
    with threadpool_limits(1):
        drawn = SCENARIOS[scenario](seed=seed)
        data, truth = drawn.dataset, drawn.truth
        learner = lm.AutoencoderLearner(k=2 if scenario == "partial" else 3, seed=seed, jobs=1, **options)
        began = perf_counter()
        model = learn_autoencoder(learner, data, None, criterion() if criterion else None)
        seconds = perf_counter() - began
        result = lm.analyse(data, model)
        Z = model.encode(data.G)
        oracle = lm.tsls(truth.Z, data.X, data.y, se="homoskedastic")
        nonlinear = scenario != "linear"
        e = result.primary
        return {
            "scenario": scenario,
            "variant": variant,
            "seed": seed,
            "r2": recovery(truth.Z, Z, nonlinear=nonlinear),
            "leak": leak(truth.V, Z, truth.Z, nonlinear=nonlinear),
            "error": (e.beta - truth.beta) / oracle.se,
            "oracle_error": (oracle.beta - truth.beta) / oracle.se,
            "se_ratio": e.se / oracle.se,
            "covered": bool(e.ci_low <= truth.beta <= e.ci_high),
            "covered_clr": bool(truth.beta in e.ci_clr),
            "f_statistic": e.f_statistic,
            "verdict": result.verdict.level,
            "start": min(model.history.training.starts, key=lambda row: row.objective or np.inf).start,
            "refined": model.history.refined,
            "seconds": seconds,
        }


def report(table: str, rows: list[dict]) -> None:
    pairs, seeds = TABLES[table]
    print(f"\n## {table}\n")
    print(
        "| scenario | variant | seeds | median R2 | median leak | seeds within the leak's bound | median error | RMSE"
        " | RMSE of the oracle | Wald, CLR cover | median F | median s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for scenario, variant in pairs:
        part = [row for row in rows if (row["scenario"], row["variant"]) == (scenario, variant)]
        if not part:
            continue
        column = {name: np.array([row[name] for row in part]) for name in part[0]}
        errors = np.abs(column["error"])
        print(
            f"| {scenario} | {variant} | {len(part)} |"
            f" {np.median(column['r2']):.3f} | {np.median(column['leak']):.3f} |"
            f" {np.mean(column['leak'] <= LEAKS[scenario]):.0%} | {np.median(errors):.2f} |"
            f" {np.sqrt(np.mean(errors**2)):.2f} | {np.sqrt(np.mean(column['oracle_error'] ** 2)):.2f} |"
            f" {np.mean(column['covered']):.2f}, {np.mean(column['covered_clr']):.2f} |"
            f" {np.median(column['f_statistic']):.0f} | {np.median(column['seconds']):.0f} |"
        )
    print(f"\nErrors in standard errors of the oracle; {seeds} seeds asked.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help=f"any of {', '.join(TABLES)}")
    parser.add_argument("--seeds", type=int, help="seeds 0 to N - 1 instead of the default number")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("autoencoder.jsonl"))
    options = parser.parse_args()
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["scenario"], row["variant"], row["seed"]) for row in done}
    parts = options.parts or list(TABLES)
    wanted: list[tuple[str, str, int]] = []
    for part in parts:
        pairs, seeds = TABLES[part]
        for seed in range(options.seeds or seeds):
            new = [(*pair, seed) for pair in pairs if (*pair, seed) not in known]
            wanted += new
            known |= set(new)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        for future in as_completed([pool.submit(one, *job) for job in wanted]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    for part in parts:
        report(part, [row for row in done if row["seed"] < (options.seeds or TABLES[part][1])])


if __name__ == "__main__":
    main()
