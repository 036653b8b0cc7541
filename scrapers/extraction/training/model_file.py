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
    found = {name: np.asarray(value, np.float32) for name, value in parameters.items() if name != "layers"}
    for place, layer in enumerate(parameters["layers"]):
        found |= {f"{place}.{name}": np.asarray(value, np.float32) for name, value in layer.items()}
    return found


def write(path: Path, networks: Sequence[Parameters], known: Vocabularies, about: dict[str, Any]) -> None:
    """Write a model to a temporary file and rename it. The networks' embeddings are stacked column-wise."""
    held = [arrays_of(parameters) for parameters in networks]
    embedding = np.hstack([own.pop("embedding")[: len(known.features)] for own in held])
    scale = np.maximum(np.abs(embedding).max(0), 1e-8) / 127
    arrays: dict[str, NDArray[Any]] = {
        f"{member}/{name}": array for member, own in enumerate(held) for name, array in own.items()
    }
    arrays |= {"embedding_scale": scale.astype(np.float32), "embedding": np.rint(embedding / scale).astype(np.int8)}
    features = json.dumps([list(feature) for feature in known.features], ensure_ascii=False, separators=(",", ":"))
    described = about | {"networks": len(networks), "measures": known.measures, "roles": known.roles}
    fresh = path.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            written = io.BytesIO()
            np.lib.format.write_array(written, np.ascontiguousarray(array), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), written.getvalue(), zipfile.ZIP_DEFLATED)
        file.writestr(zipfile.ZipInfo("features.json", EPOCH), features, zipfile.ZIP_DEFLATED)
        file.writestr(zipfile.ZipInfo("about.json", EPOCH), json.dumps(described, indent=1), zipfile.ZIP_DEFLATED)
    fresh.replace(path)
