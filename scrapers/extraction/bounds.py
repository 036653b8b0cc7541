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
FORMULA = frozenset({"formula", "exchange"})


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
            if not is_range:
                return Bound(phrase.bound, begin, last)
            return Bound(ABOUT if _is_end_of_range(tokens, words, sentence, first) else EXACT, first, last)
    for phrase in _phrases_at("behind", tokens, sentence, last):
        if last + len(phrase.words) <= sentence.last and _is_at(tokens, last, phrase):
            return Bound(phrase.bound, first, last + len(phrase.words))
    if _is_end_of_range(tokens, words, sentence, first):
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
    """The first token of "fewer than the planned 95", "not over 95"; None also for "no fewer than"."""
    held = words_of("bounds")
    place = next((p for p in (at, at - 1) if p >= sentence.first and tokens[p].text in held["less"]), None)
    negated = at if place is None else place
    is_negated = negated > sentence.first and tokens[negated - 1].text in held["negations"]
    if place is None:
        return negated - 1 if is_negated else None  # "not over 95"
    return None if is_negated else place


def _is_of_a_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is no bound because of those around it: "handed over 95", "told about the 95"."""
    return any(
        word == tokens[at].text
        and [token.text for token in tokens[max(0, at - place) : at - place + len(phrase)]] == phrase
        for phrase in words_of("bounds")["no_bounds"]
        for place, word in enumerate(phrase)
    )


def _is_end_of_range(tokens: Sequence[Token], words: Sequence[Word], sentence: Sentence, first: int) -> bool:
    """ "5-7 civilians", "from 90 to 95", "between 90 and 95 people": the number at ``first`` is the upper end of a
    range. "The total grew from 50 to 60" and "a 90-95 formula" are exact.
    """
    if first - 2 < sentence.first or tokens[first - 2].kind != "number":
        return False
    held, (start, joint) = words_of("bounds"), tokens[first - 2 : first]
    opens = tokens[first - 3].text if first - 3 >= sentence.first else ""
    before = range(max(sentence.first, first - 3 - REACH), first - 2)
    low, high = _digits(start), _digits(tokens[first])
    if low is None or high is None or low >= high or any(tokens[at].text in held["growth"] for at in before):
        return False
    for opening, closing in (("between", "between_and"), ("ranges", "range_to")):
        if opens in held[opening] and joint.text in held[closing]:
            return True
    is_formula = any(not FORMULA.isdisjoint(words[at].concepts) for at in before)
    return _is_dash(start, joint, tokens[first]) and not is_formula and high < 2 * low


def _is_dash(start: Token, joint: Token, end: Token) -> bool:
    return joint.text == "-" and start.end == joint.start and joint.end == end.start


def _digits(token: Token) -> int | None:
    """The value of a number in digits, also in groups of three."""
    digits = "".join(mark for mark in token.text if mark.isdecimal())
    return int(digits) if token.kind == "number" and digits else None


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
