"""Rows of statements: each has an id of its own."""

from __future__ import annotations

from orchestration.warehouse.statement_rows import rows_of
from scrapers.extraction.records import Reading, Statement


def claim(value: int, period: str | None) -> Statement:
    return Statement("total_released", value, "a sentence", 0, 10, None, "all", period=period, confidence=0.97)


def test_totals_of_one_sentence_are_told_apart_by_period_or_by_number() -> None:
    claims = [claim(3956, None), claim(500, None), claim(1358, "2024"), claim(1358, "2023")]
    reading = Reading("summary", "uk", {}, [], claims)
    ids = [row["statement_id"] for row in rows_of("a version", "an extractor", reading)]
    assert len(set(ids)) == 4


def test_the_number_of_a_claim_with_a_period_is_no_part_of_its_id() -> None:
    before, after = (
        [row["statement_id"] for row in rows_of("a version", "an extractor", Reading("summary", "uk", {}, [], [one]))]
        for one in (claim(1358, "2024"), claim(1359, "2024"))
    )
    assert before == after
