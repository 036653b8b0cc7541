"""The `obmin` command in processes that are forked from one in which it is imported already.

Half of a small refresh is imports. Tests of how the command itself starts, and services, start it as users do.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType

from orchestration.settings import PROJECT

REFRESH_SAMPLE, REFRESH_LIVE = ("--profile", "sample", "run"), ("--profile", "live", "run")
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.support.obmin_imports"])


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit status, or minus the number of the signal that killed it, and what was printed."""

    status: int
    stdout: str
    stderr: str


class ObminProcess:
    """`obmin` with these arguments and exactly this environment, in the checkout; killed where its block ends.

    ``stdout`` and ``stderr`` are text to be read as it comes, as of a Popen with two pipes.
    """

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
        (self._out, out), (self._err, err) = _FORKS.Pipe(duplex=False), _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(target=_run, args=(arguments, dict(environment), out, err))
        self._process.start()
        out.close()
        err.close()
        self.stdout, self.stderr = (
            os.fdopen(os.dup(end.fileno()), encoding="utf-8") for end in (self._out, self._err)
        )

    def __enter__(self) -> ObminProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        for end in (self.stdout, self.stderr, self._out, self._err):
            end.close()

    def is_running(self) -> bool:
        return self._process.is_alive()

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def wait(self, seconds: float | None = None) -> int | None:
        """The status as in Ended; None if it still runs after ``seconds``."""
        self._process.join(seconds)
        return self._process.exitcode

    def end(self, seconds: float | None = None) -> Ended:
        """Read all that it prints and wait for its end; fails if it runs longer than ``seconds``."""
        with ThreadPoolExecutor(2) as readers:
            printed = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            status = self.wait(seconds)
            if status is None:
                self._process.kill()  # the readers wait for its end
        assert status is not None, f"it ran longer than {seconds} seconds: {printed[1].result()[-3000:]}"
        return Ended(status, *(one.result() for one in printed))


def run_obmin(arguments: tuple[str, ...], environment: Mapping[str, str], seconds: float | None = None) -> Ended:
    """Run `obmin` to its end."""
    with ObminProcess(arguments, environment) as process:
        return process.end(seconds)


def _run(arguments: tuple[str, ...], environment: dict[str, str], out: Connection, err: Connection) -> None:
    from orchestration.cli.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(PROJECT)
    for end, number in ((out, 1), (err, 2)):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = ["obmin", *arguments]
    main()
