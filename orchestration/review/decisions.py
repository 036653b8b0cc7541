"""A reviewer's decisions: to accept what was read, to correct it, or to say that it is no exchange.

What waits is in queue.py; decisions are stored in the file of warehouse/reviews.py, and the next refresh brings them
into the facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from orchestration.review.queue import StoredVersion, UnfitDecision, stored_version
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.reviews import (
    MOST_PEOPLE,
    NEWS,
    DecidedEvent,
    DecidedStatement,
    Decision,
    Review,
    add_review,
    decided_reviews,
    write_reviews,
)
from scrapers.extraction.document import Item, prepare
from scrapers.extraction.interface import SINGLE
from scrapers.extraction.measures import complements, parts_of_the_total
from scrapers.extraction.periods import INVASION
from scrapers.extraction.reading import KYIV
from scrapers.extraction.records import DAY, Doubt, Event, Reading, Statement
from scrapers.extraction.vocabulary import codes

PEOPLE = ("exchange", "release_outside_exchange")
TOTAL = "released_total"
# They describe an event that is told, and make none.
OF_AN_EVENT = ("mediator", "official_number", "stage")
Place = tuple[str, int, int]  # a field, and the first and last character there


def decide(
    warehouse: Warehouse, one: StoredVersion, decision: Decision, decided_by: str, corrections: Iterable[str] = ()
) -> Review:
    """Write a decision to the file and return it. Raises UnfitDecision for a correction that can't be used."""
    review = review_of(one, decision, decided_by, corrections)
    with warehouse.writing():
        add_review(warehouse.settings, review)
    return review


def take_back(warehouse: Warehouse, named: str) -> Review:
    """Remove the decision about a version, named by its id or address, and return it: the extractor's statements
    count again. An address also names an earlier version, where an edit has left the decision.

    Raises UnfitDecision when there is none, or several earlier versions have one.
    """
    one = stored_version(warehouse, named)
    with warehouse.writing():
        held = decided_reviews(warehouse.settings)
        found = [review for review in held if review.version_id == one.version_id]
        if not found and named != one.version_id:
            found = [review for review in held if review.url == one.url]
        if not found:
            raise UnfitDecision(f"There is no decision about {one.url}; `obmin review list` shows what waits.")
        if len(found) > 1:
            raise UnfitDecision(
                f"Several earlier versions of {one.url} have a decision; take back each by its version id: "
                f"{', '.join(review.version_id for review in found)}."
            )
        write_reviews(warehouse.settings.reviews, [review for review in held if review not in found])
    return found[0]


def review_of(one: StoredVersion, decision: Decision, decided_by: str, corrections: Iterable[str] = ()) -> Review:
    """A decision, not written yet. Raises UnfitDecision for a correction that can't be used."""
    reading = one.reading()
    if decision == "not_an_exchange":
        reading = Reading("other", one.language)
    elif decision == "corrected":
        reading = corrected(one, reading, corrections)
    elif undecided := [doubt for doubt in reading.doubts if doubt.measure != DAY and not _is_of_a_claim(doubt)]:
        raise UnfitDecision(_why_not_accepted(undecided[0]))
    _drop_recalls_before_the_invasion(reading)
    if reading.kind in NEWS and all(event.is_recap for event in reading.events):
        raise UnfitDecision(
            f"What took place, by its kind {reading.kind}, has no figure here. Give one with --set, such as "
            "released_total=50 or bodies_to_ukraine=50, or its day, or decide with --not-an-exchange."
        )
    if any(event.date is None for event in reading.events):
        raise UnfitDecision("The day of what is reported can't be made out; give it with --set date=2024-12-30.")
    return Review(
        version_id=one.version_id, url=one.url, decision=decision, decided_by=decided_by,
        decided_at=datetime.now(UTC).replace(microsecond=0), kind=reading.kind,
        events=tuple(DecidedEvent.model_validate(event._asdict()) for event in reading.events),
        statements=tuple(_decided(statement) for statement in reading.statements),
    )  # fmt: skip


def _drop_recalls_before_the_invasion(reading: Reading) -> None:
    """The record begins with the invasion: an exchange of 2019 that a text recalls is in no decision."""
    kept = [
        place
        for place, event in enumerate(reading.events)
        if not (event.is_recap and event.date is not None and event.date < INVASION)
    ]
    moved = {place: at for at, place in enumerate(kept)}
    reading.statements = [
        s if s.event is None else s._replace(event=moved[s.event])
        for s in reading.statements
        if s.event is None or s.event in moved
    ]
    reading.events = [reading.events[place] for place in kept]


