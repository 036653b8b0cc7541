"""The confidence of each candidate statement, and the threshold above which it is stated.

Applies boosted trees over a candidate's features, stored in calibration.npz. They are fitted in
training/calibration.py, on readings of texts not used in training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrapers.extraction.candidates import Candidate
from scrapers.extraction.trained_file import reading

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


class _Nodes:
    """The nodes of all trees in one row, so that a step down all of them is a few lookups. A node's children are at
    twice its place, the left one first. The first node is a leaf that adds nothing. ``roots`` are by name.
    """

    def __init__(self, trees: Mapping[str, Trees]) -> None:
        self.roots: dict[str, NDArray[np.intp]] = {}
        nothing, children, begin = np.zeros(1, np.float32), [np.zeros((1, 2), np.intp)], 1
        for name, one in trees.items():
            count, nodes = one.feature.shape
            self.roots[name] = np.arange(begin, begin + count * nodes, nodes, dtype=np.intp)
            of_all = np.stack([one.left, one.right], axis=-1) + self.roots[name][:, None, None]
            children.append(of_all.reshape(-1, 2))
            begin += count * nodes
        held = list(trees.values())
        self._children = np.concatenate(children).ravel()
        self._feature = np.concatenate([nothing, *(one.feature.ravel() for one in held)]).astype(np.intp)
        self._threshold = np.concatenate([nothing, *(one.threshold.ravel() for one in held)])
        self._value = np.concatenate([nothing, *(one.value.ravel() for one in held)]).astype(np.float64)
        self._depth = max(one.depth for one in held)

    def values(self, rows: NDArray[np.float32], roots: NDArray[np.intp]) -> NDArray[np.float64]:
        """The values of the leaves that each row reaches from its roots: rows × trees."""
        at, begins, cells = roots, (np.arange(len(rows)) * rows.shape[1])[:, None], rows.ravel()
        for _ in range(self._depth):
            goes_right = cells.take(self._feature.take(at) + begins) > self._threshold.take(at)
            at = self._children.take(2 * at + goes_right)
        return self._value.take(at)


class Calibration:
    """``trees`` judge the statements of the measure they are named by; those named "" judge all. Where both do, their
    scores are averaged: common trees learn from all texts, a measure's own what holds for it alone. ``names`` have a
    one-hot feature each; ``thresholds`` are by name, "" for all others.
    """

    def __init__(self, trees: Mapping[str, Trees], names: Sequence[str], thresholds: Mapping[str, float]) -> None:
        self.trees, self.names, self.thresholds = dict(trees), tuple(names), dict(thresholds)
        self._nodes = _Nodes(self.trees)
        common = self._nodes.roots[""]
        most = max((len(own) for name, own in self._nodes.roots.items() if name), default=0)
        padded = {name: np.pad(own, (0, most - len(own))) for name, own in self._nodes.roots.items() if name}
        self._roots = {name: np.concatenate([common, own]) for name, own in padded.items()}
        self._roots[""] = np.pad(common, (0, most))

    def confidences(self, candidates: Sequence[Candidate]) -> list[float]:
        """The probability that each candidate is right."""
        if not candidates:
            return []
        rows = rows_of([(one.name, one.signs) for one in candidates], self.names)
        values = self._nodes.values(
            rows, np.stack([self._roots.get(one.name, self._roots[""]) for one in candidates])
        )
        count, bias = len(self._nodes.roots[""]), self.trees[""].bias
        scores, own = bias + values[:, :count].sum(1), values[:, count:].sum(1)
        for row, one in enumerate(candidates):
            if one.name in self.trees:
                scores[row] = (scores[row] + self.trees[one.name].bias + own[row]) / 2
        return [round(float(chance), 4) for chance in 1 / (1 + np.exp(-scores))]

    def least(self, name: str) -> float:
        """The confidence below which nothing is stated."""
        return self.thresholds.get(name, self.thresholds[""])

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Calibration:
        other = copy(self)
        other.thresholds = dict(thresholds)
        return other

    def without_thresholds(self) -> Calibration:
        """The same confidences with all thresholds zero: everything extracted is stated."""
        return self.with_thresholds({"": 0.0})


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
    """The calibration shipped with the project. Raises UnreadableTrainedFile."""
    with reading(path), np.load(path, allow_pickle=False) as held:
        about = json.loads(str(held["about"]))
        trees = {
            name: Trees(**{array: held[f"{name}/{array}"] for array in ARRAYS}, **numbers)
            for name, numbers in about["trees"].items()
        }
        return Calibration(trees, about["names"], about["thresholds"])
