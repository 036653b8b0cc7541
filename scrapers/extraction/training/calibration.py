"""Fitting confidence.py: boosted trees over what readings of texts would state that took no part in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier

from scrapers.extraction.candidates import Candidate
from scrapers.extraction.confidence import Calibration, Trees, rows_of
from scrapers.extraction.training.outcomes import Outcome

# A statement above its threshold is to be wrong in so few; where that leaves less than LEAST_STATED of a measure, the
# threshold is the loosest of the steps after it.
WRONG_AT_MOST = (0.005, 0.01, 0.015, 0.02, 0.025)
LEAST_STATED = 0.9
SHARES = (0.5, 0.75, 0.9, 1.0)
FEWEST_FOR_A_SIGN = 40  # measures with fewer examples are all the same to the trees
FEWEST_FOR_OWN_THRESHOLD = 100  # measures with fewer usual examples share one threshold
FEWEST_FOR_OWN_TREES = 1000
SUBSAMPLE, SIGNS_A_SPLIT = 0.5, 0.15


class Boosting(NamedTuple):
    trees: int
    depth: int
    rate: float
    leaf: int


COMMON, OWN = Boosting(600, 6, 0.025, 15), Boosting(200, 4, 0.03, 10)


class Bin(NamedTuple):
    """A row of the reliability table."""

    least: float
    most: float
    figures: int
    predicted: float
    right: float


class Coverage(NamedTuple):
    """How right the surest statements of one measure are: the surest half, three quarters, nine tenths, and all; then
    the threshold, the share of statements above it, and how many of those are wrong.
    """

    measure: str
    figures: int
    precisions: list[float]
    least: float
    stated: float
    wrong: float


def is_enough(found: Sequence[Outcome]) -> bool:
    """Whether the figures left when any fold is taken out hold both right and wrong ones."""
    folds = {one.fold for one in found}
    return bool(folds) and all(len({one.is_right for one in found if one.fold != fold}) == 2 for fold in folds)


def fit(found: Sequence[Outcome], chances: Sequence[float]) -> Calibration:
    """Trees from all outcomes, and thresholds from chances that other trees gave them (`cross_fitted`)."""
    names = names_of(found)
    return Calibration(_trees(found, names), names, thresholds(found, chances))


def thresholds_without_fold(found: Sequence[Outcome], chances: Sequence[float], fold: int) -> dict[str, float]:
    """Thresholds that the outcomes of the other folds give."""
    kept = [place for place, one in enumerate(found) if one.fold != fold]
    moved: dict[int | None, int | None] = {place: at for at, place in enumerate(kept)}
    others = [found[place]._replace(event=moved.get(found[place].event)) for place in kept]
    return thresholds(others, [chances[place] for place in kept])


def thresholds(found: Sequence[Outcome], chances: Sequence[float]) -> dict[str, float]:
    """The least confidence by name; of figures and mediators, among those whose event is stated."""
    usual = [place for place, one in enumerate(found) if one.is_usual]
    names = names_of([found[place] for place in usual], FEWEST_FOR_OWN_THRESHOLD)
    least = {"": _threshold_of(found, chances, usual)}
    # Those of events first: they decide which figures can be stated.
    for name in sorted(names, key=lambda name: "event." not in name):
        standing = set(_whose_event_stands(found, chances, least))
        own = [place for place in usual if found[place].measure == name and place in standing]
        least[name] = _threshold_of(found, chances, own)
    return least


def _whose_event_stands(found: Sequence[Outcome], chances: Sequence[float], least: dict[str, float]) -> list[int]:
    return [
        place
        for place, one in enumerate(found)
        if one.event is None or chances[one.event] >= least.get(found[one.event].measure, least[""])
    ]


class CrossFitted(NamedTuple):
    """The confidence in each outcome by trees that were fitted on the other folds; and these trees by the fold that
    they have not seen, without thresholds.
    """

    chances: list[float]
    without: dict[int, Calibration]


def cross_fitted(found: Sequence[Outcome], folds: Sequence[int]) -> CrossFitted:
    """Trees without each of the ``folds``, also of those whose texts give no outcome."""
    names = names_of(found)
    chances = [0.0] * len(found)

    def without(fold: int) -> Calibration:
        return Calibration(_trees([one for one in found if one.fold != fold], names), names, {"": 0.0})

    # Trees grow without Python's lock: all cores fit.
    with ThreadPoolExecutor() as pool:
        fitted = dict(zip(folds, pool.map(without, folds), strict=True))
    for fold in folds:
        own = [place for place, one in enumerate(found) if one.fold == fold]
        judged = [Candidate(found[place].measure, found[place].signs) for place in own]
        for place, chance in zip(own, fitted[fold].confidences(judged), strict=True):
            chances[place] = chance
    return CrossFitted(chances, fitted)


def names_of(found: Sequence[Outcome], fewest: int = FEWEST_FOR_A_SIGN) -> list[str]:
    """The measures with so many examples."""
    return sorted(name for name, count in Counter(one.measure for one in found).items() if count >= fewest)


def _trees(found: Sequence[Outcome], names: Sequence[str]) -> dict[str, Trees]:
    """Trees of all outcomes, and of those of each measure that has many."""
    rows = rows_of([(one.measure, one.signs) for one in found], names)
    right = np.array([one.is_right for one in found])
    measures = np.array([one.measure for one in found])
    fitted = {"": _boosted(rows, right, COMMON)}
    for name, count in sorted(Counter(measures.tolist()).items()):
        own = measures == name
        if count >= FEWEST_FOR_OWN_TREES and 0 < right[own].mean() < 1:
            fitted[name] = _boosted(rows[own], right[own], OWN)
    return fitted


def _boosted(rows: NDArray[np.float32], right: NDArray[np.bool_], by: Boosting) -> Trees:
    model = GradientBoostingClassifier(
        n_estimators=by.trees, max_depth=by.depth, learning_rate=by.rate, subsample=SUBSAMPLE,
        max_features=SIGNS_A_SPLIT, min_samples_leaf=by.leaf, random_state=0,
    )  # fmt: skip
    model.fit(rows, right)
    fitted = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    nodes = max(tree.node_count for tree in fitted)
    feature, left, right_of = (np.zeros((len(fitted), nodes), np.int16) for _ in range(3))
    threshold, value = (np.zeros((len(fitted), nodes), np.float32) for _ in range(2))
    for place, tree in enumerate(fitted):
        count, own = tree.node_count, np.arange(tree.node_count)
        is_leaf = tree.children_left < 0
        feature[place, :count] = np.where(is_leaf, 0, tree.feature)
        threshold[place, :count] = np.where(is_leaf, 0.0, tree.threshold)
        left[place, :count] = np.where(is_leaf, own, tree.children_left)
        right_of[place, :count] = np.where(is_leaf, own, tree.children_right)
        value[place, :count] = np.where(is_leaf, by.rate * tree.value[:, 0, 0], 0.0)
    bias = float(np.log(right.mean() / (1 - right.mean())))
    return Trees(feature, threshold, left, right_of, value, bias, by.depth)


def coverage(found: Sequence[Outcome], chances: Sequence[float]) -> list[Coverage]:
    """A row a measure, those with most figures first."""
    rows = []
    least_of = thresholds(found, chances)
    standing = set(_whose_event_stands(found, chances, least_of))
    for name in sorted({one.measure for one in found}):
        own = [(chances[place], place) for place, one in enumerate(found) if one.measure == name]
        own.sort(key=lambda pair: (-pair[0], pair[1]))
        right = [found[place].is_right for _, place in own]
        precisions = [float(np.mean(right[: max(1, round(share * len(right)))])) for share in SHARES]
        least = least_of.get(name, least_of[""])
        above = [found[place].is_right for chance, place in own if chance >= least and place in standing]
        wrong = 1 - sum(above) / len(above) if above else 0.0
        rows.append(Coverage(name, len(own), precisions, least, len(above) / len(own), wrong))
    return sorted(rows, key=lambda row: -row.figures)


def reliability(chances: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Predicted next to observed, by steps of confidence."""
    edges = (0.0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
    bins = []
    for least, most in pairwise(edges):
        inside = [
            (c, r) for c, r in zip(chances, right, strict=True) if least <= c < most or (most == 1.0 and c == 1.0)
        ]
        if inside:
            predicted, observed = (float(np.mean(column)) for column in zip(*inside, strict=True))
            bins.append(Bin(least, most, len(inside), predicted, observed))
    return bins


def _threshold_of(found: Sequence[Outcome], chances: Sequence[float], places: Sequence[int]) -> float:
    """The least confidence from which on few enough of these are wrong; see WRONG_AT_MOST."""
    if not places:
        return 1.0
    order = sorted(places, key=lambda place: -chances[place])
    steps = list(_thresholds([found[place].is_right for place in order], [chances[place] for place in order]))
    return next((least for least, stated in steps if stated >= LEAST_STATED), steps[-1][0])


def _thresholds(right: Sequence[bool], chances: Sequence[float]) -> Iterator[tuple[float, float]]:
    """For each step, the least confidence and the share of statements above it. Few examples give no licence: see
    FEWEST_FOR_OWN_THRESHOLD.
    """
    wrong = np.cumsum(~np.array(right, bool))
    count = np.arange(1, len(right) + 1)
    # A threshold states all statements of the same confidence, or none of them.
    is_last_of_equals = np.append(np.diff(np.array(chances)) != 0, True)
    for most in WRONG_AT_MOST:
        fits: NDArray[np.int64] = np.flatnonzero((wrong <= most * count) & is_last_of_equals)
        yield (chances[fits[-1]], float(count[fits[-1]]) / len(right)) if len(fits) else (1.0, 0.0)
