"""The words the reader knows, and the matching of their patterns against tokens.

Loading and matching only: every word stands in lexicon/*.yaml.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from scrapers.reading.text import Token

LANGUAGES = ("uk", "en", "ru")


@dataclass(frozen=True, slots=True)
class Mark:
    """A pattern found: ``concept`` such as "service", its ``code``, tokens first..last (excluded)."""

    concept: str
    code: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    concept: str
    code: str
    words: tuple[str, ...]


class Lexicon:
    """Patterns by the first word, so that matching costs one look-up a token."""

    def __init__(
        self, by_language: dict[str, dict[str, Any]], numbers: dict[str, Any], branches: dict[str, Any]
    ) -> None:
        self._exact: dict[str, list[_Pattern]] = defaultdict(list)
        self._stems: dict[str, list[_Pattern]] = defaultdict(list)
        self._seen: dict[str, list[_Pattern]] = {}
        self.conjunctions: frozenset[str] = frozenset()
        self.abbreviations: frozenset[str] = frozenset()
        for words in by_language.values():
            self.conjunctions |= frozenset(words["conjunctions"])
            self.abbreviations |= frozenset(words["abbreviations"])
            for concept, entries in words.items():
                for code, patterns in _coded(entries).items():
                    for pattern in patterns:
                        self._add(concept, str(code), pattern)
        self.number_words: dict[str, int] = {
            form: value
            for group in ("units", "tens", "hundreds")
            for value, forms in numbers[group].items()
            for form in forms
        }
        self.holds: dict[str, frozenset[str]] = {k: frozenset(v) for k, v in branches["holds"].items()}
        self.thousands = frozenset(numbers["thousands"])
        self._ordinals = [
            (re.compile(form.replace("*", r"\w*") + r"\Z"), value)
            for value, forms in numbers["ordinals"].items()
            for form in forms
        ]
        self._ordinal_seen: dict[str, int | None] = {}

    def marks(self, tokens: list[Token]) -> list[Mark]:
        """All marks, longest first at each token and concept, in the order of the text."""
        found: list[Mark] = []
        covered: dict[str, int] = {}
        for index, token in enumerate(tokens):
            if token.kind not in ("word", "mark"):
                continue
            if not (patterns := self._starting_with(token.text)):
                continue
            best: dict[str, Mark] = {}
            for pattern in patterns:
                last = index + 1 if len(pattern.words) == 1 else self._match(pattern, tokens, index)
                if last and (pattern.concept not in best or best[pattern.concept].last < last):
                    best[pattern.concept] = Mark(pattern.concept, pattern.code, index, last)
            for concept, mark in best.items():
                if covered.get(concept, 0) <= index:
                    found.append(mark)
                    covered[concept] = mark.last
        return found

    def begins_number(self, word: str) -> bool:
        return word in self.number_words or word in self.thousands or self.ordinal(word) is not None

    def ordinal(self, word: str) -> int | None:
        """The value of an ordinal number word, such as "дев'ятий"."""
        if word not in self._ordinal_seen:
            if len(self._ordinal_seen) > 50_000:
                self._ordinal_seen.clear()
            values = (value for regex, value in self._ordinals if regex.match(word))
            self._ordinal_seen[word] = next(values, None)
        return self._ordinal_seen[word]

    def _add(self, concept: str, code: str, pattern: str) -> None:
        if not isinstance(pattern, str):
            raise TypeError(f"lexicon: {concept}/{code}: {pattern!r} is not a word; quote it in the YAML")
        words = tuple(pattern.lower().split())
        target = self._stems if words[0].endswith("*") else self._exact
        target[words[0].rstrip("*")].append(_Pattern(concept, code, words))

    def _starting_with(self, word: str) -> list[_Pattern]:
        found = self._seen.get(word)
        if found is None:
            found = list(self._exact.get(word, ()))
            for length in range(2, min(len(word), 24) + 1):
                found += self._stems.get(word[:length], ())
            if len(self._seen) > 50_000:  # hostile text must not grow the process
                self._seen.clear()
            self._seen[word] = found
        return found

    def _match(self, pattern: _Pattern, tokens: list[Token], first: int) -> int:
        """The token after the match, or 0. The first word is known to match."""
        index = first + 1
        for word in pattern.words[1:]:
            if index >= len(tokens):
                return 0
            text = tokens[index].text
            if word == "&":
                if text not in self.conjunctions and text not in (",", "/", "-"):
                    return 0
            elif word.endswith("*"):
                if not text.startswith(word[:-1]):
                    return 0
            elif text != word:
                return 0
            index += 1
        return index


def _coded(entries: Any) -> dict[Any, list[str]]:
    return entries if isinstance(entries, dict) else {"": entries}


@cache
def load_lexicon() -> Lexicon:
    """The lexicons of all languages together: a text may quote another language.

    Raises TypeError when an entry is not a word.
    """
    folder = resources.files("scrapers.reading") / "lexicon"

    def words_of(name: str) -> dict[str, Any]:
        # The C loader is as safe and ten times as fast; importing the reader must stay quick.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return dict(yaml.load((folder / f"{name}.yaml").read_text("utf-8"), Loader=loader))  # noqa: S506

    return Lexicon(
        {language: words_of(language) for language in LANGUAGES}, words_of("numbers"), words_of("branches")
    )


def vocabulary(concept: str) -> tuple[str, ...]:
    """The codes that a concept has in any language, sorted: for example all service branches."""
    folder = resources.files("scrapers.reading") / "lexicon"
    codes = itertools.chain.from_iterable(
        _coded(yaml.safe_load((folder / f"{language}.yaml").read_text("utf-8")).get(concept, {}))
        for language in LANGUAGES
    )
    return tuple(sorted({str(code) for code in codes}))
