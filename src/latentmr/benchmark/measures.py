"""What is measured of a run: how well instruments recover the latents, and how much memory it took."""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from latentmr.dependence.features import RandomFeatures, waves
from latentmr.dependence.prediction import ridge_slopes
from latentmr.typing import Array

__all__ = ["leak", "pages_kept", "peak_megabytes", "recovery", "reset_peak"]

#: People that a regression is fitted on, and as many others that it is measured on.
HALF = 4000
FEATURES = 400
#: Standard deviation of their frequencies: the inverse of the bandwidth, in units of an instrument's own spread.
SCALE = 0.7
#: Ridge penalty, in units of the variance of a regressor.
RIDGE = 1e-3


def recovery(latents: Array, Z: Array, *, nonlinear: bool = True) -> float:
    """Held-out R2 of latents given instruments, mean over latents, not below 0.

    Of ridge regression, or of ridge on 400 random Fourier features of the instruments where that is better.
    """
    order = np.random.default_rng(0).permutation(len(Z))[: 2 * HALF]
    sd = Z.std(axis=0)
    # an instrument that is the same in everyone tells nothing
    target, unit = latents[order], (Z - Z.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    unit = unit[order]
    found = [_r2(target, unit)]
    if nonlinear:
        rng = np.random.default_rng(1)
        normals = SCALE * rng.normal(size=(Z.shape[1], FEATURES))
        draw = RandomFeatures.of_draws(normals, np.ones(FEATURES), None, rng.random(FEATURES), waves)
        found.append(_r2(target, np.hstack([unit, draw(unit)])))
    return max(found)


def leak(V: Array, Z: Array, truth: Array, *, nonlinear: bool = True) -> float:
    """Recovery of the confounded latents, less that from the true exogenous ones, not below 0."""
    return max(0.0, recovery(V, Z, nonlinear=nonlinear) - recovery(V, truth, nonlinear=nonlinear))


def _r2(target: Array, F: Array) -> float:
    half = len(F) // 2
    center, scale = F[:half].mean(axis=0), F[:half].std(axis=0) + 1e-12
    F = (F - center) / scale
    mean = target[:half].mean(axis=0)
    weights = ridge_slopes(F[:half].T @ F[:half], F[:half].T @ (target[:half] - mean), RIDGE * half)
    error = ((target[half:] - mean - F[half:] @ weights) ** 2).mean(axis=0)
    spread = target[half:].var(axis=0)
    varies = spread > 0
    # a population that nobody belongs to has nothing to be told
    return float(np.clip(1 - error[varies] / spread[varies], 0, None).mean()) if varies.any() else 0.0


CLEAR = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
#: Settings of glibc's ``mallopt``: its number, the variable that sets it, its value without one, and the one that
#: glibc itself would reach where none is set.
THRESHOLDS = (
    (-1, "MALLOC_TRIM_THRESHOLD_", 128 * 1024, 64 * 2**20),
    (-3, "MALLOC_MMAP_THRESHOLD_", 128 * 1024, 32 * 2**20),
)


@contextmanager
def pages_kept() -> Iterator[None]:
    """Keep freed memory for the next array, as processes do by themselves.

    A Dask worker is started with ``MALLOC_TRIM_THRESHOLD_``, which gives every larger array back to the system at once,
    and gets the next one page by page: a fifth of the time of training. Does nothing where the variable is not set.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None or THRESHOLDS[0][1] not in os.environ:
        yield
        return
    for number, _, _, kept in THRESHOLDS:
        mallopt(number, kept)
    try:
        yield
    finally:
        for number, name, usual, _ in THRESHOLDS:
            mallopt(number, int(os.environ.get(name, usual)))


def reset_peak() -> None:
    """Begin to measure anew; does nothing where the system cannot (anywhere but on Linux)."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def peak_megabytes() -> float:
    """Largest resident memory since :func:`reset_peak`, else since the process began, in units of 2^20 bytes."""
    try:
        lines = STATUS.read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
