"""The extractor's vocabulary: concepts, names, days, numbers; and pattern matching against tokens.

Loading and matching only: the words are in words/*.yaml; their meaning in a text is predicted by model.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from scrapers.extraction.tokens import Token, fold
from scrapers.yaml_file import read_shipped

# Hostile text must not exhaust memory: each word cache is cleared at this size.
REMEMBERED = 50_000
LONG = 5  # letters: a shorter word with a typo can be another word
STEM = 5  # first letters of a word, used as its stem


class Mark(NamedTuple):
    """A matched pattern: ``concept`` such as "services", its ``code``, tokens first..last (excluded)."""

    concept: str
    code: str
    first: int
    last: int


class Word(NamedTuple):
    """A word's stem, and its concepts from concepts.yaml."""

    stem: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    concept: str
    code: str
    words: tuple[str, ...]


class Vocabulary:
    """Patterns indexed by their first words, so that matching costs about one lookup per token."""

    def __init__(
        self, concepts: dict[str, Any], names: dict[str, Any], dates: dict[str, Any], numbers: dict[str, Any]
    ):
        self._exact: dict[str, list[_Pattern]] = defaultdict(list)
        self._stems: dict[str, list[_Pattern]] = defaultdict(list)
        self._starts: dict[str, tuple[_Pattern, ...]] = {}
        self._words: dict[str, Word] = {}
        self._meanings: dict[str, set[str]] = defaultdict(set)
        self._meanings_by_stem: dict[str, set[str]] = defaultdict(set)
        self._add_meanings(concepts)
        for concept in ("services", "beside_a_count", "mediators"):
            self._add_all(concept, names[concept])
        for concept, entries in dates.items():
            coded = all(isinstance(value, dict) for value in entries.values())
            self._add_all(concept, entries if coded else {"": entries})
        self._add_all("as_many", {"": numbers["as_many"]})
        self.abbreviations = frozenset(_all(names["abbreviations"]))
        self.holds: dict[str, frozenset[str]] = {k: frozenset(v) for k, v in names["holds"].items()}
        self.span_words = frozenset(_all(dates["spans"]))
        self.between_days = frozenset(_all(dates["between_days"]))
        self.before_months = frozenset(_all(dates["before_months"]))
        self.before_times = frozenset(_all(dates["before_times"]))
        self.since_words = frozenset(_all(dates["since"]))
        self.before_a_time = frozenset(_all(dates["before_a_time"]))
        self.last_one = frozenset(_all(dates["last_one"]))
        self.not_on_a_holiday = frozenset(_all(dates["not_on_a_holiday"]))
        self.within_a_holiday = frozenset(_all(dates["within_a_holiday"]))
        self.eves = frozenset(_all(dates["eves"]))
        self.on_a_day = frozenset(_all(dates["on_a_day"]))
        self.month_nouns = frozenset(
            fold(form) for forms in dates["months"].values() for form in _all(forms) if not form.endswith("*")
        )
        self.units_of_time = {
            fold(form): str(unit) for unit, forms in dates["units_of_time"].items() for form in _all(forms)
        }
        self.on_a_holiday = frozenset(_all(dates["on_a_holiday"]))
        self.of_a_month = frozenset(_all(dates["of_a_month"]))
        self.eves_of = frozenset(tuple(words.split()) for words in _all(dates["eves_of"]))
        self.alternatives = frozenset(_all(dates["alternatives"]))
        self.ago = frozenset(_all(dates["ago"]))
        self.before_years = frozenset(_all(dates["before_years"]))
        self.several = frozenset(_all(numbers["several"]))
        self.couple_of = tuple(tuple(words.split()) for words in _all(numbers["couple_of"]))
        self.plural_multiples = frozenset(_all(numbers["plural_multiples"]))
        self.genitives = frozenset(_all(numbers["genitives"]))
        self.day_suffixes = frozenset(_all(dates["day_suffixes"]))
        self.on_the = frozenset(tuple(words.split()) for words in _all(dates["on_the"]))
        self.after_a_day = frozenset(_all(dates["after_a_day"]))
        self.only_capital = frozenset(names["only_capital"])
        self._add_numbers(numbers)

    def _add_meanings(self, concepts: dict[str, Any]) -> None:
        for concept, by_language in concepts.items():
            for word in _all(by_language):
                target = self._meanings_by_stem if word.endswith("*") else self._meanings
                target[fold(word).rstrip("*")].add(concept)

    def _add_numbers(self, numbers: dict[str, Any]) -> None:
        self.number_words: dict[str, int] = {
            fold(form): value
            for group in ("units", "tens", "hundreds", "halves")
            for value, forms in numbers[group].items()
            for form in forms
        }
        self.thousands = frozenset(numbers["thousands"])
        self.exact_after = frozenset(numbers["exact_after"])
        self.vague = frozenset(numbers["vague"])
        self.multiples = {word: value for value, forms in numbers["multiples"].items() for word in forms}
        self.one_and_a_half = frozenset(numbers["one_and_a_half"])
        self.and_a_half = tuple(tuple(fold(words).split()) for words in numbers["and_a_half"])
        self.half = tuple(tuple(fold(words).split()) for words in numbers["half"])
        self.formula_joins = frozenset(numbers["formula_joins"])
        self.joins, self.hundred = frozenset(numbers["joins"]), frozenset(numbers["hundred"])
        self.ordinal_suffixes = frozenset(map(fold, numbers["ordinal_suffixes"]))
        self.cardinal_suffixes = frozenset(map(fold, numbers["cardinal_suffixes"]))
        self._number_words_by_letter: dict[str, list[str]] = defaultdict(list)
        for word in (*self.number_words, *self.thousands):
            self._number_words_by_letter[word[0]].append(word)
        self._ordinals = [
            (re.compile(fold(form).replace("*", r"\w*") + r"\Z"), value)
            for value, forms in numbers["ordinals"].items()
            for form in forms
        ]
        self._ordinal_seen: dict[str, int | None] = {}
        self._begins: dict[str, bool] = {}

    def word(self, text: str) -> Word:
        """Stem and concepts of a folded word, such as Token.text."""
        known = self._words.get(text)
        if known is None:
            if len(self._words) > REMEMBERED:
                self._words.clear()
            meanings = set(self._meanings.get(text, ()))
            for length in range(1, min(len(text), 24) + 1):
                meanings |= self._meanings_by_stem.get(text[:length], set())
            known = self._words[text] = Word(text[:STEM], tuple(sorted(meanings)))
        return known

    def marks(self, tokens: list[Token]) -> list[Mark]:
        """All names and date expressions, the longest per token and concept, in text order."""
        found: list[Mark] = []
        covered: dict[str, int] = {}
        starts = self._starts
        for index, token in enumerate(tokens):
            patterns = starts.get(token.text)
            if patterns is None:
                patterns = self._beginning_with(token.text)
            if not patterns:
                continue
            best: dict[str, _Pattern] = {}
            for pattern in patterns:
                held = best.get(pattern.concept)
                if (held is None or len(held.words) < len(pattern.words)) and self._continues(pattern, tokens, index):
                    best[pattern.concept] = pattern
            for concept, pattern in best.items():
                if covered.get(concept, 0) <= index:
                    last = index + len(pattern.words)
                    found.append(Mark(concept, pattern.code, index, last))
                    covered[concept] = last
        return found

    def begins_number(self, word: str) -> bool:
        """Whether a word can begin a number, cardinal or ordinal."""
        known = self._begins.get(word)
        if known is None:
            if len(self._begins) > REMEMBERED:
                self._begins.clear()
            known = word in self.number_words or word in self.thousands or self.ordinal(word) is not None
            known = known or word in self.one_and_a_half or any(word == words[0] for words in self.half)
            self._begins[word] = known
        return known

    def is_misspelt_number(self, word: str) -> bool:
        """Whether a word is otherwise unknown, but one typo away from a number word."""
        known = self.begins_number(word) or word in self.multiples or self._beginning_with(word)
        if len(word) < LONG or known or self.word(word).concepts:
            return False
        return any(
            is_one_slip(word, right) for right in self._number_words_by_letter.get(word[0], ()) if len(right) >= LONG
        )

    def ordinal(self, word: str) -> int | None:
        """The value of an ordinal number word, such as "дев'ятий"."""
        if word not in self._ordinal_seen:
            if len(self._ordinal_seen) > REMEMBERED:
                self._ordinal_seen.clear()
            self._ordinal_seen[word] = next((value for regex, value in self._ordinals if regex.match(word)), None)
        return self._ordinal_seen[word]

    def _add_all(self, concept: str, entries: dict[Any, dict[str, list[str]]]) -> None:
        for code, by_language in entries.items():
            for pattern in _all(by_language):
                words = tuple(fold(pattern).split())
                target = self._stems if words[0].endswith("*") else self._exact
                target[words[0].rstrip("*")].append(_Pattern(concept, str(code), words))

    def _beginning_with(self, word: str) -> tuple[_Pattern, ...]:
        if len(self._starts) > REMEMBERED:
            self._starts.clear()
        patterns = list(self._exact.get(word, ()))
        for length in range(1, min(len(word), 24) + 1):
            patterns += self._stems.get(word[:length], ())
        found = self._starts[word] = tuple(patterns)
        return found

    def _continues(self, pattern: _Pattern, tokens: list[Token], first: int) -> bool:
        words = pattern.words
        if first + len(words) > len(tokens):
            return False
        for offset in range(1, len(words)):
            word, text = words[offset], tokens[first + offset].text
            if not (text.startswith(word[:-1]) if word.endswith("*") else text == word):
                return False
        return True


