"""The confidence of each candidate statement, and the threshold above which it is stated.

Applies boosted trees over a candidate's features, stored in calibration.npz. They are fitted in
training/calibration.py, on readings of texts not used in training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    """``trees`` judge the statements of the measure they are named by; those named "" judge all. Where both do, their
    scores are averaged: common trees learn from all texts, a measure's own what holds for it alone. ``names`` have a
    one-hot feature each; ``thresholds`` are by name, "" for all others.
    """

    def __init__(self, trees: Mapping[str, Trees], names: Sequence[str], thresholds: Mapping[str, float]) -> None:
        self.trees, self.names, self.thresholds = dict(trees), tuple(names), dict(thresholds)
        # All nodes in one row, so that a step down all trees is a few lookups: a node's children are at twice its
        # place, the left one first. The first node is a leaf that says nothing.
        common, own = self.trees[""], {name: one for name, one in self.trees.items() if name}
        held, begin = [_nothing()], 1
        roots = {}
        for name, one in self.trees.items():
            count, nodes = one.feature.shape
            held.append(one._replace(left=one.left + _first(one, begin), right=one.right + _first(one, begin)))
            roots[name] = begin + nodes * np.arange(count)
            begin += count * nodes
        self._feature = np.concatenate([one.feature.ravel() for one in held]).astype(np.intp)
        self._threshold = np.concatenate([one.threshold.ravel() for one in held])
        children = [np.stack([one.left, one.right], axis=-1).ravel() for one in held]
        self._children = np.concatenate(children).astype(np.intp)
        self._value = np.concatenate([one.value.ravel() for one in held]).astype(np.float64)
        self._depth = max(one.depth for one in self.trees.values())
        most = max((len(roots[name]) for name in own), default=0)
        none = np.zeros(most, np.intp)
        self._roots = {name: np.append(roots[""], [*roots[name], *none[len(roots[name]) :]]) for name in own}
        self._other_roots = np.append(roots[""], none)
        self._common = len(common.feature)

    def confidences(self, candidates: Sequence[Candidate]) -> list[float]:
        """The probability that each candidate is right."""
        if not candidates:
            return []
        rows = rows_of([(one.name, one.signs) for one in candidates], self.names)
        at = np.stack([self._roots.get(one.name, self._other_roots) for one in candidates])
        begins, cells = (np.arange(len(rows)) * rows.shape[1])[:, None], rows.ravel()
        for _ in range(self._depth):
            goes_right = cells.take(self._feature.take(at) + begins) > self._threshold.take(at)
            at = self._children.take(2 * at + goes_right)
        values = self._value.take(at)
        scores = self.trees[""].bias + values[:, : self._common].sum(1)
        own = values[:, self._common :].sum(1)
        for row, one in enumerate(candidates):
            if one.name in self._roots:
                scores[row] = (scores[row] + self.trees[one.name].bias + own[row]) / 2
        return [round(float(chance), 4) for chance in 1 / (1 + np.exp(-scores))]

    def least(self, name: str) -> float:
        """The confidence below which nothing is stated."""
        return self.thresholds.get(name, self.thresholds[""])

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Calibration:
        return Calibration(self.trees, self.names, thresholds)

    def without_thresholds(self) -> Calibration:
        """The same confidences with all thresholds zero: everything extracted is stated."""
        return self.with_thresholds({"": 0.0})


def _nothing() -> Trees:
    """A leaf that adds nothing to a score."""
    node, zero = np.zeros((1, 1), np.int16), np.zeros((1, 1), np.float32)
    return Trees(node, zero, node, node, zero, 0.0, 0)


def _first(trees: Trees, begin: int) -> NDArray[np.intp]:
    """The place of each tree's first node when all nodes stand in one row from ``begin``: trees × 1."""
    count, nodes = trees.feature.shape
    return np.arange(begin, begin + count * nodes, nodes, dtype=np.intp)[:, None]


def rows_of(named: Sequence[tuple[str, list[float]]], names: Sequence[str]) -> NDArray[np.float32]:
    """Input rows for the trees: a candidate's features, then its name one-hot over ``names``."""
    return np.array([[*signs, *(float(name == known) for known in names)] for name, signs in named], np.float32)


def save(calibration: Calibration, path: Path) -> None:
    """Write a calibration; equal calibrations give equal files."""
    trees = calibration.trees
    about = {
        "trees": {name: {"bias": one.bias, "depth": one.depth} for name, one in trees.items()},
        "names": calibration.names, "thresholds": calibration.thresholds,
    }  # fmt: skip
    arrays: dict[str, Any] = {
        f"{name}/{array}": getattr(one, array) for name, one in trees.items() for array in ARRAYS
    }
    with path.open("wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """The calibration shipped with the project."""
    with np.load(path, allow_pickle=False) as held:
        about = json.loads(str(held["about"]))
        trees = {
            name: Trees(**{array: held[f"{name}/{array}"] for array in ARRAYS}, **numbers)
            for name, numbers in about["trees"].items()
        }
    return Calibration(trees, about["names"], about["thresholds"])
