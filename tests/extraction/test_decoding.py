"""Decoding with given beliefs: which event a mediator belongs to, and counts that name no branch."""

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


def counts_of_branches(text: str, number: int) -> tuple[list[int], float]:
    """Numbers taken for a branch's people, and the chance of a total, where the network finds the former likelier."""
    document = prepare(text, None, date(2027, 6, 8))
    names = ("none", "by_service", "released_total")
    measures = np.tile(np.array([0.94, 0.03, 0.03], np.float32), (len(document.items), 1))
    index = next(i for i, item in enumerate(document.items) if item.value == number)
    measures[index] = [0.1, 0.6, 0.3]
    roles = np.tile(np.array([0.02, 0.98], np.float32), (len(document.items), 1))
    kinds = np.full(len(KINDS), 1 / len(KINDS), np.float32)
    decoder = Decoder(document, Beliefs(measures, roles, kinds, np.ones(len(measures), np.float32)), names, ROLES)
    return [document.items[i].value or 0 for i in decoder.counts_of_branches()], decoder.chance(index, names[2])


def test_defenders_without_a_branch_are_no_branch_s_but_people_of_an_unknown_one_may_be() -> None:
    taken, total = counts_of_branches("Список 103 захисників, звільнених сьогодні з полону.", 103)
    assert (taken, round(total, 2)) == ([], 0.75)
    assert counts_of_branches("Серед звільнених сьогодні 103 кінологи.", 103)[0] == [103]
    assert counts_of_branches("Серед звільнених сьогодні 103 захисники з Нацгвардії.", 103)[0] == [103]
