"""The sentence around a quote on an exchange's page."""

from __future__ import annotations

import pytest

from orchestration.report.quotes import after_quote, before_quote

LONG = "слово " * 20


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Обмін відбувся. Удома ", " захисників. Дякуємо.", "Удома |157| захисників."),
        ("Удома ", " захисників", "Удома |157| захисників"),
        ("Відбувся обмін\n", "\nДякуємо", "|157|"),
        ("12.05.2024 додому повернули ", " осіб!\nДалі", "12.05.2024 додому повернули |157| осіб!"),
        (LONG, f" {LONG[:-1]}", f"{LONG}|157| {LONG[:-1]}"),
        (f" {LONG}", f" {LONG}", f"… {LONG[6:]}|157| {LONG[:-7]} …"),
        ("x" * 121, "x" * 121, "…|157|…"),
        ("", None, "|157|"),
    ],
)
def test_the_sentence_around_a_quote(before: str, after: str | None, shown: str) -> None:
    assert f"{before_quote(before)}|157|{after_quote(after)}" == shown
