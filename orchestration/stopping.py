"""How a command is stopped: Ctrl-C and SIGTERM end whatever it waits for, with one sentence and a status of its own.

What is kept of an unfinished step is that step's business.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

from orchestration.findings import INTERRUPTS

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(click.ClickException):
    """The command was asked to end. Its status is 130, which shells give a program that Ctrl-C ended."""

    exit_code = 130


@contextmanager
def stoppable() -> Iterator[None]:
    """While the block runs, SIGTERM ends it as Ctrl-C does. Raises Stopped, wherever in the block that was.

    Dagster raises an error of its own in a step, and gives the handlers back afterwards.
    """
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS} if is_main else {}
    try:
        yield
    except BaseException as error:
        if type(error).__name__ not in INTERRUPTS:
            raise
        raise Stopped("Stopped; what was fetched is kept. Run again to go on from there.") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
