"""Reviewers' decisions about announcements: the decisions file, and writing it to raw.reviews and raw.statements.

One entry per version, with reviewer and time; it outranks the extractor and survives rebuilds and new extractors.
Asking for decisions is in orchestration/review/queue.py.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import duckdb
import pyarrow as pa
import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

import scrapers.sample
from orchestration.settings import Settings
from orchestration.warehouse.database import NEXT_CHANGE
from orchestration.warehouse.statement_rows import STATEMENTS, rows_of
from scrapers.errors import ObminError
from scrapers.extraction.measures import load_measures
from scrapers.extraction.periods import INVASION
from scrapers.extraction.records import Event, Reading, Statement
from scrapers.extraction.version import reader_version
from scrapers.extraction.vocabulary import codes
from scrapers.yaml_file import read_yaml

# Current versions without a decision that have doubts of the extractor version ``$reader``, or an earlier version
# that was decided: an edit, even of a full stop, leaves the decision behind.
WAITING = """
with undecided as (
    select * from raw.announcements
    where version_id not in (select version_id from raw.reviews where review_id is not null)
        and not exists (
            select 1 from raw.announcements as newer
            where newer.source_id = announcements.source_id and newer.announcement_id = announcements.announcement_id
                and (newer.first_seen_at, newer.load_seq) > (announcements.first_seen_at, announcements.load_seq)
        )
        and not exists (
            select 1 from raw.absent_items as gone
            where gone.source_id = announcements.source_id and gone.item_id = announcements.announcement_id
                and gone.is_deleted
        )
),
doubtful as (
    select version_id, list({
        'measure': measure, 'value': value, 'quote': quote, 'readings': readings
    } order by value desc nulls last, quote_start) as doubts
    from raw.doubts
    where reader_version = $reader
    group by version_id
),
edited as (
    select distinct source_id, announcement_id
    from raw.announcements
    where version_id in (select version_id from raw.reviews where review_id is not null)
)
select version_id, url, title, text, published_at, language, coalesce(doubts, []) as doubts,
    edited.announcement_id is not null as was_decided
from undecided
left join doubtful using (version_id)
left join edited using (source_id, announcement_id)
where doubts is not null or edited.announcement_id is not null
"""
NEWS = ("exchange", "repatriation", "exchange_and_repatriation")
KINDS = (*NEWS, "summary", "plan", "other")
Decision = Literal["accepted", "corrected", "not_an_exchange"]
MOST_PEOPLE = 1_000_000  # in one figure of a decision: more is a slip of the hand
# YAML's mark of a document's end. A file without it was cut off, and each decision that it lost would change facts.
END_OF_FILE = "\n..."
SAMPLE = Path(scrapers.sample.__file__).with_name("reviews.yaml")
HEADING = (
    "# Decisions of people about announcements, by `obmin review`. An entry outranks the extractor.\n"
    "# Keep this file under version control.\n"
)


def extractor_in_force(connection: duckdb.DuckDBPyConnection) -> str:
    """The version of the extractor whose doubts wait: this one once it has read everything, else that of the last
    build.
    """
    row = connection.execute(
        """
        select coalesce(
            (select reader_version from raw.readers where reader_version = $1 and read_through > 0),
            (select max(reader_version) from raw.build), $1
        )
        """,
        [reader_version()],
    ).fetchone()
    assert row is not None
    return str(row[0])


class BrokenReviews(ObminError):
    """The decisions file can't be used. The message names the file and the entry."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DecidedEvent(_Entry):
    """Same as the extractor's Event."""

    kind: Literal["exchange", "release_outside_exchange", "repatriation"]
    date: Annotated[date, Field(ge=INVASION)]
    date_basis: Literal["text", "publication"] = "text"
    is_recap: bool = False


