"""The model's input: the whole text, its sentences and its items in order, each with its features.

A feature is a tuple of plain values; which of them matter is learned. Of a word, only its stem and its concepts in
words/concepts.yaml are used. The tokens of a sentence, in order, have features of their own (token_features.py).
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import NamedTuple

from scrapers.extraction.document import Document
from scrapers.extraction.item_features import ItemFeatures
from scrapers.extraction.token_features import TokenFeatures, features_of_tokens
from scrapers.extraction.words_around import ENDING, GROUPS, Feature, NearestConcepts, zone

ROOT, SENTENCE, ITEM = 0, 1, 2


class Place(NamedTuple):
    """One position of the model's input sequence: the whole text, a sentence, or an item.

    ``own`` are its own features, ``shared`` bags of features that other places hold too; ``sentence`` is -1 for the
    whole text; ``item`` an index into Document.items; ``value`` a count that may occur elsewhere in the text too.
    ``tokens`` are a sentence's; ``ends`` an item's first and last token in its sentence.
    """

    kind: int
    own: list[Feature]
    sentence: int
    item: int | None = None
    value: int | None = None
    shared: tuple[list[Feature], ...] = ()
    tokens: tuple[TokenFeatures, ...] = ()
    ends: tuple[int, int] = (0, 0)

    @property
    def features(self) -> list[Feature]:
        return list(chain(self.own, *self.shared))


def places(document: Document) -> list[Place]:
    """The whole text, then each sentence followed by its items, in text order."""
    found = [Place(ROOT, _root(document), -1)]
    by_sentence: dict[int, list[int]] = {}
    for index, item in enumerate(document.items):
        by_sentence.setdefault(item.sentence, []).append(index)
    of_items = ItemFeatures(document)
    of_tokens = features_of_tokens(document)
    meanings = [_meanings(document, position) for position in range(len(document.sentences))]
    of_title: list[Feature] = [("tm", concept) for concept in meanings[0]] if meanings else []
    for position, sentence in enumerate(document.sentences):
        own_tokens = tuple(of_tokens[sentence.first : sentence.last])
        found.append(Place(SENTENCE, _of_sentence(document, position), position, tokens=own_tokens))
        if position not in by_sentence:
            continue
        near = NearestConcepts(document, position)
        of_sentence: list[Feature] = [("sm", concept) for concept in meanings[position]]
        of_previous: list[Feature] = [("pm", concept) for concept in meanings[position - 1]] if position else []
        shared = (of_sentence, of_previous, of_title)
        for index in by_sentence[position]:
            item = document.items[index]
            repeated = item.value if item.value is not None and item.value > 3 else None
            # A day's last token may be the full stop that ends its sentence.
            ends = item.first - sentence.first, min(item.last, sentence.last) - 1 - sentence.first
            found.append(Place(ITEM, of_items.of_item(index, near), position, index, repeated, shared, ends=ends))
    return found


def _root(document: Document) -> list[Feature]:
    return [
        ("root",), ("root title", document.has_title), ("root sentences", min(8, len(document.sentences) // 3)),
        ("root items", min(8, len(document.items) // 3)),
    ]  # fmt: skip


def _of_sentence(document: Document, position: int) -> list[Feature]:
    sentence = document.sentences[position]
    found: dict[Feature, None] = {("s",): None}  # in text order, so that sums are reproducible
    stems: list[str] = []
    meant: list[tuple[str, ...]] = []
    for index in range(sentence.first, sentence.last):
        token, word = document.tokens[index], document.words[index]
        if token.kind == "word":
            found["sw", word.stem] = None
            stems.append(word.stem)
            for concept in word.concepts:
                found["sc", concept] = None
                if concept in GROUPS["deed"]:
                    found["s form", concept, token.text[-ENDING:]] = None
        elif token.kind == "number":
            found["sw", "#"] = None
        if word.concepts:
            meant.append(word.concepts)
    for left, right in pairwise(meant):
        for a in left:
            for b in right:
                found["scc", a, b] = None
    for a, b in pairwise(stems):
        found["sww", a, b] = None
    found["s zone", zone(document, position)] = None
    found["s part", 4 * position // max(1, len(document.sentences))] = None
    found["s length", min(5, (sentence.last - sentence.first) // 6)] = None
    return list(found)


def _meanings(document: Document, position: int) -> tuple[str, ...]:
    sentence = document.sentences[position]
    words = document.words[sentence.first : sentence.last]
    return tuple(dict.fromkeys(concept for word in words for concept in word.concepts))
