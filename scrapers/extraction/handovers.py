"""The words by which a text sets two exchanges of one day apart, or adds one to an earlier one.

Which numbers are totals is predicted by model.py; whether announcements are of one exchange is decided by dbt.
"""

from __future__ import annotations

from scrapers.extraction.document import Document, Item

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
        if "another" in words[at].concepts:
            return True
    return "another" in words[total.last].concepts if total.last < sentence.last else False


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
        if any("one_day" in word.concepts for word in document.words[counted : min(sentence.last, counted + REACH)]):
            return True
    return False


def totals_set_apart(document: Document, totals: dict[int, int]) -> dict[int, int]:
    """The totals, by item, of several exchanges of one day; empty where the text does not set them apart. A sum of
    all the others is none of them.
    """
    firsts = {value: index for index, value in reversed(totals.items())}
    values = [value for value in sorted(firsts, key=lambda one: firsts[one]) if 2 * value != sum(firsts)]
    mentions = [document.items[firsts[value]] for value in values]
    if len(mentions) < 2 or not all(are_set_apart(document, mentions[0], one) for one in mentions[1:]):
        return {}
    return {index: value for index, value in totals.items() if value in values}


def are_set_apart(document: Document, earlier: Item, later: Item) -> bool:
    """Whether the later total is called another one, or both stand in parts of the day of their own."""
    return is_further(document, later) or (_part_of_day(document, earlier) and _part_of_day(document, later))


def _part_of_day(document: Document, total: Item) -> bool:
    """A morning or an evening between the total and the numbers on both sides of it."""
    sentence = document.sentences[total.sentence]
    for steps in (range(total.first - 1, sentence.first - 1, -1), range(total.last, sentence.last)):
        for at in steps:
            if document.tokens[at].kind == "number":
                break
            if "part_of_day" in document.words[at].concepts:
                return True
    return False
