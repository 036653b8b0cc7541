"""The reader's face: records, and the steps from a text to statements with quotes.

Finding counts is in counts.py, events.py and claims.py; choosing among an event's is in choice.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from scrapers.extraction.language import detect_language
from scrapers.extraction.normalization import NormalizedText, normalize
from scrapers.extraction.tokens import Token, tokenize
from scrapers.reading.choice import choose
from scrapers.reading.claims import Claim
from scrapers.reading.drafts import Draft, Gathered
from scrapers.reading.events import ANNOUNCED_WITHIN, OPENING, gather
from scrapers.reading.figures import Chosen
from scrapers.reading.lexicon import Lexicon, load_lexicon
from scrapers.reading.numbering import official_number, stage_number
from scrapers.reading.sentences import View
from scrapers.reading.unknown import Unknown, unknown_mediator
from scrapers.reading.views import view_sentences

KYIV = ZoneInfo("Europe/Kyiv")


class Statement(NamedTuple):
    """One claim of a text, with the words that make it.

    ``quote`` equals text[start:end]; with ``field`` "title" the offsets are the title's. ``event``
    is an index into Reading.events, None for a claim about a period. ``category`` is a service
    branch, a mediator, or a claim's scope; ``within`` the branch that already counts these people.
    """

    measure: str
    value: int | None
    quote: str
    start: int
    end: int
    event: int | None = None
    category: str | None = None
    within: str | None = None
    bound: str = "exact"
    period: str | None = None
    field: str = "text"


class Event(NamedTuple):
    """What happened on one day. ``date`` is Kyiv's; ``is_recap`` when the text only looks back."""

    kind: str
    date: date | None
    date_basis: str
    is_recap: bool


class Rejected(NamedTuple):
    """A number that no statement uses, and why. Offsets as in Statement."""

    quote: str
    start: int
    end: int
    reason: str
    field: str = "text"


Quoted = TypeVar("Quoted", Statement, Rejected)


@dataclass(slots=True)
class Reading:
    """What a text says. ``issues`` are oddities for a person to look at."""

    kind: str
    language: str
    events: list[Event] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)


def read(
    text: str,
    title: str | None = None,
    published_at: datetime | date | None = None,
    language: str | None = None,
) -> Reading:
    """Read one text.

    ``published_at``: an aware datetime is taken to Kyiv's day; a naive one is Kyiv's already. Quotes and offsets
    are those of ``text`` and ``title`` as given, whatever characters they are written with.
    """
    own, heading = normalize(text), normalize(title) if title else None
    reading = _Reader(own.text, heading.text if heading else None, _kyiv_day(published_at), language).reading()
    stored = {"text": (text, own), "title": (title or "", heading or own)}
    reading.statements = [_as_stored(statement, *stored[statement.field]) for statement in reading.statements]
    reading.rejected = [_as_stored(rejected, *stored[rejected.field]) for rejected in reading.rejected]
    return reading


def _as_stored(quoted: Quoted, stored: str, read_as: NormalizedText) -> Quoted:
    """The same with its quote and offsets in the text as stored."""
    if read_as.starts is None:
        return quoted
    start, end = read_as.stored_span(quoted.start, quoted.end)
    return quoted._replace(start=start, end=end, quote=stored[start:end])


def _kyiv_day(moment: datetime | date | None) -> date | None:
    if isinstance(moment, datetime):
        return (moment.astimezone(KYIV) if moment.tzinfo else moment).date()
    return moment


