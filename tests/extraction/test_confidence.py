"""Confidence: trees are applied as they were fitted, and thresholds limit the share of wrong statements."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from scrapers.extraction.candidates import Candidate
from scrapers.extraction.confidence import Calibration, Trees, load_calibration, rows_of, save
from scrapers.extraction.training import calibration
from scrapers.extraction.training.calibration import cross_fitted, fit, is_enough, thresholds
from scrapers.extraction.training.outcomes import Outcome

FOLDS = range(5)
NAMES = ("officers", "women")


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for two signs."""
    monkeypatch.setattr(calibration, "COMMON", calibration.Boosting(40, 3, 0.2, 15))
    monkeypatch.setattr(calibration, "OWN", calibration.Boosting(20, 3, 0.2, 10))


def outcomes(count: int) -> list[Outcome]:
    """Officers are right when their first feature is high, women at random."""
    chance = random.Random(7)
    found = []
    for place in range(count):
        sign = chance.random()
        name = NAMES[place % 2]
        is_right = sign > 0.3 if name == "officers" else chance.random() < 0.5
        found.append(Outcome(name, [sign, chance.random()], is_right, place % 5))
    return found


def test_a_calibration_is_kept_as_it_was_fitted(tmp_path: Path) -> None:
    found = outcomes(400)
    fitted = fit(found, cross_fitted(found, FOLDS).chances)
    save(fitted, tmp_path / "one.npz")
    save(fit(found, cross_fitted(found, FOLDS).chances), tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    held = load_calibration(tmp_path / "one.npz")
    judged = [Candidate(one.measure, one.signs) for one in found]
    assert held.confidences(judged) == fitted.confidences(judged)
    assert held.thresholds == fitted.thresholds


def test_confidence_tells_right_from_wrong() -> None:
    found = outcomes(600)
    chances = cross_fitted(found, FOLDS).chances
    of_officers = [(c, one.is_right) for c, one in zip(chances, found, strict=True) if one.measure == "officers"]
    assert sum(right == (chance > 0.5) for chance, right in of_officers) / len(of_officers) > 0.95
    women = [c for c, one in zip(chances, found, strict=True) if one.measure == "women"]
    assert 0.4 < sum(women) / len(women) < 0.6


def test_above_a_threshold_few_are_wrong_and_a_coin_is_never_stated() -> None:
    found = outcomes(1000)
    chances = cross_fitted(found, FOLDS).chances
    least = thresholds(found, chances)
    judged = list(zip(found, chances, strict=True))
    officers = [one.is_right for one, c in judged if one.measure == "officers" and c >= least["officers"]]
    assert officers.count(False) <= 0.03 * len(officers)
    assert len([one for one, c in judged if one.measure == "women" and c >= least["women"]]) <= 3


def test_a_figure_is_judged_among_events_that_are_stated() -> None:
    """Half the events are wrong, with low confidence; the figures of the others are all right."""
    found: list[Outcome] = []
    chances: list[float] = []
    for place in range(400):
        is_right = place % 2 == 0
        found.append(Outcome("event.exchange", [0.0], is_right, place % 5))
        chances.append(0.99 if is_right else 0.01)
        found.append(Outcome("officers", [0.0], is_right, place % 5, len(found) - 1))
        chances.append(0.5)
    assert thresholds(found, chances)["officers"] == 0.5


def stump(below: float, above: float, bias: float = 0.0) -> Trees:
    """One tree that splits the first sign at 0.5."""
    return Trees(
        np.array([[0, 0, 0]], np.int16), np.array([[0.5, 0, 0]], np.float32), np.array([[1, 1, 2]], np.int16),
        np.array([[2, 1, 2]], np.int16), np.array([[0, below, above]], np.float32), bias, 3,
    )  # fmt: skip


def leaves(*values: float) -> Trees:
    """Trees of one leaf each."""
    node = np.zeros((len(values), 1), np.int16)
    return Trees(node, node.astype(np.float32), node, node, np.array([values], np.float32).T, 0.0, 0)


def test_trees_go_left_at_most_and_a_leaf_stays() -> None:
    of_one_tree = Calibration({"": stump(-2, 2)}, (), {"": 0.0})
    low, high = of_one_tree.confidences([Candidate("x", [0.5]), Candidate("x", [0.6])])
    assert (low, high) == (pytest.approx(0.1192, abs=1e-4), pytest.approx(0.8808, abs=1e-4))


def test_a_measure_with_trees_of_its_own_is_judged_by_the_mean_of_both_scores() -> None:
    """Scores by hand: of women (2 - 4 + 1) / 2, of officers (2 + 0.5 + 1) / 2, of all others 2."""
    trees = {"": stump(-2, 2), "women": stump(0, -4, bias=1), "officers": leaves(0.5, 1.0)}
    judged = [Candidate(name, [0.6]) for name in ("men", "women", "officers")]
    found = Calibration(trees, (), {"": 0.0}).confidences(judged)
    assert found == pytest.approx([0.8808, 0.3775, 0.8520], abs=1e-4)


def test_a_measure_with_many_examples_is_judged_by_what_holds_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = outcomes(600)
    common = fit(found, cross_fitted(found, FOLDS).chances)
    assert set(common.trees) == {""}
    monkeypatch.setattr(calibration, "FEWEST_FOR_OWN_TREES", 300)
    assert set(fit(found, cross_fitted(found, FOLDS).chances).trees) == {"", *NAMES}


def test_a_name_is_a_sign_of_its_own() -> None:
    assert rows_of([("women", [1.0]), ("men", [2.0])], NAMES).tolist() == [[1.0, 0.0, 1.0], [2.0, 0.0, 0.0]]


def test_all_right_is_not_enough_to_calibrate_by() -> None:
    assert not is_enough([Outcome("women", [0.0], True, fold) for fold in range(5)])
    assert is_enough([Outcome("women", [0.0], right, fold) for fold in range(5) for right in (True, False)])


def test_of_statements_that_are_equally_sure_all_are_stated_or_none() -> None:
    """The wrong ones happen to come last: a threshold between equals would promise what it can't keep."""
    found = [Outcome("officers", [0.0, 0.0], is_right, 0) for is_right in [True] * 200 + [False] * 40]
    assert thresholds(found, [0.97] * 100 + [0.9] * 140)["officers"] == 0.97
    assert thresholds(found, [0.97] * 100 + [0.9] * 100 + [0.5] * 40)["officers"] == 0.9


def test_a_few_right_examples_are_no_licence() -> None:
    few = [Outcome("women", [0.0], True, 0) for _ in range(2)]
    many = [Outcome("officers", [0.0], True, 0) for _ in range(300)]
    # Two are too few for a threshold of their own, and so are a hundred that were written to mislead.
    misleading = [Outcome("men", [0.0], True, 0, is_usual=False) for _ in range(100)]
    least = thresholds([*few, *many, *misleading], [0.2] * 2 + [0.9] * 300 + [0.1] * 100)
    assert (least.get("women"), least["officers"], least.get("men")) == (None, 0.9, None)
    # Of a hundred equally sure ones of which four are wrong, none are stated.
    doubtful = [Outcome("men", [0.0], place > 3, 0) for place in range(100)]
    assert thresholds(doubtful, [0.9] * 100)["men"] == 1.0
