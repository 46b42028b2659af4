"""Measure the time of the flow: a whole fit, the profile of a step, and many individuals.

Usage: python benchmarks/flow_training.py [PART ...] [--runs 5].

- fit: a fit of 16,000 x 6 with all restarts, against 6,000 plain likelihood steps of the same network on one core, in
  the same run.
- profile: seconds in each operation of a step, beside the arithmetic that it needs.
- first: a step, and the step with derivatives recorded by autograd instead of written out.
- people: a fit of n = 500,000 x 100 against n = 20,000 x 100, of continuous instruments and of allele counts, with peak
  memory beyond the imports.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

import latentmr as lm
from latentmr.learn.flow import monotone_layers
from latentmr.learn.flow.network import Flow
from latentmr.learn.flow.recipe import flow_recipe
from latentmr.learn.training.descent import people_in_learning
from latentmr.learn.training.train import Training, one_thread
from latentmr.simulate import admixture, diffeomorphic, linear
from training import in_processes, seconds_of, status_mb, write_people

LEARNER = lm.FlowLearner(k=3, jobs=1)


def training() -> Training[Flow]:
    """Return a training that has not begun, on the base design, without checks on held-out individuals."""
    people = people_in_learning(LEARNER, diffeomorphic(seed=0).dataset)
    run = flow_recipe(LEARNER, people)(0, people.batches)
    run.plan = replace(run.plan, check_every=10**9, steps=10**6)
    return run


def fit(runs: int) -> None:
    data = diffeomorphic(seed=0).dataset
    cores = os.cpu_count() or 1
    ratios = []
    for turn in range(runs):
        with one_thread():
            base = 6000 * seconds_of(training(), 1000)
        began = time.perf_counter()
        lm.FlowLearner(k=3, jobs=cores).fit(data)
        whole = time.perf_counter() - began
        ratios.append(whole / base)
        print(f"- run {turn + 1}: fit with all starts {whole:.1f} s, 6,000 plain steps {base:.1f} s", flush=True)
    print(f"- fit / 6,000 plain steps: {statistics.median(ratios):.2f} (median of {runs})", flush=True)


def profile_step(runs: int) -> None:
    run, steps = training(), 100
    with one_thread():
        seconds_of(run, 50)
        plain = statistics.median(seconds_of(run, steps) for _ in range(runs))
        with profile(activities=[ProfilerActivity.CPU], acc_events=True) as seen:
            run.run(until=run.step + steps)
        multiply = _seconds(lambda x, y: x @ y, torch.randn(6, 6), torch.randn(6, 1024))
    rows = sorted(seen.key_averages(), key=lambda row: -row.self_cpu_time_total)
    total = sum(row.self_cpu_time_total for row in rows)
    count = sum(row.count for row in rows) / steps
    print(f"- a step takes {1000 * plain:.2f} ms (median of {runs}); {count:.0f} operations")
    for row in rows[:12]:
        share, each = row.self_cpu_time_total / total, row.self_cpu_time_total / row.count
        print(f"- {row.key}: {share:.0%} of the time, {row.count / steps:.0f} a step, {each:.0f} us each")
    print(f"- one product of 6 x 6 with 6 x 1,024: {1e6 * multiply:.0f} us", flush=True)


def _seconds(function, *arguments, repeats: int = 2000) -> float:
    began = time.perf_counter()
    for _ in range(repeats):
        function(*arguments)
    return (time.perf_counter() - began) / repeats


class _Recorded:
    """The same functions by autograd."""

    @staticmethod
    def apply(x, low, high, knots, softness):
        u = (x - knots) / softness
        change, base = high - low, low.sum(0)
        value = base * x + (change * softness * torch.nn.functional.softplus(u)).sum(0)
        return value, torch.log(base + (change * torch.sigmoid(u)).sum(0))


def first(runs: int) -> None:
    written = monotone_layers._Bends
    times: dict[str, list[float]] = {"written out": [], "recorded": []}
    contenders = {"written out": (written, training()), "recorded": (_Recorded, training())}
    with one_thread():
        for _ in range(runs):
            for name, (kind, run) in contenders.items():
                monotone_layers._Bends = kind
                times[name].append(seconds_of(run, 100))
    monotone_layers._Bends = written
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"- one step, derivatives {name}: {1000 * value:.2f} ms (median of {runs})")
    print(f"- recorded / written out: {medians['recorded'] / medians['written out']:.2f}", flush=True)


def learner_of(kind: str) -> lm.FlowLearner:
    """Return a learner with one start, because restarts use at most 25,000 individuals, whatever the sample size."""
    return lm.FlowLearner(k=50, starts=1) if kind == "continuous" else lm.FlowLearner()


def one_size(folder: Path, kind: str) -> None:
    """Fit in a separate process; print seconds and megabytes beyond the imports as JSON."""
    small = linear(n_per_env=100).dataset if kind == "continuous" else admixture(n=400, p=12).dataset
    lm.FlowLearner(k=3, steps=120, starts=1).fit(small)  # torch imports parts of itself when first used
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    imports = status_mb("VmRSS")
    data = lm.Dataset.from_arrays(np.load(folder / "G.npy"), np.load(folder / "env.npy"))
    began = time.perf_counter()
    learner_of(kind).fit(data)
    seconds = time.perf_counter() - began
    beyond = status_mb("VmHWM") - imports
    print(json.dumps({"fit": seconds, "beyond_mb": beyond, "float32_mb": 4 * data.n * data.p / 2**20}))


def many(kind: str, n: int) -> lm.Dataset:
    if kind == "continuous":
        return linear(n_per_env=n // 10, n_env=10, d_z=50, d_v=50, seed=0).dataset
    return admixture(n=n, p=100, n_env=10, n_populations=4, seed=0).dataset


def people(runs: int) -> None:
    for kind in ("counts", "continuous"):
        with tempfile.TemporaryDirectory() as folder:
            folders = {n: write_people(Path(folder) / str(n), many(kind, n)) for n in (20_000, 500_000)}
            found = in_processes(__file__, folders, runs, kind)
        for n, shown in found.items():
            print(
                f"- {kind}, n = {n:,} x 100: fit {shown['fit']:.1f} s, peak beyond imports {shown['beyond_mb']:.0f} MB"
                f" = {shown['beyond_mb'] / shown['float32_mb']:.1f} x float32 genotypes"
            )
        small, large = (shown["fit"] for shown in found.values())
        print(f"- {kind}, time of 500,000 / 20,000 individuals: {large / small:.2f} (median of {runs})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help="any of fit, profile, first, people")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one-size", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_size:
        one_size(Path(options.one_size[0]), options.one_size[1])
        return
    parts = {"fit": fit, "profile": profile_step, "first": first, "people": people}
    for part in options.parts or list(parts):
        print(f"\n## {part}\n", flush=True)
        parts[part](options.runs)


if __name__ == "__main__":
    main()
