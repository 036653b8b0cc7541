"""The reader on texts written for the project and labelled by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from scrapers.reading import read
from scrapers.reading.interface import as_json

TEXTS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text("utf-8"))
NOTHING = {"official_number": None, "stage": None, "released_total": None, "military": None, "civilians": None,
           "returned_to_russia": None, "officers": None, "privates_and_sergeants": None, "women": None,
           "bodies_to_ukraine": None, "bodies_to_russia": None, "by_service": {}, "within": {}, "mediators": []}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS, ids=[case["name"] for case in TEXTS])
def test_text_says_what_its_label_says(case: dict[str, Any]) -> None:
    result = as_json(read(case["text"], case.get("title"), case["published_at"]))
    assert result["kind"] == case["kind"]
    assert len(result["events"]) == len(case.get("events", []))
    for event, label in zip(result["events"], case.get("events", []), strict=True):
        expected = {"kind": "exchange", "is_recap": False, **NOTHING, **label, "date": label["date"].isoformat()}
        bound = expected.pop("released_is_lower_bound", None if expected["released_total"] is None else False)
        assert event.pop("released_is_lower_bound") == bound
        assert event == expected
    claims = [{key: value for key, value in claim.items() if value is not None} for claim in result["claims"]]
    assert claims == case.get("claims", [])


@pytest.mark.parametrize("case", TEXTS, ids=[case["name"] for case in TEXTS])
def test_every_quote_is_where_it_says(case: dict[str, Any]) -> None:
    for statement in read(case["text"], case.get("title"), case["published_at"]).statements:
        whole = case["title"] if statement.field == "title" else case["text"]
        assert whole[statement.start : statement.end] == statement.quote
        assert statement.quote


def test_quote_of_a_figure_holds_its_number_and_label() -> None:
    reading = read("Обмін відбувся. З полону звільнено 43 захисники, з них 12 – НГУ.", None, date(2024, 5, 1))
    quotes = {(s.measure, s.category): s.quote for s in reading.statements}
    assert quotes[("released_total", None)] == "43 захисники"
    assert quotes[("by_service", "national_guard")] == "12 – НГУ"


@pytest.mark.parametrize(
    ("published_at", "day"),
    [
        (datetime(2024, 12, 30, 23, 30, tzinfo=UTC), date(2024, 12, 31)),  # already the next day in Kyiv
        (datetime(2024, 7, 1, 20, 59, tzinfo=UTC), date(2024, 7, 1)),
        (datetime(2024, 7, 1, 21, 1, tzinfo=UTC), date(2024, 7, 2)),  # summer time: three hours ahead
    ],
)
def test_today_is_kyivs(published_at: datetime, day: date) -> None:
    (event,) = read("Сьогодні відбувся обмін: з полону звільнено 50 воїнів.", None, published_at).events
    assert event.date == day


def test_a_number_without_a_label_beside_services_is_a_signal() -> None:
    reading = read("З полону звільнено 60 воїнів: 40 — ЗСУ, 20 — Січова варта.", None, date(2024, 5, 1))
    assert any("Січова".lower() in issue for issue in reading.issues)


def test_services_over_the_total_are_left_out_and_reported() -> None:
    reading = read("З полону звільнено 50 воїнів: 40 — ЗСУ, 30 — НГУ.", None, date(2024, 5, 1))
    assert not [s for s in reading.statements if s.measure == "by_service"]
    assert any("more than the total" in issue for issue in reading.issues)


def test_rejected_numbers_carry_their_reason() -> None:
    reading = read(
        "Обмін: з полону звільнено 50 воїнів. 30 з них перебували в неволі з 2022 року.", None, date(2024, 5, 1)
    )
    assert ("30", "tells of captivity, wounds or capture") in [(r.quote, r.reason) for r in reading.rejected]
