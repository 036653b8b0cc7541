"""Explains a reading: each number's likeliest labels and most important features, whose day each day is, the sums
that closed, and the sentences that decided the text's kind.

Importance is measured by ablation: each feature of a number, each word near it in its sentence, and each
sentence, is left out one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from scrapers.extraction.decoding import DecodedEvent, Decoder
from scrapers.extraction.document import prepare
from scrapers.extraction.features import ITEM, Place, places
from scrapers.extraction.figures import PAIRS, TOTAL
from scrapers.extraction.first_look import may_tell
from scrapers.extraction.model import KINDS, STRETCH, Model, load_model
from scrapers.extraction.reading import kyiv_day
from scrapers.extraction.token_features import NONE, SLOTS
from scrapers.extraction.words_around import Feature

LABELS, FEATURES, SENTENCES = 3, 4, 3  # how many are shown, the most important first
WORDS = 8  # on either side of a number, that are left out one at a time
LEAST_DROP = 0.001  # of a probability, without a sentence
LEAST_RATIO = 1.05  # of odds, with a feature and without it
CERTAIN = 1e-6  # odds are of probabilities at least this far from 0 and 1
Key = TypeVar("Key")


class NumberExplained(NamedTuple):
    """``labels`` have their probabilities; ``weights`` are features with the ratio of the likeliest label's odds with
    and without each. Offsets as in a statement.
    """

    quote: str
    field: str
    start: int
    end: int
    labels: list[tuple[str, float]]
    weights: list[tuple[str, float]]


class DayExplained(NamedTuple):
    """Words for a day or month; ``day`` is Kyiv's, None where they name no single one. ``labels`` as a number's."""

    quote: str
    day: date | None
    labels: list[tuple[str, float]]


class Explanation(NamedTuple):
    """``kinds`` are probabilities; ``sentences`` are the most important ones for the likeliest kind, with the drop in
    its probability without each. ``ruled_out`` when first_look.py found no word of captives or exchanges.
    """

    ruled_out: bool
    kinds: list[tuple[str, float]]
    sentences: list[tuple[str, float]]
    numbers: list[NumberExplained]
    days: list[DayExplained]
    sums: list[str]


def explain(text: str, title: str | None = None, published_at: datetime | date | None = None) -> Explanation:
    """Explain the reading of one text."""
    document = prepare(text, title, kyiv_day(published_at))
    if not may_tell(text, title) or not document.sentences:
        return Explanation(True, [], [], [], [], [])
    model, seen = load_model(), places(document)
    decoder = Decoder(document, model.beliefs(seen), model.measures, model.roles)
    decoded = decoder.decoded()
    numbers = []
    for position, place in enumerate(seen):
        if place.item is None or document.items[place.item].kind != "number":
            continue
        item = document.items[place.item]
        field, start, end, quote = document.place(item.first, item.last)
        numbers.append(
            NumberExplained(
                quote, field, start, end, decoder.likeliest(place.item, LABELS),
                _weights_of_features(model, seen, position),
            )
        )  # fmt: skip
    kinds = sorted(decoded.kinds.items(), key=lambda pair: -pair[1])
    sentences = [
        (document.place(document.sentences[at].first, document.sentences[at].last)[3], weight)
        for at, weight in _weights_of_sentences(model, seen, kinds[0][0])
    ]
    sums = [line for event in decoded.events for line in _sums(event)]
    return Explanation(False, kinds[:LABELS], sentences, numbers, _days(decoder), sums)


def _days(decoder: Decoder) -> list[DayExplained]:
    document = decoder.document
    return [
        DayExplained(
            document.place(item.first, item.last)[3],
            None if item.day.basis == "month" else item.day.value,
            decoder.likeliest(index, LABELS),
        )
        for index, item in enumerate(document.items)
        if item.day is not None
    ]


def _weights_of_features(model: Model, seen: list[Place], position: int) -> list[tuple[str, float]]:
    begin = 1 + (position - 1) // STRETCH * STRETCH
    read_with = [seen[0], *seen[begin : begin + STRETCH]]  # positions beyond the chunk have no effect
    at, place = position - begin + 1, seen[position]
    item = sum(other.kind == ITEM for other in read_with[:at])
    whole = model.beliefs(read_with).measures[item]
    label = int(whole.argmax())
    found: list[tuple[str, float]] = []
    for left_out in dict.fromkeys(place.features):
        fewer = place._replace(own=[feature for feature in place.features if feature != left_out], shared=())
        without = model.beliefs([*read_with[:at], fewer, *read_with[at + 1 :]]).measures[item][label]
        found.append((_named(left_out), round(_odds(whole[label]) / _odds(without), 2)))
    for word, without_word in _without_each_word(read_with, at, place):
        without = model.beliefs(without_word).measures[item][label]
        found.append((f"word {word}", round(_odds(whole[label]) / _odds(without), 2)))
    return _most(found, FEATURES, LEAST_RATIO)


def _without_each_word(read_with: list[Place], position: int, place: Place) -> Iterator[tuple[str, list[Place]]]:
    """Each word near an item in its sentence, by its stem, and the places without it: one network reads the word as a
    token, and the other by the features that name its stem or a concept of it.
    """
    at = next((n for n, one in enumerate(read_with) if one.tokens and one.sentence == place.sentence), None)
    if at is None:
        return
    sentence, (first, last) = read_with[at], place.ends
    for index in range(max(0, first - WORDS), min(len(sentence.tokens), last + 1 + WORDS)):
        token = sentence.tokens[index]
        if first <= index <= last or token[1][0] != "t ending":
            continue
        stem, _, *concepts = (feature[-1] for feature in token[:-1] if feature != NONE)
        rest = list(read_with)
        unread = (*sentence.tokens[:index], (NONE,) * SLOTS, *sentence.tokens[index + 1 :])
        rest[at] = sentence._replace(tokens=unread)
        unnamed = [feature for feature in place.features if {stem, *concepts}.isdisjoint(feature)]
        rest[position] = place._replace(own=unnamed, shared=())
        yield str(stem), rest


def _odds(chance: float) -> float:
    kept = min(max(float(chance), CERTAIN), 1 - CERTAIN)
    return kept / (1 - kept)


def _weights_of_sentences(model: Model, seen: list[Place], kind: str) -> list[tuple[int, float]]:
    at, seen = KINDS.index(kind), seen[: STRETCH + 1]  # the kind is predicted from the first chunk
    whole = float(model.beliefs(seen).kinds[at])
    found: list[tuple[int, float]] = []
    for sentence in sorted({place.sentence for place in seen if place.sentence >= 0}):
        rest = [place for place in seen if place.sentence != sentence]
        found.append((sentence, round(whole - float(model.beliefs(rest).kinds[at]), 3)))
    return _most(found, SENTENCES, LEAST_DROP)


def _most(found: list[tuple[Key, float]], count: int, least: float) -> list[tuple[Key, float]]:
    return [pair for pair in sorted(found, key=lambda pair: -pair[1]) if pair[1] >= least][:count]


def _named(feature: Feature) -> str:
    return " ".join(str(part) for part in feature if part != "")


def _sums(event: DecodedEvent) -> list[str]:
    """Each closing sum with an event's total: "released_total 157 = military 150 + civilians 7"."""
    values = {figure.measure: figure.value for figure in event.figures if figure.category is None}
    total = values.get(TOTAL)
    found = [
        f"{TOTAL} {total} = {first} {values[first]} + {second} {values[second]}"
        for first, second in PAIRS
        if first in values and second in values and values[first] + values[second] == total
    ]
    return found + _sum_of_branches(event, total, values.get("civilians", 0))


def _sum_of_branches(event: DecodedEvent, total: int | None, civilians: int) -> list[str]:
    branches = [f for f in event.figures if f.measure == "by_service" and f.within is None]
    own = sum(branch.value for branch in branches)
    if len(branches) < 2 or total not in (own, own + civilians):
        return []
    parts = [f"{branch.category} {branch.value}" for branch in branches]
    parts += [f"civilians {civilians}"] if civilians and total == own + civilians else []
    return [f"{TOTAL} {total} = {' + '.join(parts)}"]
