"""Run tasks through any executor: rows arrive as tasks end, and a worker that dies loses no row."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from latentmr.benchmark.task import Task, failed
from latentmr.errors import ArgumentError
from latentmr.typing import Row

__all__ = ["completed"]


DIED = "the worker process died, killed or out of memory"


def completed(
    tasks: list[Task], work: Callable[[Task], Row], start: Callable[[], Executor], slots: int
) -> Iterator[Row]:
    """Run tasks and yield their rows in the order in which they end.

    If a pool breaks, the tasks that it was running are suspects. Each suspect runs again, alone in a new pool. A task
    that breaks that pool too becomes a row without an estimate.

    Parameters
    ----------
    tasks : list of Task
    work : callable
        Function that turns a task into a row; an exception becomes a row without an estimate.
    start : callable
        Function that starts an executor, also after one broke.
    slots : int
        Number of tasks to submit at a time.

    Yields
    ------
    dict
        A row.

    Raises
    ------
    ValueError
        If a cluster stops answering.
    """
    waiting, suspects, single = deque(tasks), deque[Task](), set[Task]()
    running: dict[Future[Row], Task] = {}
    executor = start()
    try:
        while waiting or suspects or running:
            broken = False
            # a suspect runs alone
            while not broken and (queue := suspects or waiting) and len(running) < (1 if suspects or single else slots):
                task = queue.popleft()
                if queue is suspects:
                    single.add(task)
                try:
                    running[executor.submit(work, task)] = task
                except BrokenExecutor:
                    single.discard(task)
                    queue.appendleft(task)
                    broken = True
            ended = wait(running, return_when=FIRST_COMPLETED).done if running else set()
            for future in ended:
                task = running.pop(future)
                was_single = task in single
                single.discard(task)
                try:
                    yield future.result()
                except BrokenExecutor:
                    broken = True
                    if was_single:
                        yield failed(task, DIED)
                    else:
                        suspects.append(task)
                except CancelledError as error:
                    raise ArgumentError(
                        "scheduler",
                        "keep running until the end",
                        "no further answer",
                        "the rows so far are kept, and the same command resumes with them",
                    ) from error
                except Exception as error:  # a failed task becomes a row and does not stop the others
                    yield failed(task, DIED if type(error).__name__ == "KilledWorker" else error)
            if broken:
                suspects.extend(running.values())
                running.clear()
                executor.shutdown(wait=False)
                executor = start()
    finally:
        for future in running:
            future.cancel()
        executor.shutdown(wait=False)
