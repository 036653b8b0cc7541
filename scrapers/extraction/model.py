"""The trained network, read from model.npz and applied with numpy: what each item of a text probably says.

Training is training/network.py's, which computes the same; what follows from the probabilities is decoding.py's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.features import ITEM, SENTENCE, Feature, Place

KINDS = ("exchange", "repatriation", "exchange_and_repatriation", "summary", "plan", "other")
MODEL = Path(__file__).with_name("model.npz")
HEADS = 4
NEAR = 16  # distances beyond this many places are all alike
# How one place stands to another: elsewhere, in one sentence, its own sentence, the same number, the next sentence,
# seen from the text as a whole, the text as a whole.
ELSEWHERE, SAME_SENTENCE, OWN_SENTENCE, SAME_NUMBER, NEXT_SENTENCE, FROM_ROOT, TO_ROOT = range(7)
RELATIONS = 7


def relations(places: Sequence[Place]) -> NDArray[np.int8]:
    """Places × places: how the one in the row stands to the one in the column."""
    sentence = np.array([place.sentence for place in places])
    number = np.array([-1 if place.value is None else place.value for place in places])
    is_sentence = np.array([place.kind == SENTENCE for place in places])
    apart = sentence[:, None] - sentence[None, :]
    found = np.full((len(places), len(places)), ELSEWHERE, np.int8)
    found[np.abs(apart) == 1] = NEXT_SENTENCE
    found[apart == 0] = SAME_SENTENCE
    found[(apart == 0) & is_sentence[None, :]] = OWN_SENTENCE
    same = (number[:, None] == number[None, :]) & (number[:, None] >= 0)
    np.fill_diagonal(same, False)
    found[same] = SAME_NUMBER
    found[0, :] = FROM_ROOT
    found[:, 0] = TO_ROOT
    return found


class Beliefs(NamedTuple):
    """Probabilities that the network gives: items × measures, items × roles, and one for each of KINDS."""

    measures: NDArray[np.float32]
    roles: NDArray[np.float32]
    kinds: NDArray[np.float32]


class Model:
    """Trained arrays. Texts of any length are read; the work grows with the square of sentences and items."""

    def __init__(self, arrays: dict[str, NDArray[Any]], features: dict[Feature, int], about: dict[str, Any]) -> None:
        self._arrays = arrays
        self._features = features
        self.measures: tuple[str, ...] = tuple(about["measures"])
        self.roles: tuple[str, ...] = tuple(about["roles"])
        self.layers: int = about["layers"]
        self.about = about

    def beliefs(self, places: Sequence[Place]) -> Beliefs:
        """What each item and the text as a whole probably say."""
        x = self._seen(places)
        related = relations(places)
        index = np.arange(len(places))
        distance = np.clip(index[None, :] - index[:, None], -NEAR, NEAR) + NEAR
        for layer in range(self.layers):
            x = self._layer(x, layer, related, distance)
        a = self._arrays
        x = _normal(x, a["norm"])
        attention = _softmax((x @ a["pool"])[:, 0])
        whole = np.concatenate([x[0], attention @ x])
        items = x[[position for position, place in enumerate(places) if place.kind == ITEM]]
        return Beliefs(
            _softmax(items @ a["measure"] + a["measure_bias"]),
            _softmax(items @ a["role"] + a["role_bias"]),
            _softmax(whole @ a["kind"] + a["kind_bias"]),
        )

    def _seen(self, places: Sequence[Place]) -> NDArray[np.float32]:
        """Places × width: the sum of what the features of each place mean, over the root of their number."""
        known, nothing = self._features, len(self._features)
        ids: list[int] = []
        begins: list[int] = []
        weights: list[float] = []
        for place in places:
            held = [index for feature in place.features if (index := known.get(feature)) is not None]
            begins.append(len(ids))
            weights.append(max(1, len(held)) ** -0.5)
            ids += held or [nothing]
        sums = np.add.reduceat(self._arrays["embedding"][ids], begins)
        return np.asarray(sums * np.array(weights, np.float32)[:, None])

    def _layer(
        self, x: NDArray[np.float32], layer: int, related: NDArray[np.int8], distance: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        a, count, width = self._arrays, len(x), x.shape[1]
        size = width // HEADS
        h = _normal(x, a[f"{layer}.norm_a"])
        query, key, value = (
            (h @ a[f"{layer}.{name}"]).reshape(count, HEADS, size).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) * size**-0.5
        scores += (a[f"{layer}.relation"][related] + a[f"{layer}.distance"][distance]).transpose(2, 0, 1)
        mixed = (_softmax(scores) @ value).transpose(1, 0, 2).reshape(count, width)
        x = x + mixed @ a[f"{layer}.out"]
        h = _normal(x, a[f"{layer}.norm_b"])
        h = np.maximum(h @ a[f"{layer}.wide"] + a[f"{layer}.wide_bias"], 0)
        return np.asarray(x + h @ a[f"{layer}.narrow"] + a[f"{layer}.narrow_bias"])


def _normal(x: NDArray[np.float32], gain: NDArray[np.float32]) -> NDArray[np.float32]:
    x = x - x.mean(-1, keepdims=True)
    return np.asarray(gain * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5))


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def read_model(path: Path) -> Model:
    """A model from its file. Raises OSError when there is none, ValueError when it is none."""
    with ZipFile(path) as file:
        arrays = {
            name.removesuffix(".npy"): np.lib.format.read_array(held, allow_pickle=False)
            for name in file.namelist()
            if name.endswith(".npy")
            for held in [file.open(name)]
        }
        features = json.loads(file.read("features.json"))
        about = json.loads(file.read("about.json"))
    # The last row is that of a place without a known feature.
    embedding = arrays["embedding"].astype(np.float32) * arrays.pop("embedding_scale")
    arrays["embedding"] = np.vstack([embedding, np.zeros((1, embedding.shape[1]), np.float32)])
    return Model(arrays, {tuple(feature): place for place, feature in enumerate(features)}, about)


@cache
def load_model() -> Model:
    """The model that the project ships."""
    return read_model(MODEL)
