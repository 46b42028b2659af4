"""Accuracy of the linear learner's primary estimate against known truths and against its rivals.

Usage: python benchmarks/accuracy.py [PART ...] [--seeds N] [--jobs 2] [--shared ../shared]

Parts: demo, linear, regime1, regime2, regime3, and those whose names begin with kg1, which need the reference data.
Each part prints a table of root mean squared errors, ratios to the reference with bootstrap Monte Carlo errors,
coverage, and how often k or the number of factors was right. The same seeds give the same numbers.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from bed_reader import open_bed
from threadpoolctl import threadpool_limits

import latentmr as lm
from latentmr.benchmark import leak, recovery
from latentmr.simulate import admixture, linear, phenotypes_by_ancestry

SEEDS = {
    "demo": 20,
    "linear": 200,
    "regime1": 200,
    "regime2": 200,
    "regime3": 200,
    "kg1-resampled": 50,
    "kg1-people": 50,
    "kg1-resampled-14": 50,
    "kg1-people-14": 50,
    "kg1-people-aux": 50,
}
REGIMES = {
    "demo": {},
    "regime1": {"n_env": 10, "p": 20, "n_populations": 5, "fst": 0.10},
    "regime2": {"n_env": 20, "p": 30, "n_populations": 4, "fst": 0.10},
    "regime3": {"n_env": 5, "p": 100, "n_populations": 4, "fst": 0.12},
}


def one(part: str, seed: int, shared: str) -> dict[str, float]:
    """Return all estimates of one data set by name, and the number of instruments or factors found."""
    with threadpool_limits(1):
        if part == "linear":
            return one_linear(seed)
        if part in REGIMES:
            drawn = admixture(seed=seed, **REGIMES[part])
            return one_counts(drawn.dataset, drawn.truth.V, drawn.truth.beta)
        dataset, ancestry = kg1(part, seed, shared)
        return one_counts(dataset, ancestry, 0.5)


def one_linear(seed: int) -> dict[str, float]:
    drawn = linear(seed=seed)
    data, truth = drawn.dataset, drawn.truth
    out = {"truth": truth.beta, "reference": lm.tsls(truth.Z, data.X, data.y, se="homoskedastic").beta}
    for label, k in (("", "auto"), (", k = 3", 3)):
        result = lm.analyse(data, lm.LinearLearner(k=k), bootstrap=0, diagnosis=0)
        out |= rows(result, label)
        Z = result.representation.encode(data.G)
        out[f"R2{label}"] = recovery(truth.Z, Z, nonlinear=False)
        out[f"leak{label}"] = leak(truth.V, Z, truth.Z, nonlinear=False)
    out["found"] = float(lm.LinearLearner().fit(data).k)
    out["right"] = 3.0
    return out


def one_counts(data: lm.Dataset, ancestry: np.ndarray, beta: float) -> dict[str, float]:
    result = lm.analyse(data, "linear", bootstrap=0, diagnosis=0)  # coverage.py accounts for the encoder
    G = data.G.astype(float)
    unit = (G - G.mean(axis=0)) / G.std(axis=0)
    pcs = unit @ np.linalg.eigh(unit.T @ unit)[1][:, ::-1][:, :10]
    reference = lm.liml(G, data.X, data.y, ancestry[:, 1:])
    out = {"truth": beta, "reference": reference.beta} | rows(result, "")
    out["LIML, 10 PCs"] = lm.liml(G, data.X, data.y, pcs).beta
    out["found"] = float(result.representation.history.n_factors)
    out["right"] = float(ancestry.shape[1] - 1)
    return out


def rows(result: lm.Analysis, label: str) -> dict[str, float]:
    out = {}
    for e in result.estimates:
        name = "primary" if e.primary else f"{e.method} on {e.instruments}, {e.adjustment}"
        out[name + label] = e.beta
    primary, beta = result.primary, 1.0 if result.dataset.kind == "continuous" else 0.5
    out[f"covered{label}"] = float(primary.ci_low <= beta <= primary.ci_high)
    out[f"AR covered{label}"] = float(beta in primary.ci_ar)
    out[f"z{label}"] = (primary.beta - beta) / primary.se
    return out


def kg1(part: str, seed: int, shared: str) -> tuple[lm.Dataset, np.ndarray]:
    """100 variants of 1000 Genomes: individuals drawn from the populations' frequencies, or the 1,092 individuals.

    Five sites are different mixtures of the populations, Dirichlet(1): the four super-populations, or all fourteen
    in the parts that end in 14.
    """
    folder = Path(shared) / "data" / "kg1_thin14k"
    column = "population" if part.endswith("14") else "super_population"
    labels = pd.read_csv(folder / "samples.tsv", sep="\t", keep_default_na=False)[column]
    populations, codes = np.unique(labels, return_inverse=True)
    rng = np.random.default_rng(seed)
    with open_bed(folder / "kg1_thin14k.bed") as bed:
        chosen = np.sort(rng.choice(bed.sid_count, 100, replace=False))
        people = bed.read(index=np.s_[:, chosen], dtype="int8")
        others = np.setdiff1d(np.arange(0, bed.sid_count, 4), chosen)
        aux = components(bed.read(index=np.s_[:, others], dtype="float64")) if part.endswith("aux") else None
    mixtures = rng.dirichlet(np.ones(len(populations)), 5)
    if part.startswith("kg1-resampled"):
        env = np.repeat(np.arange(5), 4000)
        codes = np.concatenate([rng.choice(len(populations), 4000, p=mixture) for mixture in mixtures])
        frequencies = np.array([people[labels == name].mean(axis=0) / 2 for name in populations])
        G = rng.binomial(2, frequencies[codes])
    else:
        weights = mixtures[:, codes] / mixtures[:, codes].sum(axis=0)
        env = np.array([rng.choice(5, p=weights[:, i]) for i in range(len(codes))])
        G = people
    ancestry = np.eye(len(populations))[codes]
    x, y = phenotypes_by_ancestry(G.astype(float), ancestry, 0.5, rng)
    return lm.Dataset.from_arrays(G, env, x, y, A=aux), ancestry


def components(G: np.ndarray) -> np.ndarray:
    """Return eight principal components of individuals, each with about unit variance."""
    unit = (G - G.mean(axis=0)) / G.std(axis=0)
    return np.linalg.eigh(unit @ unit.T)[1][:, ::-1][:, :8] * np.sqrt(len(G))


def report(part: str, draws: list[dict[str, float]]) -> None:
    table = pd.DataFrame(draws)
    print(f"\n## {part}: {len(table)} seeds, true effect {table['truth'].iloc[0]:g}\n")
    print("| estimate | bias | RMSE | median abs. error | RMSE / reference (MC se) | RMSE / primary (MC se) |")
    print("|---|---|---|---|---|---|")
    errors = table.drop(columns="truth").sub(table["truth"], axis=0)
    plain = {"found", "right"} | {c for c in errors if c.startswith(("R2", "leak", "covered", "AR covered", "z"))}
    for name in [column for column in errors if column not in plain]:
        e = errors[name]
        print(
            f"| {name} | {e.mean():.4f} | {rmse(e):.4f} | {e.abs().median():.4f} |"
            f" {ratio(e, errors['reference'])} | {ratio(e, errors['primary'])} |"
        )
    for name in sorted(plain - {"found", "right"}):
        print(f"- {name}: median {table[name].median():.4f}, mean {table[name].mean():.4f}")
    found = Counter(table["found"].astype(int))
    right = (table["found"] == table["right"]).mean()
    print(f"- found (k or factors): {dict(sorted(found.items()))}; right in {100 * right:.0f} %")
    if part == "demo":
        print(table[["2SLS on G, none", "primary", "z"]].round(3).to_string())
    sys.stdout.flush()


def rmse(errors: np.ndarray | pd.Series) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def ratio(a: pd.Series, b: pd.Series) -> str:
    """Return the ratio of RMSEs on the same seeds, with the paired bootstrap's standard error."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(a), len(a)) for _ in range(500)]
    spread = np.std([rmse(a.to_numpy()[i]) / rmse(b.to_numpy()[i]) for i in draws])
    return f"{rmse(a) / rmse(b):.3f} ({spread:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help=f"any of {', '.join(SEEDS)}")
    parser.add_argument("--seeds", type=int, help="seeds 0 to N - 1 instead of the default number")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shared", default="../shared")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for part in options.parts or list(SEEDS):
            if part.startswith("kg1") and not (Path(options.shared) / "data" / "kg1_thin14k").is_dir():
                print(f"\n## {part}: skipped, no reference data in {options.shared}")
                continue
            seeds = range(options.seeds or SEEDS[part])
            report(part, list(pool.map(partial(one, part, shared=options.shared), seeds)))


if __name__ == "__main__":
    main()
