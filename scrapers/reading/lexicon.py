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
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import yaml

from scrapers.extraction.tokens import Token, fold

LANGUAGES = ("uk", "en", "ru")


class Mark(NamedTuple):
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


# What two words in a row begin: (code, length) by concept, and the patterns that need more words.
_Entry = tuple[dict[str, tuple[str, int]], list[_Pattern]]


class Lexicon:
    """Patterns by their first words, so that matching costs about one look-up a token."""

    def __init__(
        self, by_language: dict[str, dict[str, Any]], numbers: dict[str, Any], branches: dict[str, Any]
    ) -> None:
        self._exact: dict[str, list[_Pattern]] = defaultdict(list)
        self._stems: dict[str, list[_Pattern]] = defaultdict(list)
        self._seen: dict[tuple[str, str], _Entry] = {}
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
            fold(form): value
            for group in ("units", "tens", "hundreds")
            for value, forms in numbers[group].items()
            for form in forms
        }
        self.holds: dict[str, frozenset[str]] = {k: frozenset(v) for k, v in branches["holds"].items()}
        self.thousands = frozenset(numbers["thousands"])
        self.exact_after = frozenset(numbers["exact_after"])
        self.vague = frozenset(numbers["vague"])
        self.multiples = {word: value for value, forms in numbers["multiples"].items() for word in forms}
        self._ordinals = [
            (re.compile(fold(form).replace("*", r"\w*") + r"\Z"), value)
            for value, forms in numbers["ordinals"].items()
            for form in forms
        ]
        self._ordinal_seen: dict[str, int | None] = {}
        self._begins: dict[str, bool] = {}

    def marks(self, tokens: list[Token]) -> list[Mark]:
        """All marks, longest first at each token and concept, in the order of the text."""
        found: list[Mark] = []
        covered: dict[str, int] = {}
        seen = self._seen
        texts = [token.text for token in tokens] + [""]
        for index, text in enumerate(texts[:-1]):
            entry = seen.get((text, texts[index + 1]))
            if entry is None:
                entry = self._entry(text, texts[index + 1])
            short, longer = entry
            if longer:
                short = self._with_longer(short, longer, texts, index)
            for concept, (code, length) in short.items():
                if covered.get(concept, 0) <= index:
                    found.append(Mark(concept, code, index, index + length))
                    covered[concept] = index + length
        return found

    def begins_number(self, word: str) -> bool:
        """Whether a word is one of a number's, cardinal or ordinal."""
        known = self._begins.get(word)
        if known is None:
            if len(self._begins) > 50_000:
                self._begins.clear()
            known = word in self.number_words or word in self.thousands or self.ordinal(word) is not None
            self._begins[word] = known
        return known

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
        words = tuple(fold(pattern).split())
        target = self._stems if words[0].endswith("*") else self._exact
        target[words[0].rstrip("*")].append(_Pattern(concept, code, words))

    def _entry(self, word: str, following: str) -> _Entry:
        """What two words in a row begin: the longest of each concept that they decide, and what may go on."""
        patterns = list(self._exact.get(word, ()))
        for length in range(2, min(len(word), 24) + 1):
            patterns += self._stems.get(word[:length], ())
        short: dict[str, tuple[str, int]] = {}
        longer = []
        for pattern in patterns:
            length = len(pattern.words)
            if length > 1 and not self._matches(pattern.words[1], following):
                continue
            if length > 2:
                longer.append(pattern)
            elif pattern.concept not in short or short[pattern.concept][1] < length:
                short[pattern.concept] = (pattern.code, length)
        if len(self._seen) > 50_000:  # hostile text must not grow the process
            self._seen.clear()
        self._seen[word, following] = short, longer
        return short, longer

    def _with_longer(
        self, short: dict[str, tuple[str, int]], longer: list[_Pattern], texts: list[str], first: int
    ) -> dict[str, tuple[str, int]]:
        best = dict(short)
        for pattern in longer:
            length = len(pattern.words)
            rest = zip(pattern.words[2:], texts[first + 2 : first + length], strict=False)
            fits = first + length < len(texts) and all(self._matches(word, text) for word, text in rest)
            if fits and (pattern.concept not in best or best[pattern.concept][1] < length):
                best[pattern.concept] = (pattern.code, length)
        return best

    def _matches(self, word: str, text: str) -> bool:
        """A word of a pattern against a token's text."""
        if word == "&":
            return text in self.conjunctions or text in (",", "/", "-")
        return text.startswith(word[:-1]) if word.endswith("*") else text == word


def _coded(entries: Any) -> dict[Any, list[str]]:
    return entries if isinstance(entries, dict) else {"": entries}


@cache
def load_lexicon() -> Lexicon:
    """The lexicons of all languages together: a text may quote another language.

    Raises TypeError when an entry is not a word.
    """
    folder = resources.files("scrapers.reading") / "lexicon"
    numbers = resources.files("scrapers.extraction") / "words" / "numbers.yaml"

    def words_of(file: Traversable) -> dict[str, Any]:
        # The C loader is as safe and ten times as fast; importing the reader must stay quick.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return dict(yaml.load(file.read_text("utf-8"), Loader=loader))  # noqa: S506

    return Lexicon(
        {language: words_of(folder / f"{language}.yaml") for language in LANGUAGES},
        words_of(numbers),
        words_of(folder / "branches.yaml"),
    )


def vocabulary(concept: str) -> tuple[str, ...]:
    """The codes that a concept has in any language, sorted: for example all service branches."""
    folder = resources.files("scrapers.reading") / "lexicon"
    codes = itertools.chain.from_iterable(
        _coded(yaml.safe_load((folder / f"{language}.yaml").read_text("utf-8")).get(concept, {}))
        for language in LANGUAGES
    )
    return tuple(sorted({str(code) for code in codes}))
