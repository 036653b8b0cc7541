"""Training the network of model.py: a bag of features at each place, two layers of attention over the text's places.

JAX computes the gradients; what comes out are plain arrays. The same seed and texts give the same arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.features import Feature
from scrapers.extraction.model import HEADS, KINDS, NEAR, RELATIONS, Beliefs, relations
from scrapers.extraction.training.examples import Example

Parameters = dict[str, Any]
BATCH = 32
PLACES = (48, 96)  # a batch is filled up to one of these; what a longer text has beyond is not trained on
ROW = 65_536  # features of a batch are filled up to a multiple of this, so that few shapes are compiled
LABEL_SMOOTHING = 0.05
FEATURE_DROPOUT, DROPOUT = 0.2, 0.2
OPENINGS = 0.3  # how often a text's opening is learned from in its place


@dataclass(frozen=True, slots=True)
class Settings:
    width: int = 96
    hidden: int = 192
    layers: int = 2
    epochs: int = 16
    rate: float = 3e-3
    decay: float = 1e-4
    least_often: int = 4
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Vocabularies:
    features: dict[Feature, int]
    measures: tuple[str, ...]
    roles: tuple[str, ...]


class Encoded(NamedTuple):
    """One text: feature ids and the place of each, relations of places, and the answers, -1 where there is none.

    ``items`` are the places that are items, also those whose label no training text has; ``familiar`` the share of
    each place's features that is known.
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
    """Features that stand in at least so many places, and every label that occurs."""
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


class _Batch(NamedTuple):
    ids: NDArray[np.int32]
    at: NDArray[np.int32]
    weight: NDArray[np.float32]
    relations: NDArray[np.int8]
    is_place: NDArray[np.bool_]
    measures: NDArray[np.int32]
    roles: NDArray[np.int32]
    kinds: NDArray[np.int32]
    is_text: NDArray[np.float32]


def _batch(texts: Sequence[Encoded]) -> _Batch:
    places = next(size for size in PLACES if size >= max(text.places for text in texts))
    row = -(-sum(len(text.ids) for text in texts) // ROW) * ROW
    batch = _Batch(
        np.zeros(row, np.int32), np.full(row, BATCH * places, np.int32), np.zeros(row, np.float32),
        np.zeros((BATCH, places, places), np.int8), np.zeros((BATCH, places), bool),
        np.full((BATCH, places), -1, np.int32), np.full((BATCH, places), -1, np.int32),
        np.zeros(BATCH, np.int32), np.zeros(BATCH, np.float32),
    )  # fmt: skip
    batch.is_place[:, 0] = True
    begin = 0
    for index, text in enumerate(texts):
        end, count = begin + len(text.ids), text.places
        batch.ids[begin:end], batch.at[begin:end] = text.ids, text.at + index * places
        often = np.maximum(np.bincount(text.at, minlength=count), 1)
        batch.weight[begin:end] = (1 / np.sqrt(often))[text.at]
        batch.relations[index, :count, :count] = text.relations
        batch.is_place[index, :count] = True
        batch.measures[index, :count], batch.roles[index, :count] = text.measures, text.roles
        batch.kinds[index], batch.is_text[index] = text.kind, 1
        begin = end
    return batch


def _begin(key: jax.Array, known: Vocabularies, settings: Settings) -> Parameters:
    keys: Iterator[jax.Array] = iter(jax.random.split(key, 8 * settings.layers + 8))
    width, hidden = settings.width, settings.hidden

    def random(*shape: int, scale: float | None = None) -> jax.Array:
        return jax.random.normal(next(keys), shape) * (scale if scale is not None else shape[0] ** -0.5)

    layers = [
        {
            "query": random(width, width), "key": random(width, width), "value": random(width, width),
            "out": random(width, width) * 0.5, "relation": jnp.zeros((RELATIONS, HEADS)),
            "distance": jnp.zeros((2 * NEAR + 1, HEADS)), "norm_a": jnp.ones(width), "norm_b": jnp.ones(width),
            "wide": random(width, hidden), "wide_bias": jnp.zeros(hidden), "narrow": random(hidden, width) * 0.5,
            "narrow_bias": jnp.zeros(width),
        }
        for _ in range(settings.layers)
    ]  # fmt: skip
    return {
        "embedding": random(len(known.features), width, scale=0.1), "layers": layers, "norm": jnp.ones(width),
        "measure": random(width, len(known.measures)), "measure_bias": jnp.zeros(len(known.measures)),
        "role": random(width, len(known.roles)), "role_bias": jnp.zeros(len(known.roles)),
        "pool": random(width, 1), "kind": random(2 * width, len(KINDS)), "kind_bias": jnp.zeros(len(KINDS)),
    }  # fmt: skip


def _normal(x: jax.Array, gain: jax.Array) -> jax.Array:
    x = x - x.mean(-1, keepdims=True)
    return jnp.asarray(gain * x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5))


