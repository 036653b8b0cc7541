"""Encodes examples for training: ids of features and labels, and batches of texts of similar length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.convolution import DISTANCES
from scrapers.extraction.features import ITEM
from scrapers.extraction.model import KINDS, relations
from scrapers.extraction.token_features import NONE, OF_ORDER, SLOTS, SPELLED
from scrapers.extraction.training.examples import Example
from scrapers.extraction.words_around import Feature

# Texts are padded to one of these lengths, and so many of them are a batch; longer texts are truncated. With few
# short texts, half of a step would go into moving the weights.
TEXTS = {8: 64, 16: 64, 24: 32, 32: 32, 48: 32, 96: 32}
FEATURES = 48  # a batch's features are padded to a multiple of this many per position: few shapes are compiled
# A batch's tokens are padded to a multiple of this, by length: few shapes are compiled, each for several seconds.
TOKENS = {8: 2048, 16: 4096, 24: 4608, 32: 6144, 48: 6144, 96: 8192}
GAP = max(DISTANCES)  # empty tokens between texts: as far as the convolution looks
MOST_TOKENS = 480  # of a text; sentences after them have no tokens in training


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """``features`` of the order of words come last, after the first ``unordered``. ``token_features`` are numbered
    from 1: 0 is none.
    """

    features: dict[Feature, int]
    unordered: int
    token_features: dict[Feature, int]
    measures: tuple[str, ...]
    roles: tuple[str, ...]


class Encoded(NamedTuple):
    """One text: feature ids and the position of each, relations of positions, and label ids, -1 where there is none.

    ``items`` are the positions of items, also of those whose label no training text has; ``familiar`` the share of
    each position's features that is known. ``tokens`` are tokens × slots; ``token_at`` each one's sentence, a
    position; ``ends`` each position's first and last token, -1 where it is no item.
    """

    ids: NDArray[np.int32]
    at: NDArray[np.int32]
    relations: NDArray[np.int8]
    measures: NDArray[np.int32]
    roles: NDArray[np.int32]
    kind: int
    items: NDArray[np.int32]
    familiar: NDArray[np.float32]
    tokens: NDArray[np.int32]
    token_at: NDArray[np.int32]
    ends: NDArray[np.int32]

    @property
    def places(self) -> int:
        return len(self.measures)


def vocabularies(examples: Sequence[Example], least_often: int) -> Vocabularies:
    """Features that occur in at least ``least_often`` positions, and every label that occurs."""
    seen = Counter(feature for one in examples for place in one.places for feature in place.features)
    of_tokens = Counter(
        feature for one in examples for place in one.places for token in place.tokens for feature in token
    )
    del of_tokens[NONE]
    features = sorted(_often(seen, least_often), key=lambda feature: feature[0] in OF_ORDER)
    return Vocabularies(
        {feature: index for index, feature in enumerate(features)},
        sum(feature[0] not in OF_ORDER for feature in features),
        {feature: index for index, feature in enumerate(_often(of_tokens, least_often), 1)},
        tuple(sorted({measure for one in examples for measure in one.measures} | {"none"})),
        tuple(sorted({role for one in examples for role in one.roles} | {"none"})),
    )


def _often(seen: Counter[Feature], least: int) -> list[Feature]:
    return sorted((feature for feature, times in seen.items() if times >= least), key=repr)


def encode(one: Example, known: Vocabularies) -> Encoded:
    count = min(len(one.places), max(TEXTS))
    ids: list[int] = []
    at: list[int] = []
    shares: list[float] = []
    measures, roles = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    for position, place in enumerate(one.places[:count]):
        held = [known.features[feature] for feature in place.features if feature in known.features]
        ids += held
        shares.append(len(held) / max(1, len(place.features)))
        at += [position] * len(held)
        if place.item is not None:
            measure, role = one.measures[place.item], one.roles[place.item]
            measures[position] = known.measures.index(measure) if measure in known.measures else -1
            roles[position] = known.roles.index(role) if role in known.roles else -1
    return Encoded(
        np.array(ids, np.int32), np.array(at, np.int32), relations(one.places[:count]), measures, roles,
        KINDS.index(one.text.kind),
        np.array([position for position, place in enumerate(one.places[:count]) if place.item is not None], np.int32),
        np.array(shares, np.float32), *_tokens(one, count, known),
    )  # fmt: skip


def without_order(text: Encoded, known: Vocabularies) -> Encoded:
    """The text without the features of the order of words."""
    kept = text.ids < known.unordered
    return text._replace(ids=text.ids[kept], at=text.at[kept])


def _tokens(
    one: Example, count: int, known: Vocabularies
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    ids: list[list[int]] = []
    at: list[int] = []
    ends = np.full((count, 2), -1, np.int32)
    begin_of: dict[int, int] = {}
    for position, place in enumerate(one.places[:count]):
        if place.tokens and len(ids) + len(place.tokens) <= MOST_TOKENS:
            begin_of[place.sentence] = len(ids)
            ids += [[known.token_features.get(feature, 0) for feature in token] for token in place.tokens]
            at += [position] * len(place.tokens)
        elif place.kind == ITEM and place.sentence in begin_of:
            ends[position] = np.array(place.ends) + begin_of[place.sentence]
    return np.array(ids, np.int32).reshape(-1, SLOTS), np.array(at, np.int32), ends


class Dropout(NamedTuple):
    """Features are left out of a training batch with probability ``rate``, stems and endings of tokens with
    probability ``of_tokens``.
    """

    rate: float
    of_tokens: float
    random: np.random.Generator


class TokenBatch(NamedTuple):
    """The tokens of a batch in one row, texts apart. ``at`` is the place of each token's sentence in the batch;
    ``first`` and ``last`` are each place's tokens.
    """

    ids: NDArray[np.int32]
    is_token: NDArray[np.float32]
    at: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]


class Batch(NamedTuple):
    """``tokens`` is None for a network that reads none."""

    ids: NDArray[np.int32]
    at: NDArray[np.int32]
    weight: NDArray[np.float32]
    relations: NDArray[np.int8]
    is_place: NDArray[np.bool_]
    measures: NDArray[np.int32]
    roles: NDArray[np.int32]
    kinds: NDArray[np.int32]
    is_text: NDArray[np.float32]
    tokens: TokenBatch | None = None


def padded(places: int) -> int:
    """The length that a batch with this many positions is padded to."""
    return next(size for size in TEXTS if size >= places)


def batches(places: Sequence[int], order: Sequence[int]) -> list[list[int]]:
    """Indexes of texts with so many places, in an order, in batches of texts that are padded to the same length."""
    found = []
    for size, count in TEXTS.items():
        own = [index for index in order if padded(places[index]) == size]
        found += [own[begin : begin + count] for begin in range(0, len(own), count)]
    return found


def batch_of(texts: Sequence[Encoded], dropout: Dropout | None = None) -> Batch:
    """One batch. In training, features are dropped here and not by JAX: what is dropped costs nothing."""
    places = padded(max(text.places for text in texts))
    size = TEXTS[places]
    share = 1 - dropout.rate if dropout is not None else 1.0
    kept = [
        np.arange(len(text.ids)) if dropout is None else np.flatnonzero(dropout.random.random(len(text.ids)) < share)
        for text in texts
    ]
    most = size * places * round(FEATURES * share)
    row = -(-sum(map(len, kept)) // most) * most
    batch = Batch(
        np.zeros(row, np.int32), np.full(row, size * places, np.int32), np.zeros(row, np.float32),
        np.zeros((size, places, places), np.int8), np.zeros((size, places), bool),
        np.full((size, places), -1, np.int32), np.full((size, places), -1, np.int32),
        np.zeros(size, np.int32), np.zeros(size, np.float32),
    )  # fmt: skip
    batch.is_place[:, 0] = True
    begin = 0
    for index, (text, own) in enumerate(zip(texts, kept, strict=True)):
        end, count, at = begin + len(own), text.places, text.at[own]
        batch.ids[begin:end], batch.at[begin:end] = text.ids[own], at + index * places
        often = np.maximum(np.bincount(text.at, minlength=count), 1)
        batch.weight[begin:end] = (1 / np.sqrt(often))[at] / share
        batch.relations[index, :count, :count] = text.relations
        batch.is_place[index, :count] = True
        batch.measures[index, :count], batch.roles[index, :count] = text.measures, text.roles
        batch.kinds[index], batch.is_text[index] = text.kind, 1
        begin = end
    return batch


def with_tokens(batch: Batch, texts: Sequence[Encoded], dropout: Dropout | None = None) -> Batch:
    """The batch of the same texts with their tokens."""
    places = batch.is_place.shape[1]
    total = sum(len(text.tokens) + GAP for text in texts)
    count = -(-total // TOKENS[places]) * TOKENS[places]
    slots = batch.is_place.size
    found = TokenBatch(
        np.zeros((count, SLOTS), np.int32), np.zeros(count, np.float32), np.full(count, slots, np.int32),
        np.full(slots, count - 1, np.int32), np.full(slots, count - 1, np.int32),
    )  # fmt: skip
    begin = 0
    for index, text in enumerate(texts):
        end, first_place = begin + len(text.tokens), index * places
        found.ids[begin:end], found.is_token[begin:end] = text.tokens, 1
        found.at[begin:end] = text.token_at + first_place
        items = np.flatnonzero(text.ends[:, 0] >= 0)
        found.first[items + first_place], found.last[items + first_place] = text.ends[items].T + begin
        begin = end + GAP
    if dropout is not None:
        found.ids[:, :SPELLED][dropout.random.random((count, SPELLED)) < dropout.of_tokens] = 0
    return batch._replace(tokens=found)
