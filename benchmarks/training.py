"""Measure the time of training: a step against exact kernels, a whole fit, and many individuals.

Usage: python benchmarks/training.py [PART ...] [--runs 5].

- step: one step of the autoencoder against the same network with exact quadratic kernels, with batches of 1,024,
  alternating in one run.
- bound: seconds until the exact kernels' training meets the bound of the headline table on `diffeomorphic`, with three
  seeds, stopped after 30 minutes, beside random features.
- fit: a whole fit of 16,000 x 6, all restarts included, against 20,000 plain reconstruction steps of the same network.
- people: a fit and encoding of n = 500,000 x 50 against n = 16,000 x 50, with peak memory beyond the imports.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import latentmr as lm
from latentmr.benchmark import leak, recovery
from latentmr.learn.autoencoder import fit as cross_environment
from latentmr.learn.autoencoder.losses import PARTS, Objective, cube_bandwidths, normal_bandwidths
from latentmr.learn.training.batches import make_batches
from latentmr.learn.training.linear_start import linear_start, standardised_inputs
from latentmr.learn.training.train import Plan, one_thread
from latentmr.simulate import diffeomorphic, linear

# the exact kernels are those with which the tests compare the fast ones
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "dependence"))
from exact_kernels import cube_distance_exact, gaussian_gram, hsic_exact, mmd_exact

LEARNER = lm.AutoencoderLearner(k=3, jobs=1)
WEIGHTS = tuple(LEARNER.all_weights[name] for name in PARTS)


class Exact:
    """The same objective with exact kernels, at quadratic cost."""

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        z, v = network.encode(batch.inputs)
        coordinates, aux = batch.inputs[:, : network.d], batch.inputs[:, network.d :]
        narrow, wide = cube_bandwidths(z.shape[1]), normal_bandwidths(v.shape[1] + aux.shape[1])
        groups = z.split(list(batch.sizes))
        pairs = [mmd_exact(a, b, narrow) for i, a in enumerate(groups) for b in groups[:i]]
        env = torch.repeat_interleave(torch.arange(len(batch.sizes)), torch.tensor(batch.sizes))
        rest = torch.cat([v, aux], 1)
        second = gaussian_gram(rest, rest, wide) * (env[:, None] == env[None, :])
        parts = {
            "reconstruction": ((network.decode(z, v, aux) - coordinates) ** 2).mean(),
            "invariance": torch.stack(pairs).mean(),
            "independence": len(batch.sizes) * hsic_exact(gaussian_gram(z, z, narrow), second),
            "entropy": cube_distance_exact(z, narrow),
        }
        return parts | {"total": sum(weight * parts[name] for name, weight in zip(PARTS, WEIGHTS, strict=True))}


class Plain:
    """Reconstruction alone."""

    def __call__(self, network, batch, generator) -> dict[str, torch.Tensor]:
        z, v = network.encode(batch.inputs)
        coordinates, aux = batch.inputs[:, : network.d], batch.inputs[:, network.d :]
        total = ((network.decode(z, v, aux) - coordinates) ** 2).mean()
        return {"reconstruction": total, "total": total}


def training(criterion, seed: int = 0, n_per_env: int = 4000, steps: int = 1000):
    """Return a training that has not begun, on the base design."""
    data = diffeomorphic(n_per_env=n_per_env, seed=seed).dataset
    start = linear_start(data, LEARNER, seed)
    inputs, _, _ = standardised_inputs(data, start)
    batches = make_batches(torch.from_numpy(inputs), data.env, 1024, 0.1, seed)
    plan = replace(Plan(steps, LEARNER.learning_rate, seed), check_every=10**9)
    judge = Objective(WEIGHTS, 64)
    return cross_environment.Recipe(6, 0, 3, LEARNER.width, LEARNER.depth, criterion, judge, plan)(0, batches)


def seconds_of(run, steps: int) -> float:
    began = time.perf_counter()
    run.run(until=run.step + steps)
    return (time.perf_counter() - began) / steps


def step(runs: int) -> None:
    contenders = {
        "random features": training(Objective(WEIGHTS, cross_environment.FEATURES)),
        "exact kernels": training(Exact()),
        "reconstruction alone": training(Plain()),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    with one_thread():
        for run in contenders.values():
            seconds_of(run, 3)
        for _ in range(runs):
            for name, run in contenders.items():
                times[name].append(seconds_of(run, 5 if name == "exact kernels" else 40))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"- one step, {name}: {1000 * value:.2f} ms (median of {runs})")
    print(f"- exact / random features: {medians['exact kernels'] / medians['random features']:.1f}", flush=True)


def bound(limit: float = 1800.0) -> None:
    """Return seconds to R2 >= 0.92 and leak <= 0.04, checked every 25 steps (exact) or 50."""
    for name, criterion, every in (
        ("random features", Objective(WEIGHTS, cross_environment.FEATURES), 50),
        ("exact kernels", Exact(), 25),
    ):
        for seed in range(3):
            truth = diffeomorphic(seed=seed).truth
            run, spent = training(criterion, seed, steps=2000), 0.0
            everyone = torch.cat([run.batches.inputs, run.batches.held_out.inputs])
            order = original_rows(seed)
            while spent < limit and run.step < 2000:
                with one_thread():
                    spent += every * seconds_of(run, every)
                    with torch.no_grad():
                        Z = run.network.encode(everyone)[0].numpy().astype(float)
                r2, leaked = recovery(truth.Z[order], Z), leak(truth.V[order], Z, truth.Z[order])
                if r2 >= 0.92 and leaked <= 0.04:
                    break
            met = f"met at step {run.step}" if r2 >= 0.92 and leaked <= 0.04 else f"not met by step {run.step}"
            print(f"- {name}, seed {seed}: {met}, {spent:.0f} s (R2 {r2:.3f}, leak {leaked:.3f})", flush=True)


def original_rows(seed: int) -> np.ndarray:
    """Return the rows of the data in the order of training and held-out individuals: the batches reorder them."""
    data = diffeomorphic(seed=seed).dataset
    numbers = torch.arange(data.n, dtype=torch.float32)[:, None]
    batches = make_batches(numbers.repeat(1, 2), data.env, 1024, 0.1, seed)
    return torch.cat([batches.inputs, batches.held_out.inputs])[:, 0].numpy().astype(int)


def fit(runs: int) -> None:
    data = diffeomorphic(seed=0).dataset
    cores = os.cpu_count() or 1
    ratios = []
    for turn in range(runs):
        plain = training(Plain())
        plain.plan = replace(plain.plan, steps=20_000)
        with one_thread():
            base = 20_000 * seconds_of(plain, 2000)
        began = time.perf_counter()
        lm.AutoencoderLearner(k=3, jobs=cores).fit(data)
        whole = time.perf_counter() - began
        ratios.append(whole / base)
        print(f"- run {turn + 1}: fit with all starts {whole:.1f} s, 20,000 plain steps {base:.1f} s", flush=True)
    print(f"- fit / 20,000 plain steps: {statistics.median(ratios):.2f} (median of {runs})", flush=True)


def one_size(folder: Path) -> None:
    """Fit and encode in a separate process; print seconds and megabytes beyond the imports as JSON."""
    small = linear(n_per_env=100).dataset
    lm.AutoencoderLearner(k=3, steps=120).fit(small).encode(small.G)  # torch imports parts of itself when first used
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    imports = status_mb("VmRSS")
    data = lm.Dataset.from_arrays(np.load(folder / "G.npy"), np.load(folder / "env.npy"))
    began = time.perf_counter()
    model = lm.AutoencoderLearner(k=3).fit(data)
    learned = time.perf_counter() - began
    for _ in model.encode_blocks(data):
        pass
    total = time.perf_counter() - began
    peak = status_mb("VmHWM")
    float32 = 4 * data.n * data.p / 2**20
    print(json.dumps({"fit": learned, "total": total, "beyond_mb": peak - imports, "float32_mb": float32}))


def status_mb(name: str) -> float:
    """Read a line of /proc/self/status: VmRSS, or VmHWM, its peak (getrusage starts from the parent's peak)."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024


def in_processes(script: str, folders: dict[int, Path], runs: int, *more: str) -> dict[int, dict[str, float]]:
    """Return medians of the output of ``script --one-size FOLDER``, with the sizes in turn."""
    found: dict[int, list[dict]] = {n: [] for n in folders}
    for _ in range(runs):
        for n, folder in folders.items():
            command = [sys.executable, script, "--one-size", str(folder), *more]
            out = subprocess.run(command, capture_output=True, text=True)
            if out.returncode:
                raise SystemExit(out.stderr)
            found[n].append(json.loads(out.stdout.splitlines()[-1]))
    return {n: {name: statistics.median(row[name] for row in rows) for name in rows[0]} for n, rows in found.items()}


def write_people(folder: Path, data: lm.Dataset) -> Path:
    """Write genotypes and environments for a process to load."""
    folder.mkdir()
    np.save(folder / "G.npy", np.asarray(data.G))
    np.save(folder / "env.npy", data.env)
    return folder


def people(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        folders = {
            n: write_people(Path(folder) / str(n), linear(n_per_env=n // 10, n_env=10, d_z=25, d_v=25, seed=0).dataset)
            for n in (16_000, 500_000)
        }
        found = in_processes(__file__, folders, runs)
    for n, shown in found.items():
        print(
            f"- n = {n:,} x 50: fit {shown['fit']:.1f} s, with encoding {shown['total']:.1f} s, peak beyond imports"
            f" {shown['beyond_mb']:.0f} MB = {shown['beyond_mb'] / shown['float32_mb']:.1f} x float32 genotypes"
        )
    small, large = (shown["total"] for shown in found.values())
    print(f"- time of 500,000 / 16,000 individuals: {large / small:.2f} (median of {runs})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help="any of step, bound, fit, people")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one-size", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_size:
        one_size(options.one_size)
        return
    for part in options.parts or ["step", "bound", "fit", "people"]:
        print(f"\n## {part}\n", flush=True)
        bound() if part == "bound" else {"step": step, "fit": fit, "people": people}[part](options.runs)


if __name__ == "__main__":
    main()
