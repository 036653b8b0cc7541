"""Numbers that count nothing: parts of dates, clock times, decimals, addresses, and years."""

from __future__ import annotations

from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Token
from scrapers.reading.marks import Marks


def is_debris(tokens: list[Token], number: Number, in_days: set[int]) -> bool:
    """Parts of dates, clock times, decimals, numbered things and digits inside an address."""
    first, last = number.first, number.last
    if first in in_days or (number.value == 0):
        return True
    token = tokens[first]
    if token.kind == "number" and token.text.startswith("0"):
        return True
    before = tokens[first - 1] if first else None
    after = tokens[last] if last < len(tokens) else None
    touching_before = before is not None and before.end == token.start
    touching_after = after is not None and after.start == tokens[last - 1].end
    if touching_before and before is not None and before.text in "№#/+:_@$€₴":
        return True
    if before is not None and before.text == "№":
        return True
    if touching_after and after is not None:
        if after.text in "%/:" and not _is_label_colon(tokens, last):
            return True
        if after.text in ",." and last + 1 < len(tokens):
            follower = tokens[last + 1]
            return follower.kind == "number" and follower.start == after.end
    if touching_before and before is not None and before.text in ",." and first >= 2:
        return tokens[first - 2].kind == "number" and tokens[first - 2].end == before.start
    return False


def is_year(tokens: list[Token], number: Number, marks: Marks) -> bool:
    if number.in_words or not 1990 <= number.value <= 2100 or " " in tokens[number.first].text:
        return False
    if len(tokens[number.first].text) != 4:
        return False
    if any(m.first == number.last and m.code != "years" for m in marks.of("units", "nouns")):
        return False  # "за 2000 доларів"
    before = tokens[number.first - 1].text if number.first else ""
    year_word = any(m.first == number.last for m in marks.of("year_words"))
    preposition = any(m.last == number.first for m in marks.of("period_prepositions"))
    return year_word or preposition or before in ("з", "із", "since", "of", "from", "с", "від", "до", "to", "ніж")


def _is_label_colon(tokens: list[Token], index: int) -> bool:
    return tokens[index].text == ":" and (index + 1 >= len(tokens) or tokens[index + 1].kind != "number")
