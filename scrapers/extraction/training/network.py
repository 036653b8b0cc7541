"""Trains the networks of model.py: a bag of features at each position, two layers of attention over the positions.

Some also read the tokens in order, by token_layers.py. JAX computes the gradients; the results are plain arrays. The
same seed and texts give the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.model import HEADS, KINDS, NEAR, RELATIONS, Beliefs
from scrapers.extraction.training.encoding import (
    Batch,
    Dropout,
    Encoded,
    Vocabularies,
    batch_of,
    batches,
    with_tokens,
    without_order,
)
from scrapers.extraction.training.token_layers import begin as begin_tokens
from scrapers.extraction.training.token_layers import normal, read_tokens

Parameters = dict[str, Any]
ROWS = 4096  # the embedding is padded to a multiple, so that models of similar size are compiled once
LABEL_SMOOTHING = 0.01
FEATURE_DROPOUT = 0.6
TOKEN_DROPOUT = 0.5
TOKEN_EPOCHS = 0.77
WARM_UP = 50  # steps
# The result is a mean of the parameters over the steps, later ones weighing more: polynomial-decay averaging (Shamir
# and Zhang, ICML 2013). With it a constant rate learns more from as many steps than one that falls to zero.
MEAN_EVERY, MEAN_POWER = 10, 9
OPENINGS = 0.3  # probability that a text is replaced by its opening in an epoch


@dataclass(frozen=True, slots=True)
class Settings:
    """``networks`` are trained separately, from consecutive seeds, and averaged. The last ``token_networks`` of them
    read the tokens, in place of the features that tell the order of words, and learn in TOKEN_EPOCHS of the epochs.
    """

    networks: int = 2
    token_networks: int = 1
    width: int = 44
    hidden: int = 88
    layers: int = 2
    epochs: int = 22
    rate: float = 6e-3
    decay: float = 1e-4
    least_often: int = 12
    seed: int = 0


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
    rows = -(-(known.unordered if settings.token_networks else len(known.features)) // ROWS) * ROWS
    return {
        "embedding": random(rows, width, scale=0.1), "layers": layers, "norm": jnp.ones(width),
        "measure": random(width, len(known.measures)), "measure_bias": jnp.zeros(len(known.measures)),
        "role": random(width, len(known.roles)), "role_bias": jnp.zeros(len(known.roles)),
        "pool": random(width, 1), "kind": random(2 * width, len(KINDS)), "kind_bias": jnp.zeros(len(KINDS)),
    }  # fmt: skip


def _forward(parameters: Parameters, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Logits of measures, roles and kinds."""
    texts, places = batch.is_place.shape
    seen = parameters["embedding"][batch.ids] * jnp.asarray(batch.weight)[:, None]
    x = jax.ops.segment_sum(seen, batch.at, texts * places)
    if batch.tokens is not None:
        x = x + read_tokens(parameters["tokens"], batch.tokens, texts * places)
    x = x.reshape(texts, places, -1)
    width = x.shape[-1]
    index = jnp.arange(places)
    distance = jnp.clip(index[None, :] - index[:, None], -NEAR, NEAR) + NEAR
    for layer in parameters["layers"]:
        h = normal(x, layer["norm_a"])
        query, held, value = (
            (h @ layer[name]).reshape(texts, places, HEADS, width // HEADS) for name in ("query", "key", "value")
        )
        scores = jnp.einsum("bihd,bjhd->bhij", query, held) / (width // HEADS) ** 0.5
        scores += jnp.transpose(layer["relation"][batch.relations], (0, 3, 1, 2))
        scores += jnp.transpose(layer["distance"][distance], (2, 0, 1))[None]
        scores = jnp.where(batch.is_place[:, None, None, :], scores, -1e9)
        mixed = jnp.einsum("bhij,bjhd->bihd", jax.nn.softmax(scores, -1), value).reshape(texts, places, width)
        x = x + mixed @ layer["out"]
        h = jax.nn.relu(normal(x, layer["norm_b"]) @ layer["wide"] + layer["wide_bias"])
        x = x + h @ layer["narrow"] + layer["narrow_bias"]
    x = normal(x, parameters["norm"])
    attention = jax.nn.softmax(jnp.where(batch.is_place, (x @ parameters["pool"])[..., 0], -1e9), -1)
    whole = jnp.concatenate([x[:, 0], jnp.einsum("bp,bpd->bd", attention, x)], -1)
    return (
        x @ parameters["measure"] + parameters["measure_bias"],
        x @ parameters["role"] + parameters["role_bias"],
        whole @ parameters["kind"] + parameters["kind_bias"],
    )


def _loss(parameters: Parameters, batch: Batch) -> jax.Array:
    measures, roles, kinds = _forward(parameters, batch)

    def loss(scores: jax.Array, answers: NDArray[np.int32]) -> jax.Array:
        logs = jax.nn.log_softmax(scores)
        right = jnp.take_along_axis(logs, jnp.maximum(answers, 0)[..., None], -1)[..., 0]
        return jnp.asarray(-((1 - LABEL_SMOOTHING) * right + LABEL_SMOOTHING * logs.mean(-1)))

    is_item = batch.measures >= 0
    items = is_item.sum() + 1
    of_items = (loss(measures, batch.measures) * is_item).sum() + (loss(roles, batch.roles) * is_item).sum()
    of_kinds = (loss(kinds, batch.kinds) * batch.is_text).sum() / batch.is_text.sum()
    return jnp.asarray(of_items / items + of_kinds)


@partial(jax.jit, donate_argnums=(0,))
def _mixed(mean: Parameters, parameters: Parameters, share: float) -> Parameters:
    return dict(jax.tree.map(lambda old, new: share * old + (1 - share) * new, mean, parameters))


@partial(jax.jit, donate_argnums=(0, 1))
def _step(
    parameters: Parameters, moments: Any, batch: Batch, rate: float, decay: float
) -> tuple[Parameters, Any, jax.Array]:
    """One step of Adam with decoupled weight decay."""
    loss, slope = jax.value_and_grad(_loss)(parameters, batch)
    first, second, time = moments
    time = time + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda m, g: 0.99 * m + 0.01 * g * g, second, slope)

    def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        return jnp.asarray(p - rate * ((m / (1 - 0.9**time)) / (jnp.sqrt(v / (1 - 0.99**time)) + 1e-8) + decay * p))

    return jax.tree.map(moved, parameters, first, second), (first, second, time), loss


def fit(
    texts: Sequence[Encoded], known: Vocabularies, settings: Settings, openings: Sequence[Encoded | None] = ()
) -> list[Parameters]:
    """Train on encoded texts. Deterministic for the same texts in the same order.

    ``openings`` are aligned with ``texts``: in some epochs a text is replaced by its opening.
    """
    # JAX computes without Python's lock: two networks take little more time than one.
    with ThreadPoolExecutor(settings.networks) as pool:
        return list(pool.map(lambda own: _fit_one(texts, known, own, openings), of_each_network(settings)))


def of_each_network(settings: Settings) -> list[Settings]:
    """The settings of each network, apart: one network, from a seed of its own."""
    features_only = settings.networks - settings.token_networks
    fewer_epochs = max(1, round(settings.epochs * TOKEN_EPOCHS))
    return [
        replace(
            settings, seed=settings.seed + member, networks=1, token_networks=int(member >= features_only),
            epochs=fewer_epochs if member >= features_only else settings.epochs,
        )
        for member in range(settings.networks)
    ]  # fmt: skip


def _fit_one(
    texts: Sequence[Encoded], known: Vocabularies, settings: Settings, openings: Sequence[Encoded | None]
) -> Parameters:
    key = jax.random.PRNGKey(settings.seed)
    parameters = _begin(key, known, settings)
    if settings.token_networks:
        parameters["tokens"] = begin_tokens(jax.random.fold_in(key, 1), len(known.token_features), settings.width)
        texts = [without_order(text, known) for text in texts]
        openings = [None if text is None else without_order(text, known) for text in openings]
    moments: Any = (jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), 0.0)
    random = np.random.default_rng(settings.seed)
    mean = jax.tree.map(jnp.copy, parameters)
    step = 0
    for _ in range(settings.epochs):
        in_place = random.random(len(texts)) < OPENINGS
        taken = [
            opening if opening is not None and is_cut else text
            for text, opening, is_cut in zip(texts, openings or [None] * len(texts), in_place, strict=True)
        ]
        # The grouping changes from epoch to epoch.
        grouped = batches([text.places for text in taken], random.permutation(len(texts)).tolist())
        for index in random.permutation(len(grouped)):
            rate = settings.rate * min(1, (step + 1) / WARM_UP)
            chosen, dropout = [taken[i] for i in grouped[index]], Dropout(FEATURE_DROPOUT, TOKEN_DROPOUT, random)
            batch = batch_of(chosen, dropout)
            if settings.token_networks:
                batch = with_tokens(batch, chosen, dropout)
            parameters, moments, _ = _step(parameters, moments, batch, rate, settings.decay)
            if step % MEAN_EVERY == 0:
                passed = step / MEAN_EVERY
                mean = _mixed(mean, parameters, passed / (passed + MEAN_POWER))
            step += 1
    return mean


@jax.jit
def _infer(parameters: Parameters, batch: Batch) -> tuple[jax.Array, jax.Array, jax.Array]:
    measures, roles, kinds = _forward(parameters, batch)
    return jax.nn.softmax(measures), jax.nn.softmax(roles), jax.nn.softmax(kinds)


def predict(networks: Sequence[Parameters], texts: Sequence[Encoded], known: Vocabularies) -> list[Beliefs]:
    """The trained networks' average probabilities, for cross-validation. The extractor itself uses model.py."""
    found: dict[int, Beliefs] = {}
    for chosen in batches([text.places for text in texts], range(len(texts))):
        held = [texts[i] for i in chosen]
        batch = batch_of(held)
        of_tokens = with_tokens(batch_of([without_order(text, known) for text in held]), held)
        predicted = [_infer(network, of_tokens if "tokens" in network else batch) for network in networks]
        measures, roles, kinds = (np.mean(np.array(column), axis=0) for column in zip(*predicted, strict=True))
        for row, index in enumerate(chosen):
            at = texts[index].items
            found[index] = Beliefs(measures[row, at], roles[row, at], kinds[row], texts[index].familiar[at])
    return [found[index] for index in range(len(texts))]