def _is_of_a_claim(doubt: Doubt) -> bool:
    """A total of a period is no figure of an event; a doubtful one is left out of what is accepted."""
    return doubt.measure == "period" or doubt.measure.startswith("total_")


def _why_not_accepted(doubt: Doubt) -> str:
    if not doubt.value:  # a text, or a number of unknown size: "several hundred"
        wanted = "released_total=50" if doubt.value is None else f"{doubt.measure}=50"
    else:
        name = "by_service.BRANCH" if doubt.measure == "by_service" else doubt.measure
        wanted = f"{name}={doubt.value}"
    return (
        f"“{' '.join(doubt.quote.split())}” gives nothing that could be accepted: an upper bound is no figure, nor "
        f"is a number that the text contradicts. Decide with --set, such as {wanted} or "
        f"{wanted.partition('=')[0]}=none, or with --not-an-exchange."
    )


def corrected(one: StoredVersion, reading: Reading, corrections: Iterable[str]) -> Reading:
    """A reading with corrections such as "released_total=189", "date=2024-12-30", "by_service.navy=24",
    "mediator.uae=yes", "officers=none". Each applies to the reported event that has such figures, no recap; if there
    is none, it is created: an exchange, or a repatriation for bodies. "event=exchange" says what the event is where a
    release outside exchanges was read.

    Raises UnfitDecision where it is not clear which event is meant, where there is nothing to take out, or where a
    part would exceed the total.
    """
    changes = [_change(correction) for correction in corrections]
    if not changes:
        raise UnfitDecision("A correction is missing; give some such as released_total=189 or date=2024-12-30.")
    named = dict(changes)
    if len(named) < len(changes):
        raise UnfitDecision("A figure is corrected twice; give each once.")
    _check_day(one, named.get("date"))
    is_dated = "date" in named and _give_open_events_their_day(reading, date.fromisoformat(named["date"]))
    by_kind = {} if is_dated and len(named) == 1 else _by_kind(named, reading)
    for kind, own in by_kind.items():
        index = _reported(reading, one, kind, own, named)
        if "date" in named:
            day = date.fromisoformat(named["date"])
            reading.events[index] = reading.events[index]._replace(date=day, date_basis="text")
        for name, value in own.items():
            _replace_figure(reading, one, index, name, value)
        _check_parts(reading, index, own)
    kinds = {event.kind for event in reading.events if not event.is_recap}
    both = {"exchange", "repatriation"} <= kinds
    reading.kind = NEWS[2] if both else next((name for name in NEWS[:2] if name in kinds), "other")
    return reading


def _give_open_events_their_day(reading: Reading, day: date) -> bool:
    """Whether reported events had no day: it is theirs, also where the text tells of several."""
    is_open = [event.date is None and not event.is_recap for event in reading.events]
    reading.events = [
        event._replace(date=day, date_basis="text") if given else event
        for event, given in zip(reading.events, is_open, strict=True)
    ]
    return any(is_open)


