"""The stable JSON form of a reading, printed by `obmin read` from version 2.0 on.

Adding a key is a new minor version; changing or removing one is a new major version.
"""

from __future__ import annotations

from typing import Any

from scrapers.extraction.measures import single_figures
from scrapers.extraction.records import Event, Reading, Statement

INTERFACE_VERSION = "2.1"
SINGLE = single_figures()
CLAIMS = {"total_released": "released", "total_exchanges": "exchanges", "total_bodies": "bodies"}


def as_json(reading: Reading) -> dict[str, Any]:
    """A reading as plain dictionaries; null where the text gives no value."""
    own: list[list[Statement]] = [[] for _ in reading.events]
    for statement in reading.statements:
        if statement.event is not None:
            own[statement.event].append(statement)
    return {
        "version": INTERFACE_VERSION,
        "kind": reading.kind,
        "kinds": {kind: round(chance, 4) for kind, chance in reading.kinds.items()},
        "language": reading.language,
        "events": [_event(event, of_event) for event, of_event in zip(reading.events, own, strict=True)],
        "claims": _claims(reading),
        "statements": [statement._asdict() for statement in reading.statements],
        "doubts": [doubt._asdict() for doubt in reading.doubts],
        "rejected": [rejected._asdict() for rejected in reading.rejected],
        "issues": reading.issues,
    }


def _event(event: Event, own: list[Statement]) -> dict[str, Any]:
    first = {s.measure: s for s in reversed(own)}
    total = first.get("released_total")
    services = [s for s in own if s.measure == "by_service"]
    return {
        "kind": event.kind,
        "date": event.date.isoformat() if event.date else None,
        "date_basis": event.date_basis,
        "is_recap": event.is_recap,
        **{measure: first[measure].value if measure in first else None for measure in SINGLE},
        "released_is_lower_bound": None if total is None else total.bound == "at_least",
        "by_service": {s.category: s.value for s in services},
        "within": {s.category: s.within for s in services if s.within},
        "mediators": [s.category for s in own if s.measure == "mediator"],
    }


def _claims(reading: Reading) -> list[dict[str, Any]]:
    """One object per period, with the totals claimed for it; each total whose period is uncertain has its own."""
    claims: dict[object, dict[str, Any]] = {}
    for statement in reading.statements:
        key = CLAIMS.get(statement.measure)
        if key is None:
            continue
        empty = {"period": statement.period, "released": None, "exchanges": None, "bodies": None}
        claim = claims.setdefault(statement.period or statement, empty)
        if claim[key] is None:
            claim[key] = statement.value
    return list(claims.values())
