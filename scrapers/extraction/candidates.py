"""The candidate statements of a decoded text, each with the features that its confidence is estimated from.

confidence.py computes the confidence; reading.py decides which candidates are stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

from scrapers.extraction.claims import Claimed
from scrapers.extraction.decoding import Decoded, DecodedEvent, Decoder
from scrapers.extraction.document import Document
from scrapers.extraction.figures import Figure
from scrapers.extraction.language import LANGUAGES
from scrapers.extraction.measures import not_stated
from scrapers.extraction.model import KINDS

LEAST = 1e-4
# Figures that are extracted only to keep them apart from others.
NOT_STATED = not_stated()
# Concepts typical of texts that are often read wrongly. Features: whether each occurs anywhere, and in the opening.
TELLING = (
    "outside", "future", "plan", "talks", "cancelled", "denied", "other_country", "separatists", "bodies", "recall",
    "civilian", "stage", "formula", "both_sides", "negation", "unit", "region", "story", "care", "missing", "again",
    "in_all", "since_war", "belarus", "aircraft", "lists", "largest",
)  # fmt: skip
OPENING = 2  # sentences
# What else an item could count, and whose event it could be of: features of the statement that rests on it.
RIVALS = (
    "none", "released_total", "military", "civilians", "returned_to_russia", "each_side", "each_side_military",
    "with_outside", "outside", "part.other", "official_number", "stage", "claim.released", "bodies_to_ukraine",
)  # fmt: skip
ROLES = ("main", "recap", "planned", "foreign", "denied")
NOUNS = ("soldier", "person", "civilian", "captive", "bodies", "exchange")
NOUN_REACH = 5  # tokens
PERIOD = "period"  # the name of all claims' periods
Signs = list[float]
NO_SUMS: Signs = [0.0] * 11
NO_ITEM: Signs = [0.0] * (len(RIVALS) + len(ROLES) + len(NOUNS) + len(TELLING) + 4)


class Candidate(NamedTuple):
    """One candidate statement. ``name`` is the measure that thresholds are set by; ``event`` an index into
    Decoded.events, None for a claim. At most one of ``figure``, ``mediator`` (an item index) and ``claim`` is set;
    none for the event itself. ``is_period``: the claim's period, as its number is a candidate of its own.
    """

    name: str
    signs: Signs
    event: int | None = None
    figure: Figure | None = None
    mediator: int | None = None
    claim: Claimed | None = None
    is_period: bool = False


def candidates(decoder: Decoder, decoded: Decoded, language: str) -> list[Candidate]:
    """Each event, followed by its figures and mediators; then the claims."""
    text = _Text(decoder, decoded, language)
    found: list[Candidate] = []
    for index, event in enumerate(decoded.events):
        recap, sums = "recap." if event.is_recap else "", _Sums(event)
        found.append(Candidate(f"{recap}event.{event.kind}", text.of_event(event, sums), index))
        for figure in event.figures:
            if figure.measure not in NOT_STATED:
                measure = "part" if figure.measure.startswith("part.") else figure.measure
                found.append(Candidate(recap + measure, text.of_figure(figure, event, sums), index, figure=figure))
        for item, belief in event.mediators:
            found.append(Candidate("mediator", text.of_name(item, belief, event), index, mediator=item))
    for claim in decoded.claims:
        found.append(Candidate(f"total_{claim.measure}", text.of_claim(claim, 1.0), claim=claim))
        if claim.period is not None:
            found.append(Candidate(PERIOD, text.of_claim(claim, claim.period_belief), claim=claim, is_period=True))
    return found


class _Text:
    """Computes the features of one text's candidates."""

    def __init__(self, decoder: Decoder, decoded: Decoded, language: str) -> None:
        self.document, self.familiar, self.decoded = decoder.document, decoder.familiar, decoded
        self._decoder = decoder
        self._by_item: dict[int, Signs] = {}
        self._largest = max((item.value for item in decoder.items if item.value is not None), default=0)
        self.own = _signs_of_text(decoder.document, decoded, language)

    def of_figure(self, figure: Figure, event: DecodedEvent, sums: _Sums) -> Signs:
        signs = self._signs(figure.belief, figure.rival, event.belief, figure.closes, figure.items)
        numbers = (self.document.items[item].number for item in figure.items)
        is_written = any(number is not None and number.value == figure.value for number in numbers)
        return [*signs, *sums.of(figure), float(is_written)]

    def of_event(self, event: DecodedEvent, sums: _Sums) -> Signs:
        surest = max(event.figures, key=lambda figure: figure.belief, default=None)
        items = surest.items if surest is not None else tuple(event.day_items)
        kinds = self.decoded.kinds
        rival = max((chance for kind, chance in kinds.items() if kind != self.decoded.kind), default=0.0)
        closes = any(figure.closes for figure in event.figures)
        signs = self._signs(event.belief, rival, 0.5 if surest is None else surest.belief, closes, items)
        return signs + (NO_SUMS if surest is None else [*sums.of(surest), 0.0])

    def of_claim(self, claim: Claimed, sure: float) -> Signs:
        signs = self._signs(claim.belief, 1 - sure, self.decoded.kinds["summary"], False, (claim.item,))
        return signs + NO_SUMS

    def of_name(self, item: int, belief: float, event: DecodedEvent) -> Signs:
        return self._signs(belief, 0.0, event.belief, False, (item,)) + NO_SUMS

    def _signs(self, belief: float, rival: float, around: float, closes: bool, items: Sequence[int]) -> Signs:
        """Logits of the candidate, its rival and what it is part of; whether a sum closes, the number of mentions,
        whether one is in the title, and the share of known features; then the features of the text.
        """
        document = self.document
        in_title = document.has_title and any(document.items[item].sentence == 0 for item in items)
        familiar = self.familiar[items[0]] if items else 0.5
        return [
            _logit(belief), _logit(rival), _logit(around), float(closes), log(max(1, len(items))), float(in_title),
            familiar, *self.own, *(self._of_item(items[0]) if items else NO_ITEM),
        ]  # fmt: skip

    def _of_item(self, index: int) -> Signs:
        """What else an item may count, the nouns after it, the concepts of its sentence, and its place and size."""
        if index not in self._by_item:
            item, document = self.document.items[index], self.document
            sentence = document.sentences[item.sentence]
            words = document.words[sentence.first : sentence.last]
            around = {concept for word in words for concept in word.concepts}
            at = item.last - sentence.first
            after = {concept for word in words[at : at + NOUN_REACH] for concept in word.concepts}
            self._by_item[index] = [
                *(self._decoder.chance(index, measure) for measure in RIVALS),
                *(self._decoder.role_chance(index, role) for role in ROLES),
                *(float(noun in after) for noun in NOUNS), *(float(concept in around) for concept in TELLING),
                float(document.bound(item) != "exact"), item.sentence / len(document.sentences),
                float(item.value == self._largest), log(1 + (item.value or 0)),
            ]  # fmt: skip
        return self._by_item[index]