class DecidedStatement(_Entry):
    """Same as the extractor's Statement; ``event`` is an index into the entry's events."""

    measure: str
    value: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = None
    quote: str
    start: int
    end: int
    event: int | None = None
    category: str | None = None
    within: str | None = None
    bound: Literal["exact", "at_least", "about"] = "exact"
    period: str | None = None
    field: Literal["text", "title"] = "text"

    @model_validator(mode="after")
    def _is_whole(self) -> DecidedStatement:
        measure = load_measures().get(self.measure)
        if measure is None:
            raise ValueError(f"the measure {self.measure!r} is none of {', '.join(load_measures())}")
        if self.value is None and measure.unit != "none":
            raise ValueError(f"{self.measure} has no value")
        if self.event is None and measure.of == "event":
            raise ValueError(f"{self.measure} is of an event, and gives none")
        kind = {"by_service": "services", "mediator": "mediators"}.get(self.measure)
        if kind is not None and self.category not in codes(kind):
            raise ValueError(f"{self.category!r} is none of the {kind}: {', '.join(codes(kind))}")
        if self.within is not None and self.within not in codes("services"):
            raise ValueError(f"{self.within!r} is none of the services: {', '.join(codes('services'))}")
        return self


class Review(_Entry):
    """A reviewer's decision about one version. ``decided_at`` has its time zone; Obmin writes UTC."""

    version_id: str
    url: str
    decision: Decision
    decided_by: str
    decided_at: AwareDatetime
    kind: str
    events: tuple[DecidedEvent, ...] = ()
    statements: tuple[DecidedStatement, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Review:
        if self.kind not in KINDS:
            raise ValueError(f"its kind {self.kind!r} is none of {', '.join(KINDS)}")
        if self.kind in NEWS and not any(not event.is_recap for event in self.events):
            raise ValueError(f"its kind is {self.kind}, and it has no such event")
        last = (self.decided_at + timedelta(days=1)).date()
        if any(event.date > last for event in self.events):
            raise ValueError("an event is later than the decision")
        told = {statement.event for statement in self.statements if statement.measure == "event"}
        for place in range(len(self.events)):
            if place not in told:
                raise ValueError(f"its event {place} has no statement of the measure event")
        return self

    @property
    def review_id(self) -> str:
        """Changes with any part of the decision; reviewer and time are not part of it."""
        decided = self.model_dump_json(exclude={"decided_by", "decided_at", "url"})
        return f"review {hashlib.sha256(decided.encode()).hexdigest()[:12]}"

    @property
    def decided_utc(self) -> datetime:
        """``decided_at`` as the warehouse stores it: UTC without a zone."""
        return self.decided_at.astimezone(UTC).replace(tzinfo=None)

    def reading(self, language: str) -> Reading:
        """The decision as an extraction result, with full confidence."""
        events = [Event(e.kind, e.date, e.date_basis, e.is_recap) for e in self.events]
        statements = [Statement(**s.model_dump(), confidence=1.0) for s in self.statements]
        return Reading(self.kind, language, {}, events, statements)


def read_reviews(path: Path) -> list[Review]:
    """All decisions in a file, none when it does not exist. Raises BrokenReviews when one can't be used."""
    if not path.exists():
        return []
    entries = read_yaml(path)
    if entries is not None and not isinstance(entries, list):
        raise BrokenReviews(f"{path} is no list of decisions; fix it, or move it away and decide anew.")
    if entries is None or not path.read_text("utf-8").rstrip().endswith(END_OF_FILE):
        raise BrokenReviews(
            f"{path} doesn't end with the line “...”: it seems to be cut off. Restore it from version control; or, "
            "if no decision is missing, add that line. (A list of none is [] and that line.)"
        )
    reviews: dict[str, Review] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            review = Review.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise BrokenReviews(
                f"Decision {number} in {path} can't be used: {where}: {first['msg']}. Fix it, or take it out and "
                "decide anew."
            ) from error
        if any(s.event is not None and not 0 <= s.event < len(review.events) for s in review.statements):
            raise BrokenReviews(f"Decision {number} in {path} has a statement of an event that it does not list.")
        if review.version_id in reviews:
            raise BrokenReviews(
                f"Decision {number} in {path} is the second about {review.url}; take one of them out."
            )
        reviews[review.version_id] = review
    return list(reviews.values())


def decided_reviews(settings: Settings) -> list[Review]:
    """A profile's decisions; for the sample archive, the project's own until there is a file."""
    shipped = settings.has_past and not settings.reviews.exists()
    return read_reviews(SAMPLE if shipped else settings.reviews)


def add_review(settings: Settings, review: Review) -> None:
    """Add a decision to the profile's file, replacing an earlier one about the same version."""
    kept = [held for held in decided_reviews(settings) if held.version_id != review.version_id]
    write_reviews(settings.reviews, [*kept, review])


def write_reviews(path: Path, reviews: Iterable[Review]) -> None:
    """Write all decisions to a new file, then swap it in."""
    plain = [review.model_dump(mode="json", exclude_defaults=True) for review in reviews]
    path = path.resolve()  # a link to a file under version control stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    text = yaml.dump(
        plain, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120, explicit_end=True
    )
    try:
        fresh.write_text(HEADING + text, "utf-8")
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)  # a full disk would stay full
        raise


