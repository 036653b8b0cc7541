"""How a command is stopped: Ctrl-C and SIGTERM end any wait, with one sentence and an exit status of their own.

What is stored of an unfinished step is decided in that step.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import click

from orchestration.defs.run_outcomes import INTERRUPTS

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# 128 + SIGINT, the shells' status for a program that Ctrl-C ended; here for SIGTERM too.
STATUS = 130
SENTENCE = "Stopped; what was fetched is kept. Run again to go on from there."
SENTENCE_OF_SERVER = "Stopped."
# After this the process is ended whatever still holds it: the files survive a kill at any time.
SECONDS_TO_END = 1.5
# Python's process that removes a program's semaphores warns when the program, ended so, left them to it. It takes
# these options when it starts.
NO_WARNING = "ignore:resource_tracker:UserWarning"

_was_asked = threading.Event()
_was_reported = threading.Event()
_serves = threading.Event()
_when_asked: list[Callable[[], None]] = []


class Stopped(click.ClickException):
    """The command was asked to end."""

    exit_code = STATUS

    def __init__(self) -> None:
        super().__init__(_sentence())

    def show(self, file: object = None) -> None:
        _was_reported.set()
        click.echo(self.message, err=True)


def was_asked() -> bool:
    """True once a signal has asked this command to end."""
    return _was_asked.is_set()


def serves() -> None:
    """From here on the command only serves: stopping it leaves no work unfinished."""
    _serves.set()


@contextmanager
def stoppable() -> Iterator[None]:
    """While the block runs, SIGTERM ends it as Ctrl-C does. Raises Stopped, wherever in the block that was.

    Dagster raises its own error in a step, and DuckDB a RuntimeError in a query; either may also be lost, or come
    late while a lock, a thread or C code is waited for. So the system also notifies a thread of the signal, whichever
    handler is set: after SECONDS_TO_END the thread ends the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _serves.clear()
    if NO_WARNING not in sys.warnoptions:
        sys.warnoptions.append(NO_WARNING)
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    wakeup_before = signal.set_wakeup_fd(sending, warn_on_full_buffer=False)
    threading.Thread(target=_end_in_time, args=(receiving,), daemon=True, name="end at a signal").start()
    try:
        yield
    except BaseException as error:
        is_done = isinstance(error, SystemExit | click.exceptions.Exit) and not _status(error)
        if not is_interrupt(error) and (is_done or not was_asked()):
            raise
        raise Stopped from error
    finally:
        signal.set_wakeup_fd(wakeup_before)
        os.close(sending)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def at_a_signal(act: Callable[[], None]) -> Iterator[None]:
    """While the block runs, ``act`` is called at the first signal, in a thread of its own."""
    _when_asked.append(act)
    try:
        yield
    finally:
        _when_asked.remove(act)


def is_interrupt(error: BaseException | None) -> bool:
    """True for an error that an interrupt raises, and for one caused by it."""
    while error is not None:
        if type(error).__name__ in INTERRUPTS:
            return True
        error = error.__cause__
    return False


def _sentence() -> str:
    return SENTENCE_OF_SERVER if _serves.is_set() else SENTENCE


def _try(act: Callable[[], None]) -> None:
    with suppress(Exception):  # the process is ending, and only its own message should be shown
        act()


def _status(error: BaseException) -> object:
    return error.code if isinstance(error, SystemExit) else getattr(error, "exit_code", 1)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    _was_asked.set()
    raise KeyboardInterrupt


def _end_in_time(receiving: int) -> None:
    """Wait for a signal, then for SECONDS_TO_END, and end the process; without a signal, wait for the block's end."""
    while number := os.read(receiving, 1):
        if number[0] in SIGNALS:
            break
    os.close(receiving)
    if not number:
        return
    _was_asked.set()
    for act in list(_when_asked):
        threading.Thread(target=_try, args=(act,), daemon=True, name="at a signal").start()
    threading.Event().wait(SECONDS_TO_END)
    if not _was_reported.is_set():
        with suppress(OSError, ValueError):
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{_sentence()}\n".encode())
    os._exit(STATUS)
