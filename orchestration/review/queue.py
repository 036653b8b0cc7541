"""`obmin review`: the texts that wait for review, and the reviewer's decisions.

Decisions are stored in the file of warehouse/reviews.py; the next refresh brings them into the facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import (
    WAITING,
    DecidedEvent,
    DecidedStatement,
    Decision,
    Review,
    add_review,
)
from scrapers.errors import ObminError
from scrapers.extraction.document import prepare
from scrapers.extraction.interface import SINGLE
from scrapers.extraction.reading import KYIV, read_all
from scrapers.extraction.records import Event, Reading, Statement
from scrapers.extraction.vocabulary import codes

VERSION = """
select version_id, url, title, text, published_at, language from raw.announcements
where version_id = ? or url = ? order by load_seq desc, version_id limit 1
"""
KINDS = ("exchange", "repatriation", "exchange_and_repatriation")
PEOPLE = ("exchange", "release_outside_exchange")


class UnfitDecision(ObminError):
    """A decision is not valid. The message names the valid forms."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version to decide, with its doubts, if any: ``measure``, ``value``, ``quote`` and ``readings`` of each."""

    version_id: str
    url: str
    title: str | None
    text: str
    published_at: datetime
    language: str
    doubts: list[dict[str, Any]]

    def reading(self) -> Reading:
        """All statements extracted from the text, also those too doubtful to be stated."""
        return read_all(self.text, self.title, self.published_at, self.language)


def waiting(warehouse: Warehouse) -> list[StoredVersion]:
    """The versions that wait, newest first. A version that is already in the decisions file is left out."""
    with warehouse.connection() as connection:
        return _waiting(connection)


def _waiting(connection: duckdb.DuckDBPyConnection) -> list[StoredVersion]:
    rows = connection.execute(f"{WAITING} order by published_at desc, version_id").fetchall()
    return [
        StoredVersion(version, url, title, text, published.replace(tzinfo=UTC), language, doubts)
        for version, url, title, text, published, language, doubts in rows
    ]


def stored_version(warehouse: Warehouse, named: str) -> StoredVersion:
    """The version with this id, or the newest with this address, whether it waits for review or not. Raises
    UnfitDecision when none is stored.
    """
    with warehouse.connection() as connection:
        found = connection.execute(VERSION, [named, named]).fetchone()
    if found is None:
        raise UnfitDecision(
            f"No announcement has the address or version id {named}; `obmin review list` shows what waits, "
            "marts.dim_announcements has all."
        )
    version, url, title, text, published, language = found
    return StoredVersion(version, url, title, text, published.replace(tzinfo=UTC), language, [])


def decide(
    warehouse: Warehouse, one: StoredVersion, decision: Decision, decided_by: str, corrections: Iterable[str] = ()
) -> Review:
    """Write a decision to the file and return it. Raises UnfitDecision for a correction that can't be used."""
    review = review_of(one, decision, decided_by, corrections)
    with warehouse.writing():
        add_review(warehouse.settings, review)
    return review


def review_of(one: StoredVersion, decision: Decision, decided_by: str, corrections: Iterable[str] = ()) -> Review:
    """A decision, not written yet. Raises UnfitDecision for a correction that can't be used."""
    reading = one.reading()
    if decision == "not_an_exchange":
        reading = Reading("other", one.language)
    elif decision == "corrected":
        reading = corrected(one, reading, corrections)
    elif reading.doubts:
        first = reading.doubts[0]
        raise UnfitDecision(
            f"“{' '.join(first.quote.split())}” gives no {first.measure} that could be accepted: an upper bound is "
            f"no figure. Decide with --set, such as {first.measure}={first.value} or {first.measure}=none."
        )
    return Review(
        version_id=one.version_id, url=one.url, decision=decision, decided_by=decided_by,
        decided_at=datetime.now(UTC).replace(microsecond=0), kind=reading.kind,
        events=tuple(DecidedEvent.model_validate(event._asdict()) for event in reading.events),
        statements=tuple(_decided(statement) for statement in reading.statements),
    )  # fmt: skip


