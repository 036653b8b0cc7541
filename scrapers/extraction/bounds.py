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

EXACT, AT_MOST, UP_TO = "exact", "at_most", "up_to"
OF_CONCEPTS = ("at_least", "about")
REACH = 3  # tokens before a number that may bound it


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
        begin = first - len(phrase.words)
        if begin >= sentence.first and _is_at(tokens, begin, phrase):
            is_range = phrase.bound == UP_TO and begin > sentence.first and tokens[begin - 1].kind == "number"
            return Bound(EXACT, first, last) if is_range else Bound(phrase.bound, begin, last)
    for phrase in _phrases_at("behind", tokens, sentence, last):
        if last + len(phrase.words) <= sentence.last and _is_at(tokens, last, phrase):
            return Bound(phrase.bound, first, last + len(phrase.words))
    for at in range(first - 1, max(sentence.first, first - REACH) - 1, -1):
        if tokens[at].kind == "number":
            break
        for bound in OF_CONCEPTS:
            if bound in words[at].concepts:
                return Bound(bound, at, last)
    return Bound(EXACT, first, last)


def _phrases_at(place: str, tokens: Sequence[Token], sentence: Sentence, at: int) -> Sequence[_Phrase]:
    """The phrases whose word next to the number is the token at ``at``."""
    return _phrases(place).get(tokens[at].text, ()) if sentence.first <= at < sentence.last else ()


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
