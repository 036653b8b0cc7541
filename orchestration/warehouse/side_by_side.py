"""Parallel tasks, each in its own thread and with a time limit.

The tasks are defined by the callers (fetch.py). Threads are daemons: a stuck one does not keep the process alive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

T = TypeVar("T")


def side_by_side(
    works: Mapping[str, Callable[[], T]], seconds: float, meanwhile: Callable[[], None], look_seconds: float = 0.5
) -> Iterator[tuple[str, T | None]]:
    """Start all tasks; yield each one's name and result as it ends, and None for one that exceeds ``seconds``.

    ``meanwhile`` is called every ``look_seconds`` in the caller's thread. A task's error is raised here; then the
    others continue in their threads, and the caller has to stop them.
    """
    futures: dict[Future[T], str] = {}
    for name, work in works.items():
        future: Future[T] = Future()
        futures[future] = name
        threading.Thread(target=_work, args=(work, future), daemon=True, name=name).start()
    ends_at = time.monotonic() + seconds
    pending = set(futures)
    while pending:
        lock_timeout = max(0.0, min(look_seconds, ends_at - time.monotonic()))
        done, pending = wait(pending, timeout=lock_timeout, return_when=FIRST_COMPLETED)
        meanwhile()
        for future in done:
            yield futures[future], future.result()
        if time.monotonic() >= ends_at:
            for future in pending:
                yield futures[future], None
            return


def _work(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
