"""Check by simulation that 95 % sets cover 95 %, with weak and strong instruments.

Usage: python validation/size.py [--replications 10000] [--jobs 2] [--out validation/size.md]

The design has 1,000 individuals, 5 instruments, and one exposure whose errors correlate .9 with the outcome's. Errors
are homoskedastic, heteroskedastic (their spread grows with the first instrument), or clustered (200 clusters of 5 that
share half of the variance of instruments and errors). Strength is the concentration parameter over the number of
instruments, that is, the expected effective F less one. Every replication tests the true effect with the package's own
functions; robust covariances impose the null hypothesis. The same seeds give the same numbers.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from latentmr.iv import anderson_rubin_test, conditional_likelihood_ratio_test, problem, solve, spreads
from latentmr.iv.weak.kleibergen import kleibergen_test, robust_conditional_likelihood_ratio_test
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_test

N, K, RHO, ALPHA = 1000, 5, 0.9, 0.05
ERRORS = ("homoskedastic", "heteroskedastic", "clustered")
STRENGTHS = (0.0, 2.0, 10.0, 100.0)
COLUMNS = {
    "AR": "AR, homoskedastic",
    "CLR": "CLR, homoskedastic",
    "robust AR": "AR, robust",
    "robust K": "K, robust",
    "robust CLR": "CLR, robust",
    "2SLS": "Wald, 2SLS",
    "LIML": "Wald, LIML",
    "F": "mean effective F",
}


def draw(
    errors: str, strength: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw instruments, exposure, outcome and clusters; the true effect is zero."""
    cluster = np.repeat(np.arange(N // 5), 5)

    def shared(*shape: int) -> np.ndarray:
        own = rng.normal(size=(N, *shape))
        return np.sqrt(0.5) * (own + rng.normal(size=(N // 5, *shape))[cluster]) if errors == "clustered" else own

    Z = shared(K)
    v, w = shared(), shared()
    u = RHO * v + np.sqrt(1 - RHO**2) * w
    spread, noise = np.ones(N), 1.0
    if errors == "heteroskedastic":
        spread, noise = np.sqrt(0.5 + 0.5 * Z[:, 0] ** 2), (2.0 + K - 1) / K
    if errors == "clustered":
        noise = 1 + 4 * 0.5 * 0.5
    pi = np.full(K, np.sqrt(strength * noise / N))
    return Z, Z @ pi + spread * v, spread * u, cluster


def cell(errors: str, strength: float, replications: int) -> dict[str, object]:
    """Return the share of replications in which the true effect is not rejected."""
    seed = [ERRORS.index(errors), STRENGTHS.index(strength)]
    with threadpool_limits(1):
        table = np.array([list(once(errors, strength, np.random.default_rng([*seed, r]))) for r in range(replications)])
    return {"errors": errors, "strength": strength} | dict(zip(COLUMNS, table.mean(axis=0), strict=True))


def once(errors: str, strength: float, rng: np.random.Generator) -> Iterator[float]:
    Z, x, y, cluster = draw(errors, strength, rng)
    posed = problem(Z, x, y, method="2SLS", cluster=cluster if errors == "clustered" else None)
    fit, reduced = posed.fit, posed.reduced
    yield anderson_rubin_test(fit, 0.0).p_value > ALPHA
    yield conditional_likelihood_ratio_test(fit, 0.0).p_value > ALPHA
    for test in (robust_anderson_rubin_test, kleibergen_test, robust_conditional_likelihood_ratio_test):
        yield test(reduced, 0.0).p_value > ALPHA
    yield covers(fit.beta[0], posed.spread.covariance[0, 0])
    other = posed.by("LIML")
    liml = solve(other.model, posed.moments)
    yield covers(
        liml.beta[0], spreads([liml], posed.moments, posed.blocks, posed.se_type, posed.cluster)[0].covariance[0, 0]
    )
    yield float(fit.within[0, 0] / np.trace(reduced.first[0, 0]))


def covers(beta: float, variance: float) -> bool:
    return bool(abs(beta) <= norm.isf(ALPHA / 2) * np.sqrt(variance))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("size.md"))
    options = parser.parse_args()
    cells = [(errors, strength) for errors in ERRORS for strength in STRENGTHS]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(partial(cell, replications=options.replications), *zip(*cells, strict=True)))
    error = np.sqrt(ALPHA * (1 - ALPHA) / options.replications)
    lines = [
        "# Coverage of 95 % sets and intervals",
        "",
        f"Share of {options.replications:,} replications in which the true effect is not rejected; Monte Carlo error"
        f" {error:.4f} near .95.",
        "Made by `python validation/size.py`, whose heading describes the design. *Robust* is HC1, clustered in the"
        " last four rows, and so are the errors of Wald intervals.",
        "",
        "| errors | strength | " + " | ".join(COLUMNS.values()) + " |",
        "|---|---|" + "---|" * len(COLUMNS),
    ]
    for row in rows:
        shares = " | ".join(f"{row[name]:.3f}" if name != "F" else f"{row[name]:.1f}" for name in COLUMNS)
        lines.append(f"| {row['errors']} | {row['strength']:g} | {shares} |")
    options.out.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
