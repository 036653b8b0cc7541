"""Reading a text: from characters to statements with quotes, confidence, and doubts for a person.

The steps stand in modules of their own: document.py, features.py, model.py, decoding.py, confidence.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scrapers.extraction.confidence import load_calibration, measure_of
from scrapers.extraction.decoding import Claimed, Decoded, Decoder, Told
from scrapers.extraction.document import Document, prepare
from scrapers.extraction.features import places
from scrapers.extraction.figures import Figure
from scrapers.extraction.first_look import may_tell
from scrapers.extraction.language import detect_language
from scrapers.extraction.model import Model, load_model

KYIV = ZoneInfo("Europe/Kyiv")
# Figures that are read so that others are not mistaken for them, and have no place in the record.
NOT_STATED = ("with_outside", "outside", "privates", "sergeants", "men")
BOUND_WORDS = 3  # tokens before a number that may bound it
READINGS = 2


class Statement(NamedTuple):
    """One claim of a text, with the words that make it.

    ``quote`` equals text[start:end]; with ``field`` "title" the offsets are the title's. ``event`` is an index into
    Reading.events, None for a total claimed for ``period``. ``category`` is a service branch, a mediator, or what a
    `part` is of; ``within`` the branch that already counts these people. ``confidence`` is the chance of being right.
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
    confidence: float = 1.0


class Event(NamedTuple):
    """What happened on one day. ``date`` is Kyiv's; ``date_basis`` "text" or "publication"; ``is_recap`` when the
    text only looks back.
    """

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


class Doubt(NamedTuple):
    """A number, or a whole text, that is too uncertain to be stated: what it may mean, the likeliest first."""

    measure: str
    quote: str
    start: int
    end: int
    readings: list[tuple[str, float]]
    field: str = "text"


@dataclass(slots=True)
class Reading:
    """What a text says. ``issues`` are oddities for a person to look at, ``doubts`` what a person has to decide."""

    kind: str
    language: str
    kinds: dict[str, float] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)


def read(
    text: str,
    title: str | None = None,
    published_at: datetime | date | None = None,
    language: str | None = None,
) -> Reading:
    """Read one text. The same text always gives the same answer.

    ``published_at``: an aware datetime is taken to Kyiv's day; a naive one is Kyiv's already. Quotes and offsets
    are those of ``text`` and ``title`` as given, whatever characters they are written with.
    """
    spoken = language or detect_language(f"{title}\n{text}" if title else text)
    if not may_tell(text, title):
        return Reading("other", spoken)
    model = load_model()
    document = prepare(text, title, kyiv_day(published_at))
    if not document.sentences:
        return Reading("other", spoken)
    return _Teller(document, model, spoken).reading()


def kyiv_day(moment: datetime | date | None) -> date | None:
    if isinstance(moment, datetime):
        return (moment.astimezone(KYIV) if moment.tzinfo else moment).date()
    return moment


