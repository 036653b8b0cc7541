"""Writes model.npz: the trained arrays, the features of the embeddings, and metadata. model.py reads it.

Embeddings are quantized to one byte per value, which changes no probability by more than 0.01.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.training.encoding import Vocabularies
from scrapers.extraction.training.network import Parameters

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same arrays give the same file


def arrays_of(parameters: Parameters) -> dict[str, NDArray[np.float32]]:
    """A network's arrays under the names used in model.py."""
    apart = ("layers", "tokens")
    found = {name: np.asarray(value, np.float32) for name, value in parameters.items() if name not in apart}
    for place, layer in enumerate(parameters["layers"]):
        found |= {f"{place}.{name}": np.asarray(value, np.float32) for name, value in layer.items()}
    return found


def write(path: Path, networks: Sequence[Parameters], known: Vocabularies, about: dict[str, Any]) -> None:
    """Write a model to a temporary file and rename it. The networks' embeddings are stacked column-wise."""
    held = [arrays_of(parameters) for parameters in networks]
    reads_tokens = ["tokens" in parameters for parameters in networks]
    arrays = _embedding(
        [_rows(own.pop("embedding"), known, reads) for own, reads in zip(held, reads_tokens, strict=True)]
    )
    arrays |= {f"{member}/{name}": array for member, own in enumerate(held) for name, array in own.items()}
    arrays |= _token_arrays([one["tokens"] for one in networks if "tokens" in one], len(known.token_features))
    described = about | {"networks": len(networks), "measures": known.measures, "roles": known.roles}
    fresh = path.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            written = io.BytesIO()
            np.lib.format.write_array(written, np.ascontiguousarray(array), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), written.getvalue(), zipfile.ZIP_DEFLATED)
        for name, features in (("features", known.features), ("token_features", known.token_features)):
            listed = json.dumps([list(one) for one in features], ensure_ascii=False, separators=(",", ":"))
            file.writestr(zipfile.ZipInfo(f"{name}.json", EPOCH), listed, zipfile.ZIP_DEFLATED)
        file.writestr(zipfile.ZipInfo("about.json", EPOCH), json.dumps(described, indent=1), zipfile.ZIP_DEFLATED)
    fresh.replace(path)


def _rows(embedding: NDArray[np.float32], known: Vocabularies, reads_tokens: bool) -> NDArray[np.float32]:
    """A row for each feature; zeros for those of order in a network that reads the tokens."""
    count = known.unordered if reads_tokens else len(known.features)
    return np.pad(embedding[:count], ((0, len(known.features) - count), (0, 0)))


def _embedding(of_each: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    embedding = np.hstack(of_each)
    scale = np.maximum(np.abs(embedding).max(0), 1e-8) / 127
    return {"embedding_scale": scale.astype(np.float32), "embedding": np.rint(embedding / scale).astype(np.int8)}


def _token_arrays(networks: Sequence[Parameters], features: int) -> dict[str, NDArray[Any]]:
    """The layers over tokens, stacked: networks × what one has. The first row of the embedding is nothing."""
    held = [arrays_of(parameters) for parameters in networks]
    embeddings = [own.pop("embedding")[: features + 1] * (np.arange(features + 1) > 0)[:, None] for own in held]
    stacked = _embedding(embeddings) | {name: np.stack([own[name] for own in held]) for name in held[0]}
    return {f"tokens/{name}": array for name, array in stacked.items()}
