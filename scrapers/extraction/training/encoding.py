"""Encodes examples for training: ids of features and labels, and batches of texts of similar length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.model import KINDS, relations
from scrapers.extraction.training.examples import Example
from scrapers.extraction.words_around import Feature

BATCH = 32
PLACES = (8, 16, 24, 32, 48, 96)  # batches are padded to one of these lengths; longer texts are truncated
FEATURES = 52  # a batch's features are padded to a multiple of this many per position: few shapes are compiled


@dataclass(frozen=True, slots=True)
class Vocabularies:
    features: dict[Feature, int]
    measures: tuple[str, ...]
    roles: tuple[str, ...]


class Encoded(NamedTuple):
    """One text: feature ids and the position of each, relations of positions, and label ids, -1 where there is none.

    ``items`` are the positions of items, also of those whose label no training text has; ``familiar`` the share of
    each position's features that is known.
    """

    ids: NDArray[np.int32]
    at: NDArray[np.int32]
    relations: NDArray[np.int8]
    measures: NDArray[np.int32]
    roles: NDArray[np.int32]
    kind: int
    items: NDArray[np.int32]
    familiar: NDArray[np.float32]

    @property
    def places(self) -> int:
        return len(self.measures)


def vocabularies(examples: Sequence[Example], least_often: int) -> Vocabularies:
    """Features that occur in at least ``least_often`` positions, and every label that occurs."""
    seen = Counter(feature for one in examples for place in one.places for feature in place.features)
    often = sorted((feature for feature, times in seen.items() if times >= least_often), key=repr)
    return Vocabularies(
        {feature: index for index, feature in enumerate(often)},
        tuple(sorted({measure for one in examples for measure in one.measures} | {"none"})),
        tuple(sorted({role for one in examples for role in one.roles} | {"none"})),
    )


def encode(one: Example, known: Vocabularies) -> Encoded:
    count = min(len(one.places), PLACES[-1])
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
        np.array(shares, np.float32),
    )  # fmt: skip


class Dropout(NamedTuple):
    """Features are left out of a training batch with probability ``rate``."""

    rate: float
    random: np.random.Generator


class Batch(NamedTuple):
    ids: NDArray[np.int32]
    at: NDArray[np.int32]
    weight: NDArray[np.float32]
    relations: NDArray[np.int8]
    is_place: NDArray[np.bool_]
    measures: NDArray[np.int32]
    roles: NDArray[np.int32]
    kinds: NDArray[np.int32]
    is_text: NDArray[np.float32]


def padded(places: int) -> int:
    """The length that a batch with this many positions is padded to."""
    return next(size for size in PLACES if size >= places)


def batch_of(texts: Sequence[Encoded], dropout: Dropout | None = None) -> Batch:
    """One batch. In training, features are dropped here and not by JAX: what is dropped costs nothing."""
    places = padded(max(text.places for text in texts))
    share = 1 - dropout.rate if dropout is not None else 1.0
    kept = [
        np.arange(len(text.ids)) if dropout is None else np.flatnonzero(dropout.random.random(len(text.ids)) < share)
        for text in texts
    ]
    most = BATCH * places * round(FEATURES * share)
    row = -(-sum(map(len, kept)) // most) * most
    batch = Batch(
        np.zeros(row, np.int32), np.full(row, BATCH * places, np.int32), np.zeros(row, np.float32),
        np.zeros((BATCH, places, places), np.int8), np.zeros((BATCH, places), bool),
        np.full((BATCH, places), -1, np.int32), np.full((BATCH, places), -1, np.int32),
        np.zeros(BATCH, np.int32), np.zeros(BATCH, np.float32),
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
