"""Which event of a text a mediator belongs to, when the model is certain of what every item is."""

from __future__ import annotations

from datetime import date

import numpy as np

from scrapers.extraction.decoding import Decoder
from scrapers.extraction.document import prepare
from scrapers.extraction.model import KINDS, Beliefs

MEASURES, ROLES = ("none", "date", "mediator", "released_total", "bodies_to_ukraine"), ("none", "main")
COUNTS = {"160": "released_total", "502": "bodies_to_ukraine"}


def mediators(text: str, kind: str) -> dict[str, set[str | None]]:
    """The mediators of each event, by its kind."""
    document = prepare(text, None, date(2027, 6, 8))
    measures = np.full((len(document.items), len(MEASURES)), 0.01, np.float32)
    for index, item in enumerate(document.items):
        quote = document.place(item.first, item.last)[3]
        measure = item.kind if item.kind == "mediator" else COUNTS.get(quote, "none")
        measures[index][MEASURES.index(measure)] = 0.96
    roles = np.tile(np.array([0.02, 0.98], np.float32), (len(document.items), 1))
    kinds = np.array([0.95 if name == kind else 0.01 for name in KINDS], np.float32)
    beliefs = Beliefs(measures, roles, kinds, np.ones(len(document.items), np.float32))
    events = Decoder(document, beliefs, MEASURES, ROLES).decoded().events
    return {event.kind: {document.items[item].mediator for item, _ in event.mediators} for event in events}


def test_who_helped_to_hand_over_bodies_is_no_mediator_of_the_exchange() -> None:
    text = "Вдома 160 наших людей, посередником були ОАЕ. Передано 502 тіла, допоміг Червоний Хрест."
    assert mediators(text, "exchange_and_repatriation") == {"exchange": {"uae"}, "repatriation": {"icrc"}}


def test_of_one_event_all_are_mediators() -> None:
    text = "Вдома 160 наших людей, посередником були ОАЕ. Допоміг також Червоний Хрест."
    assert mediators(text, "exchange") == {"exchange": {"uae", "icrc"}}
