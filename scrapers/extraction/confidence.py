"""How likely a statement is right, and from which confidence on it is stated.

Boosted trees over a candidate's signs, fitted by training/calibration.py on readings of texts that took no part in
training; they stand in calibration.npz. Applying them only.
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
    """Boosted trees, trees × nodes: at a node the sign ``feature`` goes left when it is at most ``threshold``; a leaf
    leads to itself. A candidate's score is ``bias`` and the ``value`` of its leaf in each tree.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    bias: float
    depth: int


class Calibration:
    """``names`` are those that a tree can tell apart, one more sign each; ``thresholds`` by name, "" for others."""

    def __init__(self, trees: Trees, names: Sequence[str], thresholds: dict[str, float]) -> None:
        self.trees, self.names, self.thresholds = trees, tuple(names), thresholds

    def confidences(self, candidates: Sequence[Candidate]) -> list[float]:
        """The chance that each is right."""
        if not candidates:
            return []
        rows = rows_of([(one.name, one.signs) for one in candidates], self.names)
        trees = self.trees
        at = np.zeros((len(rows), len(trees.feature)), np.int64)
        tree, row = np.arange(len(trees.feature))[None, :], np.arange(len(rows))[:, None]
        for _ in range(trees.depth):
            goes_left = rows[row, trees.feature[tree, at]] <= trees.threshold[tree, at]
            at = np.where(goes_left, trees.left[tree, at], trees.right[tree, at]).astype(np.int64)
        scores = trees.bias + trees.value[tree, at].astype(np.float64).sum(1)
        return [round(float(chance), 4) for chance in 1 / (1 + np.exp(-scores))]

    def least(self, name: str) -> float:
        """The confidence below which nothing is stated."""
        return self.thresholds.get(name, self.thresholds[""])

    def without_thresholds(self) -> Calibration:
        """The same confidence, by which everything is stated that is read."""
        return Calibration(self.trees, self.names, {"": 0.0})


def rows_of(named: Sequence[tuple[str, list[float]]], names: Sequence[str]) -> NDArray[np.float32]:
    """Signs as the trees see them: a candidate's own, then one for each name that is known."""
    return np.array([[*signs, *(float(name == known) for known in names)] for name, signs in named], np.float32)


def save(calibration: Calibration, path: Path) -> None:
    """Write a calibration; the same one gives the same file."""
    trees = calibration.trees
    about = {
        "bias": trees.bias, "depth": trees.depth, "names": calibration.names, "thresholds": calibration.thresholds,
    }  # fmt: skip
    arrays: dict[str, Any] = {name: getattr(trees, name) for name in ARRAYS}
    with path.open("wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """The calibration that the project ships."""
    with np.load(path, allow_pickle=False) as held:
        about = json.loads(str(held["about"]))
        arrays = {name: held[name] for name in ARRAYS}
    return Calibration(Trees(**arrays, bias=about["bias"], depth=about["depth"]), about["names"], about["thresholds"])