def _by_kind(named: Mapping[str, str], reading: Reading) -> dict[str, dict[str, str]]:
    """The corrected figures by the kind of event that has them; a day alone is that of the first reported event, or
    of what the text was taken for.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    told = [event.kind for event in reading.events if not event.is_recap]
    for name, value in named.items():
        if name not in ("date", "event") and name.partition(".")[0] not in OF_AN_EVENT:
            found["repatriation" if name.startswith("bodies") else "exchange"][name] = value
    if "event" in named:
        found.setdefault("exchange", {})
    for name, value in named.items():
        if name.partition(".")[0] in OF_AN_EVENT:
            kind = next(iter([*found, *told]), None)
            if kind is None:
                raise UnfitDecision(f"{name}={value} is of an event, and none is told; give its figures or its day.")
            found["exchange" if kind in PEOPLE or name.partition(".")[0] != "mediator" else kind][name] = value
    if not found:
        found[next(iter(told), "repatriation" if reading.kind == "repatriation" else "exchange")] = {}
    return dict(found)


def _check_day(one: StoredVersion, written: str | None) -> None:
    published = one.published_at.astimezone(KYIV).date()
    if written is not None and not INVASION <= date.fromisoformat(written) <= published:
        raise UnfitDecision(
            f"date={written} is no day from {INVASION} to the announcement's, {published}, Kyiv time."
        )


def _is_only_recalled(reading: Reading, kind: str) -> bool:
    kinds = PEOPLE if kind in PEOPLE else (kind,)
    return {event.is_recap for event in reading.events if event.kind in kinds} == {True}


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


def _reported(
    reading: Reading, one: StoredVersion, kind: str, own: Mapping[str, str], named: Mapping[str, str]
) -> int:
    """The place of the reported event of a kind. Where the text has none it is created, if the correction gives it a
    figure, a day, or says what it is.
    """
    told = named.get("event") if kind in PEOPLE else None
    at = _the_one_told(reading, kind, told or kind)
    if at is None:
        if not named.keys() & {"event", "date"}:
            _check_something_is_told(reading, kind, own)
        return _created(reading, one, told or kind)
    if told is not None:
        reading.events[at] = reading.events[at]._replace(kind=told)
    elif reading.events[at].kind != kind and not (own and _only_describes(own)):
        # An exchange beside it would count the same people twice.
        raise UnfitDecision(
            "A release outside exchanges was read in this text; say what it is with event=exchange or "
            "event=release_outside_exchange beside the figures."
        )
    return at


def _the_one_told(reading: Reading, kind: str, wanted: str) -> int | None:
    """The place of the event, no recap, that may be of a kind (people are released in exchanges or outside), of the
    ``wanted`` kind rather; None when there is none.
    """
    kinds = PEOPLE if kind in PEOPLE else (kind,)
    places = [at for at, event in enumerate(reading.events) if not event.is_recap and event.kind in kinds]
    chosen = [at for at in places if reading.events[at].kind == wanted] or places
    if len(chosen) > 1:
        raise UnfitDecision(
            f"This text tells of {len(chosen)} such events, and --set can't say which. Decide with --accept, then "
            "correct the entry's figures in the decisions file."
        )
    return chosen[0] if chosen else None


def _only_describes(own: Iterable[str]) -> bool:
    return all(name.partition(".")[0] in OF_AN_EVENT for name in own)


def _check_something_is_told(reading: Reading, kind: str, own: Mapping[str, str]) -> None:
    if _is_only_recalled(reading, kind):
        raise UnfitDecision(
            "This text only recalls such an event: a correction would make it the news of the day. Give the day it "
            "took place, date=2024-12-30, or event=exchange where it is news."
        )
    if _only_describes(own) or all(value == "none" for value in own.values()):
        raise UnfitDecision(
            f"No such event was read in this text, so there is nothing to correct by {', '.join(own)}. Give the "
            "event's figures or its day, or decide with --accept or --not-an-exchange."
        )


def _created(reading: Reading, one: StoredVersion, kind: str) -> int:
    reading.events.append(Event(kind, one.published_at.astimezone(KYIV).date(), "publication", False))
    index = len(reading.events) - 1
    end = min(len(one.text), one.text.find("\n") if "\n" in one.text else len(one.text))
    reading.statements.append(Statement("event", None, one.text[:end], 0, end, index))
    return index


def _check_parts(reading: Reading, index: int, corrected_names: Iterable[str]) -> None:
    """Parts that exceed their event's total, or do so together where both are corrected, would be in no fact."""
    figures = {
        f"{s.measure}.{s.category}" if s.measure == "by_service" else s.measure: s.value
        for s in reading.statements
        if s.event == index and s.value is not None and s.bound == "exact" and s.within is None
    }
    total = figures.get(TOTAL)
    if total is None:
        return
    for parts in _parts_to_check(figures, corrected_names):
        if sum(figures.get(name, 0) for name in parts) > total:
            said = ", ".join(f"{name}={figures.get(name)}" for name in parts)
            raise UnfitDecision(f"{said} would be more than {TOTAL}={total}; correct both, such as {parts[0]}=none.")


def _parts_to_check(figures: Iterable[str], corrected_names: Iterable[str]) -> list[tuple[str, ...]]:
    """Each part alone; the pairs that exclude each other, and the branches, that are corrected together."""
    named = set(corrected_names)
    single = [(name,) for name in figures if name in parts_of_the_total() or name.startswith("by_service.")]
    pairs = [pair for pair in complements() if set(pair) <= named]
    return [*single, *pairs, tuple(sorted(name for name in named if name.startswith("by_service.")))]


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
