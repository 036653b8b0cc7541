"""The registry: every entry has a parser, and an unknown id is a sentence."""

from __future__ import annotations

import pytest

from scrapers.registry import UnknownSource, get_source, load_registry
from scrapers.sources import parser_of


def test_every_source_has_a_parser() -> None:
    for source in load_registry():
        parser = parser_of(source)
        assert callable(parser.crawl)
        assert callable(parser.parse)
    assert len({source.id for source in load_registry()}) == len(load_registry())


def test_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UnknownSource, match="Known sources: koordshtab_telegram, president_uk"):
        get_source("koordshtab")
