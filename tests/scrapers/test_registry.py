"""The registry: every entry has a site, and an unknown id is a one-sentence error."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from scrapers.registry import Source, UnknownSource, get_source, load_registry
from scrapers.sources import site_of

# The sources that the record needs; the registry must have exactly these.
NEEDED = {
    "koordshtab_telegram", "diukraine_telegram", "president_telegram", "ombudsman_telegram", "russia_mod_telegram",
    "president_uk", "president_en", "gur_uk", "gur_en", "koordshtab", "ombudsman", "mod", "dpsu",
    "uae_mofa", "wam", "ukrinform", "interfax", "suspilne", "online_ua_uk", "ukrpravda",
    "mod_telegram", "russia_mod_en_telegram", "koordshtab_report", "suspilne_telegram", "ukrpravda_telegram",
    "wikipedia_en", "wikipedia_uk",
}  # fmt: skip


def test_every_source_has_a_site() -> None:
    ids = [source.id for source in load_registry()]
    assert set(ids) == NEEDED
    assert len(ids) == len(set(ids))
    for source in load_registry():
        assert site_of(source).start(source, None).startswith("https://")


def test_what_is_compared_is_never_a_source_of_facts() -> None:
    assert {s.id for s in load_registry() if s.role == "reconciliation"} == {
        "koordshtab_report", "wikipedia_en", "wikipedia_uk",
    }  # fmt: skip


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


def test_access_is_said_with_what_it_rests_on() -> None:
    blocked = {source.id for source in load_registry() if source.access.state == "blocked"}
    assert {"president_uk", "president_en", "suspilne"} == blocked
    entry = get_source("gur_uk").model_dump()
    for broken in ({"state": "open"}, {"state": "open", "rests_on": ""}, {"state": "closed", "rests_on": "a probe"}):
        with pytest.raises(ValidationError, match="access"):
            Source.model_validate({**entry, "access": broken})


def test_every_listing_has_a_floor_and_an_excerpt_has_none() -> None:
    floors = {source.id: source.expected.on_listing for source in load_registry()}
    assert min(floors.values()) == 2  # a report of two figures
    assert {floors[source.id] for source in load_registry() if source.parser == "telegram"} == {10}
    excerpt = get_source("koordshtab_telegram").as_excerpt().expected
    assert (excerpt.on_listing, excerpt.least_a_week, excerpt.most_a_week) == (1, 0, 200)


def test_the_readme_counts_the_sources_as_they_are() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text("utf-8").split())
    states = Counter(source.access.state for source in load_registry())
    roles = Counter(source.role for source in load_registry())
    assert (
        f"The registry holds {len(load_registry())} sources: {states['open']} are known to let plain clients in, "
        f"of {states['unproven']} that is unproven, {states['blocked']} are expected to refuse" in readme
    )
    assert f"{roles['facts']} are read for facts, {roles['reconciliation']} only compared with" in readme


def test_the_press_stands_below_all_who_took_part() -> None:
    facts = [source for source in load_registry() if source.role == "facts"]
    press = [source.precedence for source in facts if source.side == "press"]
    assert min(press) > max(source.precedence for source in facts if source.side != "press")
    assert get_source("russia_mod_telegram").precedence < get_source("russia_mod_en_telegram").precedence
