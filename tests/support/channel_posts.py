"""Channels of a sample archive made by a test: their names, some posts about exchanges, and how to write them.

Channels that answer over HTTP are in sites.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

CHANNEL, OTHER = "koordshtab_telegram", "president_telegram"
FIRST = date(2024, 5, 1)
POSTS = [
    {
        "id": number,
        "at": f"2024-05-{number:02} 15:00",
        "text": f"Сьогодні відбувся обмін: вдома {number + 90} воїнів.",
    }
    for number in (1, 2, 3)
]


def show(folder: Path, source: str, posts: list[dict[str, Any]]) -> None:
    place = folder / "archive" / source
    place.mkdir(parents=True, exist_ok=True)
    (place / "2024.yaml").write_text(yaml.safe_dump(posts, allow_unicode=True), "utf-8")


def announced(exchanges: int) -> list[dict[str, Any]]:
    """Posts about this many exchanges, two days apart; the Nth is of 90 + N people."""
    return [
        {
            "id": number,
            "at": f"{FIRST + timedelta(days=2 * number)} 15:00",
            "text": f"Сьогодні відбувся обмін: вдома {90 + number} воїнів.",
        }
        for number in range(1, exchanges + 1)
    ]
