"""`obmin review`: the texts that wait for review, and the reviewer's decisions.

Decisions are stored in the file of warehouse/reviews.py; the next refresh brings them into the facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import (
    MOST_PEOPLE,
    WAITING,
    DecidedEvent,
    DecidedStatement,
    Decision,
    Review,
    add_review,
    decided_reviews,
)
from scrapers.errors import ObminError
from scrapers.extraction.document import Item, prepare
from scrapers.extraction.interface import SINGLE
from scrapers.extraction.periods import INVASION
from scrapers.extraction.reading import KYIV, read_all
from scrapers.extraction.records import Event, Reading, Statement
from scrapers.extraction.version import reader_version
from scrapers.extraction.vocabulary import codes

VERSION = """
select version_id, url, title, text, published_at, language from raw.announcements
where version_id = ? or url = ? order by first_seen_at desc, load_seq desc, version_id limit 1
"""
KINDS = ("exchange", "repatriation", "exchange_and_repatriation")
PEOPLE = ("exchange", "release_outside_exchange")
Place = tuple[str, int, int]  # a field, and the first and last character there


class UnfitDecision(ObminError):
    """A decision is not valid. The message names the valid forms."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version to decide, with its doubts, if any: ``measure``, ``value``, ``quote`` and ``readings`` of each.
    ``was_decided``: an earlier version has a decision, which an edit left behind.
    """

    version_id: str
    url: str
    title: str | None
    text: str
    published_at: datetime
    language: str
    doubts: list[dict[str, Any]]
    was_decided: bool = False

    def reading(self) -> Reading:
        """All statements extracted from the text, also those too doubtful to be stated."""
        return read_all(self.text, self.title, self.published_at, self.language)


def waiting(warehouse: Warehouse) -> list[StoredVersion]:
    """The versions that wait, newest first. A version that is already in the decisions file is left out."""
    decided = {review.version_id for review in decided_reviews(warehouse.settings)}
    with warehouse.connection() as connection:
        rows = connection.execute(
            f"{WAITING} order by published_at desc, version_id", {"reader": reader_version()}
        ).fetchall()
    return [
        StoredVersion(version, url, title, text, published.replace(tzinfo=UTC), language, doubts, was_decided)
        for version, url, title, text, published, language, doubts, was_decided in rows
        if version not in decided
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
        figure = "released_total=50" if first.value is None else f"{first.measure}={first.value}"
        raise UnfitDecision(
            f"“{' '.join(first.quote.split())}” gives nothing that could be accepted: an upper bound is no figure. "
            f"Decide with --set, such as {figure} or {figure.partition('=')[0]}=none, or with --not-an-exchange."
        )
    if any(event.date is None for event in reading.events):
        raise UnfitDecision("The day of what is reported can't be made out; give it with --set date=2024-12-30.")
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
    named = dict(changes)
    _check_day(one, named.get("date"))
    kind = _kind_of(named.keys() - {"date", "event"}, reading)
    is_told = "event" in named or "date" in named
    if not is_told and _is_only_recalled(reading, kind):
        raise UnfitDecision(
            "This text only recalls such an event: a correction would make it the news of the day. Give the day it "
            "took place, date=2024-12-30, or event=exchange where it is news."
        )
    index = _reported(reading, one, kind, named.get("event"))
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


def _check_day(one: StoredVersion, written: str | None) -> None:
    published = one.published_at.astimezone(KYIV).date()
    if written is not None and not INVASION <= date.fromisoformat(written) <= published:
        raise UnfitDecision(
            f"date={written} is no day from {INVASION} to the announcement's, {published}, Kyiv time."
        )


def _is_only_recalled(reading: Reading, kind: str) -> bool:
    kinds = PEOPLE if kind in PEOPLE else (kind,)
    return {event.is_recap for event in reading.events if event.kind in kinds} == {True}


def _kind_of(corrected: set[str], reading: Reading) -> str:
    """The kind of event that has these figures; without figures, that of the first reported event."""
    if corrected:
        return "repatriation" if all(name.startswith("bodies") for name in corrected) else "exchange"
    return next((event.kind for event in reading.events if not event.is_recap), "exchange")


def _replace_figure(reading: Reading, one: StoredVersion, index: int, name: str, value: str) -> None:
    """Put "officers", "by_service.navy" or "mediator.uae" of an event at a value; "none" takes it out."""
    measure, _, category = name.partition(".")
    # The category of an official number says how many days share it; the number is one.
    replaced = [
        s
        for s in reading.statements
        if s.event == index
        and s.measure == measure
        and ((s.category or "") == category or measure == "official_number")
    ]
    quoted = {(s.field, s.start, s.end) for s in reading.statements if s not in replaced}
    reading.statements = [s for s in reading.statements if s not in replaced]
    if value != "none":
        number = None if measure == "mediator" else int(value)
        stated = _stated(one, measure, category or None, number, index, quoted)
        # A branch stays within the branch that the text puts it in.
        reading.statements.append(stated._replace(within=replaced[0].within if replaced else None))


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
        fits = category in codes("services") and _is_number_or_none(value)
    elif measure in SINGLE and not category:
        fits = _is_number_or_none(value)
    if not separator or not fits:
        raise UnfitDecision(
            f"{correction!r} is no correction; write date=2024-12-30, event=exchange, a figure such as "
            f"released_total=189 or officers=none ({', '.join(SINGLE)}), by_service.BRANCH=24 or mediator.uae=yes. "
            f"A figure is at least 1 and at most {MOST_PEOPLE:,}."
        )
    return name, value


def _is_number_or_none(value: str) -> bool:
    is_short = value.isdecimal() and len(value) <= len(str(MOST_PEOPLE))
    return value == "none" or (is_short and 1 <= int(value) <= MOST_PEOPLE)


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


def _stated(
    one: StoredVersion, measure: str, category: str | None, value: int | None, event: int, quoted: set[Place]
) -> Statement:
    """A statement that quotes the number in the text, where no other statement quotes it if possible; if the text
    lacks it, the first line is the quote.
    """
    document = prepare(one.text, one.title, one.published_at.astimezone(KYIV).date())
    saying = [item for item in document.items if (item.mediator == category if value is None else says(item, value))]
    places = [document.place(item.first, item.last) for item in saying]
    if places:
        free = [place for place in places if place[:3] not in quoted]
        field, start, end, quote = (free or places)[0]
        return Statement(measure, value, quote, start, end, event, category, field=field)
    end = one.text.find("\n") if "\n" in one.text else len(one.text)
    return Statement(measure, value, one.text[:end], 0, end, event, category)


def says(item: Item, value: int) -> bool:
    """Whether a number, also an ordinal, has this value."""
    return item.number is not None and item.number.value == value


def _decided(statement: Statement) -> DecidedStatement:
    fields = statement._asdict()
    del fields["confidence"]  # the reviewer decided it
    return DecidedStatement.model_validate(fields)