class _Changes(NamedTuple):
    """Decisions to store, the versions that have none any more, and the languages of the decided versions."""

    fresh: list[Review]
    gone: list[str]
    languages: dict[str, str]


def has_unapplied_reviews(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when raw.reviews differs from the file, or the file can't be used, which extraction reports."""
    try:
        changes = _changes(connection, decided_reviews(settings))
    except ObminError:
        return True
    return bool(changes.fresh or changes.gone)


class Applied(NamedTuple):
    """How many versions have another decision than before, and how many of these have none any more."""

    changed: int
    withdrawn: int


def apply_reviews(connection: duckdb.DuckDBPyConnection, reviews: Sequence[Review]) -> Applied:
    """Update raw.reviews from the file. A rerun changes nothing.

    A decision about a version that is not stored (yet) stays in the file.
    """
    changes = _changes(connection, reviews)
    if changes.fresh or changes.gone:
        _store(connection, changes)
    return Applied(len(changes.fresh) + len(changes.gone), len(changes.gone))


def _changes(connection: duckdb.DuckDBPyConnection, reviews: Sequence[Review]) -> _Changes:
    rows_held = connection.execute("select version_id, review_id, decided_by, decided_at from raw.reviews").fetchall()
    held = {version: tuple(rest) for version, *rest in rows_held}
    languages = dict(
        connection.execute(
            "select version_id, language from raw.announcements where version_id in (select unnest($1))",
            [[review.version_id for review in reviews]],
        ).fetchall()
    )
    decided = {review.version_id: review for review in reviews if review.version_id in languages}
    fresh = [
        review for review in decided.values()
        if held.get(review.version_id) != (review.review_id, review.decided_by, review.decided_utc)
    ]  # fmt: skip
    gone = [version for version, (review_id, *_) in held.items() if review_id is not None and version not in decided]
    return _Changes(fresh, gone, languages)


def _store(connection: duckdb.DuckDBPyConnection, decided: _Changes) -> None:
    """Write decisions with their statements, and which versions have none any more."""
    fresh, gone, languages = decided
    rows = [
        row
        for review in fresh
        for row in rows_of(review.version_id, review.review_id, review.reading(languages[review.version_id]))
    ]
    connection.register("decided", pa.Table.from_pylist(rows, STATEMENTS))
    connection.execute("begin")
    connection.execute("insert into raw.statements by name select * from decided on conflict do nothing")
    changes: list[tuple[Any, ...]] = [
        (r.version_id, r.review_id, r.decision, r.decided_by, r.decided_utc) for r in fresh
    ] + [(version, None, None, None, None) for version in gone]
    for change in changes:
        connection.execute(
            f"insert or replace into raw.reviews values (?, ?, ?, ?, ?, {NEXT_CHANGE})",  # noqa: S608
            change,
        )
    connection.execute("commit")
    connection.unregister("decided")
