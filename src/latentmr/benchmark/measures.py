"""Measure a run: how well instruments recover the latents, and how much memory it took."""

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

#: Maximum number of individuals for fitting a regression, and for evaluating it on as many others.
HALF = 4000
FEATURES = 400
#: Standard deviation of their frequencies: the inverse of the bandwidth, in standard deviations of an instrument.
SCALE = 0.7
#: Ridge penalty, in units of the variance of a regressor.
RIDGE = 1e-3


def recovery(latents: Array, Z: Array, *, nonlinear: bool = True) -> float:
    """Return the out-of-sample R2 of latents given instruments, averaged over latents and at least 0.

    It is that of ridge regression, or of ridge on 400 random Fourier features of the instruments if that is better.
    """
    order = np.random.default_rng(0).permutation(len(Z))[: 2 * HALF]
    sd = Z.std(axis=0)
    # a constant instrument is uninformative
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
    """Return the recovery of the confounded latents, less that from the true exogenous ones, and at least 0."""
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
    # a population without individuals cannot be recovered
    return float(np.clip(1 - error[varies] / spread[varies], 0, None).mean()) if varies.any() else 0.0


CLEAR = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
#: Settings of glibc's ``mallopt``: number, environment variable, default, and the value that glibc reaches unset.
THRESHOLDS = (
    (-1, "MALLOC_TRIM_THRESHOLD_", 128 * 1024, 64 * 2**20),
    (-3, "MALLOC_MMAP_THRESHOLD_", 128 * 1024, 32 * 2**20),
)


@contextmanager
def pages_kept() -> Iterator[None]:
    """Keep freed memory for the next array, as glibc does by default.

    Dask starts workers with ``MALLOC_TRIM_THRESHOLD_``. Every larger array is then returned to the system at once, and
    the next one is obtained page by page, which costs a fifth of the training time. This does nothing if the variable
    is not set.
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
    """Restart the measurement of peak memory; this does nothing on systems other than Linux."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def peak_megabytes() -> float:
    """Return the peak resident memory since :func:`reset_peak` or since the process began, in units of 2^20 bytes."""
    try:
        lines = STATUS.read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
