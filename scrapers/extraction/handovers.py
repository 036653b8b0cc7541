"""The words by which a text sets two exchanges of one day apart, or adds one to an earlier one.

Which numbers are totals is predicted by model.py; whether announcements are of one exchange is decided by dbt.
"""

from __future__ import annotations

from scrapers.extraction.document import Document, Item
from scrapers.extraction.vocabulary import load_vocabulary

REACH = 3  # tokens before a number, or after an ordinal
LAST_OF_DAY = 5  # a later exchange than this is none of one day
FURTHER = "further"  # the category of an event that is added to another one of its day


def is_further(document: Document, total: Item) -> bool:
    """ "Another 45 came home", "45 more", "the second exchange of the day": added to another exchange of its day."""
    words, tokens = document.words, document.tokens
    sentence = document.sentences[total.sentence]
    for at in range(total.first - 1, max(sentence.first, total.first - REACH) - 1, -1):
        if tokens[at].kind == "number":
            break
        is_bound = all("at_least" in words[near].concepts for near in (at, at + 1))  # "more than 45"
        if "another" in words[at].concepts and not is_bound:
            return True
    return "another" in words[total.last].concepts if total.last < sentence.last else False


def _is_one_day(document: Document, at: int) -> bool:
    """Whether a word speaks of one day; "три дня" are several."""
    is_counted = any(item.number is not None and item.last == at for item in document.items)
    return "one_day" in document.words[at].concepts and not is_counted


def is_second_of_day(document: Document) -> bool:
    """ "The second exchange today": an ordinal of exchanges in a sentence about one day."""
    for item in document.items:
        number = item.number
        if number is None or not number.is_ordinal or not 1 < number.value <= LAST_OF_DAY:
            continue
        sentence = document.sentences[item.sentence]
        after = [word.concepts for word in document.words[item.last : min(sentence.last, item.last + REACH)]]
        at = next((at for at, concepts in enumerate(after) if "exchange" in concepts or "one_day" in concepts), None)
        if at is None or "exchange" not in after[at]:
            continue
        counted = item.last + at + 1
        near = range(counted, min(sentence.last, counted + REACH))
        if any(_is_one_day(document, at) for at in near) and not _is_of_a_holiday(document, counted):
            return True
    return False


def _is_of_a_holiday(document: Document, at: int) -> bool:
    """ "The second exchange after Independence Day"."""
    marks = load_vocabulary().marks(document.tokens[at : at + REACH + 1])
    return any(mark.concept == "holidays" for mark in marks)


def totals_set_apart(document: Document, totals: dict[int, int]) -> dict[int, int]:
    """For each total of several exchanges of one day, the first total of its exchange, both by item; empty where the
    text does not set them apart. A sum of all the others is none of them.
    """
    first_of = _first_mentions(document, totals)
    firsts = sorted(set(first_of.values()))
    all_people = sum(totals[index] for index in firsts)
    if len(firsts) > 2:  # of two equal ones neither is the sum of the other
        firsts = [index for index in firsts if 2 * totals[index] != all_people]
    mentions = [document.items[index] for index in firsts]
    if len(mentions) < 2 or not all(are_set_apart(document, mentions[0], one) for one in mentions[1:]):
        return {}
    return {index: first for index, first in first_of.items() if first in firsts}


def _first_mentions(document: Document, totals: dict[int, int]) -> dict[int, int]:
    """For each total the first mention of its exchange. The same number again is the same exchange, unless the text
    adds it in another part of the day: "60 in the morning, another 60 in the evening".
    """
    found: dict[int, int] = {}
    latest: dict[int, int] = {}
    for index, value in sorted(totals.items()):
        first = latest.get(value)
        if first is None or _is_added(document, document.items[first], document.items[index]):
            latest[value] = first = index
        found[index] = first
    return found


def _is_added(document: Document, earlier: Item, later: Item) -> bool:
    parts = {_part_of_day(document, earlier), _part_of_day(document, later)}
    return len(parts) == 2 and None not in parts and is_further(document, later)


def are_set_apart(document: Document, earlier: Item, later: Item) -> bool:
    """Whether the later total is called another one, or both stand in parts of the day of their own."""
    return is_further(document, later) or None not in (_part_of_day(document, earlier), _part_of_day(document, later))


def _part_of_day(document: Document, total: Item) -> str | None:
    """The word for a morning or an evening between the total and the numbers on both sides of it."""
    sentence = document.sentences[total.sentence]
    for steps in (range(total.first - 1, sentence.first - 1, -1), range(total.last, sentence.last)):
        for at in steps:
            if document.tokens[at].kind == "number":
                break
            if "part_of_day" in document.words[at].concepts:
                return document.words[at].stem
    return None
