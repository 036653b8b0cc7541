"""Reading the lake in a process of its own, for commands: DuckDB's library ends the process that uses it when
PostgreSQL goes away at the wrong moment (a C++ exception that nothing catches).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

from orchestration.lake.connection import LakeUnreachable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_own_process(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """The result of ``work``. Raises what it raises, and LakeUnreachable when its process ended."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_prepare) as processes:
        try:
            return processes.submit(work, *arguments, **named).result()
        except BrokenProcessPool:
            raise LakeUnreachable(
                "The process that uses the lake ended early: PostgreSQL may have been restarted, or memory ran out. "
                "What was there before is there still; run it again."
            ) from None


def _prepare() -> None:
    """The library's last words are for its developers; and nobody waits for the work of a command that was killed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
