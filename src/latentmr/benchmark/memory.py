"""Peak memory of a process, over a part of its life where the system can tell."""

import resource
import sys
from pathlib import Path

__all__ = ["peak_megabytes", "reset_peak"]

CLEAR = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


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
