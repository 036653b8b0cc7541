"""The scoring itself: what counts as right, as false and as missed; and the command on bad labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from orchestration.cli import main
from scrapers.reading.evaluation import judge, scores
from scrapers.reading.interface import CLAIMS, SINGLE

NOTHING: dict[str, Any] = {
    **dict.fromkeys(SINGLE),
    "released_is_lower_bound": None,
    "is_recap": False,
    "by_service": {},
    "within": {},
    "mediators": [],
}


def _event(**said: Any) -> dict[str, Any]:
    return {"kind": "exchange", "date": "2024-05-31", **NOTHING, **said}


def _result(*events: dict[str, Any], kind: str = "exchange", claims: Any = ()) -> dict[str, Any]:
    return {"kind": kind, "events": list(events), "claims": list(claims), "statements": []}


def _table(result: dict[str, Any], gold: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    table = scores(("uk", judgement) for judgement in judge("text", result, gold))
    return {name: (c["all"].right, c["all"].given, c["all"].expected) for name, c in table.items()}


def test_a_wrong_figure_is_false_and_missed() -> None:
    gold = {"kind": "exchange", "events": [{"date": "2024-05-31", "released_total": 75, "women": 5}]}
    table = _table(_result(_event(released_total=57)), gold)
    assert table["released_total"] == (0, 1, 1)
    assert table["women"] == (0, 0, 1)
    assert table["date"] == (1, 1, 1)


def test_a_false_event_makes_all_its_figures_false() -> None:
    table = _table(_result(_event(released_total=10)), {"kind": "other", "events": []})
    assert table == {"kind": (0, 1, 1), "exchange": (0, 1, 0), "date": (0, 1, 0), "released_total": (0, 1, 0)}


def test_a_missed_event_misses_all_its_figures() -> None:
    gold = {"kind": "exchange", "events": [{"date": "2024-05-31", "released_total": 75, "mediators": ["uae"]}]}
    table = _table(_result(kind="other"), gold)
    assert table["exchange"] == table["released_total"] == table["mediators"] == (0, 0, 1)


def test_events_are_compared_day_by_day_whatever_their_order() -> None:
    gold = {
        "kind": "exchange",
        "events": [{"date": "2024-09-13", "released_total": 49}, {"date": "2024-09-14", "released_total": 103}],
    }
    given = _result(_event(date="2024-09-14", released_total=103), _event(date="2024-09-13", released_total=49))
    assert _table(given, gold)["released_total"] == (2, 2, 2)


def test_services_are_compared_one_by_one() -> None:
    gold = {"kind": "exchange", "events": [{"date": "2024-05-31", "by_service": {"navy": 4, "border_guard": 10}}]}
    assert _table(_result(_event(by_service={"navy": 4, "air_force": 10})), gold)["by_service"] == (1, 2, 2)


def test_claims_are_compared_by_period() -> None:
    claim = {"period": "2024", **dict.fromkeys(CLAIMS.values()), "released": 1358}
    gold = {"kind": "summary", "claims": [{"period": "2024", "released": 1358, "exchanges": 11}]}
    table = _table(_result(kind="summary", claims=[claim]), gold)
    assert (table["claim_released"], table["claim_exchanges"]) == ((1, 1, 1), (0, 0, 1))


def test_only_the_labelled_fields_are_judged_when_the_label_names_them() -> None:
    gold = {"kind": "exchange", "fields": ["kind", "exchange"], "events": [{"date": "2024-05-31"}]}
    assert _table(_result(_event(released_total=1)), gold) == {"kind": (1, 1, 1), "exchange": (1, 1, 1)}


def test_labelled_lines_from_outside_are_evaluated(tmp_path: Path) -> None:
    right = {"text": "Сьогодні обмін: з полону повернулися 50 воїнів.", "published_at": "2024-05-31T12:00:00+00:00",
             "gold": {"kind": "exchange", "events": [{"date": "2024-05-31", "released_total": 50}]}}  # fmt: skip
    wrong = {**right, "gold": {"kind": "exchange", "events": [{"date": "2024-05-31", "released_total": 51}]}}
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, (right, wrong))), "utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(tmp_path), "--json"])
    told = json.loads(result.stdout)
    assert told["texts"] == 2
    assert told["fields"]["released_total"]["uk"] == {
        "precision": 0.5, "recall": 0.5, "right": 1, "given": 2, "expected": 2}  # fmt: skip
    (miss,) = told["misses"]
    assert (miss["field"], miss["expected"], miss["given"], miss["quote"]) == ("released_total", 51, 50, "50 воїнів")


def test_a_text_without_a_label_is_named(tmp_path: Path) -> None:
    (tmp_path / "texts.jsonl").write_text('{"text": "Обмін"}', "utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(tmp_path)])
    assert result.exit_code == 1
    assert 'texts.jsonl:1 has no "gold" label' in result.output


def test_a_file_of_another_kind_names_those_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "post.txt").write_text("Обмін", "utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(tmp_path / "post.txt")])
    assert result.exit_code == 1
    assert "ends with .jsonl, .json, .yaml, .yml" in result.output


def test_explained_text_shows_each_quote_and_each_rejected_number(tmp_path: Path) -> None:
    text = "Обмін: з полону звільнено 50 воїнів. 30 з них перебували в неволі з 2022 року."
    (tmp_path / "text.txt").write_text(text, "utf-8")
    result = CliRunner().invoke(
        main, ["read", "--explain", "--published-at", "2024-05-01", str(tmp_path / "text.txt")]
    )
    assert "⟦50 воїнів⟧2" in result.output
    assert "2 released_total = 50, event 1" in result.output
    assert "⟨30⟩x1" in result.output
    assert "'30': tells of captivity, wounds or capture" in result.output
