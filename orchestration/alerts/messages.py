"""What an alert says. Only figures, dates and the announcement's address: no words from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIGURES = (
    ("military", "military"),
    ("civilians", "civilians"),
    ("officers", "officers"),
    ("privates_and_sergeants", "privates and sergeants"),
    ("women", "women"),
    ("returned_to_russia", "returned to Russia"),
)


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str


def new_exchange(exchange: dict[str, Any]) -> Message:
    """The message about a row of marts.fct_exchanges."""
    total = exchange["released_total"]
    if total is None:
        released = "people released, number not announced"
    else:
        bound = "more than " if exchange["released_is_lower_bound"] else ""
        released = f"{bound}{total} released"
    named = [f"{exchange[key]} {words}" for key, words in FIGURES if exchange.get(key) is not None]
    if exchange.get("official_number"):
        named.append(f"official number {exchange['official_number']}")
    details = f"Figures: {', '.join(named)}.\n" if named else ""
    return Message(
        title=f"Prisoner exchange on {exchange['exchanged_on']}: {released}",
        body=f"Date: {exchange['exchanged_on']}\nReleased to Ukraine: {released}.\n{details}"
        f"Announcement: {exchange['announcement_url']}",
    )
