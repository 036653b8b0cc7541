"""The confidence of each candidate statement, and the threshold above which it is stated.

Applies boosted trees over a candidate's features, stored in calibration.npz. They are fitted in
training/calibration.py, on readings of texts not used in training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.candidates import Candidate

ARRAYS = ("feature", "threshold", "left", "right", "value")
CALIBRATION = Path(__file__).with_name("calibration.npz")


class Trees(NamedTuple):
    """Boosted trees as arrays, trees × nodes: a row goes left when its ``feature`` is at most ``threshold``; a leaf
    points to itself. A candidate's score is ``bias`` plus the ``value`` of its leaf in each tree.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    bias: float
    depth: int


class Calibration:
    """``names`` have a one-hot feature each; ``thresholds`` are by name, "" for all others."""

    def __init__(self, trees: Trees, names: Sequence[str], thresholds: dict[str, float]) -> None:
        self.trees, self.names, self.thresholds = trees, tuple(names), thresholds
        # All nodes in one row, so that a step down all trees is a few lookups: a node's children are at twice its
        # place, the left one first.
        first = np.arange(len(trees.feature))[:, None] * trees.feature.shape[1]
        self._first = first.ravel()
        self._feature, self._threshold = trees.feature.ravel().astype(np.intp), trees.threshold.ravel()
        self._children = np.stack([trees.left + first, trees.right + first], axis=-1).ravel()
        self._value = trees.value.ravel().astype(np.float64)

    def confidences(self, candidates: Sequence[Candidate]) -> list[float]:
        """The probability that each candidate is right."""
        if not candidates:
            return []
        rows = rows_of([(one.name, one.signs) for one in candidates], self.names)
        at = np.repeat(self._first[None], len(rows), 0)
        begins, cells = (np.arange(len(rows)) * rows.shape[1])[:, None], rows.ravel()
        for _ in range(self.trees.depth):
            goes_right = cells.take(self._feature.take(at) + begins) > self._threshold.take(at)
            at = self._children.take(2 * at + goes_right)
        scores = self.trees.bias + self._value.take(at).sum(1)
        return [round(float(chance), 4) for chance in 1 / (1 + np.exp(-scores))]

    def least(self, name: str) -> float:
        """The confidence below which nothing is stated."""
        return self.thresholds.get(name, self.thresholds[""])

    def without_thresholds(self) -> Calibration:
        """The same confidences with all thresholds zero: everything extracted is stated."""
        return Calibration(self.trees, self.names, {"": 0.0})


def rows_of(named: Sequence[tuple[str, list[float]]], names: Sequence[str]) -> NDArray[np.float32]:
    """Input rows for the trees: a candidate's features, then its name one-hot over ``names``."""
    return np.array([[*signs, *(float(name == known) for known in names)] for name, signs in named], np.float32)


def save(calibration: Calibration, path: Path) -> None:
    """Write a calibration; equal calibrations give equal files."""
    trees = calibration.trees
    about = {
        "bias": trees.bias, "depth": trees.depth, "names": calibration.names, "thresholds": calibration.thresholds,
    }  # fmt: skip
    arrays: dict[str, Any] = {name: getattr(trees, name) for name in ARRAYS}
    with path.open("wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """The calibration shipped with the project."""
    with np.load(path, allow_pickle=False) as held:
        about = json.loads(str(held["about"]))
        arrays = {name: held[name] for name in ARRAYS}
    return Calibration(Trees(**arrays, bias=about["bias"], depth=about["depth"]), about["names"], about["thresholds"])