class _Sums:
    """How a figure of one event stands to the others: whether ranks, branches or soldiers sum to it, perhaps with
    civilians.
    """

    def __init__(self, event: DecodedEvent) -> None:
        held = {one.measure: one.value for one in event.figures}
        self.branches = sum(one.value for one in event.figures if one.measure == "by_service" and one.within is None)
        self.civilians, self.soldiers = held.get("civilians", 0), held.get("military", 0)
        self.ranks = held.get("officers", 0) + held.get("privates_and_sergeants", 0)
        self.total, self.returned = held.get("released_total", 0), held.get("returned_to_russia", 0)

    def of(self, figure: Figure) -> Signs:
        value, civilians = figure.value, self.civilians
        return [
            float(self.branches == value),
            float(bool(civilians) and self.branches + civilians == value),
            float(self.ranks == value),
            float(bool(civilians) and self.ranks + civilians == value),
            float(civilians),
            value / (self.total or value),
            float(self.branches and self.branches > value),
            float(self.returned == value),
            self.soldiers / value,
            float(bool(civilians) and self.soldiers + civilians == value),
        ]


def _signs_of_text(document: Document, decoded: Decoded, language: str) -> Signs:
    """Probabilities of the kinds, size of the text, number of extracted events and claims, and concepts present."""
    meant = {concept for word in document.words for concept in word.concepts}
    opening = {
        concept
        for sentence in document.sentences[:OPENING]
        for word in document.words[sentence.first : sentence.last]
        for concept in word.concepts
    }
    return [
        *(decoded.kinds[kind] for kind in KINDS),
        float(len(document.sentences)), float(len(document.items)), float(len(document.tokens)),
        float(document.has_title), float(document.published is None), float(LANGUAGES.index(language)),
        float(len(decoded.events)), float(max((len(event.figures) for event in decoded.events), default=0)),
        float(len(decoded.claims)),
        *(float(concept in meant) for concept in TELLING), *(float(concept in opening) for concept in TELLING),
    ]  # fmt: skip


def _logit(chance: float) -> float:
    return log(max(chance, LEAST) / max(1 - chance, LEAST))
