"""Runs the extraction of one text: from characters to statements with quotes, confidence, and doubts for review.

The steps are in their own modules: document.py, features.py, model.py, decoding.py, confidence.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from scrapers.extraction.bounds import AT_MOST
from scrapers.extraction.candidates import NOT_STATED, PERIOD, Candidate, candidates
from scrapers.extraction.claims import Claimed
from scrapers.extraction.confidence import Calibration, load_calibration
from scrapers.extraction.decoding import EXCHANGES, Decoded, DecodedEvent, Decoder
from scrapers.extraction.document import Item, prepare
from scrapers.extraction.features import places
from scrapers.extraction.figures import TOTAL, Figure
from scrapers.extraction.first_look import may_tell
from scrapers.extraction.handovers import FURTHER, is_further, is_second_of_day
from scrapers.extraction.language import detect_language
from scrapers.extraction.model import load_model
from scrapers.extraction.normalization import normalized
from scrapers.extraction.periods import SPAN
from scrapers.extraction.records import DAY, Doubt, Event, Reading, Rejected, Statement
from scrapers.extraction.unknown import unknown_branches, unknown_mediators
from scrapers.extraction.vocabulary import load_vocabulary

KYIV = ZoneInfo("Europe/Kyiv")
READINGS = 2
SCOPE_WORDS = 8  # tokens after a claimed total that may name whom it counts
REPORTED = " of an event that is main"
# An unused number that is likely one of these becomes a doubt.
TO_UKRAINE = "bodies_to_ukraine"
# Concepts of words that name an exchange, a release or a repatriation.
NAMING = frozenset({
    "exchange", "captive", "captivity", "release", "return", "home", "hand_over", "receive", "formula", "bodies",
})  # fmt: skip
ASKED = frozenset({"released_total", "returned_to_russia", "civilians", TO_UKRAINE, "bodies_to_russia"})
WORTH_ASKING = 0.3  # a less likely figure is rejected instead of becoming a doubt
WORTH_ASKING_OF_KIND = 0.2


def read(
    text: str,
    title: str | None = None,
    published_at: datetime | date | None = None,
    language: str | None = None,
) -> Reading:
    """Read one text. The same text always gives the same result.

    ``published_at``: an aware datetime is converted to the day in Kyiv; a naive one is taken as Kyiv time. Quotes and
    offsets refer to ``text`` and ``title`` as given, not as normalized.
    """
    return _read(text, title, published_at, language, load_calibration())


def read_all(
    text: str, title: str | None = None, published_at: datetime | date | None = None, language: str | None = None
) -> Reading:
    """The same, but everything extracted is stated, whatever its confidence, for review by the user."""
    return _read(text, title, published_at, language, load_calibration().without_thresholds())


def _read(
    text: str, title: str | None, published_at: datetime | date | None, language: str | None, stated: Calibration
) -> Reading:
    spoken = language or detect_language(normalized(f"{title}\n{text}" if title else text))
    if not may_tell(text, title):
        return Reading("other", spoken)
    model = load_model()
    document = prepare(text, title, kyiv_day(published_at))
    if not document.sentences:
        return Reading("other", spoken)
    beliefs = model.beliefs(places(document))
    decoder = Decoder(document, beliefs, model.measures, model.roles)
    return reading_of(decoder, stated, spoken)


def reading_of(decoder: Decoder, calibration: Calibration, language: str) -> Reading:
    """The statements of a decoded text above a calibration's thresholds, and the doubts."""
    return _Reporter(decoder, calibration, language).reading()


def kyiv_day(moment: datetime | date | None) -> date | None:
    if isinstance(moment, datetime):
        return (moment.astimezone(KYIV) if moment.tzinfo else moment).date()
    return moment


