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
            console.print(_marked(body, _marks(reading, field)), soft_wrap=True)
            console.print()
    kind = Text.assemble("Kind: ", (reading.kind, "bold"), f"   language: {reading.language}")
    console.print(kind)
    for order, event in enumerate(reading.events, start=1):
        looks_back = ", looks back" if event.is_recap else ""
        console.print(f"Event {order}: {event.kind} on {event.date} (day from {event.date_basis}){looks_back}")
    for order, statement in enumerate(reading.statements, start=1):
        console.print(Text.assemble((f"  {order:>3} ", _style(statement)), _described(statement)), soft_wrap=True)
    if reading.doubts:
        console.print("Doubts, for a person:")
    for order, doubt in enumerate(reading.doubts, start=1):
        line = Text.assemble((f"  ?{order:<3}", REJECTED), f"{doubt.measure}: {_chances(doubt.readings)}")
        console.print(line, soft_wrap=True)
    if reading.rejected:
        console.print("Rejected:")
    for order, rejected in enumerate(reading.rejected, start=1):
        line = Text.assemble((f"  x{order:<3}", REJECTED), f"{rejected.quote!r}: {rejected.reason}")
        console.print(line, soft_wrap=True)
    for issue in reading.issues:
        console.print(Text.assemble(("Warning: ", "bold red"), issue), soft_wrap=True)


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print the reasons: kinds, the heaviest sentences and features, each number's likeliest labels, the sums."""
    if explanation.ruled_out:
        console.print("Ruled out at first look: no word of captives, exchanges, releases or the dead.")
        return
    console.print(f"What the text is: {_chances(explanation.kinds)}")
    for quote, weight in explanation.sentences:
        console.print(
            Text(f"    without this sentence {weight:.0%} less likely: {for_terminal(quote)}"), soft_wrap=True
        )
    console.print("What each number counts, and the features that weighed most:")
    for number in explanation.numbers:
        console.print(Text(f"    {for_terminal(number.quote)!r}: {_chances(number.labels)}"), soft_wrap=True)
        for feature, weight in number.weights:
            console.print(Text(f"        {weight:.2f} {for_terminal(feature)}"), soft_wrap=True)
    console.print("Sums that close:" if explanation.sums else "No sum closes.")
    for line in explanation.sums:
        console.print(f"    {line}")


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
