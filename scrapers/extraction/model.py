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

from scrapers.extraction.convolution import Convolution
from scrapers.extraction.features import ITEM, SENTENCE, Place
from scrapers.extraction.layers import normal, softmax
from scrapers.extraction.token_features import OF_ORDER
from scrapers.extraction.trained_file import reading
from scrapers.extraction.words_around import Feature

KINDS = ("exchange", "repatriation", "exchange_and_repatriation", "summary", "plan", "other")
MODEL = Path(__file__).with_name("model.npz")
HEADS = 4
STRETCH = 400  # positions per chunk: longer than any announcement, so that hostile text stays cheap
MOST_SHARED = 3  # bags of features that a place shares with others
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
    """An ensemble of networks, whose probabilities are averaged; the last ones also read the tokens in order. A text
    of any length is read; the work grows with its length.
    """

    def __init__(
        self, arrays: dict[str, NDArray[Any]], features: dict[Feature, int], token_features: dict[Feature, int],
        about: dict[str, Any],
    ) -> None:  # fmt: skip
        # Whole numbers, scaled after they are summed: a quarter of the memory of floating-point ones. The last two
        # columns count features, all and those that networks with tokens have; the last row is for none.
        counted = np.array([[1, feature[0] not in OF_ORDER] for feature in features], np.int8).reshape(-1, 2)
        self._embedding = np.pad(np.hstack([arrays["embedding"], counted]), ((0, 1), (0, 0)))
        self._scale = arrays["embedding_scale"]
        self._features = features
        self.measures: tuple[str, ...] = tuple(about["measures"])
        self.roles: tuple[str, ...] = tuple(about["roles"])
        self.about = about
        self._networks = _Networks([_arrays_of(arrays, f"{network}/") for network in range(about["networks"])], about)
        self._convolution = Convolution(_arrays_of(arrays, "tokens/"), token_features)
        # The last networks read the tokens, and no features of the order of words.
        self._counted = (np.arange(self._networks.count)[::-1] < self._convolution.networks).astype(int)

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
        x, familiar = self._seen(places)
        index = np.arange(len(places))
        apart = (index[None, :] - index[:, None]).clip(-NEAR, NEAR) + NEAR
        pairs = relations(places) * np.int64(2 * NEAR + 1) + apart
        at = [position for position, place in enumerate(places) if place.kind == ITEM]
        x[-self._convolution.networks :] += self._convolution.read(places)
        measures, roles, kinds = (of_each.mean(0) for of_each in self._networks.predicted(x, pairs, at))
        return Beliefs(measures, roles, kinds, familiar[at])

    def _seen(self, places: Sequence[Place]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Networks × positions × width: the sum of each position's feature embeddings over the square root of their
        number. And the share of each position's features that is known.
        """
        bags, of_place = _bags(places)
        known, nothing = self._features.get, len(self._features)
        ids: list[int] = []
        begins: list[int] = []
        for bag in bags:
            found = [index for index in map(known, bag) if index is not None]
            begins.append(len(ids))
            ids += found or [nothing]
        sums = np.add.reduceat(self._embedding.take(ids, 0).astype(np.float32), begins).take(of_place, 0).sum(1)
        counts = sums[:, -2:].T
        x = (sums[:, :-2] * self._scale).reshape(len(places), self._networks.count, -1).swapaxes(0, 1)
        x *= np.maximum(counts[self._counted], 1)[..., None] ** np.float32(-0.5)
        in_all = np.array([len(bag) for bag in bags], np.float32)[of_place].sum(-1)
        return x, counts[0] / np.maximum(in_all, 1)


def _bags(places: Sequence[Place]) -> tuple[list[Sequence[Feature]], NDArray[np.intp]]:
    """The bags of features of all places, each once, and the indexes of each place's bags: positions × 4."""
    bags: list[Sequence[Feature]] = [()]
    at: dict[int, int] = {}
    rows = []
    for place in places:
        row = [len(bags)]
        bags.append(place.own)
        for bag in place.shared:
            if id(bag) not in at:
                at[id(bag)] = len(bags)
                bags.append(bag)
            row.append(at[id(bag)])
        rows.append(row + [0] * (1 + MOST_SHARED - len(row)))
    return bags, np.array(rows)


class _Networks:
    """The layers of all networks, applied together to their feature embeddings: networks × positions × width."""

    def __init__(self, arrays: list[dict[str, NDArray[Any]]], about: dict[str, Any]) -> None:
        self.count = len(arrays)
        a = self._arrays = {name: np.stack([one[name] for one in arrays]).astype(np.float32) for name in arrays[0]}
        self.layers: int = about["layers"]
        for name, array in a.items():
            if array.ndim == 2:  # a vector for each network, added to or multiplied with every position
                a[name] = array[:, None]
        # Queries, keys and values in one multiplication; and the attention bias of each relation and distance.
        self._looks = [self._look(layer) for layer in range(self.layers)]
        self._nearness = [
            (a[f"{layer}.relation"][:, :, None] + a[f"{layer}.distance"][:, None])
            .reshape(len(arrays), -1, HEADS)
            .transpose(0, 2, 1)
            .copy()
            for layer in range(self.layers)
        ]

    def _look(self, layer: int) -> NDArray[np.float32]:
        query, key, value = (self._arrays[f"{layer}.{name}"] for name in ("query", "key", "value"))
        return np.concatenate([query * np.float32((query.shape[1] // HEADS) ** -0.5), key, value], -1)

    def predicted(
        self, x: NDArray[np.float32], pairs: NDArray[np.int64], at: list[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Each network's probabilities: of measures and roles of the items at positions ``at``, and of kinds."""
        for layer in range(self.layers):
            x = self._layer(x, layer, pairs)
        a = self._arrays
        x = normal(x, a["norm"])
        attention = softmax((x @ a["pool"])[..., 0])
        whole = np.concatenate([x[:, :1], attention[:, None] @ x], -1)
        items = x[:, at]
        return (
            softmax(items @ a["measure"] + a["measure_bias"]),
            softmax(items @ a["role"] + a["role_bias"]),
            softmax(whole @ a["kind"] + a["kind_bias"])[:, 0],
        )

    def _layer(self, x: NDArray[np.float32], layer: int, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        a, (networks, count, width) = self._arrays, x.shape
        size = width // HEADS
        h = normal(x, a[f"{layer}.norm_a"])
        looks = (h @ self._looks[layer]).reshape(networks, count, 3, HEADS, size).transpose(2, 0, 3, 1, 4)
        query, key, value = looks
        scores = query @ key.swapaxes(-1, -2)
        scores += self._nearness[layer].take(pairs, -1)
        mixed = (softmax(scores) @ value).swapaxes(1, 2).reshape(networks, count, width)
        x = x + mixed @ a[f"{layer}.out"]
        h = normal(x, a[f"{layer}.norm_b"])
        h = h @ a[f"{layer}.wide"]
        h += a[f"{layer}.wide_bias"]
        np.maximum(h, 0, out=h)
        x += h @ a[f"{layer}.narrow"]
        x += a[f"{layer}.narrow_bias"]
        return x


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _arrays_of(arrays: dict[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def read_model(path: Path) -> Model:
    """Load a model. Raises UnreadableTrainedFile."""
    with reading(path), ZipFile(path) as file:
        arrays = {
            name.removesuffix(".npy"): np.lib.format.read_array(held, allow_pickle=False)
            for name in file.namelist()
            if name.endswith(".npy")
            for held in [file.open(name)]
        }
        features, token_features = (
            {tuple(feature): at for at, feature in enumerate(json.loads(file.read(name)), first)}
            for name, first in (("features.json", 0), ("token_features.json", 1))
        )
        about = json.loads(file.read("about.json"))
        return Model(arrays, features, token_features, about)


@cache
def load_model() -> Model:
    """The model shipped with the project."""
    return read_model(MODEL)
