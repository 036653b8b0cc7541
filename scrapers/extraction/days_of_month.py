"""Days told by their number alone: "24-го – 307", "on the 23rd". Their month is the one named shortly before.

Days with their month are in written_days.py; what else may explain a day is in dates.py.
"""

from __future__ import annotations

from datetime import date, timedelta

from scrapers.extraction.tokens import Token
from scrapers.extraction.vocabulary import Vocabulary
from scrapers.extraction.written_days import AHEAD, Day, day_number, place_day

FAR = 30  # tokens: a month named farther away says nothing about the day
Span = tuple[int, int]  # the first token, and the one after the last


def with_days_of_month(
    days: list[Day], tokens: list[Token], published: date | None, vocabulary: Vocabulary
) -> list[Day]:
    """``days`` and those told by their number, in text order."""
    taken = {i for day in days for i in range(day.first, day.last)}
    spans = _told_by_number(tokens, vocabulary)
    alone = {span[0]: Day(None, *span, "written") for span in spans if taken.isdisjoint(range(*span))}
    found: list[Day] = []
    named: Day | None = None  # the last one with a value
    for day in sorted([*days, *alone.values()], key=lambda day: day.first):
        found.append(_placed(day, tokens, named, published) if day.first in alone else day)
        named = found[-1] if found[-1].value is not None else named
    return found


def _told_by_number(tokens: list[Token], vocabulary: Vocabulary) -> list[Span]:
    """Where days stand: "13-го", but not "13-го обміну", nor the first two of "1-го, 2-го и 3-го батальонов"."""
    spans = {index: span for index in range(len(tokens)) if (span := _ordinal(index, tokens, vocabulary)) is not None}
    starts = {first: index for index, (first, _) in spans.items()}
    days: set[int] = set()
    for index in sorted(spans, reverse=True):
        last = spans[index][1]
        is_listed = last + 1 in starts and (tokens[last].text == "," or tokens[last].text in vocabulary.span_words)
        if starts[last + 1] in days if is_listed else _is_alone(last, tokens, vocabulary):
            days.add(index)
    return [spans[index] for index in sorted(days)]


def _ordinal(index: int, tokens: list[Token], vocabulary: Vocabulary) -> Span | None:
    """ "13-го", "on the 23rd": the place of an ordinal that may be a day of a month."""
    if day_number(tokens[index]) is None:
        return None
    after = [token.text for token in tokens[index + 1 : index + 3]]
    if len(after) == 2 and after[0] == "-" and after[1] in vocabulary.day_suffixes:
        return index, index + 3
    before = tuple(token.text for token in tokens[max(0, index - 2) : index])
    is_on_the = before in vocabulary.on_the and bool(after) and after[0] in vocabulary.ordinal_suffixes
    return (index - 2, index + 2) if is_on_the else None


def _is_alone(last: int, tokens: list[Token], vocabulary: Vocabulary) -> bool:
    """Whether no noun follows that the ordinal counts."""
    if last >= len(tokens) or tokens[last].kind != "word":
        return True
    word, goes_on = tokens[last].text, last + 1 < len(tokens) and tokens[last + 1].kind == "number"
    is_joined = goes_on and word in vocabulary.span_words  # "on the 24th and 303 on the 25th"
    return is_joined or word in vocabulary.after_a_day or vocabulary.begins_number(word)


def _placed(day: Day, tokens: list[Token], before: Day | None, published: date | None) -> Day:
    """The day in the month that was named last, or in that of publication; or in the one before, so that what took
    place is not told for days to come.
    """
    number = next(number for token in tokens[day.first : day.last] if (number := day_number(token)))
    named = before.value if before is not None and day.first - before.last <= FAR else published
    if named is None:
        return day
    latest = max(published or date.max - AHEAD, named) + AHEAD
    this, previous = named.replace(day=1), named.replace(day=1) - timedelta(days=1)
    placed = [place_day(number, month.month, month.year, None) for month in (this, previous)]
    return day._replace(value=next((value for value in placed if value is not None and value <= latest), None))
