"""The text of `obmin exchange` for records that the sample has not: bounds, conflicts, hostile words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.cells import cell_len

from orchestration.output.tables import Screen
from orchestration.queries.exchange_text import as_text
from tests.support.hostile_text import HOSTILE

AT = datetime(2027, 3, 4, 14, 45, tzinfo=UTC)


def found(quote: str, url: str = "https://t.me/Koord_shtab/3001") -> dict[str, Any]:
    figure = {
        "measure": "by_service", "category": "navy", "parent_branch": None, "value": 20, "bound": "at_least",
        "publishers_agreeing": 2, "publishers_differing": 1, "rule": "the first", "confidence": 0.9,
        "review_decision": None, "said_at": AT,
        "first_said_at": AT, "last_said_at": AT, "source_id": "koordshtab_telegram", "quote": quote, "url": url,
    }  # fmt: skip
    return {
        "exchange": {
            "exchange_id": "exchange-2027-03-04b", "status": "confirmed", "exchanged_on": date(2027, 3, 4),
            "released_total": 189, "civilians": 0, "women": None, "has_conflict": True, "mediators": [],
            "released_is_lower_bound": False, "announcement_url": url,
        },
        "figures": [figure],
        "conflicts": [
            {
                "measure": "released_total", "category": None, "value": 195, "source_id": "russia_mod_telegram",
                "bound": "exact", "standing_value": 189, "standing_bound": "exact",
                "verdict_rule": "another source comes first", "quote": quote, "url": url,
            }
        ],
        "revisions": [
            {
                "revised_at": AT, "measure": "released_total", "service_branch": None, "old_value": 180, "old_bound": "exact",
                "new_value": 189, "new_bound": "exact", "cause": "a later announcement", "source_id": "president_uk", "url": url,
            },
            {
                "revised_at": AT, "measure": "women", "service_branch": None, "old_value": 3, "old_bound": "exact",
                "new_value": None, "new_bound": None, "cause": "a later announcement", "source_id": "president_uk", "url": url,
            },
        ],
        "sources": [
            {
                "source_id": "president_uk", "publisher": "President of Ukraine", "announced_at": AT,
                "minutes_after_first": 0, "released_total": None, "released_bound": None, "url": url, "total_url": None,
            }
        ],
    }  # fmt: skip


def test_where_nothing_stands_nothing_is_said_to_stand() -> None:
    held = found("понад 20 моряків")
    held["conflicts"][0] |= {"value": 120, "standing_value": None, "standing_bound": None}
    told = " ".join(as_text(held, Screen(100)).split())
    assert "released_total 120, and no figure stands: russia_mod_telegram (another source comes first)" in told


def test_everything_is_said_for_reading() -> None:
    assert as_text(found("понад 20 моряків"), Screen(100)).splitlines() == [
        "Exchange of 2027-03-04",
        "exchange-2027-03-04b, announced at t.me/Koord_shtab/3001",
        "status          confirmed    civilians     0",
        "released_total  189          has_conflict  True",
        "False: released_is_lower_bound",
        "",
        "Figures, each with the quote it comes from",
        "navy  20+  koordshtab_telegram and 1 more, 1 differs  “понад 20 моряків”  t.me/Koord_shtab/3001",
        "",
        "Sources that say otherwise",
        "released_total  195, not 189: russia_mod_telegram (another source comes first)",
        "    “понад 20 моряків”  t.me/Koord_shtab/3001",
        "",
        "Changes since the first announcement (UTC)",
        "2027-03-04 14:45  a later announcement: president_uk, t.me/Koord_shtab/3001",
        "    released_total 189, before 180, women withdrawn, before 3",
        "",
        "Who announced it, and how many minutes after the first (UTC)",
        "2027-03-04 14:45  0  President of Ukraine",
        "    president_uk  t.me/Koord_shtab/3001",
        "",
        "Left out: each figure's rule, confidence, first_said_at, last_said_at, said_at; --wide shows all.",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("quote", [HOSTILE, "漢字" * 200, "x" * 300, "обмін\n\n" * 90, "e\u0301" * 300])
def test_no_quote_and_no_address_breaks_the_text(width: int, quote: str) -> None:
    for url in ("https://t.me/Koord_shtab/3001", f"https://a.example/{'я' * 300}"):
        lines = as_text(found(quote, url), Screen(width)).splitlines()
        for line in lines:
            assert cell_len(line) <= width, line
            assert not {"\x1b", "\u202e", "\u200f"} & set(line)
        assert len(lines) < 50
        assert "Title: forged" not in lines
    plain = as_text(found(quote), Screen()).splitlines()
    # Title, names and rows of each part, and a line between two: each row is one line.
    assert len(plain) == (2 + 8) + (2 + 1) + (2 + 1) + (2 + 2) + (2 + 1) + 4
