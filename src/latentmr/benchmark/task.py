"""Define one run of a benchmark: a scenario, a method and a seed give a row."""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter

from threadpoolctl import threadpool_limits

from latentmr.benchmark.adjustment import compute_components
from latentmr.benchmark.measures import leak, pages_kept, peak_megabytes, recovery, reset_peak
from latentmr.benchmark.methods import METHODS, Found, oracle
from latentmr.benchmark.specification import Specification
from latentmr.data import Dataset, read_plink
from latentmr.errors import ArgumentError
from latentmr.simulate import SCENARIOS, Simulated, draw
from latentmr.typing import Row

__all__ = ["COLUMNS", "Source", "Task", "failed", "run_task"]

#: Columns of the table, in order.
COLUMNS = (
    "scenario",
    "method",
    "seed",
    "beta",
    "se",
    "ci_low",
    "ci_high",
    "ci",
    "length",
    "covered",
    "wald_covered",
    "truth",
    "oracle",
    "oracle_se",
    "r2",
    "leak",
    "n",
    "k",
    "f_statistic",
    "verdict",
    "seconds",
    "peak_mb",
    "reason",
)


@dataclass(frozen=True)
class Source:
    """Genotypes of real individuals that a scenario resamples.

    Parameters
    ----------
    bfile : Path
        PLINK 1 fileset.
    pheno : Path
        Table with the population of each individual.
    population : str
        Column of the population.
    """

    bfile: Path
    pheno: Path
    population: str

    def described(self) -> dict[str, str]:
        """Return the description that a table records."""
        return {"bfile": str(self.bfile.resolve()), "pheno": str(self.pheno.resolve()), "population": self.population}

    def read(self) -> Dataset:
        """Read the genotypes, with populations as environments; quality filters are those of ``latentmr run``."""
        return read_plink(self.bfile, pheno=[self.pheno], env=self.population, panel=True)


@dataclass(frozen=True)
class Task:
    """One run.

    Parameters
    ----------
    scenario, method : Specification
        What to simulate, and how to estimate.
    seed : int
        Seed of the data and of the learner.
    """

    scenario: Specification
    method: Specification
    seed: int

    @property
    def key(self) -> tuple[str, str, int]:
        """Key of the row."""
        return str(self.scenario), str(self.method), self.seed


def run_task(task: Task, source: Source | None = None, threads: int = 1) -> Row:
    """Simulate the data, run the method and compare it with the truth.

    Parameters
    ----------
    task : Task
        The run.
    source : Source, optional
        Genotypes of real individuals, if the scenario resamples them.
    threads : int
        Number of threads for linear algebra.

    Returns
    -------
    dict
        One value for each of :data:`COLUMNS`. If anything failed, ``reason`` says why, and the estimate is NaN.
    """
    with threadpool_limits(threads), pages_kept():
        try:
            drawn = _drawn(task.scenario, task.seed, source)
            best = oracle(drawn)
        except Exception as error:  # a row with the reason is more useful than a benchmark that stops
            return failed(task, error)
        known = {"truth": drawn.truth.beta, "oracle": best.beta, "oracle_se": best.se, "n": drawn.dataset.n}
        options, spent = dict(task.method.options), {}
        reset_peak()
        began = perf_counter()
        try:
            compute_components(drawn, options)
            reset_peak()
            began = perf_counter()
            found = METHODS[task.method.name].run(drawn, task.seed, **options)
            spent = _spent(began)
            measured = _outcome(found, drawn) | _identified(task.scenario, found, drawn)
        except Exception as error:
            return failed(task, error) | known | (spent or _spent(began))
        return failed(task, None) | known | measured | spent


def failed(task: Task, error: BaseException | str | None) -> Row:
    """Return a row without an estimate."""
    # the class of an unforeseen error says what it is; the text of an ArgumentError is a whole message
    unforeseen = isinstance(error, BaseException) and not isinstance(error, ArgumentError)
    name = f"{type(error).__name__}: " if unforeseen else ""
    scenario, method, seed = task.key
    row: Row = dict.fromkeys(COLUMNS, math.nan)
    text = {"ci": "", "covered": "", "wald_covered": "", "verdict": ""}
    return (
        row
        | text
        | {
            "scenario": scenario,
            "method": method,
            "seed": seed,
            "reason": "" if error is None else " ".join(f"{name}{error}".split()),
        }
    )


def _spent(began: float) -> dict[str, float]:
    return {"seconds": perf_counter() - began, "peak_mb": peak_megabytes()}


def _outcome(found: Found, drawn: Simulated) -> Row:
    truth = drawn.truth.beta
    out: Row = {"beta": found.beta, "se": found.se, "k": found.k, "verdict": found.verdict}
    if found.f_statistic is not None:
        out["f_statistic"] = found.f_statistic
    if not math.isnan(found.se):
        low, high = found.wald
        out |= {"ci_low": low, "ci_high": high, "wald_covered": _yes(low <= truth <= high)}
    if found.ci is not None:
        out |= {"ci": f"{found.ci:.6g}", "length": found.ci.length, "covered": _yes(truth in found.ci)}
    return out


def _identified(scenario: Specification, found: Found, drawn: Simulated) -> dict[str, float]:
    """Return R2 and leak of the learned instruments; the result is empty if there are none."""
    if found.Z is None:
        return {}
    truth = drawn.truth
    curved = drawn.dataset.kind == "continuous" and not SCENARIOS[scenario.name].linear
    if not truth.Z.shape[1]:
        return {"leak": recovery(truth.V, found.Z, nonlinear=curved)}
    return {
        "r2": recovery(truth.Z, found.Z, nonlinear=curved),
        "leak": leak(truth.V, found.Z, truth.Z, nonlinear=curved),
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


@lru_cache(maxsize=1)
def _drawn(scenario: Specification, seed: int, source: Source | None) -> Simulated:
    """Simulate the data set that the methods of one seed share."""
    options = dict(scenario.options)
    if SCENARIOS[scenario.name].on_people:
        options["source"] = _people(source)
    return draw(scenario.name, seed=seed, **options)


@lru_cache(maxsize=1)
def _people(source: Source | None) -> Dataset | None:
    return None if source is None else source.read()
