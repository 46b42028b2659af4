"""Memory of a process: its peak over a part of its life, and how readily it is given back."""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["pages_kept", "peak_megabytes", "reset_peak"]

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
