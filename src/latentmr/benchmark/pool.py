"""Tasks through any executor: rows come as they are done, and a worker that dies takes no row along."""

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

    Where a pool breaks, those that it was at are suspects: each runs again, alone in a new pool, and one that breaks
    that too becomes a row without an estimate.

    Parameters
    ----------
    tasks : list of Task
    work : callable
        Turns a task into a row; whatever it raises becomes a row without an estimate.
    start : callable
        Starts an executor, again where one broke.
    slots : int
        Tasks that are handed out at a time.

    Yields
    ------
    dict
        A row.

    Raises
    ------
    ValueError
        Where a cluster went away.
    """
    waiting, suspects, single = deque(tasks), deque[Task](), set[Task]()
    running: dict[Future[Row], Task] = {}
    executor = start()
    try:
        while waiting or suspects or running:
            broken = False
            # nothing runs beside a suspect
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
                        "stay up until the end",
                        "no answer from it any more",
                        "the rows so far are kept, and the same command resumes with them",
                    ) from error
                except Exception as error:  # what became of one task is a row, not the end of the others
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
