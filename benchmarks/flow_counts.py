"""Compare the flow on allele counts with the linear factor form, also with principal components as features.

Usage: python benchmarks/flow_counts.py [REGIME ...] [--seeds 10] [--jobs 2] [--rows flow_counts.jsonl]

Regimes: regime1, regime2, regime3 (admixture with 20, 30 and 100 variants). Each data set is analysed by both learners,
without auxiliary features and with eight principal components of 3,000 further variants. It is also analysed by LIML on
all variants, adjusted for those components. Every finished seed is a line of ``--rows``, so that an interrupted run
resumes. The same seeds give the same numbers.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

import latentmr as lm
from latentmr.simulate import admixture

REGIMES = {
    "regime1": {"n_env": 10, "p": 20, "n_populations": 5, "fst": 0.10},
    "regime2": {"n_env": 20, "p": 30, "n_populations": 4, "fst": 0.10},
    "regime3": {"n_env": 5, "p": 100, "n_populations": 4, "fst": 0.12},
}
LEARNERS = {"linear": lm.LinearLearner, "flow": partial(lm.FlowLearner, jobs=1)}
FURTHER = 3000
COMPONENTS = 8
#: Pairs of methods to compare.
PAIRS = (("flow", "linear"), ("flow, aux", "linear, aux"), ("flow, aux", "LIML on G, aux"))


def one(regime: str, seed: int) -> dict[str, object]:
    """Return errors, standard errors and coverage for one data set."""
    with threadpool_limits(1):
        drawn = admixture(seed=seed, **REGIMES[regime])
        data, beta = drawn.dataset, drawn.truth.beta
        aux = components(drawn.truth.V, REGIMES[regime]["fst"], seed)
        out: dict[str, object] = {"regime": regime, "seed": seed}
        for label, given in (("", data), (", aux", replace(data, A=aux, aux_names=names()))):
            for name, kind in LEARNERS.items():
                model = kind(seed=seed).fit(given)
                e = lm.analyse(given, model).primary
                out[name + label] = [e.beta - beta, e.se, float(e.ci_low <= beta <= e.ci_high), float(beta in e.ci_clr)]
                if name == "flow":
                    out["taken" + label] = bool(model.history.flow.taken)
        adjusted = lm.liml(data.G.astype(float), data.X, data.y, aux)
        inside = float(adjusted.ci_low <= beta <= adjusted.ci_high)
        out["LIML on G, aux"] = [adjusted.beta - beta, adjusted.se, inside, float("nan")]
        return out


def components(ancestry: NDArray[np.float64], fst: float, seed: int) -> NDArray[np.float64]:
    """Return components of further variants of the same individuals.

    The frequencies of each population follow Balding and Nichols (1995).
    """
    rng = np.random.default_rng([seed, 88])
    ancestral = rng.uniform(0.1, 0.9, FURTHER)
    shape = (1 - fst) / fst
    f = rng.beta(ancestral * shape, (1 - ancestral) * shape, (ancestry.shape[1], FURTHER))
    G = rng.binomial(2, np.clip(ancestry @ f, 0, 1)).astype(np.float32)
    G = G[:, G.std(axis=0) > 0]
    left, sizes, _ = randomized_svd((G - G.mean(axis=0)) / G.std(axis=0), COMPONENTS, random_state=seed)
    return np.asarray(left * np.sqrt(len(G)), dtype=np.float64)


def names() -> tuple[str, ...]:
    return tuple(f"pc{j + 1}" for j in range(COMPONENTS))


def report(rows: list[dict]) -> None:
    methods = ("linear", "flow", "linear, aux", "flow, aux", "LIML on G, aux")
    print("| regime | method | seeds | bias | RMSE | median abs. error | median se | Wald, CLR |")
    print("|---|---|---|---|---|---|---|---|")
    for regime in REGIMES:
        part = [row for row in rows if row["regime"] == regime]
        for name in methods if part else ():
            error, se, wald, clr = np.array([row[name] for row in part]).T
            print(
                f"| {regime} | {name} | {len(part)} | {error.mean():.4f} | {np.sqrt(np.mean(error**2)):.4f} |"
                f" {np.median(np.abs(error)):.4f} | {np.median(se):.4f} | {wald.mean():.2f}, {clr.mean():.2f} |"
            )
    print("\n| regime | comparison | mean difference of squared errors, in units of the second's | Monte Carlo error |")
    print("|---|---|---|---|")
    for regime in REGIMES:
        part = [row for row in rows if row["regime"] == regime]
        for first, second in PAIRS if part else ():
            squares = np.array([[row[first][0] ** 2, row[second][0] ** 2] for row in part])
            difference = (squares[:, 0] - squares[:, 1]) / squares[:, 1].mean()
            error = difference.std(ddof=1) / np.sqrt(len(part))
            print(f"| {regime} | {first} against {second} | {difference.mean():.3f} | {error:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("regimes", nargs="*", default=[], help=f"any of {', '.join(REGIMES)}")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=Path("flow_counts.jsonl"))
    options = parser.parse_args()
    done = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.is_file() else []
    known = {(row["regime"], row["seed"]) for row in done}
    jobs = [(regime, seed) for seed in range(options.seeds) for regime in options.regimes or REGIMES]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool, options.rows.open("a") as file:
        for future in as_completed([pool.submit(one, *job) for job in jobs if job not in known]):
            done.append(future.result())
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    report([row for row in done if row["seed"] < options.seeds])


if __name__ == "__main__":
    main()
