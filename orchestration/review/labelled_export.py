"""`obmin review export`: reviewed texts as labelled texts. The format is in docs/label-a-text.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml

from orchestration.review.decisions import says
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import NEWS, DecidedEvent, DecidedStatement, Review, decided_reviews
from scrapers.extraction.document import Document, Item, prepare
from scrapers.extraction.reading import KYIV

BOUNDS = {"exact": "", "at_least": ">=", "about": "~"}
UNLABELLED = ("event",)  # its quote is a whole sentence, not a number
# One number that gives two figures has a label of its own.
EACH_SIDE = {
    frozenset({"released_total", "returned_to_russia"}): "each_side",
    frozenset({"military", "returned_to_russia"}): "each_side_military",
}
# Braces and bars mark labels; those of the text itself are replaced.
PLAIN = str.maketrans("{}|", "()/")


def labelled_texts(warehouse: Warehouse) -> str:
    """All decisions whose texts are stored, as YAML in the format of the corpus."""
    reviews = {review.version_id: review for review in decided_reviews(warehouse.settings)}
    with warehouse.connection() as connection:
        rows = connection.execute(
            "select version_id, language, published_at, title, text from raw.announcements "
            "where version_id in (select unnest($1)) order by published_at, version_id",
            [list(reviews)],
        ).fetchall()
    entries = [_entry(reviews[version], *rest) for version, *rest in rows]
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=120) if entries else ""


def _entry(review: Review, language: str, published: datetime, title: str | None, text: str) -> dict[str, Any]:
    day = published.replace(tzinfo=UTC).astimezone(KYIV).date()
    marks = _marks(review, prepare(text, title, day))
    entry: dict[str, Any] = {
        "id": f"{language}-{review.version_id[:12]}",
        "published_at": day,
        "kind": review.kind if review.kind not in NEWS or _has_news(review) else "other",
        "after": review.url,
        "events": {number: _event(event) for number, event in enumerate(review.events, start=1)},
    }
    if title:
        entry["title"] = _marked(title, marks["title"])
    entry["text"] = _marked(text, marks["text"])
    return entry


def _event(event: DecidedEvent) -> dict[str, Any]:
    labelled: dict[str, Any] = {"kind": event.kind, "role": "recap" if event.is_recap else "main"}
    return labelled | ({"date": event.date} if event.date_basis == "text" else {})


def _marks(review: Review, document: Document) -> dict[str, dict[tuple[int, int], str]]:
    """Labels by their offsets in title and text: what was stated, and "none" for every other number."""
    marks: dict[str, dict[tuple[int, int], str]] = {"title": {}, "text": {}}
    for item in document.items:
        field, start, end, _ = document.place(item.first, item.last)
        label = _label_of_day(review, item) if item.kind == "day" else _label_of_figure(review, item, field, start)
        if label is not None:
            marks[field][start, end] = label
    return marks


def _label_of_day(review: Review, item: Item) -> str | None:
    number = next((number for number, event in enumerate(review.events, 1) if _is_day_of(event, item)), None)
    return None if number is None else f"{number}.date"


def _label_of_figure(review: Review, item: Item, field: str, start: int) -> str | None:
    statements = [s for s in review.statements if s.field == field and s.measure not in UNLABELLED]
    within = [s for s in statements if s.start <= start < s.end and _is_of(s, item)]
    own = min(within, key=lambda s: s.end - s.start, default=None)
    if own is None:
        return "none" if item.kind == "number" else None
    same = frozenset(s.measure for s in within if s.event == own.event and s.bound == own.bound)
    return _label(own, EACH_SIDE.get(same, own.measure))


def _is_of(statement: DecidedStatement, item: Item) -> bool:
    """Whether an item says what is stated: the number, or the mediator."""
    if statement.measure == "mediator":
        return item.mediator == statement.category
    return statement.value is not None and says(item, statement.value)


def _is_day_of(event: DecidedEvent, item: Item) -> bool:
    return (
        event.date_basis == "text"
        and item.day is not None
        and item.day.basis != "month"
        and item.day.value == event.date
    )


def _has_news(review: Review) -> bool:
    """A release outside exchanges alone is no news of the kinds of texts."""
    return any(not event.is_recap and event.kind != "release_outside_exchange" for event in review.events)


def _label(statement: DecidedStatement, measure: str) -> str:
    bound = BOUNDS[statement.bound]
    if statement.event is None:
        # An uncertain period is left to a person: the corpus refuses the label as it is.
        return f"{bound}claim.{statement.measure.removeprefix('total_')}.{statement.period or '?'}"
    # The category of an official number is how many days share it, which no label says.
    category = statement.category if measure in ("by_service", "part", "mediator") else None
    parts = [str(statement.event + 1), measure, *filter(None, [category])]
    return bound + ".".join(parts) + (f"<{statement.within}" if statement.within else "")


def _marked(words: str, marks: dict[tuple[int, int], str]) -> str:
    pieces: list[str] = []
    at = 0
    for (start, end), label in sorted(marks.items()):
        pieces += [words[at:start].translate(PLAIN), "{", words[start:end].translate(PLAIN), "|", label, "}"]
        at = end
    return "".join([*pieces, words[at:].translate(PLAIN)])
