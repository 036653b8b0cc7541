"""Whether a number is "exact", "at_least", "about", "at_most" or "up_to", by the words around it: words/bounds.yaml.

Whether a bounded number is a figure, and of what, is decided in decoding.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from scrapers.extraction.tokens import Sentence, Token
from scrapers.extraction.vocabulary import Word, words_of

EXACT, AT_LEAST, ABOUT, AT_MOST, UP_TO = "exact", "at_least", "about", "at_most", "up_to"
OF_CONCEPTS = (AT_LEAST, ABOUT)
REACH = 3  # tokens before a number that may bound it
# Behind these a bound is that of something else: "after more than a year 95 defenders came home".
TIMES = frozenset({"year_word", "month_word", "week_word"})
CLAUSE_ENDS = frozenset(",;:()")


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    bound: str


class Bound(NamedTuple):
    """A bound, and tokens first..last of the number with the words that bound it."""

    kind: str
    first: int
    last: int


def bound_of(tokens: Sequence[Token], words: Sequence[Word], sentence: Sentence, first: int, last: int) -> Bound:
    """The bound of the number in tokens first..last of a sentence."""
    for phrase in _phrases_at("before", tokens, sentence, first - 1):
        begin = _begin_of(phrase, tokens, sentence, first)
        if begin is not None:
            is_range = phrase.bound == UP_TO and begin > sentence.first and tokens[begin - 1].kind == "number"
            return _of_range(tokens, sentence, begin, first, last) if is_range else Bound(phrase.bound, begin, last)
    for phrase in _phrases_at("behind", tokens, sentence, last):
        if last + len(phrase.words) <= sentence.last and _is_at(tokens, last, phrase):
            return Bound(phrase.bound, first, last + len(phrase.words))
    if _is_end_of_range(tokens, sentence, first):
        return Bound(ABOUT, first, last)
    return _by_a_word(tokens, words, sentence, first, last)


def _by_a_word(tokens: Sequence[Token], words: Sequence[Word], sentence: Sentence, first: int, last: int) -> Bound:
    """The bound by a word of the concepts that stands near before the number, in its clause."""
    for at in range(first - 1, max(sentence.first, first - REACH) - 1, -1):
        concepts = words[at].concepts
        if tokens[at].kind == "number" or tokens[at].text in CLAUSE_ENDS or not TIMES.isdisjoint(concepts):
            break
        kind = next((bound for bound in OF_CONCEPTS if bound in concepts), None)
        if kind is None or _is_of_a_phrase(tokens, at):
            continue
        less = _less_at(tokens, sentence, at) if kind == AT_LEAST else None
        return Bound(kind, at, last) if less is None else Bound(AT_MOST, less, last)
    return Bound(EXACT, first, last)


def _less_at(tokens: Sequence[Token], sentence: Sentence, at: int) -> int | None:
    """The token of "fewer" in "fewer than the planned 95"; None also for "no fewer than"."""
    held = words_of("bounds")
    place = next((p for p in (at, at - 1) if p >= sentence.first and tokens[p].text in held["less"]), None)
    is_negated = place is not None and place > sentence.first and tokens[place - 1].text in held["negations"]
    return None if is_negated else place


def _is_of_a_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is no bound because of those around it: "handed over 95", "told about the 95"."""
    return any(
        word == tokens[at].text
        and [token.text for token in tokens[max(0, at - place) : at - place + len(phrase)]] == phrase
        for phrase in words_of("bounds")["no_bounds"]
        for place, word in enumerate(phrase)
    )


def _of_range(tokens: Sequence[Token], sentence: Sentence, to: int, first: int, last: int) -> Bound:
    """ "From 90 to 95" is about 95; "28 to 1" and "the total grew from 95 to 3,767" are exact. ``to``: its token."""
    opens = to - 2
    is_open = opens >= sentence.first and tokens[opens].text in words_of("bounds")["ranges"]
    return Bound(ABOUT if is_open and _is_near(tokens[to - 1], tokens[first]) else EXACT, first, last)


def _is_end_of_range(tokens: Sequence[Token], sentence: Sentence, first: int) -> bool:
    """ "5-7 civilians", "between 90 and 95 people": the number at ``first`` is the upper end of a range."""
    if first - 2 < sentence.first or tokens[first - 2].kind != "number":
        return False
    start, joint = tokens[first - 2], tokens[first - 1]
    is_joined = joint.text == "-" and start.end == joint.start and joint.end == tokens[first].start
    held = words_of("bounds")
    opens = tokens[first - 3].text if first - 3 >= sentence.first else ""
    is_between = opens in held["between"] and joint.text in held["between_and"]
    return (is_joined or is_between) and _is_near(start, tokens[first])


def _is_near(start: Token, end: Token) -> bool:
    """Whether two numbers may be the ends of a range: the second is greater, but less than twice as great."""
    numbers = [token.text for token in (start, end) if token.text.isdecimal()]
    return len(numbers) == 2 and int(numbers[0]) < int(numbers[1]) < 2 * int(numbers[0])


def _phrases_at(place: str, tokens: Sequence[Token], sentence: Sentence, at: int) -> Sequence[_Phrase]:
    """The phrases whose word next to the number is the token at ``at``."""
    return _phrases(place).get(tokens[at].text, ()) if sentence.first <= at < sentence.last else ()


def _begin_of(phrase: _Phrase, tokens: Sequence[Token], sentence: Sentence, end: int) -> int | None:
    """The first token of a phrase that ends before ``end``, whatever commas it has: "не менше, ніж"; else None."""
    at = end
    for word in reversed(phrase.words):
        at -= 1
        while at > sentence.first and at < end - 1 and tokens[at].text == ",":
            at -= 1
        if at < sentence.first or tokens[at].text != word:
            return None
    return at


def _is_at(tokens: Sequence[Token], begin: int, phrase: _Phrase) -> bool:
    return all(tokens[begin + place].text == word for place, word in enumerate(phrase.words))


@cache
def _phrases(place: str) -> dict[str, list[_Phrase]]:
    """The phrases before or behind a number, by their word next to it, the longest first."""
    held = words_of("bounds")[place]
    found = [_Phrase(tuple(words), bound) for bound, phrases in held.items() for words in phrases]
    by_word: dict[str, list[_Phrase]] = defaultdict(list)
    for phrase in sorted(found, key=lambda phrase: -len(phrase.words)):
        by_word[phrase.words[-1 if place == "before" else 0]].append(phrase)
    return dict(by_word)
