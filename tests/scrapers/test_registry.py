"""The registry: every entry has a site, and an unknown id is a sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from scrapers.registry import UnknownSource, get_source, load_registry
from scrapers.sources import site_of

# The sources that the record needs, by what they are; adding one here means adding it there.
NEEDED = {
    "koordshtab_telegram", "diukraine_telegram", "president_telegram", "ombudsman_telegram", "russia_mod_telegram",
    "president_uk", "president_en", "gur_uk", "gur_en", "koordshtab", "ombudsman", "mod", "dpsu",
    "uae_mofa", "wam", "ukrinform", "interfax", "suspilne", "online_ua_uk", "online_ua_en",
    "wikipedia_en", "wikipedia_uk",
}  # fmt: skip


def test_every_source_has_a_site() -> None:
    ids = [source.id for source in load_registry()]
    assert set(ids) == NEEDED
    assert len(ids) == len(set(ids))
    for source in load_registry():
        assert site_of(source).start(source, None).startswith("https://")


def test_what_is_compared_is_never_a_source_of_facts() -> None:
    assert {s.id for s in load_registry() if s.role == "reconciliation"} == {"wikipedia_en", "wikipedia_uk"}


def test_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UnknownSource, match="Known sources: koordshtab_telegram, president_uk"):
        get_source("koordshtab_facebook")


def test_a_source_may_be_led_only_to_its_own_hosts() -> None:
    assert get_source("online_ua_uk").hosts == ("news.online.ua", "www.news.online.ua", "online.ua")


def test_titles_are_chosen_by_stems() -> None:
    source = get_source("president_uk")
    assert source.wants("Україна повернула додому ще 12 людей")
    assert not source.wants("Зустріч із послами")
    assert source.wants("Зустріч із послами", "Говорили про обмін")
    with pytest.raises(ValidationError, match="title_stems has none"):
        source.model_validate({**source.model_dump(), "title_stems": ()})
