"""Where tasks run: processes of this machine or a Dask cluster, both of them executors and nothing else."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from latentmr import __version__
from latentmr.errors import ArgumentError
from latentmr.extras import extra

__all__ = ["dask_cluster", "local_processes"]

#: Tasks handed out for each worker: one to do, and one to go on with.
AHEAD = 2
#: Seconds that a scheduler has to answer.
PATIENCE = 10.0


@contextmanager
def local_processes(workers: int) -> Iterator[tuple[Callable[[], Executor], int]]:
    """Processes of this machine.

    Parameters
    ----------
    workers : int

    Yields
    ------
    callable
        Starts the executor.
    int
        Tasks to hand out at a time.
    """
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    try:
        yield lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare), AHEAD * workers
    finally:
        # nobody waits for the rest of a task whose row is no longer wanted
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


@contextmanager
def dask_cluster(address: str) -> Iterator[tuple[Callable[[], Executor], int]]:
    """A running ``dask.distributed`` cluster, whose workers can import this package.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.

    Yields
    ------
    callable
        Starts the executor.
    int
        Tasks to hand out at a time.

    Raises
    ------
    MissingExtraError
        Where Dask is not installed.
    ValueError
        Where no scheduler answers, or it has no workers, or they have not this package in this version.
    """
    distributed = extra("distributed", "dask", "scheduler")
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ArgumentError("scheduler", "be the address of a running Dask scheduler", f"{address}: {error}") from error
    with _one_message(), client:
        slots = sum(client.nthreads().values())
        if not slots:
            raise ArgumentError(
                "scheduler",
                "have workers",
                f"{address} without one",
                f"start some with `dask worker {address} `nthreads` 1`",
            )
        _refuse_other_versions(client, address)
        yield lambda: client.get_executor(pure=False), AHEAD * slots


def _refuse_other_versions(client: Any, address: str) -> None:
    """Rows of one table come from one version."""
    try:
        found = sorted(set(client.run(_version).values()))
    except Exception as error:  # whatever a worker raises that cannot import the package
        raise ArgumentError(
            "scheduler",
            f"have workers with latentmr {__version__}",
            f"{address}, where it cannot be imported: {error}",
            "install it there",
        ) from error
    if found != [__version__]:
        raise ArgumentError(
            "scheduler",
            f"have workers with latentmr {__version__}",
            f"{address} with {', '.join(found)}",
            "install the same version everywhere",
        )


def _version() -> str:
    return __version__


@contextmanager
def _one_message() -> Iterator[None]:
    """What goes wrong is said once, by an error: the client's own logs of it are left out meanwhile."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


def _prepare() -> None:
    """Leave interrupts to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
