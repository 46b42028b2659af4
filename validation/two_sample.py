"""Check by simulation the size and coverage of two-sample methods whose assumptions hold.

Usage: python validation/two_sample.py [--replications 500] [--jobs 2] [--out validation/two_sample.md]

The data have 50 variants, whose effects on the exposure come from a normal distribution of standard deviation .08
(weak: .03). Errors of both associations are .01 (mean F about 65 and 10). The scenarios are:

- valid: no violation. The true effect is 0 (size) or 0.3 (coverage).
- balanced: every variant has a pleiotropic effect, normal with mean 0 and standard deviation .02, independent of its
  effect on the exposure.
- directional: the same with mean .02, of variants oriented to raise the exposure (InSIDE holds).
- outliers: 20 % of the variants have pleiotropic effects of mean .15, which stand out; the others have none.
- some invalid: 30 % have pleiotropic effects of mean .05, which hardly stand out. Assumptions hold, yet methods that
  must find the invalid variants miss some of them.
- weak: as valid, with mean F about 10.
- confounded: each variant's association with the outcome has a part of .5 times its effect on the exposure, as from
  stratification and assortative mating. No method's assumptions hold, and each is off by .5.

A method's row has the scenarios in which its assumptions hold; results in the others are in brackets. The same seeds
give the same numbers.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.two_sample.methods import METHODS, Settings, estimate_with

P, ERROR, STRONG, WEAK = 50, 0.01, 0.08, 0.03
#: Number of individuals whose standardised traits have these errors.
N = 10_000.0
SCENARIOS = ("valid", "balanced", "directional", "outliers", "some invalid", "weak", "confounded")
EFFECTS = (0.0, 0.3)
DRAWS = 200
#: Scenarios in which each method's assumptions hold.
HOLDS = {
    "ivw": ("valid", "balanced"),
    "ivw-fixed": ("valid",),
    "egger": ("valid", "balanced", "directional"),
    "simple-median": ("valid", "outliers", "some invalid"),
    "weighted-median": ("valid", "outliers", "some invalid"),
    "penalised-median": ("valid", "outliers", "some invalid"),
    "simple-mode": ("valid", "outliers", "some invalid"),
    "weighted-mode": ("valid", "outliers", "some invalid"),
    "maximum-likelihood": ("valid", "weak"),
    "raps": ("valid", "balanced", "weak"),
    "divw": ("valid", "balanced", "weak"),
    "pivw": ("valid", "balanced", "weak"),
    "contamination-mixture": ("valid", "outliers", "some invalid"),
    "lasso": ("valid", "outliers", "some invalid"),
    "cml": ("valid", "outliers", "some invalid", "weak"),
    "presso": ("valid", "outliers", "some invalid"),
    "radial": ("valid", "balanced"),
}
PRESSO_DRAWS = 1000


def draw(scenario: str, effect: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """bx, by, sx, sy."""
    gamma = rng.normal(0, WEAK if scenario == "weak" else STRONG, P)
    direct = np.zeros(P)
    if scenario in ("balanced", "directional"):
        direct = np.sign(gamma) * rng.normal(0.02 * (scenario == "directional"), 0.02, P)
    if scenario in ("outliers", "some invalid"):
        share, mean, sd = (0.2, 0.15, 0.05) if scenario == "outliers" else (0.3, 0.05, 0.02)
        direct = np.where(rng.random(P) < share, np.sign(gamma) * rng.normal(mean, sd, P), 0.0)
    if scenario == "confounded":
        direct = 0.5 * gamma
    error = np.full(P, ERROR)
    return gamma + rng.normal(0, error), effect * gamma + direct + rng.normal(0, error), error, error


def replicate(scenario: str, effect: float, seed: int) -> dict[str, tuple[float, float]]:
    """Return whether each method's interval covers the true effect, and its estimate."""
    arrays = draw(scenario, effect, np.random.default_rng([SCENARIOS.index(scenario), int(10 * effect), seed]))
    out = {}
    with threadpool_limits(1):
        for name in HOLDS:
            draws = PRESSO_DRAWS if name == "presso" else DRAWS
            found = estimate_with(name, *arrays, Settings(draws=draws, seed=seed, n_exposure=(N,), n_outcome=N))
            inside = effect in found.ci if found.ci is not None else found.ci_low <= effect <= found.ci_high
            out[name] = (float(inside), found.beta)
    return out


def main() -> None:
    """Run all cells and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    cells: dict[tuple[str, float], dict[str, np.ndarray]] = {}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for scenario in SCENARIOS:
            for effect in EFFECTS:
                runs = list(pool.map(partial(replicate, scenario, effect), range(options.replications), chunksize=20))
                cells[scenario, effect] = {name: np.array([run[name] for run in runs]) for name in HOLDS}
                print(f"{scenario}, effect {effect:g}: done")
    options.out.write_text(table(cells, options.replications), encoding="utf-8")
    print(options.out)


def table(cells: dict[tuple[str, float], dict[str, np.ndarray]], replications: int) -> str:
    """Return Markdown with a row for each method and a column for each cell."""
    error = np.sqrt(0.05 * 0.95 / replications)
    lines = [
        "# Coverage of two-sample methods\n",
        f"Share of {replications:,} replications whose 95 % interval holds the true effect (under the effect 0, one"
        f" less the type I error); Monte Carlo error {error:.3f} near .95. In brackets: where the method's assumptions"
        " do not hold. Made by `python validation/two_sample.py`, whose heading describes the design.\n",
        "| method | " + " | ".join(f"{scenario}, {effect:g}" for scenario, effect in cells) + " |",
        "|---|" + "---|" * len(cells),
    ]
    for name, holds in HOLDS.items():
        shown = []
        for (scenario, _), found in cells.items():
            share = f"{found[name][:, 0].mean():.3f}"
            shown.append(share if scenario in holds else f"({share})")
        lines.append(f"| {METHODS[name].label} | " + " | ".join(shown) + " |")
    lines += ["", "Mean error of the estimate:", ""]
    lines += [lines[2], lines[3]]
    for name in HOLDS:
        errors = [f"{found[name][:, 1].mean() - effect:+.3f}" for (_, effect), found in cells.items()]
        lines.append(f"| {METHODS[name].label} | " + " | ".join(errors) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