def is_one_slip(word: str, right: str) -> bool:
    """Whether the words differ by one letter too many, too few or wrong, or by two adjacent letters swapped."""
    if len(word) == len(right):
        wrong = [place for place, (a, b) in enumerate(zip(word, right, strict=True)) if a != b]
        if len(wrong) == 2:
            left, second = wrong
            return second == left + 1 and word[left] == right[second] and word[second] == right[left]
        return len(wrong) == 1
    short, long = sorted((word, right), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _all(by_language: dict[str, list[str]]) -> Iterator[str]:
    for words in by_language.values():
        for word in words:
            if not isinstance(word, str):
                raise TypeError(f"words: {word!r} is not a word; quote it in the YAML")
            yield word


@cache
def load_vocabulary() -> Vocabulary:
    """All languages together, since a text may quote another one. Raises TypeError when an entry is not a word."""
    return Vocabulary(words_of("concepts"), words_of("names"), words_of("dates"), words_of("numbers"))


@cache
def codes(concept: str) -> tuple[str, ...]:
    """The codes of "services" or "mediators", sorted."""
    return tuple(sorted(words_of("names")[concept]))


@cache
def words_of(name: str) -> dict[str, Any]:
    """The entries of words/NAME.yaml."""
    return dict(read_shipped("scrapers.extraction", f"words/{name}.yaml"))