class _Teller:
    """Turns what was decoded into statements, rejected numbers and doubts."""

    def __init__(self, document: Document, model: Model, language: str) -> None:
        self.document = document
        self.decoder = Decoder(document, model.beliefs(places(document)), model.measures, model.roles)
        self.decoded: Decoded = self.decoder.decoded()
        self.calibration = load_calibration()
        self.reading_ = Reading(self.decoded.kind, language, self.decoded.kinds)
        self.used: set[int] = set()

    def reading(self) -> Reading:
        reading = self.reading_
        for told in self.decoded.events:
            self._tell(told)
        for claim in self.decoded.claims:
            self._claim(claim)
        self._reject_the_rest()
        reading.statements.sort(
            key=lambda s: (s.event is None, s.event, s.measure != "event", s.field != "title", s.start)
        )
        return reading

    def _tell(self, told: Told) -> None:
        published = self.document.published
        if told.date is not None and published is not None and told.date > published and not told.is_recap:
            # A slip of the pen at the source: which day is meant is for a person to say.
            quote = self._quote(told.day_items[0])
            self.reading_.issues.append(f"said to have happened on {told.date}, after its publication: “{quote}”")
            return
        basis = "text" if told.date is not None else "publication"
        statements: list[Statement] = []
        index = len(self.reading_.events)
        for figure in told.figures:
            confidence = self.calibration.confidence(figure, told, self.document)
            if figure.measure in NOT_STATED:
                self.used.update(figure.items)
            elif confidence < self.calibration.least(measure_of(figure, told)):
                if not told.is_recap:
                    self._doubt(figure)
            else:
                statements.append(self._statement(figure, index, confidence))
        for item, belief in told.mediators:
            statements.append(self._named("mediator", item, index, self.document.items[item].mediator, belief))
        if (told.is_recap or told.kind != "exchange") and not any(s.value is not None for s in statements):
            return  # a recap without a figure adds nothing but the risk of a wrong day
        self.reading_.events.append(Event(told.kind, told.date or published, basis, told.is_recap))
        self.reading_.statements.append(self._event(told, index))
        self.reading_.statements += statements

    def _event(self, told: Told, index: int) -> Statement:
        """The sentence that tells the event: that of its day, else of its likeliest figure, else the first."""
        figures = sorted(told.figures, key=lambda figure: -figure.belief)
        items = [*told.day_items, *(item for figure in figures for item in figure.items)]
        position = self.document.items[items[0]].sentence if items else 0
        sentence = self.document.sentences[position]
        name, start, end, quote = self.document.place(sentence.first, sentence.last)
        return Statement("event", None, quote, start, end, index, field=name, confidence=told.belief)

    def _statement(self, figure: Figure, event: int, confidence: float) -> Statement:
        self.used.update(figure.items)
        items = [self.document.items[item] for item in figure.items]
        # A derived sum is said by all the words that its parts stand in.
        said = items if items[0].value != figure.value else items[:1]
        begin, end = min(item.first for item in said), max(item.last for item in said)
        name, start, stop, quote = self.document.place(begin, end)
        measure, category = figure.measure, figure.category
        if measure.startswith("part."):
            measure, category = "part", measure.removeprefix("part.")
        bound = self._bound(figure.items[0])
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
            round(confidence, 4),
        )

    def _named(self, measure: str, item: int, event: int, category: str | None, belief: float) -> Statement:
        held = self.document.items[item]
        name, start, end, quote = self.document.place(held.first, held.last)
        return Statement(measure, None, quote, start, end, event, category, field=name, confidence=round(belief, 4))

    def _claim(self, claim: Claimed) -> None:
        self.used.add(claim.item)
        sentence = self.document.sentences[self.document.items[claim.item].sentence]
        name, start, end, quote = self.document.place(sentence.first, sentence.last)
        self.reading_.statements.append(
            Statement(
                f"total_{claim.measure}", claim.value, quote, start, end, None, None, None, self._bound(claim.item),
                claim.period, name, round(claim.belief, 4),
            )
        )  # fmt: skip

    def _bound(self, item: int) -> str:
        """ "More than" and "about" before a number, "or more" after it."""
        held, words = self.document.items[item], self.document.words
        sentence = self.document.sentences[held.sentence]
        for at in range(held.first - 1, max(sentence.first, held.first - BOUND_WORDS) - 1, -1):
            if self.document.tokens[at].kind == "number":
                break
            for concept, bound in (("at_least", "at_least"), ("about", "about")):
                if concept in words[at].concepts:
                    return bound
        return "exact"

    def _doubt(self, figure: Figure) -> None:
        item = figure.items[0]
        held = self.document.items[item]
        self.used.update(figure.items)
        name, start, end, quote = self.document.place(held.first, held.last)
        readings = [(label, round(belief, 3)) for label, belief in self.decoder.likeliest(item, READINGS)]
        self.reading_.doubts.append(Doubt(figure.measure, quote, start, end, readings, name))

    def _reject_the_rest(self) -> None:
        for index, item in enumerate(self.document.items):
            if item.kind == "number" and index not in self.used:
                name, start, end, quote = self.document.place(item.first, item.last)
                label, belief = self.decoder.likeliest(index, 1)[0]
                reason = "no figure of an event" if label == "none" else label
                self.reading_.rejected.append(Rejected(quote, start, end, f"{reason} ({belief:.0%})", name))

    def _quote(self, item: int) -> str:
        held = self.document.items[item]
        return self.document.place(held.first, held.last)[3]
