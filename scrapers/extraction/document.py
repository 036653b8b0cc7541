"""Preprocessing of a text: tokens, sentences, and items, the mentions of numbers, days and mediators.

All of it is deterministic. What an item means is predicted by model.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from scrapers.extraction.bounds import EXACT, UP_TO, Bound, bound_of
from scrapers.extraction.dates import find_days
from scrapers.extraction.normalization import NormalizedText, normalize
from scrapers.extraction.numbers import Number, find_numbers
from scrapers.extraction.tokens import Sentence, Token, ends_clause, split_sentences, tokenize
from scrapers.extraction.vocabulary import Mark, Vocabulary, Word, load_vocabulary
from scrapers.extraction.written_days import Day

NO_WORD = Word("", ())
SHORT_NAME = "beside_a_count"  # the concept of names that mean a branch only beside a count of its people
Field = tuple[str, str, NormalizedText, int]  # its name, stored text, normalized text, and offset among the tokens
LABEL_WORDS = 4  # tokens after a number that may name what it counts
LABELS = frozenset(
    {"captive", "soldier", "civilian", "person", "bodies", "officers", "privates", "sergeants", "women", "men"}
    | {"wounded", "exchange", "stage"}
)


class Item(NamedTuple):
    """A mention of ``kind`` "number", "day" or "mediator": tokens first..last (excluded) of sentence ``sentence``."""

    kind: str
    first: int
    last: int
    sentence: int
    number: Number | None = None
    day: Day | None = None
    mediator: str | None = None

    @property
    def value(self) -> int | None:
        """The value of a number that may be a count; None for ordinals, days and names."""
        return self.number.value if self.number is not None and not self.number.is_ordinal else None


@dataclass(slots=True, weakref_slot=True)
class Document:
    """Tokens of the title, a line end, and tokens of the text. ``words`` are aligned with ``tokens``. ``services``
    are the names of branches by token; ``beside_counts`` also those that mean one only beside a count of its people;
    ``only_branch`` is its code where the text names one branch alone. ``as_many`` are the expressions that repeat the
    other side's number.
    """

    published: date | None
    has_title: bool
    tokens: list[Token]
    words: list[Word]
    sentences: list[Sentence]
    services: dict[int, Mark]
    beside_counts: dict[int, Mark]
    only_branch: str | None
    as_many: list[Mark]
    items: list[Item]
    fields: tuple[Field, ...]
    counts: Counter[int] = field(default_factory=Counter)

    def bound(self, item: Item) -> str:
        """The bound of a number, as in bounds.py; "up_to" depends on what it counts, and is "exact" here."""
        found = self._bound(item).kind
        return EXACT if found == UP_TO else found

    def bound_of_people(self, item: Item) -> str:
        """The same for a number of people of an event, in which "up to" rounds."""
        found = self._bound(item).kind
        return "about" if found == UP_TO else found

    def _bound(self, item: Item) -> Bound:
        return bound_of(self.tokens, self.words, self.sentences[item.sentence], item.first, item.last)

    def is_in_title(self, item: Item) -> bool:
        return self.has_title and self.tokens[item.first].start < self.fields[-1][3]

    def with_label(self, item: Item) -> tuple[int, int]:
        """Tokens first..last of a number with its bound and what it counts: "понад 43 захисники", "ЗСУ – 87"."""
        first, last = item.first, item.last
        _, bound_first, bound_last = self._bound(item)
        for at in range(item.last, min(self.sentences[item.sentence].last, item.last + LABEL_WORDS)):
            if ends_clause(self.tokens[at]):
                break
            if at in self.services or not LABELS.isdisjoint(self.words[at].concepts):
                last = at + 1
        if last == item.last and first >= 2 and self.tokens[first - 1].text in "-:" and first - 2 in self.services:
            first = self.services[first - 2].first
        return min(first, bound_first), max(last, bound_last)

    def sentence_of(self, token: int) -> int:
        """The index of a token's sentence."""
        return max(0, bisect_right(self.sentences, token, key=lambda sentence: sentence.first) - 1)

    def place(self, first: int, last: int) -> tuple[str, int, int, str]:
        """Field, start, end and quote of tokens first..last, in characters of the stored field."""
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        name, stored, read_as, shift = next(f for f in reversed(self.fields) if start >= f[3])
        begin, stop = read_as.stored_span(start - shift, end - shift)
        return name, begin, stop, stored[begin:stop]


def prepare(text: str, title: str | None, published: date | None, vocabulary: Vocabulary | None = None) -> Document:
    """Preprocess a text. ``published`` is the day of publication in Kyiv."""
    vocabulary = vocabulary or load_vocabulary()
    tokens, fields = _tokens(text, title)
    marks = vocabulary.marks(tokens)
    sentences = split_sentences(tokens, vocabulary.abbreviations)
    items = _items(tokens, sentences, marks, published, vocabulary)
    word = vocabulary.word
    words = [word(token.text) if token.kind == "word" else NO_WORD for token in tokens]
    short_names, services = (
        {i: mark for mark in marks if mark.concept == concept for i in range(mark.first, mark.last)}
        for concept in (SHORT_NAME, "services")
    )
    beside_counts = {**short_names, **services}
    codes = {mark.code for mark in services.values()}
    only_branch = codes.pop() if len(codes) == 1 else None
    as_many = [mark for mark in marks if mark.concept == "as_many"]
    counts = Counter(item.value for item in items if item.value is not None)
    return Document(
        published,
        len(fields) > 1,
        tokens,
        words,
        sentences,
        services,
        beside_counts,
        only_branch,
        as_many,
        items,
        fields,
        counts,
    )


def _tokens(text: str, title: str | None) -> tuple[list[Token], tuple[Field, ...]]:
    """The tokens of title and text, and these fields; the text alone where it begins with its title."""
    own = normalize(text)
    heading = normalize(title) if title else None
    if heading is None or not heading.text or own.text.lstrip().startswith(heading.text.strip()):
        return tokenize(own.text), (("text", text, own, 0),)
    shift = len(heading.text) + 1
    line = Token("line", "\n", shift - 1, shift, False)
    fields = (("title", title or "", heading, 0), ("text", text, own, shift))
    return [*tokenize(heading.text), line, *tokenize(own.text, shift)], fields


def _items(
    tokens: list[Token], sentences: list[Sentence], marks: list[Mark], published: date | None, vocabulary: Vocabulary
) -> list[Item]:
    """All mentions of days, numbers and mediators, in text order."""
    # A mark that ends a sentence, or a word at which a too long one is cut, belongs to the sentence before it.
    begins = [sentence.first for sentence in sentences]
    sentence_of = [max(0, bisect_right(begins, index) - 1) for index in range(len(tokens))]
    days = find_days(tokens, marks, published, vocabulary)
    within_days = {index for day in days for index in range(day.first, day.last)}
    items = [Item("day", day.first, day.last, sentence_of[day.first], day=day) for day in days]
    for number in find_numbers(tokens, vocabulary):
        if number.first not in within_days and number.last - 1 not in within_days:
            items.append(Item("number", number.first, number.last, sentence_of[number.first], number=number))
    for mark in marks:
        token = tokens[mark.first]
        is_other_word = token.text in vocabulary.only_capital and not token.capital
        if mark.concept == "mediators" and not is_other_word:
            items.append(Item("mediator", mark.first, mark.last, sentence_of[mark.first], mediator=mark.code))
    return sorted(items, key=lambda item: item.first)
