"""Reads the tokens of a text in order: layers of convolution over their features, applied with numpy.

They are trained in training/token_layers.py, which computes the same; model.py adds what they find to the features of
sentences and items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.features import ITEM, SENTENCE, Place
from scrapers.extraction.layers import normal
from scrapers.extraction.token_features import SLOTS, TokenFeatures
from scrapers.extraction.words_around import Feature

DISTANCES = (1, 3)  # how far to each side each layer looks
MOST_GATED = 8.0  # logits of gates are clipped to this on either side


class Convolution:
    """The layers of one or more networks, applied together: networks × tokens × width."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], features: Mapping[Feature, int]) -> None:
        self._features = features  # from 1; the first row of the embedding is nothing
        self._embedding, self._scale = arrays["embedding"], arrays["embedding_scale"]
        self._a = {
            name: (array[:, None] if array.ndim == 2 else array).astype(np.float32)
            for name, array in arrays.items()
            if not name.startswith("embedding")
        }
        self.networks = len(self._a["norm"])

    def read(self, places: Sequence[Place]) -> NDArray[np.float32]:
        """What the tokens add to each place's features: networks × positions × the networks' width."""
        a = self._a
        found = np.zeros((self.networks, len(places), a["to_item"].shape[-1]), np.float32)
        sentences = [at for at, place in enumerate(places) if place.kind == SENTENCE and place.tokens]
        if not sentences:
            return found
        begins = np.cumsum([0, *(len(places[at].tokens) for at in sentences)])
        begin_of = {places[at].sentence: int(begin) for at, begin in zip(sentences, begins, strict=False)}
        x = self._tokens([token for at in sentences for token in places[at].tokens])
        gates = np.exp((x @ a["gate"]).clip(-MOST_GATED, MOST_GATED))
        sums = np.add.reduceat(np.concatenate([x, x * gates, gates], -1), begins[:-1], 1)
        width = x.shape[-1]
        mean = sums[..., :width] / np.diff(begins).astype(np.float32)[:, None]
        gated = sums[..., width : 2 * width] / (sums[..., 2 * width :] + np.float32(1e-6))
        found[:, sentences] = np.concatenate([mean, gated], -1) @ a["to_sentence"]
        items = [at for at, place in enumerate(places) if place.kind == ITEM and place.sentence in begin_of]
        if items:
            ends = np.array([places[at].ends for at in items])
            ends += np.array([begin_of[places[at].sentence] for at in items])[:, None]
            found[:, items] = np.concatenate([x[:, ends[:, 0]], x[:, ends[:, 1]]], -1) @ a["to_item"]
        return found

    def _tokens(self, tokens: Sequence[TokenFeatures]) -> NDArray[np.float32]:
        a, known = self._a, self._features.get
        ids = np.array([known(feature, 0) for token in tokens for feature in token]).reshape(-1, SLOTS)
        sums = self._embedding.take(ids, 0).sum(1, dtype=np.int32) * self._scale
        x = np.asarray(sums, np.float32).reshape(len(ids), self.networks, -1).swapaxes(0, 1)
        for layer, distance in enumerate(DISTANCES):
            h = normal(x, a[f"{layer}.norm"])
            h = np.concatenate([_shifted(h, distance), h, _shifted(h, -distance)], -1) @ a[f"{layer}.wide"]
            h += a[f"{layer}.wide_bias"]
            np.maximum(h, 0, out=h)
            x = x + h @ a[f"{layer}.narrow"]
            x += a[f"{layer}.narrow_bias"]
        return normal(x, a["norm"])


def _shifted(x: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """Every token's row moved ``by`` tokens; zeros come in."""
    found = np.zeros_like(x)
    if by > 0:
        found[:, by:] = x[:, :-by]
    else:
        found[:, :by] = x[:, -by:]
    return found
