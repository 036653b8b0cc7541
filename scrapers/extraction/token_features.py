"""Features of each token of a text, for the convolution that reads the tokens in order.

What stands around a sentence or an item as a whole is in features.py and item_features.py.
"""

from __future__ import annotations

from functools import lru_cache

from scrapers.extraction.document import Document
from scrapers.extraction.words_around import ENDING, Feature

# Stem or number of digits, ending or kind, two concepts, and what it is a part of.
SLOTS = 5
SPELLED = 2  # the first slots, which tell one word from others; they are left out at random in training
TokenFeatures = tuple[Feature, ...]  # SLOTS of them; an empty one stands for none
NONE: Feature = ()
# Features of sentences and items that tell the order of their words: of no use to a network that reads the tokens.
OF_ORDER = frozenset({"sww", "w", "ww"})


def features_of_tokens(document: Document) -> list[TokenFeatures]:
    """The features of every token, in text order."""
    kinds = {at: item.kind for item in document.items for at in range(item.first, item.last)}
    return [
        (*_of_word(token.kind, token.text, word.stem, word.concepts), ("t in", kinds.get(at, ""), token.capital))
        for at, (token, word) in enumerate(zip(document.tokens, document.words, strict=True))
    ]


@lru_cache(maxsize=8192)
def _of_word(kind: str, text: str, stem: str, concepts: tuple[str, ...]) -> tuple[Feature, ...]:
    if kind == "number":
        return ("t digits", len(text)), ("t kind", kind), NONE, NONE
    if kind != "word":
        return ("t", text), ("t kind", kind), NONE, NONE
    first, second, *_ = (*(("tc", concept) for concept in concepts), NONE, NONE)
    return ("t", stem), ("t ending", text[-ENDING:]), first, second
