"""`obmin read --explain`: prints a text with quotes, doubts and rejected numbers marked, and the reasons.

Display only; the marks are the extractor's statements, doubts and rejections, at their own offsets.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from orchestration.output.sanitize import for_terminal
from scrapers.extraction.explanation import Explanation
from scrapers.extraction.records import Reading, Statement

HANGING = " " * 8
STATED, REJECTED, WHOLE = "bold green", "yellow", "cyan"


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    sign: str
    style: str


def show_reading(reading: Reading, text: str, title: str | None, console: Console) -> None:
    """Print the text with marks, then what each mark stands for.

    A statement's quote is in ⟦ ⟧ and a rejected number in ⟨ ⟩, each with its sign in the list below, so that the
    marks are visible without colours too.
    """
    for field, body in (("title", title), ("text", text)):
        if body:
            _print(_marked(body, _marks(reading, field)), console, "")
            console.print()
    _print(Text.assemble("Kind: ", (reading.kind, "bold"), f"   language: {reading.language}"), console)
    for order, event in enumerate(reading.events, start=1):
        looks_back = ", looks back" if event.is_recap else ""
        day = f"on {event.date} (day from {event.date_basis})" if event.date else "on a day that is not given"
        told = f"Event {order}: {event.kind} {day}{looks_back}"
        _print(Text(told), console)
    for order, statement in enumerate(reading.statements, start=1):
        _print(Text.assemble((f"  {order:>3} ", _style(statement)), _described(statement)), console)
    if reading.doubts:
        console.print("Doubts, for a person:")
    for order, doubt in enumerate(reading.doubts, start=1):
        _print(Text.assemble((f"  ?{order:<3}", REJECTED), f"{doubt.measure}: {_chances(doubt.readings)}"), console)
    if reading.rejected:
        console.print("Rejected:")
    for order, rejected in enumerate(reading.rejected, start=1):
        _print(Text.assemble((f"  x{order:<3}", REJECTED), f"{rejected.quote!r}: {rejected.reason}"), console)
    for issue in reading.issues:
        _print(Text.assemble(("Warning: ", "bold red"), for_terminal(issue)), console)


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print the reasons: kinds, the heaviest sentences and features, each number's likeliest labels, each
    day's, the sums."""
    if explanation.ruled_out:
        console.print("Ruled out at first look: no word of captives, exchanges, releases or the dead.")
        return
    _print(Text(f"What the text is: {_chances(explanation.kinds)}"), console)
    for quote, weight in explanation.sentences:
        _print(Text(f"    without this sentence {weight:.0%} less likely: {for_terminal(quote)}"), console)
    console.print("What each number counts, and how many times its odds are raised by a feature:")
    for number in explanation.numbers:
        _print(Text(f"    {for_terminal(number.quote)!r}: {_chances(number.labels)}"), console)
        for feature, weight in number.weights:
            _print(Text(f"        {weight:.1f} times by {for_terminal(feature)}"), console)
    if explanation.days:
        console.print("What each day is:")
    for day in explanation.days:
        named = f" ({day.day})" if day.day else ""
        _print(Text(f"    {for_terminal(day.quote)!r}{named}: {_chances(day.labels)}"), console)
    console.print("Sums that close:" if explanation.sums else "No sum closes.")
    for line in explanation.sums:
        _print(Text(f"    {line}"), console)


def _print(text: Text, console: Console, hanging: str = HANGING) -> None:
    """Print a text in lines that fit a terminal, those after the first indented; in a pipe in its own lines."""
    if not console.is_terminal:
        console.print(text, soft_wrap=True)
        return
    for number, line in enumerate(text.wrap(console, max(console.width - len(hanging), 1))):
        console.print(Text(hanging if number else "") + line, no_wrap=True)


def _chances(readings: list[tuple[str, float]]) -> str:
    return ", ".join(f"{label} ({chance:.0%})" for label, chance in readings)


def _marks(reading: Reading, field: str) -> list[_Mark]:
    stated = [
        _Mark(s.start, s.end, str(order), _style(s))
        for order, s in enumerate(reading.statements, start=1)
        if s.field == field
    ]
    rejected = [
        _Mark(r.start, r.end, f"x{order}", REJECTED)
        for order, r in enumerate(reading.rejected, start=1)
        if r.field == field
    ]
    doubted = [
        _Mark(d.start, d.end, f"?{order}", REJECTED)
        for order, d in enumerate(reading.doubts, start=1)
        if d.field == field and d.measure != "event"
    ]
    return stated + rejected + doubted


def _marked(text: str, marks: list[_Mark]) -> Text:
    text = for_terminal(text)  # of the same length, so that the marks are where they were
    shown, position = Text(), 0
    # At one offset an inner mark closes before an outer one, and an outer one opens first.
    edges = [(m.end, 0, m.start - m.end, m) for m in marks] + [(m.start, 1, m.start - m.end, m) for m in marks]
    edges.sort(key=lambda edge: (edge[0], edge[1], -edge[2] if edge[1] == 0 else edge[2]))
    for place, opens, _, mark in edges:
        shown.append(text[position:place])
        position = place
        left, right = ("⟨", "⟩") if mark.style == REJECTED else ("⟦", "⟧")
        shown.append(left if opens else f"{right}{mark.sign}", mark.style)
    shown.append(text[position:])
    return shown


def _style(statement: Statement) -> str:
    """A quote that is a whole sentence has a less prominent style than a figure's."""
    return WHOLE if statement.measure == "event" or statement.event is None else STATED


def _described(statement: Statement) -> str:
    value = "" if statement.value is None else f" = {statement.value}"
    bound = "" if statement.bound == "exact" else f" ({statement.bound.replace('_', ' ')})"
    category = f" [{statement.category}]" if statement.category else ""
    within = f", within {statement.within}" if statement.within else ""
    period = statement.period or "uncertain"
    of = f"period {period}" if statement.event is None else f"event {statement.event + 1}"
    return f"{statement.measure}{category}{value}{bound}{within}, {of} ({statement.confidence:.0%})"