class _Reporter:
    """Turns a decoded text into statements, rejected numbers and doubts."""

    def __init__(self, decoder: Decoder, calibration: Calibration, language: str) -> None:
        self.document, self.decoder, self.calibration = decoder.document, decoder, calibration
        self.decoded: Decoded = decoder.decoded()
        found = candidates(decoder, self.decoded, language)
        self.judged = list(zip(found, calibration.confidences(found), strict=True))
        self.reading_ = Reading(self.decoded.kind, language, self.decoded.kinds)
        self.used: set[int] = set()
        self._told: set[str] = set()
        self._reported_kinds = Counter(event.kind for event in self.decoded.events if not event.is_recap)
        self.is_second_of_day = is_second_of_day(self.document)

    def reading(self) -> Reading:
        reading = self.reading_
        of_event: dict[int | None, list[tuple[Candidate, float]]] = defaultdict(list)
        for pair in self.judged:
            of_event[pair[0].event].append(pair)
        for index, event in enumerate(self.decoded.events):
            self._report(event, of_event[index])
        of_period = {c.claim: confidence for c, confidence in self.judged if c.claim is not None and c.is_period}
        for candidate, confidence in self.judged:
            if candidate.claim is not None and not candidate.is_period:
                self._claim(candidate.claim, candidate.name, confidence, of_period.get(candidate.claim, 0.0))
        self._doubt_the_kind()
        self._reject_the_rest()
        reading.issues += unknown_branches(self.document, self.decoder.counts_of_branches())
        reading.issues += unknown_mediators(self.document)
        reading.statements.sort(
            key=lambda s: (s.event is None, s.event, s.measure != "event", s.field != "title", s.start)
        )
        return reading

    def _report(self, event: DecodedEvent, judged: list[tuple[Candidate, float]]) -> None:
        (itself, sure), *parts = judged
        for figure in event.figures:
            if figure.measure in NOT_STATED:
                self.used.update(figure.items)
        if sure < self.calibration.least(itself.name) or not self._is_named(event):
            self._doubt_event(event, sure)
            return
        if self._is_ahead(event) and self._is_one_of_several(event):
            self._issue(f"reported for {event.date}, after its publication", event.day_items[0])
            return  # what the others' day says nothing of may be to come
        index = len(self.reading_.events)
        statements = [s for candidate, c in parts if (s := self._part(candidate, c, event, index)) is not None]
        if (event.is_recap or event.kind != "exchange") and not any(s.value is not None for s in statements):
            return  # a recap without a figure adds nothing but the risk of a wrong day
        day, basis = self._day_of(event)
        self.reading_.events.append(Event(event.kind, day, basis, event.is_recap))
        self.reading_.statements.append(self._event(event, index, sure))
        self.reading_.statements += statements

    def _is_named(self, event: DecodedEvent) -> bool:
        """Whether the text has a figure of the event, or a word for what took place: "the UAE's mediation succeeded"
        may be about an exchange, and says nothing of one.
        """
        return bool(event.figures) or any(not NAMING.isdisjoint(word.concepts) for word in self.document.words)

    def _day_of(self, event: DecodedEvent) -> tuple[date | None, str]:
        """The event's day and what it rests on. Where the text names a day that can't be made out, that may be
        another event's, or that is after its publication, the day stays open, and a person is told.
        """
        is_ahead, published = self._is_ahead(event), self.document.published
        if event.date is not None and not is_ahead:
            return event.date, "text"
        if is_ahead and self._is_behind_its_figures(event):
            return published, "publication"
        if is_ahead:  # a typo in the source
            why, item = f"reported for {event.date}, after its publication", event.day_items[0]
        elif self._open_day is not None:
            why, item = self._open_day
        else:
            return published, "publication"
        if published is not None and self._issue(why, item):
            self._doubt_of(item, DAY, None)
        return None, "text"

    @cached_property
    def _open_day(self) -> tuple[str, int] | None:
        """Why the day of what is reported is open where none is likely, and the item that may name it."""
        if unclear := self.decoder.days_not_made_out():
            return "the day of what is reported can't be made out", unclear[0]
        if in_doubt := self.decoder.day_in_doubt():
            return "this day may be that of what is reported, or of another event", in_doubt[0]
        return None

    def _issue(self, why: str, item: int) -> bool:
        """Tell a person why, once; whether it was not told yet."""
        issue = f"{why}: “{self._quote(item)}”"
        is_new = issue not in self._told
        if is_new:
            self._told.add(issue)
            self.reading_.issues.append(issue)
        return is_new

    def _is_ahead(self, event: DecodedEvent) -> bool:
        published = self.document.published
        return event.date is not None and published is not None and event.date > published and not event.is_recap

    def _is_one_of_several(self, event: DecodedEvent) -> bool:
        return self._reported_kinds[event.kind] > 1

    def _is_behind_its_figures(self, event: DecodedEvent) -> bool:
        """Whether an event's day is named only behind the sentences of its figures: as that of a photograph is."""
        sentences = [self.document.items[item].sentence for figure in event.figures for item in figure.items]
        days = (self.document.items[item].sentence for item in event.day_items)
        return bool(sentences) and all(max(sentences) < day for day in days)

    def _part(self, candidate: Candidate, confidence: float, event: DecodedEvent, index: int) -> Statement | None:
        """A figure or mediator of a stated event; None below its threshold, when the figure may become a doubt."""
        is_sure = confidence >= self.calibration.least(candidate.name)
        if candidate.mediator is not None:
            return self._named(candidate.mediator, index, confidence) if is_sure else None
        figure = candidate.figure
        assert figure is not None
        if is_sure and not self._is_at_most(figure.items) and not _is_contested(figure, event):
            return self._statement(figure, index, confidence)
        if not event.is_recap and figure.belief >= WORTH_ASKING:
            self._doubt(figure)
        return None

    def _is_at_most(self, items: Sequence[int]) -> bool:
        """Whether a text gives an upper bound: the record has no figure for it, so a person decides."""
        return all(self.document.bound(self.document.items[item]) == AT_MOST for item in items)

    def _doubt_event(self, event: DecodedEvent, sure: float) -> None:
        """An event below its threshold: its sentence and its figures become doubts."""
        for figure in event.figures:
            if not event.is_recap and figure.belief >= WORTH_ASKING and figure.measure not in NOT_STATED:
                self._doubt(figure)
        if event.is_recap:
            return
        own = self._event(event, 0, sure)
        self.reading_.doubts.append(Doubt("event", None, own.quote, own.start, own.end, self._kinds(), own.field))
        if event.kind == "exchange" and self.reading_.kind in EXCHANGES:
            # Not confident enough for an exchange: take the likeliest other kind.
            self.reading_.kind = next(kind for kind, _ in self._ranked() if kind not in EXCHANGES)

    def _doubt_the_kind(self) -> None:
        """A text that may announce an exchange but is classified as another kind becomes a doubt too."""
        chance = sum(self.decoded.kinds[kind] for kind in EXCHANGES)
        if self.decoded.kind not in EXCHANGES and chance >= WORTH_ASKING_OF_KIND:
            sentence = self.document.sentences[0]
            name, start, end, quote = self.document.place(sentence.first, sentence.last)
            self.reading_.doubts.append(Doubt("event", None, quote, start, end, self._kinds(), name))

    def _ranked(self) -> list[tuple[str, float]]:
        return sorted(self.decoded.kinds.items(), key=lambda pair: -pair[1])

    def _kinds(self) -> list[tuple[str, float]]:
        return [(f"a text of kind {kind}", round(chance, 3)) for kind, chance in self._ranked()[:READINGS]]

    def _event(self, event: DecodedEvent, index: int, sure: float) -> Statement:
        """The event's statement, quoting the sentence of its day, else of its likeliest figure, else the first."""
        figures = sorted(event.figures, key=lambda figure: -figure.belief)
        items = [*event.day_items, *(item for figure in figures for item in figure.items)]
        position = self.document.items[items[0]].sentence if items else 0
        sentence = self.document.sentences[position]
        name, start, end, quote = self.document.place(sentence.first, sentence.last)
        category = FURTHER if self._is_further(event) else None
        return Statement("event", None, quote, start, end, index, category, field=name, confidence=sure)

    def _is_further(self, event: DecodedEvent) -> bool:
        """Whether the text adds an event to another one of its kind and day."""
        if event.is_recap:
            return False
        counted = TO_UKRAINE if event.kind == "repatriation" else TOTAL
        totals = [self.document.items[item] for f in event.figures if f.measure == counted for item in f.items]
        is_second = event.kind == "exchange" and self.is_second_of_day
        return any(is_further(self.document, total) for total in totals) or is_second

    def _statement(self, figure: Figure, event: int, confidence: float) -> Statement:
        self.used.update(figure.items)
        items = [self.document.items[item] for item in figure.items]
        # The quote of a derived sum spans its parts, within either title or text.
        in_title = self.document.is_in_title(items[0])
        parts = [item for item in items if self.document.is_in_title(item) == in_title]
        is_sum = items[0].number is not None and items[0].number.value != figure.value
        quoted = [self.document.with_label(item) for item in (parts if is_sum else items[:1])]
        if figure.as_many is not None:
            # From the number to the expression that repeats it; the latter alone where the number is in the title.
            quoted = [figure.as_many] if in_title else [*quoted, figure.as_many]
        name, start, stop, quote = self.document.place(min(quoted)[0], max(last for _, last in quoted))
        measure, category = figure.measure, figure.category
        if measure.startswith("part."):
            measure, category = "part", measure.removeprefix("part.")
        if measure == "official_number":
            category = self._days_of_exchange(items[0])
        is_number = measure in ("official_number", "stage")
        if is_sum:
            bound = self._bound_of_sum(items)
        else:
            bound = (self.document.bound if is_number else self.document.bound_of_people)(items[0])
        return Statement(
            measure,
            figure.value,
            quote,
            start,
            stop,
            event,
            category,
            figure.within,
            bound,
            None,
            name,
            confidence,
        )

    def _bound_of_sum(self, parts: list[Item]) -> str:
        """A sum is no more exact than its parts; a part is exact where one of its mentions is."""
        bounds: dict[int | None, set[str]] = {}
        for item in parts:
            bounds.setdefault(item.value, set()).add(self.document.bound_of_people(item))
        inexact = set[str]().union(*(own for own in bounds.values() if "exact" not in own))
        return "about" if len(inexact) > 1 else next(iter(inexact), "exact")

    def _days_of_exchange(self, item: Item) -> str | None:
        """ "The three-day exchange became the 65th" numbers each of its days: "3 days"."""
        own = self.document.sentences[item.sentence]
        marks = load_vocabulary().marks(self.document.tokens[own.first : own.last])
        return next((f"{mark.code} days" for mark in marks if mark.concept == "several_days"), None)

    def _named(self, item: int, event: int, confidence: float) -> Statement:
        held = self.document.items[item]
        name, start, end, quote = self.document.place(held.first, held.last)
        return Statement("mediator", None, quote, start, end, event, held.mediator, field=name, confidence=confidence)

    def _claim(self, claim: Claimed, measure: str, confidence: float, of_period: float) -> None:
        """A claimed total. Where its period is uncertain, that is a doubt, and the total is stated without it; but a
        total of some days is not: it would look like one of the war.
        """
        self.used.add(claim.item)
        is_sure = confidence >= self.calibration.least(measure) and not self._is_at_most([claim.item])
        of_both = round(confidence * of_period, 4)
        period = claim.period if of_both >= self.calibration.least(PERIOD) else None
        if not is_sure or period is None:
            self._doubt_of(claim.item, measure, claim.value)
        may_lack_period = claim.period is not None and SPAN not in claim.period
        if not is_sure or not (period or may_lack_period):
            return
        sentence = self.document.sentences[self.document.items[claim.item].sentence]
        name, start, end, quote = self.document.place(sentence.first, sentence.last)
        self.reading_.statements.append(
            Statement(
                measure, claim.value, quote, start, end, None, self._scope(claim), None,
                self.document.bound(self.document.items[claim.item]), period, name, of_both if period else confidence,
            )
        )  # fmt: skip

    def _scope(self, claim: Claimed) -> str:
        """Whom a total counts: "exchange" for exchanges, "outside" for people released outside them, else "all"."""
        if claim.measure == "exchanges":
            return "exchange"
        item = self.document.items[claim.item]
        for at in range(item.last, min(len(self.document.tokens), item.last + SCOPE_WORDS)):
            if self.document.tokens[at].kind == "number" or self.document.tokens[at].text in ".,;":
                break
            concepts = self.document.words[at].concepts
            if "outside" in concepts:
                return "outside"
            if "besides" in concepts:  # "7,000 together with those returned outside exchanges"
                return "all"
        return "outside" if self._is_said_outside_before(item) else "all"

    def _is_said_outside_before(self, item: Item) -> bool:
        """ "Outside exchanges, 475 people have been returned", but not "with those outside exchanges, 5,000"."""
        words, first = self.document.words, self.document.sentences[item.sentence].first
        for at in range(item.first - 1, first - 1, -1):
            if self.document.tokens[at].kind == "number" or self.document.tokens[at].text == ";":
                return False
            follows = words[at + 1 : min(at + 3, item.first)]
            if "outside" in words[at].concepts and any("exchange" in word.concepts for word in follows):
                # "In exchanges and outside them" are all.
                if any("exchange" in word.concepts for word in words[max(first, at - 2) : at]):
                    return False
                return not any("besides" in word.concepts for word in words[max(first, at - SCOPE_WORDS) : at])
        return False

    def _doubt(self, figure: Figure) -> None:
        self.used.update(figure.items)
        self._doubt_of(figure.items[0], figure.measure, figure.value)

    def _doubt_of(self, item: int, measure: str, value: int | None) -> None:
        held = self.document.items[item]
        name, start, end, quote = self.document.place(held.first, held.last)
        readings = [(label, round(belief, 3)) for label, belief in self.decoder.likeliest(item, READINGS)]
        self.reading_.doubts.append(Doubt(measure, value, quote, start, end, readings, name))

    def _reject_the_rest(self) -> None:
        for index, item in enumerate(self.document.items):
            if item.kind == "number" and index not in self.used:
                label, belief = self.decoder.likeliest(index, 1)[0]
                measure = label.partition(REPORTED)[0]
                if item.value == 0 and label.endswith(REPORTED):
                    self.reading_.issues.append(f"a number that can't be made out: “{self._around(item)}”")
                if label.endswith(REPORTED) and belief >= WORTH_ASKING and measure in ASKED:
                    self._doubt_of(index, measure, item.number.value if item.number else 0)
                    continue
                name, start, end, quote = self.document.place(item.first, item.last)
                reason = "no figure of an event" if label == "none" else label
                self.reading_.rejected.append(Rejected(quote, start, end, f"{reason} ({belief:.0%})", name))

    def _around(self, item: Item) -> str:
        """A quote of a number, up to two tokens before it, and what it counts."""
        first, last = self.document.with_label(item)
        return self.document.place(max(first - 2, self.document.sentences[item.sentence].first), last)[3]

    def _quote(self, item: int) -> str:
        held = self.document.items[item]
        return self.document.place(held.first, held.last)[3]


def _is_contested(figure: Figure, event: DecodedEvent) -> bool:
    """Whether the text counts a branch's people twice, differently: "24 sailors, 12 marines" are 36 of the navy, or
    12 of those 24. Where a sum tells which, figures.py has added them up.
    """
    return figure.measure == "by_service" and any(
        other.value != figure.value and (other.category, other.within) == (figure.category, figure.within)
        for other in event.figures
        if other.measure == "by_service"
    )
