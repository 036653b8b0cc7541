"""How far a long step is, in Dagster's log and on the terminal of `obmin run`: a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS_BETWEEN_LINES = 2.0


def every_few_seconds(
    log: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[str], None]:
    """A log that takes a line for each thing that is done, and passes on the first of every few seconds."""
    passed_on_at = clock()

    def say(words: str) -> None:
        nonlocal passed_on_at
        if clock() - passed_on_at >= SECONDS_BETWEEN_LINES:
            passed_on_at = clock()
            log(words)

    return say