def corrected(one: StoredVersion, reading: Reading, corrections: Iterable[str]) -> Reading:
    """A reading with corrections such as "released_total=189", "date=2024-12-30", "by_service.navy=24",
    "mediator.uae=yes", "officers=none". They apply to the reported event, the first that is no recap; if there is
    none, it is created: an exchange, or a repatriation for bodies. "event=exchange" says what the event is where a
    release outside exchanges was read.
    """
    changes = [_change(correction) for correction in corrections]
    if not changes:
        raise UnfitDecision("A correction is missing; give some such as released_total=189 or date=2024-12-30.")
    told = next((value for name, value in changes if name == "event"), None)
    index = _reported(reading, one, _kind_of({name for name, _ in changes} - {"date", "event"}, reading), told)
    for name, value in changes:
        if name == "date":
            day = date.fromisoformat(value)
            reading.events[index] = reading.events[index]._replace(date=day, date_basis="text")
        elif name != "event":
            _replace_figure(reading, one, index, name, value)
    kinds = {event.kind for event in reading.events if not event.is_recap}
    both = {"exchange", "repatriation"} <= kinds
    reading.kind = KINDS[2] if both else next((name for name in KINDS[:2] if name in kinds), reading.kind)
    return reading


def _kind_of(corrected: set[str], reading: Reading) -> str:
    """The kind of event that has these figures; without figures, that of the first reported event."""
    if corrected:
        return "repatriation" if all(name.startswith("bodies") for name in corrected) else "exchange"
    return next((event.kind for event in reading.events if not event.is_recap), "exchange")


def _replace_figure(reading: Reading, one: StoredVersion, index: int, name: str, value: str) -> None:
    """Put "officers", "by_service.navy" or "mediator.uae" of an event at a value; "none" takes it out."""
    measure, _, category = name.partition(".")
    reading.statements = [
        s for s in reading.statements
        if not (s.event == index and s.measure == measure and (s.category or "") == category)
    ]  # fmt: skip
    if value != "none":
        number = None if measure == "mediator" else int(value)
        reading.statements.append(_stated(one, measure, category or None, number, index))


def _change(correction: str) -> tuple[str, str]:
    name, separator, value = (part.strip() for part in correction.partition("="))
    measure, _, category = name.partition(".")
    fits = False
    if name == "date":
        fits = _is_day(value)
    elif name == "event":
        fits = value in PEOPLE
    elif measure == "mediator":
        fits = category in codes("mediators") and value in ("yes", "none")
    elif measure == "by_service":
        fits = category in codes("services") and (value.isdecimal() or value == "none")
    elif measure in SINGLE and not category:
        fits = value.isdecimal() or value == "none"
    if not separator or not fits:
        raise UnfitDecision(
            f"{correction!r} is no correction; write date=2024-12-30, event=exchange, a figure such as "
            f"released_total=189 or officers=none ({', '.join(SINGLE)}), by_service.BRANCH=24 or mediator.uae=yes."
        )
    return name, value


def _is_day(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def _reported(reading: Reading, one: StoredVersion, kind: str, told: str | None) -> int:
    """The event's place, which is created if need be; ``told`` is the kind that the reviewer gave to it."""
    own = {event.kind: index for index, event in reversed(list(enumerate(reading.events))) if not event.is_recap}
    if kind not in PEOPLE:
        if kind in own:
            return own[kind]
    elif told is not None:
        for place in (own[found] for found in (told, *PEOPLE) if found in own):
            reading.events[place] = reading.events[place]._replace(kind=told)
            return place
        kind = told
    elif kind in own:
        return own[kind]
    elif PEOPLE[1] in own:
        # An exchange beside it would count the same people twice.
        raise UnfitDecision(
            "A release outside exchanges was read in this text; say what it is with event=exchange or "
            "event=release_outside_exchange beside the figures."
        )
    day = one.published_at.astimezone(KYIV).date()
    reading.events.append(Event(kind, day, "publication", False))
    index = len(reading.events) - 1
    end = min(len(one.text), one.text.find("\n") if "\n" in one.text else len(one.text))
    reading.statements.append(Statement("event", None, one.text[:end], 0, end, index))
    return index


def _stated(one: StoredVersion, measure: str, category: str | None, value: int | None, event: int) -> Statement:
    """A statement that quotes the number in the text; if the text lacks it, the first line is the quote."""
    document = prepare(one.text, one.title, one.published_at.astimezone(KYIV).date())
    for item in document.items:
        says = item.mediator == category if value is None else item.value == value
        if says:
            field, start, end, quote = document.place(item.first, item.last)
            return Statement(measure, value, quote, start, end, event, category, field=field)
    end = one.text.find("\n") if "\n" in one.text else len(one.text)
    return Statement(measure, value, one.text[:end], 0, end, event, category)


def _decided(statement: Statement) -> DecidedStatement:
    fields = statement._asdict()
    del fields["confidence"]  # the reviewer decided it
    return DecidedStatement.model_validate(fields)
