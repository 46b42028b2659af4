"""Tasks through an executor that may break: every task ends as one row."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import RLock, Timer

import pytest

from latentmr.benchmark import Task
from latentmr.benchmark.pool import DIED, completed
from latentmr.benchmark.specification import parse
from latentmr.benchmark.task import failed


def tasks(count: int) -> list[Task]:
    return [Task(parse("scenario", "linear")[0], parse("method", "ols")[0], seed) for seed in range(count)]


def work(task: Task) -> dict[str, object]:
    if task.seed == 3:
        raise RuntimeError("three")
    return failed(task, None)


class Breaking(Executor):
    """Takes a moment for each task; where it comes to a killer, it breaks with all that it has."""

    started = 0

    def __init__(self, killers: set[int], *, once: bool = False) -> None:
        Breaking.started += 1
        self.killers, self.once, self.broken = killers, once, False
        self.lock, self.held = RLock(), list[Future]()

    def submit(self, function, /, *given, **more):  # type: ignore[no-untyped-def,override]
        with self.lock:
            if self.broken:
                raise BrokenProcessPool("broken before")
            future: Future = Future()
            self.held.append(future)
            Timer(0.03, self._end, (future, function, *given)).start()
            return future

    def _end(self, future: Future, function, task: Task) -> None:  # type: ignore[no-untyped-def]
        with self.lock:
            if future.done():
                return
            if task.seed in self.killers:
                if self.once:
                    self.killers.discard(task.seed)
                self.broken = True
                for other in self.held:
                    if not other.done():
                        other.set_exception(BrokenProcessPool("broken"))
                return
            try:
                future.set_result(function(task))
            except RuntimeError as error:
                future.set_exception(error)

    def shutdown(self, wait: bool = True, **more: bool) -> None:
        pass


def seeds_and_reasons(rows) -> dict[int, str]:
    found = [(row["seed"], row["reason"]) for row in rows]
    assert len({seed for seed, _ in found}) == len(found)
    return dict(found)


def test_every_task_is_one_row_and_an_error_is_a_reason() -> None:
    found = seeds_and_reasons(completed(tasks(6), work, lambda: ThreadPoolExecutor(2), 4))
    assert found == {seed: ("RuntimeError: three" if seed == 3 else "") for seed in range(6)}


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_one_that_kills_its_worker_is_named_and_the_others_are_done(slots: int) -> None:
    killers = {2, 5}
    found = seeds_and_reasons(completed(tasks(8), work, lambda: Breaking(killers), slots))
    assert found == {seed: DIED if seed in killers else "RuntimeError: three" if seed == 3 else "" for seed in range(8)}


@pytest.mark.parametrize("slots", [1, 4])
def test_a_worker_killed_from_outside_costs_no_row(slots: int) -> None:
    Breaking.started, killers = 0, {4}
    found = seeds_and_reasons(completed(tasks(8), work, lambda: Breaking(killers, once=True), slots))
    assert set(found) == set(range(8))
    assert DIED not in found.values()
    assert Breaking.started == 2


def test_a_cluster_that_goes_away_ends_the_run() -> None:
    class Gone(Breaking):
        def submit(self, function, /, *given, **more):  # type: ignore[no-untyped-def,override]
            future: Future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(
        ValueError, match=r"^scheduler must keep running until the end\. Got no further answer; the rows so far"
    ):
        list(completed(tasks(2), work, lambda: Gone(set()), 2))