def _forward(parameters: Parameters, batch: _Batch, key: jax.Array | None) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scores of measures, roles and kinds; with a key, features and values are dropped as in training."""
    texts, places = batch.is_place.shape
    drops = iter(jax.random.split(key, 4 * len(parameters["layers"]) + 2)) if key is not None else None

    def dropped(x: jax.Array, rate: float = DROPOUT) -> jax.Array:
        if drops is None:
            return x
        return jnp.where(jax.random.bernoulli(next(drops), 1 - rate, x.shape), x / (1 - rate), 0)

    weight = dropped(jnp.asarray(batch.weight), FEATURE_DROPOUT)
    seen = parameters["embedding"][batch.ids] * weight[:, None]
    x = jax.ops.segment_sum(seen, batch.at, texts * places).reshape(texts, places, -1)
    width = x.shape[-1]
    index = jnp.arange(places)
    distance = jnp.clip(index[None, :] - index[:, None], -NEAR, NEAR) + NEAR
    for layer in parameters["layers"]:
        h = _normal(x, layer["norm_a"])
        query, held, value = (
            (h @ layer[name]).reshape(texts, places, HEADS, width // HEADS) for name in ("query", "key", "value")
        )
        scores = jnp.einsum("bihd,bjhd->bhij", query, held) / (width // HEADS) ** 0.5
        scores += jnp.transpose(layer["relation"][batch.relations], (0, 3, 1, 2))
        scores += jnp.transpose(layer["distance"][distance], (2, 0, 1))[None]
        scores = jnp.where(batch.is_place[:, None, None, :], scores, -1e9)
        mixed = jnp.einsum("bhij,bjhd->bihd", dropped(jax.nn.softmax(scores, -1)), value).reshape(
            texts, places, width
        )
        x = x + dropped(mixed @ layer["out"])
        h = _normal(x, layer["norm_b"])
        h = dropped(jax.nn.relu(h @ layer["wide"] + layer["wide_bias"]))
        x = x + dropped(h @ layer["narrow"] + layer["narrow_bias"])
    x = dropped(_normal(x, parameters["norm"]))
    attention = jax.nn.softmax(jnp.where(batch.is_place, (x @ parameters["pool"])[..., 0], -1e9), -1)
    whole = jnp.concatenate([x[:, 0], jnp.einsum("bp,bpd->bd", attention, x)], -1)
    return (
        x @ parameters["measure"] + parameters["measure_bias"],
        x @ parameters["role"] + parameters["role_bias"],
        whole @ parameters["kind"] + parameters["kind_bias"],
    )


def _loss(parameters: Parameters, batch: _Batch, key: jax.Array) -> jax.Array:
    measures, roles, kinds = _forward(parameters, batch, key)

    def told(scores: jax.Array, answers: NDArray[np.int32]) -> jax.Array:
        logs = jax.nn.log_softmax(scores)
        right = jnp.take_along_axis(logs, jnp.maximum(answers, 0)[..., None], -1)[..., 0]
        return jnp.asarray(-((1 - LABEL_SMOOTHING) * right + LABEL_SMOOTHING * logs.mean(-1)))

    is_item = batch.measures >= 0
    items = is_item.sum() + 1
    of_items = (told(measures, batch.measures) * is_item).sum() + (told(roles, batch.roles) * is_item).sum()
    of_kinds = (told(kinds, batch.kinds) * batch.is_text).sum() / batch.is_text.sum()
    return jnp.asarray(of_items / items + of_kinds)


@partial(jax.jit, donate_argnums=(0, 1))
def _step(
    parameters: Parameters, moments: Any, batch: _Batch, key: jax.Array, rate: float, decay: float
) -> tuple[Parameters, Any, jax.Array]:
    """One step of Adam with decoupled weight decay."""
    loss, slope = jax.value_and_grad(_loss)(parameters, batch, key)
    first, second, time = moments
    time = time + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda m, g: 0.99 * m + 0.01 * g * g, second, slope)

    def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        return jnp.asarray(p - rate * ((m / (1 - 0.9**time)) / (jnp.sqrt(v / (1 - 0.99**time)) + 1e-8) + decay * p))

    return jax.tree.map(moved, parameters, first, second), (first, second, time), loss


def fit(
    texts: Sequence[Encoded], known: Vocabularies, settings: Settings, openings: Sequence[Encoded | None] = ()
) -> Parameters:
    """Learn from encoded texts. Deterministic for the same texts in the same order.

    ``openings`` run beside ``texts``: in some epochs the opening of a text is taken in its place.
    """
    parameters = _begin(jax.random.PRNGKey(settings.seed), known, settings)
    moments: Any = (jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), 0.0)
    random = np.random.default_rng(settings.seed)
    key = jax.random.PRNGKey(settings.seed + 1)
    steps, step = settings.epochs * -(-len(texts) // BATCH), 0
    for _ in range(settings.epochs):
        in_place = random.random(len(texts)) < OPENINGS
        taken = [
            opening if opening is not None and is_cut else text
            for text, opening, is_cut in zip(texts, openings or [None] * len(texts), in_place, strict=True)
        ]
        sizes = np.array([text.places for text in taken])
        # Texts of about the same length share a batch; which ones changes from epoch to epoch.
        order = np.argsort(sizes + random.uniform(-12, 12, len(texts)), kind="stable")
        batches = [order[begin : begin + BATCH] for begin in range(0, len(order), BATCH)]
        for index in random.permutation(len(batches)):
            key, own = jax.random.split(key)
            rate = settings.rate * min(1, (step + 1) / 50) * (0.02 + 0.49 * (1 + np.cos(np.pi * step / steps)))
            batch = _batch([taken[i] for i in batches[index]])
            parameters, moments, _ = _step(parameters, moments, batch, own, rate, settings.decay)
            step += 1
    return parameters


@jax.jit
def _infer(parameters: Parameters, batch: _Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
    measures, roles, kinds = _forward(parameters, batch, None)
    return jax.nn.softmax(measures), jax.nn.softmax(roles), jax.nn.softmax(kinds)


def predict(parameters: Parameters, texts: Sequence[Encoded]) -> list[Beliefs]:
    """What a trained network says of texts; for cross-validation. The extractor itself uses model.py."""
    found: dict[int, Beliefs] = {}
    order = np.argsort([text.places for text in texts], kind="stable")
    for begin in range(0, len(order), BATCH):
        chosen = order[begin : begin + BATCH]
        measures, roles, kinds = map(np.asarray, _infer(parameters, _batch([texts[i] for i in chosen])))
        for row, index in enumerate(chosen):
            at = texts[index].items
            found[int(index)] = Beliefs(measures[row, at], roles[row, at], kinds[row], texts[index].familiar[at])
    return [found[index] for index in range(len(texts))]
