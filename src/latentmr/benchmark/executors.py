"""Run tasks by processes of this machine or on a Dask cluster, through the interface of executors."""

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

#: Number of tasks submitted per worker: one that runs, and one that waits.
AHEAD = 2
#: Seconds to wait for the answer of a scheduler.
PATIENCE = 10.0


@contextmanager
def local_processes(workers: int) -> Iterator[tuple[Callable[[], Executor], int]]:
    """Provide processes of this machine.

    Parameters
    ----------
    workers : int
        Number of processes.

    Yields
    ------
    callable
        Function that starts the executor.
    int
        Number of tasks to submit at a time.
    """
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    try:
        yield lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare), AHEAD * workers
    finally:
        # do not wait for tasks whose rows are no longer wanted
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


@contextmanager
def dask_cluster(address: str) -> Iterator[tuple[Callable[[], Executor], int]]:
    """Provide a running ``dask.distributed`` cluster, whose workers must be able to import this package.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as ``tcp://10.0.0.5:8786``.

    Yields
    ------
    callable
        Function that starts the executor.
    int
        Number of tasks to submit at a time.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    ValueError
        If no scheduler answers, if it has no workers, or if they lack this version of this package.
    """
    distributed = extra("distributed", "dask", "scheduler")
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ArgumentError(
            "scheduler",
            "be the address of a running Dask scheduler",
            f"{address}: {error}",
            "start one, or check the address",
        ) from error
    with _one_message(), client:
        slots = sum(client.nthreads().values())
        if not slots:
            raise ArgumentError(
                "scheduler",
                "have workers",
                f"{address} without one",
                f"start at least one by the command dask worker {address}",
            )
        _refuse_other_versions(client, address)
        yield lambda: client.get_executor(pure=False), AHEAD * slots


def _refuse_other_versions(client: Any, address: str) -> None:
    """Reject workers of other versions, because all rows of one table come from one version."""
    try:
        found = sorted(set(client.run(_version).values()))
    except Exception as error:  # any exception of a worker that cannot import the package
        raise ArgumentError(
            "scheduler",
            f"have workers with latentmr {__version__}",
            f"{address}, whose workers cannot import it: {error}",
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
    """Silence the client's own logs, because an error reports the problem once."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


def _prepare() -> None:
    """Leave interrupts to the parent process, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
