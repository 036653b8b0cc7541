"""Fitting confidence.py: a logistic regression on readings of texts that took no part in training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from scrapers.extraction.confidence import measure_of, signs
from scrapers.extraction.decoding import Decoded
from scrapers.extraction.training.evaluation import expected
from scrapers.extraction.training.examples import Example

WRONG_AT_MOST = 0.005
FEWEST = 40  # measures with fewer examples share one offset and one threshold
JUDGED = ("part", "with_outside", "privates", "sergeants", "by_service")


class Outcome(NamedTuple):
    """One figure of a reading: what spoke for it, and whether it was right."""

    measure: str
    signs: list[float]
    is_right: bool
    fold: int


class Bin(NamedTuple):
    """A row of the reliability table."""

    least: float
    most: float
    figures: int
    predicted: float
    right: float


def outcomes(pairs: Sequence[tuple[Example, Decoded]], folds: Sequence[int]) -> list[Outcome]:
    """All figures of readings that labels can judge."""
    found = []
    for (example, decoded), fold in zip(pairs, folds, strict=True):
        want = expected(example)
        for event in decoded.events:
            where, key = event.kind, ""
            if event.is_recap:
                where, key = "recap", event.date.isoformat() if event.date else ""
            if where not in ("exchange", "recap", "repatriation"):
                continue
            for figure in event.figures:
                if figure.measure.startswith(JUDGED) or (event.is_recap and event.kind != "exchange"):
                    continue
                right = want.get((f"{where}.{figure.measure}", key)) == figure.value
                name = measure_of(figure, event)
                found.append(Outcome(name, signs(figure, event, example.document), right, fold))
    return found


def is_enough(found: Sequence[Outcome]) -> bool:
    """Whether the figures left when any fold is taken out hold both right and wrong ones."""
    folds = {one.fold for one in found}
    return bool(folds) and all(len({one.is_right for one in found if one.fold != fold}) == 2 for fold in folds)


def fit(found: Sequence[Outcome]) -> dict[str, Any]:
    """Weights, offsets by measure, and the least confidence at which at most WRONG_AT_MOST are wrong."""
    names = [name for name, count in _counts(found).items() if count >= FEWEST]
    model, table = _fit(found, names)
    chances = cross_fitted(found)
    thresholds = {"": _threshold(chances, [one.is_right for one in found])}
    for name in names:
        of_name = [place for place, one in enumerate(found) if one.measure == name]
        thresholds[name] = _threshold(chances[of_name], [found[place].is_right for place in of_name])
    signs_count = len(found[0].signs)
    weights = model.coef_[0]
    return {
        "weights": [round(float(w), 5) for w in weights[:signs_count]],
        "bias": round(float(model.intercept_[0]), 5),
        "measures": {name: round(float(w), 5) for name, w in zip(table, weights[signs_count:], strict=True)},
        "thresholds": {name: round(float(least), 4) for name, least in thresholds.items()},
    }


def cross_fitted(found: Sequence[Outcome]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The confidence in each figure by weights that were fitted on the other folds."""
    names = [name for name, count in _counts(found).items() if count >= FEWEST]
    chances = np.zeros(len(found))
    folds = np.array([one.fold for one in found])
    for fold in sorted(set(folds.tolist())):
        model, _ = _fit([one for one in found if one.fold != fold], names)
        own = np.flatnonzero(folds == fold).tolist()
        chances[own] = model.predict_proba(_rows([found[place] for place in own], names))[:, 1]
    return chances


def reliability(chances: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Predicted beside observed, by steps of confidence."""
    edges = (0.0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
    bins = []
    for least, most in pairwise(edges):
        inside = [
            (c, r) for c, r in zip(chances, right, strict=True) if least <= c < most or (most == 1.0 and c == 1.0)
        ]
        if inside:
            bins.append(
                Bin(
                    least,
                    most,
                    len(inside),
                    float(np.mean([c for c, _ in inside])),
                    float(np.mean([r for _, r in inside])),
                )
            )
    return bins


def _counts(found: Sequence[Outcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.measure] = counts.get(one.measure, 0) + 1
    return dict(sorted(counts.items()))


def _fit(found: Sequence[Outcome], names: list[str]) -> tuple[LogisticRegression, list[str]]:
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(_rows(found, names), [one.is_right for one in found])
    return model, names


def _rows(found: Sequence[Outcome], names: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[*one.signs, *(float(one.measure == name) for name in names)] for one in found])


def _threshold(chances: np.ndarray[Any, np.dtype[np.float64]], right: Sequence[bool]) -> float:
    """The least confidence from which on at most WRONG_AT_MOST are wrong; 1 when there is none.

    One wrong figure more is assumed than was seen, so that few examples give no licence.
    """
    order = np.argsort(-chances)
    wrong = 1.0
    least = 1.0
    for count, place in enumerate(order, start=1):
        wrong += not right[place]
        if wrong <= max(1.0, WRONG_AT_MOST * count):
            least = float(chances[place])
    return least
