"""Memory given back to the system between arrays, and not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: Page faults of a hundred arrays of 1 MB, one after the other: without the context, within it, and after it.
SCRIPT = """
import resource
import numpy as np
from latentmr.benchmark.measures import pages_kept

def faults():
    np.ones(2**17)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(2**17)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

outside = faults()
with pages_kept():
    within = faults()
print(outside, within, faults())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not Path(f"/proc/{os.getpid()}/smaps").exists(), reason="glibc on Linux alone"
)
def test_workers_told_to_give_memory_back_keep_it_during_a_run() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"},
        capture_output=True,
        text=True,
        check=True,
    )
    outside, within, after = map(int, told.stdout.split())
    assert outside > 5000
    assert within < outside / 20
    assert after > 5000
