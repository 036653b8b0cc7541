"""Unknown names in the place of a branch or a mediator are reported, never skipped."""

from __future__ import annotations

import pytest

from scrapers.extraction.document import prepare
from scrapers.extraction.unknown import unknown_branches, unknown_mediators


def test_a_count_beside_an_unknown_branch_is_reported_with_its_words() -> None:
    document = prepare("Серед звільнених 12 фельд'єгерів і 43 бійці НГУ.", None, None)
    counted = [index for index, item in enumerate(document.items) if item.value in (12, 43)]
    (issue,) = unknown_branches(document, counted)
    assert "12 фельд'єгерів" in issue


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Обмін відбувся за посередництва Вануату.", True),
        ("The exchange was mediated by Vanuatu.", True),
        ("Обмін відбувся за посередництва ОАЕ.", False),
        ("Посередники роблять усе можливе.", False),
        ("Обмін відбувся за посередництва, Вануату не згадано.", False),
    ],
)
def test_an_unknown_mediator_is_reported(text: str, is_told: bool) -> None:
    issues = list(unknown_mediators(prepare(text, None, None)))
    assert [("Вануату" in issue or "Vanuatu" in issue) for issue in issues] == [True] * is_told
