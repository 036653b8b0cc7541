"""The result of a check: ok, or a warning or fault with its cure. The checks are in the other modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from orchestration.errors import sentence_of, show_traceback

State = Literal["ok", "warning", "fault"]
# Areas in the order in which they are shown.
AREAS = ("environment", "disk", "network", "sources", "storage", "lake", "alerts", "clock")
# Obmin's messages say in one sentence, or two, what is wrong and what to do; the cure begins after one of these.
ENDS_OF_FAULT = (r"\.\s+(?=[A-Z`]|docs/)", r":\s+(?=[a-z`])", r";\s+")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found: ``sentence`` says what is so and where, ``cure`` what to do next, None when it is ok.

    ``is_detail``: one of many of its kind; people are shown it only when it is not ok.
    """

    area: str
    name: str
    state: State
    sentence: str
    cure: str | None = None
    is_detail: bool = False


def ok(area: str, name: str, sentence: str, is_detail: bool = False) -> CheckResult:
    return CheckResult(area, name, "ok", sentence, None, is_detail)


def warning(area: str, name: str, sentence: str, cure: str, is_detail: bool = False) -> CheckResult:
    return CheckResult(area, name, "warning", sentence, cure, is_detail)


def fault(area: str, name: str, sentence: str, cure: str) -> CheckResult:
    return CheckResult(area, name, "fault", sentence, cure)


def fault_of(area: str, name: str, message: str) -> CheckResult:
    """The fault that one of Obmin's error messages describes, its cure set apart."""
    for end in ENDS_OF_FAULT:
        sentence, *rest = re.split(end, message, maxsplit=1)
        if rest:
            cure = rest[0] if rest[0].startswith("docs/") else rest[0][:1].upper() + rest[0][1:]
            return fault(area, name, f"{sentence.rstrip('.')}.", cure)
    return fault(area, name, message, "Fix that, then run `obmin doctor` again.")


def guarded(area: str, name: str, check: Callable[[], list[CheckResult]]) -> list[CheckResult]:
    """A check's results; an error that it raises is a fault of its own, so that the other checks still run.

    An unknown error's text is left out: it may contain an address with a password.
    """
    try:
        return check()
    except Exception as error:
        show_traceback(error)
        if message := sentence_of(error):
            return [fault_of(area, name, message)]
        return [
            fault(
                area,
                name,
                f"This check failed itself ({type(error).__name__}), which is a bug in Obmin.",
                "Run it again with OBMIN_TRACEBACK=1, and report what it shows.",
            )
        ]
