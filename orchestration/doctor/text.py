"""The results of the checks as text for people: one screen, and a last line that counts what was found."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.doctor.results import AREAS, CheckResult
from orchestration.doctor.words import counted
from orchestration.output.tables import Screen, paragraph

COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}
STATE_WIDTH = 2 + max(map(len, COLOURS)) + 2
# Of sources that fail for one reason, a few show what it is.
MOST_DETAILS = 5


def results_text(results: Sequence[CheckResult], screen: Screen) -> str:
    lines: list[str] = []
    for area in AREAS:
        of_area = [result for result in results if result.area == area]
        if of_area:
            lines += [screen.styled(area.capitalize(), bold=True), *_lines(of_area, screen)]
    return "".join(f"{line}\n" for line in [*lines, "", paragraph(summary(results), screen)])


def _lines(results: Sequence[CheckResult], screen: Screen) -> list[str]:
    details = [result for result in results if result.is_detail and result.state != "ok"]
    shown = [result for result in results if not result.is_detail] + details[:MOST_DETAILS]
    lines = [line for result in shown for line in _of_result(result, screen)]
    if len(details) > MOST_DETAILS:
        more = f"{len(details) - MOST_DETAILS} more like these: `obmin doctor --json` has all."
        lines.append(paragraph(" " * STATE_WIDTH + more, screen))
    return lines


def _of_result(result: CheckResult, screen: Screen) -> list[str]:
    """The sentence behind its state, and the cure below it."""
    margin = " " * STATE_WIDTH
    first, *others = paragraph(margin + result.sentence, screen).split("\n")
    state = screen.styled(f"  {result.state}".ljust(STATE_WIDTH), fg=COLOURS[result.state])
    cure = paragraph(margin + result.cure, screen).split("\n") if result.cure else []
    return [state + first.removeprefix(margin), *others, *cure]


def summary(results: Sequence[CheckResult]) -> str:
    """How many faults and warnings there are."""
    faults, warnings = (sum(result.state == state for result in results) for state in ("fault", "warning"))
    beside = f"; {counted(warnings, 'warning')}" if warnings else ""
    return f"{counted(faults, 'fault')}{beside}." if faults else f"Nothing is at fault{beside}."
