"""What the convolution is told of each token: its word, its ending, its meanings, and what it is a part of."""

from __future__ import annotations

from datetime import date

from scrapers.extraction.document import prepare
from scrapers.extraction.features import ITEM, SENTENCE, places
from scrapers.extraction.token_features import NONE, SLOTS, features_of_tokens


def test_every_token_has_its_features() -> None:
    document = prepare("Додому повернулися 37 захисників.", None, date(2026, 3, 5))
    found = dict(zip((token.text for token in document.tokens), features_of_tokens(document), strict=True))
    assert found["повернулися"][:3] == (("t", "повер"), ("t ending", "ися"), ("tc", "return"))
    assert found["захисників"][2] == ("tc", "soldier")
    assert found["37"] == (("t digits", 2), ("t kind", "number"), NONE, NONE, ("t in", "number", False))
    assert found["додому"][-1] == ("t in", "", True)
    assert found["."][0] == ("t", ".")
    assert {len(features) for features in found.values()} == {SLOTS}


def test_an_item_ends_within_its_sentence() -> None:
    """The full stop after a day belongs to the day, not to the sentence's tokens."""
    document = prepare("Минулий обмін був 24 березня. Цього разу повернулися 37 захисників.", None, date(2026, 3, 30))
    found = places(document)
    tokens = {place.sentence: place.tokens for place in found if place.kind == SENTENCE}
    items = [place for place in found if place.kind == ITEM]
    assert [document.items[place.item or 0].kind for place in items] == ["day", "number"]
    assert items[0].ends == (3, 4)
    assert all(0 <= first <= last < len(tokens[place.sentence]) for place in items for first, last in [place.ends])
