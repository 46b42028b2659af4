"""Compare methods on scenarios over seeds, in a table that can be interrupted, resumed and spread over machines."""

from latentmr.benchmark.figures import write_figures
from latentmr.benchmark.job import Benchmark, run_benchmark
from latentmr.benchmark.measures import leak, recovery
from latentmr.benchmark.methods import METHODS, Found, Method
from latentmr.benchmark.summary import rmse_ratio, summarise
from latentmr.benchmark.table import read_table
from latentmr.benchmark.task import Source, Task, run_task

__all__ = [
    "METHODS",
    "Benchmark",
    "Found",
    "Method",
    "Source",
    "Task",
    "leak",
    "read_table",
    "recovery",
    "rmse_ratio",
    "run_benchmark",
    "run_task",
    "summarise",
    "write_figures",
]
