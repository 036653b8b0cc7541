"""Trains the layers that read a text's tokens in order: convolutions, and a gated mean for each sentence, in JAX.

convolution.py computes the same with numpy; the rest of the network is in network.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp

from scrapers.extraction.convolution import DISTANCES, MOST_GATED
from scrapers.extraction.training.encoding import TokenBatch

Parameters = dict[str, Any]
WIDTH = 32
ROWS = 1024  # the embedding is padded to a multiple


def begin(key: jax.Array, features: int, width_of_places: int) -> Parameters:
    keys: Iterator[jax.Array] = iter(jax.random.split(key, 2 * len(DISTANCES) + 3))

    def random(*shape: int, scale: float) -> jax.Array:
        return jax.random.normal(next(keys), shape) * scale

    layers = [
        {
            "norm": jnp.ones(WIDTH),
            "wide": random(3 * WIDTH, WIDTH, scale=(3 * WIDTH) ** -0.5), "wide_bias": jnp.zeros(WIDTH),
            "narrow": random(WIDTH, WIDTH, scale=0.5 * WIDTH**-0.5), "narrow_bias": jnp.zeros(WIDTH),
        }
        for _ in DISTANCES
    ]  # fmt: skip
    half = 0.5 * (2 * WIDTH) ** -0.5
    return {
        "embedding": random(-(-(features + 1) // ROWS) * ROWS, WIDTH, scale=0.06), "layers": layers,
        "norm": jnp.ones(WIDTH), "gate": jnp.zeros((WIDTH, WIDTH)),
        "to_item": random(2 * WIDTH, width_of_places, scale=half),
        "to_sentence": random(2 * WIDTH, width_of_places, scale=half),
    }  # fmt: skip


def normal(x: jax.Array, gain: jax.Array) -> jax.Array:
    """Each position's values with mean 0 and variance 1, times a gain."""
    x = x - x.mean(-1, keepdims=True)
    return jnp.asarray(gain * x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5))


def read_tokens(parameters: Parameters, batch: TokenBatch, places: int) -> jax.Array:
    """What the tokens of a batch add to the features of its places: places × the network's width."""
    is_token = jnp.asarray(batch.is_token)[:, None]
    x = (parameters["embedding"][batch.ids] * (batch.ids > 0)[..., None]).sum(1) * is_token
    for distance, layer in zip(DISTANCES, parameters["layers"], strict=True):
        h = normal(x, layer["norm"]) * is_token
        h = jax.nn.relu(_around(h, distance, layer["wide"]) + layer["wide_bias"])
        x = (x + h @ layer["narrow"] + layer["narrow_bias"]) * is_token
    x = normal(x, parameters["norm"]) * is_token
    gates = jnp.exp(jnp.clip(x @ parameters["gate"], -MOST_GATED, MOST_GATED)) * is_token
    sums = jax.ops.segment_sum(jnp.concatenate([x, x * gates, gates, is_token], -1), batch.at, places)
    mean = sums[:, :WIDTH] / jnp.maximum(sums[:, 3 * WIDTH :], 1)
    gated = sums[:, WIDTH : 2 * WIDTH] / (sums[:, 2 * WIDTH : 3 * WIDTH] + 1e-6)
    of_items = jnp.concatenate([x[batch.first], x[batch.last]], -1) @ parameters["to_item"]
    return jnp.asarray(of_items + jnp.concatenate([mean, gated], -1) @ parameters["to_sentence"])


def _around(x: jax.Array, distance: int, wide: jax.Array) -> jax.Array:
    """Each token and those ``distance`` before and after it, times their weights."""
    weights = wide.reshape(3, x.shape[1], -1)
    form = ("NWC", "WIO", "NWC")
    return jax.lax.conv_general_dilated(
        x[None], weights, (1,), "SAME", rhs_dilation=(distance,), dimension_numbers=form
    )[0]
