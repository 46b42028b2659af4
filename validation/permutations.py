"""Check the size of the permutation tests, and the area under the curve if there is no difference.

Usage: python validation/permutations.py [--sets 10000] [--people 400] [--permutations 199] [--jobs 2].

Every data set is drawn under the null hypothesis, in four environments of unequal size. The instruments have one
distribution (uniform, skewed or heavy-tailed) in all environments. The mean and spread of the residual latents depend
on the environment. In every other set, clusters of four individuals share a part of both. With 199 permutations, the
p-value of an exact test at 5 % is a multiple of 1 / 200. The output is the share of p-values up to 5 %, which should be
4.4 to 5.6 %, and the mean area.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.diagnose import HeldOut, independence, invariance

SHARES = (0.4, 0.3, 0.2, 0.1)
NAMES = ("a", "b", "c", "d")


def one(seed: int, people: int, permutations: int) -> tuple[bool, float, float, float, float]:
    """Return whether the set is clustered, three p-values and the area.

    The p-values are those of invariance, of the most different pair and of independence.
    """
    rng = np.random.default_rng(seed)
    clustered = bool(seed % 2)
    size = 4 if clustered else 1
    units = np.repeat(np.arange(people // size), size)
    env = np.repeat(rng.choice(4, people // size, p=SHARES), size)
    k, r = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    drawn = (rng.random, rng.exponential, partial(rng.standard_t, 4))[seed % 3]
    Z = drawn(size=(people, k)) + clustered * np.repeat(rng.normal(size=(people // size, k)), size, axis=0)
    spread, shift = np.exp(rng.normal(size=(4, r)) / 2), rng.normal(size=(4, r))
    V = shift[env] + spread[env] * rng.normal(size=(people, r))
    V += clustered * np.repeat(rng.normal(size=(people // size, r)), size, axis=0)
    none = np.zeros((people, 0))
    with threadpool_limits(1):
        held_out = HeldOut(Z, V, none, none, env, NAMES, units)
        (laws, pairs), _ = invariance(held_out, permutations, seed)
        dependent = independence(held_out, permutations, seed)[0]
    return clustered, float(laws.p_value), float(pairs.p_value), float(dependent.p_value), float(laws.effect)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--permutations", type=int, default=199)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    job = partial(one, people=options.people, permutations=options.permutations)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(job, range(options.sets), chunksize=50))
    found = np.array(rows)
    print("| individuals | data sets | invariance | most different pair | independence | mean area |")
    print("|---|---|---|---|---|---|")
    for name, chosen in (
        ("independent", found[:, 0] == 0),
        ("in clusters of four", found[:, 0] == 1),
        ("all", found[:, 0] >= 0),
    ):
        part = found[chosen]
        sizes = " | ".join(f"{100 * np.mean(part[:, j] <= 0.05 + 1e-9):.2f} %" for j in (1, 2, 3))
        print(f"| {name} | {len(part)} | {sizes} | {part[:, 4].mean():.4f} |")


if __name__ == "__main__":
    main()
