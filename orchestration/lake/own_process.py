"""Reading the lake in a process of its own, for commands: DuckDB's library ends the process that uses it when
PostgreSQL goes away at the wrong moment (a C++ exception that nothing catches).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from orchestration.lake.connection import LakeUnreachable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_own_process(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """The result of ``work``. Raises what it raises, and LakeUnreachable when its process ended."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_silence) as processes:
        try:
            return processes.submit(work, *arguments, **named).result()
        except BrokenProcessPool:
            raise LakeUnreachable(
                "The process that uses the lake ended early: PostgreSQL may have been restarted, or memory ran out. "
                "Nothing was changed here; run it again."
            ) from None


def _silence() -> None:
    """The library's last words are for its developers."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
