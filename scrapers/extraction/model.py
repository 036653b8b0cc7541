"""The trained networks, read from model.npz and applied with numpy: label probabilities for each item of a text.

They are trained in training/network.py, which computes the same; decoding.py uses the probabilities.
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
from threadpoolctl import ThreadpoolController

from scrapers.extraction.features import ITEM, SENTENCE, Feature, Place

KINDS = ("exchange", "repatriation", "exchange_and_repatriation", "summary", "plan", "other")
MODEL = Path(__file__).with_name("model.npz")
HEADS = 4
STRETCH = 400  # positions per chunk: longer than any announcement, so that hostile text stays cheap
NEAR = 16  # distances are clipped to this many positions
# How one position relates to another: elsewhere, in the same sentence, its own sentence, the same number, the next
# sentence, seen from the whole text, the whole text.
ELSEWHERE, SAME_SENTENCE, OWN_SENTENCE, SAME_NUMBER, NEXT_SENTENCE, FROM_ROOT, TO_ROOT = range(7)
RELATIONS = 7


def relations(places: Sequence[Place]) -> NDArray[np.int8]:
    """Positions × positions: the relation of the row's position to the column's."""
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
    """Probabilities: items × measures, items × roles, and one for each of KINDS; and ``familiar``, the share of each
    item's features that occur in the training texts.
    """

    measures: NDArray[np.float32]
    roles: NDArray[np.float32]
    kinds: NDArray[np.float32]
    familiar: NDArray[np.float32]


class Model:
    """An ensemble of networks over the same features: their probabilities are averaged. A text of any length is read;
    the work grows with its length.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], features: dict[Feature, int], about: dict[str, Any]) -> None:
        self._embedding = arrays["embedding"]
        self._features = features
        self.measures: tuple[str, ...] = tuple(about["measures"])
        self.roles: tuple[str, ...] = tuple(about["roles"])
        self.about = about
        self._networks = [_Network(_arrays_of(arrays, network), about) for network in range(about["networks"])]

    def beliefs(self, places: Sequence[Place]) -> Beliefs:
        """Probabilities for each item and for the text's kind. A long text's kind is predicted from its first chunk;
        each later chunk is read together with the position of the whole text.
        """
        stretches = [places[begin : begin + STRETCH] for begin in range(1, len(places), STRETCH)] or [[]]
        # The matrices are small: threads would wait for each other longer than they calculate.
        with _threads().limit(limits=1, user_api="blas"):
            found = [self._beliefs([places[0], *stretch]) for stretch in stretches]
        return Beliefs(
            np.concatenate([one.measures for one in found]), np.concatenate([one.roles for one in found]),
            found[0].kinds, np.concatenate([one.familiar for one in found]),
        )  # fmt: skip

    def _beliefs(self, places: Sequence[Place]) -> Beliefs:
        seen, familiar = self._seen(places)
        index = np.arange(len(places))
        apart = (index[None, :] - index[:, None]).clip(-NEAR, NEAR) + NEAR
        pairs = relations(places) * np.int64(2 * NEAR + 1) + apart
        at = [position for position, place in enumerate(places) if place.kind == ITEM]
        parts = np.split(seen, len(self._networks), axis=1)
        predicted = [network.predicted(x, pairs, at) for network, x in zip(self._networks, parts, strict=True)]
        measures, roles, kinds = (sum(column) / np.float32(len(column)) for column in zip(*predicted, strict=True))
        return Beliefs(measures, roles, kinds, familiar[at])

    def _seen(self, places: Sequence[Place]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Positions × the networks' widths: the sum of each position's feature embeddings over the square root of
        their number. And the share of each position's features that is known.
        """
        known, nothing = self._features, len(self._features)
        ids: list[int] = []
        begins: list[int] = []
        weights: list[float] = []
        shares: list[float] = []
        for place in places:
            held = [index for feature in place.features if (index := known.get(feature)) is not None]
            begins.append(len(ids))
            weights.append(max(1, len(held)) ** -0.5)
            shares.append(len(held) / max(1, len(place.features)))
            ids += held or [nothing]
        sums = np.add.reduceat(self._embedding[ids], begins)
        return np.asarray(sums * np.array(weights, np.float32)[:, None]), np.array(shares, np.float32)


class _Network:
    """One network's layers, applied to its feature embeddings."""

    def __init__(self, arrays: dict[str, NDArray[Any]], about: dict[str, Any]) -> None:
        self._arrays = arrays
        self.layers: int = about["layers"]
        # Queries, keys and values in one multiplication; and the attention bias of each relation and distance.
        self._looks = [self._look(layer) for layer in range(self.layers)]
        self._nearness = [
            np.ascontiguousarray(
                (arrays[f"{layer}.relation"][:, None] + arrays[f"{layer}.distance"][None]).reshape(-1, HEADS).T
            )
            for layer in range(self.layers)
        ]

    def _look(self, layer: int) -> NDArray[np.float32]:
        query, key, value = (self._arrays[f"{layer}.{name}"] for name in ("query", "key", "value"))
        return np.ascontiguousarray(np.hstack([query * (len(query) // HEADS) ** -0.5, key, value]), np.float32)

    def predicted(
        self, x: NDArray[np.float32], pairs: NDArray[np.int64], at: list[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities of the measures and roles of the items at positions ``at``, and of the kinds."""
        for layer in range(self.layers):
            x = self._layer(x, layer, pairs)
        a = self._arrays
        x = _normal(x, a["norm"])
        attention = _softmax((x @ a["pool"])[:, 0])
        whole = np.concatenate([x[0], attention @ x])
        items = x[at]
        return (
            _softmax(items @ a["measure"] + a["measure_bias"]),
            _softmax(items @ a["role"] + a["role_bias"]),
            _softmax(whole @ a["kind"] + a["kind_bias"]),
        )

    def _layer(self, x: NDArray[np.float32], layer: int, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        a, count, width = self._arrays, len(x), x.shape[1]
        size = width // HEADS
        h = _normal(x, a[f"{layer}.norm_a"])
        query, key, value = (h @ self._looks[layer]).reshape(count, 3, HEADS, size).transpose(1, 2, 0, 3)
        scores = query @ key.transpose(0, 2, 1)
        scores += self._nearness[layer][:, pairs]
        mixed = (_softmax(scores) @ value).transpose(1, 0, 2).reshape(count, width)
        x = x + mixed @ a[f"{layer}.out"]
        h = _normal(x, a[f"{layer}.norm_b"])
        h = np.maximum(h @ a[f"{layer}.wide"] + a[f"{layer}.wide_bias"], 0)
        return np.asarray(x + h @ a[f"{layer}.narrow"] + a[f"{layer}.narrow_bias"])


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _arrays_of(arrays: dict[str, NDArray[Any]], network: int) -> dict[str, NDArray[Any]]:
    start = f"{network}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _normal(x: NDArray[np.float32], gain: NDArray[np.float32]) -> NDArray[np.float32]:
    x = x - x.mean(-1, keepdims=True)
    return np.asarray(gain * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5))


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def read_model(path: Path) -> Model:
    """Load a model. Raises OSError when the file is missing, ValueError when it is not a model."""
    with ZipFile(path) as file:
        arrays = {
            name.removesuffix(".npy"): np.lib.format.read_array(held, allow_pickle=False)
            for name in file.namelist()
            if name.endswith(".npy")
            for held in [file.open(name)]
        }
        features = json.loads(file.read("features.json"))
        about = json.loads(file.read("about.json"))
    # The last row is for positions without a known feature.
    embedding = arrays["embedding"].astype(np.float32) * arrays.pop("embedding_scale")
    arrays["embedding"] = np.vstack([embedding, np.zeros((1, embedding.shape[1]), np.float32)])
    return Model(arrays, {tuple(feature): place for place, feature in enumerate(features)}, about)


@cache
def load_model() -> Model:
    """The model shipped with the project."""
    return read_model(MODEL)
