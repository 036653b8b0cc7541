"""Fitting confidence.py: boosted trees over what readings of texts would state that took no part in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier

from scrapers.extraction.candidates import Candidate, Signs, candidates
from scrapers.extraction.claims import Claimed
from scrapers.extraction.confidence import Calibration, Trees, rows_of
from scrapers.extraction.decoding import Decoded, DecodedEvent, Decoder
from scrapers.extraction.figures import Figure
from scrapers.extraction.periods import same_start
from scrapers.extraction.training.evaluation import Facts, expected, has_several_exchanges, parts_of
from scrapers.extraction.training.examples import Example

# A statement above its threshold is to be wrong in so few; where that leaves less than LEAST_STATED of a measure, the
# threshold is the loosest of the steps after it.
WRONG_AT_MOST = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03)
LEAST_STATED = 0.9
# Files of texts that were written to mislead: near misses, in rare words. Trees learn from them too; thresholds are
# chosen by the others, which follow reports as they come.
WRITTEN_TO_MISLEAD = (
    "figures_and_sides", "hard_forms", "intricate_figures", "outside_and_days", "plain_posts", "plans",
    "posts_of_the_day", "short_forms", "short_posts", "short_reports", "short_situations", "totals_and_figures",
    "totals_and_recalls", "traps", "two_exchanges",
)  # fmt: skip
SHARES = (0.5, 0.75, 0.9, 1.0)
FEWEST = 40  # measures with fewer examples share one threshold
TREES, DEPTH, RATE, SUBSAMPLE, SIGNS_A_SPLIT, LEAF = 600, 6, 0.025, 0.5, 0.15, 15


class Outcome(NamedTuple):
    """One thing that a reading could state: what spoke for it, and whether it was right. ``event`` is the place of
    the outcome of its event, which has to be stated first; None for events themselves and claims. ``is_usual`` unless
    its text was written to mislead.
    """

    measure: str
    signs: Signs
    is_right: bool
    fold: int
    event: int | None = None
    is_usual: bool = True


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


def outcomes(pairs: Sequence[tuple[Example, Decoder]], folds: Sequence[int]) -> list[Outcome]:
    """All that readings would state and labels can judge."""
    found: list[Outcome] = []
    for (example, decoder), fold in zip(pairs, folds, strict=True):
        if has_several_exchanges(example):
            continue
        decoded, want, parts = decoder.decoded(), expected(example), parts_of(example)
        is_usual = not any(name in example.text.place for name in WRITTEN_TO_MISLEAD)
        events: dict[int | None, int] = {}
        for one in candidates(decoder, decoded, example.text.language):
            is_right = _is_right(one, decoded, example, want, parts)
            if is_right is None:
                continue
            is_event = one.event is not None and one.figure is None and one.mediator is None
            if is_event:
                events[one.event] = len(found)
            of = None if is_event else events.get(one.event)
            found.append(Outcome(one.name, one.signs, is_right, fold, of, is_usual))
    return found


def _is_right(
    one: Candidate, decoded: Decoded, example: Example, want: Facts, parts: set[tuple[str, str, int]]
) -> bool | None:
    """None where the labels do not judge it."""
    if one.claim is not None:
        return _is_claim_right(one.claim, one.is_period, want)
    event = decoded.events[one.event or 0]
    where, key_of = _where_labelled(event, want)
    if one.figure is not None:
        is_judged = where in ("exchange", "repatriation") or (where == "recap" and event.kind == "exchange")
        return _is_figure_right(one.figure, where, key_of, want, parts) if is_judged else None
    if one.mediator is not None:
        if where not in ("exchange", "repatriation", "recap") or (where == "recap" and not event.is_recap):
            return None
        named = want.get((f"{where}.mediators", key_of), frozenset())
        return isinstance(named, frozenset) and example.document.items[one.mediator].mediator in named
    return None if event.is_recap else event.kind in _main_kinds(example)


def _is_claim_right(claim: Claimed, is_period: bool, want: Facts) -> bool | None:
    """Whether the number is such a total; of its period, None where the labels have no such total."""
    if not is_period:
        return (f"claims.{claim.measure}", str(claim.value)) in want
    period = want.get(("claims.period", f"{claim.measure} {claim.value}"))
    return None if period is None else period == same_start(claim.period or "")


def _where_labelled(event: DecodedEvent, want: Facts) -> tuple[str, str]:
    """The field and key of an event's figures. What is read as news on a day whose exchange the labels take for a
    recalled one is compared with that: the fact is the same.
    """
    day = event.date.isoformat() if event.date else ""
    is_news = event.kind != "exchange" or day == want.get(("exchange.date", ""))
    is_recalled = not is_news and day in {key for _, key in want} - {""}
    return ("recap", day) if event.is_recap or is_recalled else (event.kind, "")


def _main_kinds(example: Example) -> set[str]:
    return {event.kind for event in example.text.events.values() if event.role == "main"}


def _is_figure_right(figure: Figure, where: str, key_of: str, want: Facts, parts: set[tuple[str, str, int]]) -> bool:
    if figure.measure == "by_service":
        branches = want.get((f"{where}.by_service", key_of), {})
        return isinstance(branches, dict) and branches.get(figure.category) == figure.value
    if figure.measure.startswith("part."):
        return (where, figure.measure, figure.value) in parts
    return want.get((f"{where}.{figure.measure}", key_of)) == figure.value


def is_enough(found: Sequence[Outcome]) -> bool:
    """Whether the figures left when any fold is taken out hold both right and wrong ones."""
    folds = {one.fold for one in found}
    return bool(folds) and all(len({one.is_right for one in found if one.fold != fold}) == 2 for fold in folds)


def fit(found: Sequence[Outcome], chances: Sequence[float]) -> Calibration:
    """Trees from all outcomes, and thresholds from chances that other trees gave them (`cross_fitted`)."""
    names = _names(found)
    return Calibration(_trees(found, names), names, thresholds(found, chances))


def without_fold(found: Sequence[Outcome], fold: int) -> tuple[list[Outcome], list[int]]:
    """The outcomes of the other folds, with their places among all."""
    kept = [place for place, one in enumerate(found) if one.fold != fold]
    moved: dict[int | None, int | None] = {place: at for at, place in enumerate(kept)}
    return [found[place]._replace(event=moved.get(found[place].event)) for place in kept], kept


def thresholds(found: Sequence[Outcome], chances: Sequence[float]) -> dict[str, float]:
    """The least confidence by name; of figures and mediators, among those whose event is stated."""
    names = _names(found)
    usual = [place for place, one in enumerate(found) if one.is_usual]
    least = {"": _threshold([found[place] for place in usual], [chances[place] for place in usual])}
    of_events = [name for name in names if "event." in name]
    for name in [*of_events, *(name for name in names if name not in of_events)]:
        standing = _whose_event_stands(found, chances, least)
        own = [place for place in standing if found[place].measure == name and found[place].is_usual]
        least[name] = _threshold([found[place] for place in own], [chances[place] for place in own])
    return least


def _whose_event_stands(found: Sequence[Outcome], chances: Sequence[float], least: dict[str, float]) -> list[int]:
    return [
        place
        for place, one in enumerate(found)
        if one.event is None or chances[one.event] >= least.get(found[one.event].measure, least[""])
    ]


def cross_fitted(found: Sequence[Outcome]) -> list[float]:
    """The confidence in each by trees that were fitted on the other folds."""
    names = _names(found)
    chances = [0.0] * len(found)
    for fold in sorted({one.fold for one in found}):
        own = [place for place, one in enumerate(found) if one.fold == fold]
        trees = _trees([one for one in found if one.fold != fold], names)
        judged = [Candidate(found[place].measure, found[place].signs) for place in own]
        for place, chance in zip(own, Calibration(trees, names, {"": 0.0}).confidences(judged), strict=True):
            chances[place] = chance
    return chances


def _names(found: Sequence[Outcome]) -> list[str]:
    return sorted(name for name, count in Counter(one.measure for one in found).items() if count >= FEWEST)


def _trees(found: Sequence[Outcome], names: Sequence[str]) -> Trees:
    rows = rows_of([(one.measure, one.signs) for one in found], names)
    model = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=SUBSAMPLE, max_features=SIGNS_A_SPLIT,
        min_samples_leaf=LEAF, random_state=0,
    )  # fmt: skip
    right = np.array([one.is_right for one in found])
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
        value[place, :count] = np.where(is_leaf, RATE * tree.value[:, 0, 0], 0.0)
    bias = float(np.log(right.mean() / (1 - right.mean())))
    return Trees(feature, threshold, left, right_of, value, bias, DEPTH)


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


def _threshold(found: Sequence[Outcome], chances: Sequence[float]) -> float:
    """The least confidence from which on few enough are wrong; see WRONG_AT_MOST."""
    if not found:
        return 1.0
    order = np.argsort(-np.array(chances), kind="stable")
    steps = list(_thresholds([found[place].is_right for place in order], [chances[place] for place in order]))
    return next((least for least, stated in steps if stated >= LEAST_STATED), steps[-1][0])


def _thresholds(right: Sequence[bool], chances: Sequence[float]) -> Iterator[tuple[float, float]]:
    """For each step, the least confidence and the share of statements above it. One wrong statement more is assumed
    than was seen, so that few examples give no licence.
    """
    wrong = 1 + np.cumsum(~np.array(right, bool))
    count = np.arange(1, len(right) + 1)
    # A threshold states all statements of the same confidence, or none of them.
    is_last_of_equals = np.append(np.diff(np.array(chances)) != 0, True)
    for most in WRONG_AT_MOST:
        fits: NDArray[np.int64] = np.flatnonzero((wrong <= np.maximum(1.0, most * count)) & is_last_of_equals)
        yield (chances[fits[-1]], float(count[fits[-1]]) / len(right)) if len(fits) else (1.0, 0.0)
