"""Speed and memory of the estimation room against linearmodels and ivmodels, on the same arrays in the same run.

Usage: python benchmarks/speed.py --peers PYTHON [--n 100000] [--k 200] [--repeats 3] [--skip linearmodels]

PYTHON is an interpreter that has linearmodels and ivmodels (`python -m venv peers; peers/bin/pip install linearmodels
ivmodels`). 10 covariates, one exposure. Every measurement is a process of its own that loads the arrays, imports, and
then times the work; memory is the peak beyond what it held before. Medians of the repeats; the candidates take turns.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HEAD = """
import json, resource, sys, time
import numpy as np
folder = sys.argv[1]
Z, x, y, C = (np.load(f"{folder}/{name}.npy") for name in ("Z", "x", "y", "C"))
"""
TAIL = """
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = resident()
began = time.perf_counter()
beta = work()
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
print(json.dumps({"seconds": seconds, "peak": peak, "beta": float(beta)}))
"""
CANDIDATES = {
    "latentmr, 2SLS alone": """
import latentmr as lm
from latentmr.iv import problem
def work():
    return problem(Z, x, y, C, method="2SLS").fit.beta[0]
""",
    "ivmodels, KClass('tsls') alone": """
from ivmodels import KClass
def work():
    return KClass(kappa="tsls").fit(X=x[:, None], y=y, Z=Z, C=C).coef_[0]
""",
    "latentmr, 2SLS with HC1, F, effective F, AR, CLR, Sargan": """
import latentmr as lm
from latentmr.iv import estimate_models, problem, sargan
def work():
    posed = problem(Z, x, y, C, method="2SLS")
    row = estimate_models([posed.model], [posed.fit], [posed.spread], posed.moments.n)[0]
    assert row.f_statistic and row.effective_f and row.ci_ar and row.ci_clr and sargan(posed).statistic
    return row.beta
""",
    "linearmodels, IV2SLS.fit() with first_stage.diagnostics": """
from linearmodels.iv import IV2SLS
def work():
    result = IV2SLS(y, np.column_stack([np.ones(len(y)), C]), x, Z).fit()
    result.first_stage.diagnostics
    return result.params["endog"]
""",
}


def draw(n: int, k: int, folder: Path) -> None:
    """Write instruments, exposure, outcome and covariates; the true effect is 0.5."""
    rng = np.random.default_rng(0)
    Z = rng.binomial(2, rng.uniform(0.05, 0.5, k), size=(n, k)).astype(float)
    C, u = rng.normal(size=(n, 10)), rng.normal(size=n)
    x = Z @ rng.normal(0, 0.03, k) + C @ np.full(10, 0.1) + u + rng.normal(size=n)
    y = 0.5 * x + C @ np.full(10, 0.1) + u + rng.normal(size=n)
    for name, values in (("Z", Z), ("x", x), ("y", y), ("C", C)):
        np.save(folder / f"{name}.npy", values)


def measured(name: str, python: str, folder: Path) -> dict[str, float]:
    script = HEAD + CANDIDATES[name] + TAIL
    done = subprocess.run([python, "-c", script, str(folder)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="", help="interpreter with linearmodels and ivmodels; none: ours alone")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--k", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--skip", action="append", default=[], help="leave out candidates whose name begins so")
    options = parser.parse_args()
    names = [name for name in CANDIDATES if not name.startswith(tuple(options.skip) or ("\0",))]
    names = [name for name in names if options.peers or name.startswith("latentmr")]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        draw(options.n, options.k, folder)
        for _ in range(options.repeats):
            for name in names:
                python = sys.executable if name.startswith("latentmr") else options.peers
                results[name].append(measured(name, python, folder))
    print(f"n = {options.n:,}, {options.k} instruments, 10 covariates; medians of {options.repeats}\n")
    print("| | seconds | peak memory beyond the input (MB) | effect |")
    print("|---|---|---|---|")
    for name, rows in results.items():
        seconds, peak = (np.median([row[key] for row in rows]) for key in ("seconds", "peak"))
        print(f"| {name} | {seconds:.2f} | {peak / 2**20:,.0f} | {rows[0]['beta']:.6f} |")


if __name__ == "__main__":
    main()