class _Reader:
    def __init__(self, text: str, title: str | None, published: date | None, language: str | None) -> None:
        # A title that the text repeats would be read twice.
        self.title = title if title and not text.lstrip().startswith(title.strip()) else None
        self.offset = len(self.title) + 1 if self.title else 0
        self.full = f"{self.title}\n{text}" if self.title else text
        self.published = published
        self.language = language or detect_language(self.full)
        self.lexicon: Lexicon = load_lexicon()
        self.tokens: list[Token] = tokenize(self.full)
        self.statements: list[Statement] = []
        self.claimed: set[tuple[str, str, int]] = set()

    def reading(self) -> Reading:
        gathered = gather(view_sentences(self.tokens, self.lexicon, self.published), self.published)
        reading = Reading(kind="other", language=self.language)
        choices = [(draft, choose(draft, _beside(draft, gathered))) for draft in gathered.drafts]
        for draft, chosen in _without_echo(choices):
            reading.issues += chosen.issues
            reading.issues += [self._named(unknown) for unknown in chosen.unknown]
            gathered.rejected += chosen.rejected
            if draft.date and self.published and draft.date > self.published:
                # A slip of the pen at the source: which day is meant is for a person to say.
                reading.issues.append(self._named(_told_ahead(draft)))
                continue
            if self._is_empty(draft, chosen):
                continue
            self._state_event(draft, chosen, len(reading.events))
            basis = "text" if draft.date_basis == "text" else "publication"
            reading.events.append(Event(draft.kind, draft.date, basis, draft.is_recap))
            if not draft.is_recap:
                found = (unknown_mediator(view) for view in draft.views)
                reading.issues += [self._named(unknown) for unknown in found if unknown is not None]
        # Of a bound and an exact figure for the same thing the exact one stands first.
        for view, claim in sorted(gathered.claims, key=lambda pair: pair[1].count.bound != "exact"):
            self._state_claim(view, claim)
        reading.statements = self.statements
        reading.issues += gathered.issues + [self._named(unknown) for unknown in gathered.unknown]
        reading.rejected = [self._rejected(count.first, count.last, why) for count, why in gathered.rejected]
        reading.kind = self._kind(reading.events, gathered)
        return reading

    def _kind(self, events: list[Event], gathered: Gathered) -> str:
        exchange = any(e.kind == "exchange" and not e.is_recap for e in events)
        repatriation = any(e.kind == "repatriation" and not e.is_recap for e in events)
        if exchange:
            return "exchange_and_repatriation" if repatriation else "exchange"
        if repatriation:
            return "repatriation"
        later = all(view.is_recap or view.order > OPENING for view, _ in gathered.claims)
        recalled = gathered.opens_with_plans and later
        if gathered.claims and not recalled:
            return "summary"
        if self._is_about_old(events, gathered):
            return "exchange"
        return "plan" if gathered.speaks_of_plans else "other"

    def _is_about_old(self, events: list[Event], gathered: Gathered) -> bool:
        """The text's subject is an exchange of the past, and not a plan or a talk that recalls one."""
        told = [e for e in events if e.kind == "exchange"]
        if gathered.opens_with_plans or not told:
            return False
        recent = any(e.date and self.published and self.published - e.date <= ANNOUNCED_WITHIN for e in told)
        return recent or gathered.opening is not None

    def _named(self, unknown: Unknown) -> str:
        start, end = self.tokens[unknown.first].start, self.tokens[unknown.last - 1].end
        return f"{unknown.what}: “{self.full[start:end]}”"

    def _is_empty(self, draft: Draft, chosen: Chosen) -> bool:
        """A recap without a figure adds nothing but the risk of a wrong day."""
        return (draft.is_recap or draft.kind != "exchange") and not chosen.figures

    def _state_event(self, draft: Draft, chosen: Chosen, event: int) -> None:
        sentence = draft.origin.sentence
        self._add("event", None, sentence.first, sentence.last, event=event)
        for figure in chosen.figures:
            self._add(
                figure.measure,
                figure.value,
                figure.first,
                figure.last,
                event=event,
                category=figure.category,
                within=figure.within,
                bound=figure.bound,
            )
        self._state_mediators(draft, event)
        if draft.kind != "exchange":
            return
        for measure, find in (("official_number", official_number), ("stage", stage_number)):
            for view in draft.views:
                found = find(view)
                elsewhere = (found and view.is_planned(found[1])) or (view.is_recap and not draft.is_recap)
                if found and not (measure == "stage" and elsewhere):
                    days = [m.code for m in view.of("several_days")] if measure == "official_number" else []
                    span = f"{days[0]} days" if days else None
                    self._add(measure, found[0], found[1], found[2], event=event, category=span)
                    break

    def _state_mediators(self, draft: Draft, event: int) -> None:
        named = set()
        for view in draft.views:
            if not view.has("mediation"):
                continue
            for mark in view.of("mediators"):
                if mark.code not in named and not view.is_party(mark):
                    named.add(mark.code)
                    self._add("mediator", None, mark.first, mark.last, event=event, category=mark.code)

    def _state_claim(self, view: View, claim: Claim) -> None:
        count = claim.count
        said = (claim.measure, claim.period, count.value)
        if said in self.claimed:
            return
        self.claimed.add(said)
        self._add(
            f"total_{claim.measure}",
            count.value,
            view.sentence.first,
            view.sentence.last,
            category=claim.scope,
            bound=count.bound,
            period=claim.period,
        )

    def _add(
        self,
        measure: str,
        value: int | None,
        first: int,
        last: int,
        event: int | None = None,
        category: str | None = None,
        within: str | None = None,
        bound: str = "exact",
        period: str | None = None,
    ) -> None:
        start, end, where = self._span(first, last)
        quote = (
            (self.title or "")[start:end] if where == "title" else self.full[self.offset + start : self.offset + end]
        )
        self.statements.append(
            Statement(measure, value, quote, start, end, event, category, within, bound, period, where)
        )

    def _rejected(self, first: int, last: int, reason: str) -> Rejected:
        start, end, where = self._span(first, last)
        shift = 0 if where == "title" else self.offset
        return Rejected(self.full[start + shift : end + shift], start, end, reason, where)

    def _span(self, first: int, last: int) -> tuple[int, int, str]:
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        if start < self.offset:
            return start, end, "title"
        return start - self.offset, end - self.offset, "text"


def _told_ahead(draft: Draft) -> Unknown:
    sentence = draft.origin.sentence
    return Unknown(f"said to have happened on {draft.date}, after its publication", sentence.first, sentence.last)


def _without_echo(choices: list[tuple[Draft, Chosen]]) -> list[tuple[Draft, Chosen]]:
    """An undated event is the exchange of the days before, when the text names one and no other total."""
    for echo, chosen in choices:
        if echo.kind != "exchange" or echo.date_basis != "publication":
            continue
        total = _total_of(chosen)
        for named, other in choices:
            is_told = named.is_recap and named.kind == "exchange"
            if not is_told or not _is_shortly_before(named.date, echo.date):
                continue
            if total is None:
                named.is_recap = False
                return [(draft, own) for draft, own in choices if draft is not echo]
            if total == _total_of(other) and len(other.figures) <= len(chosen.figures):
                echo.date, echo.date_basis = named.date, named.date_basis
                return [(draft, own) for draft, own in choices if draft is not named]
    return choices


def _total_of(chosen: Chosen) -> int | None:
    return next((f.value for f in chosen.figures if f.measure == "released_total"), None)


def _is_shortly_before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and timedelta(0) < other - day <= ANNOUNCED_WITHIN


def _beside(draft: Draft, gathered: Gathered) -> Draft | None:
    if draft.kind != "exchange":
        return None
    outside = (d for d in gathered.drafts if d.kind == "release_outside_exchange" and d.date == draft.date)
    return next(outside, None)
