"""The engine `local`: files are mined by worker processes of this machine.

A worker that dies costs the file it had in hand; what the others had is done again by new ones.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from pathlib import Path

from scrapers.errors import ObminError
from scrapers.mining.attempts import PART, Attempt, mine_into
from scrapers.mining.mined_file import parquet_name
from scrapers.mining.warc_files import WarcFile


class NoWorkers(ObminError):
    """Worker processes die before they have begun a file."""


def mine_locally(files: Sequence[WarcFile], folder: Path, workers: int) -> Iterator[Attempt]:
    """Each file's attempt, in the order in which they end. The folder must exist.

    Raises OSError when the folder can't be written, NoWorkers when no process can be started.
    """
    waiting = list(files)
    while waiting:
        waiting = yield from _by_one_pool(waiting, folder, workers)


def _by_one_pool(files: Sequence[WarcFile], folder: Path, workers: int) -> Generator[Attempt, None, list[WarcFile]]:
    """The attempts until all files are done or a worker dies; returns the files that are left then."""
    # Not forked: a fork copies the locks that other threads of this process hold.
    pool = ProcessPoolExecutor(
        min(workers, len(files)), multiprocessing.get_context("spawn"), initializer=_prepare_worker
    )
    others = set(multiprocessing.active_children())
    processes: list[BaseProcess] = []
    left: list[WarcFile] = []
    try:
        of: dict[Future[Attempt], WarcFile] = {pool.submit(_mine_here, file, folder): file for file in files}
        processes = [process for process in multiprocessing.active_children() if process not in others]
        for future in as_completed(of):
            file = of.pop(future)
            try:
                yield future.result()
            except BrokenProcessPool:
                left.append(file)
        pool.shutdown()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
    if not left:
        return []
    lost = _lost(left, folder, processes)
    for file, sentence in lost.items():
        yield Attempt(file, fault=sentence)
    return [file for file in left if file not in lost]


def _lost(left: Sequence[WarcFile], folder: Path, processes: Sequence[BaseProcess]) -> dict[WarcFile, str]:
    """The files that dead workers had in hand, each with its sentence. The pool ends all other workers by SIGTERM."""
    of = {parquet_name(file): file for file in left}
    dead = {str(process.pid): process.exitcode for process in processes}
    own = {mark: status for mark, status in dead.items() if status not in (None, 0, -signal.SIGTERM)} or dead
    lost: dict[WarcFile, str] = {}
    for partial in sorted(folder.glob(f"*{PART}")):
        name, _, mark = partial.name.removesuffix(PART).rpartition(".")
        if mark in dead:
            partial.unlink(missing_ok=True)
        if mark in own and name in of:
            lost[of[name]] = (
                f"The worker that mined {of[name].name} {_end(own[mark])}; free memory or take fewer workers, then "
                "run again: all other files are done."
            )
    if not lost:
        raise NoWorkers("The worker processes die when they begin; free memory, or take fewer of them (--workers).")
    return lost


def _end(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended by itself with status {status}"
    return f"was killed by {signal.Signals(-status).name}"


def _mine_here(file: WarcFile, folder: Path) -> Attempt:
    return mine_into(file, folder, str(os.getpid()))


def _prepare_worker() -> None:
    """Ctrl-C is for the command, which ends its workers; when it is killed itself, they end too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
