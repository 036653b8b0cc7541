"""The registry: every entry has a site and saved pages, and an unknown id is a one-sentence error."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from scrapers.registry import (
    REGISTRY,
    BrokenRegistry,
    Source,
    UnknownSource,
    get_source,
    load_registry,
    read_registry,
)
from scrapers.sources import site_of
from tests.support.saved_pages import PAGES, saved_pages


@pytest.mark.parametrize("source", load_registry(), ids=lambda source: source.id)
def test_a_source_has_a_site_and_saved_pages(source: Source) -> None:
    assert site_of(source).start(source, None).startswith("https://")
    assert (saved_pages(source) / "expected.json").exists()


def test_a_module_is_that_of_a_source_and_a_folder_of_pages_too() -> None:
    """What stays after a source was taken out or renamed."""
    package = Path(inspect.getfile(site_of)).parent
    modules = {path.stem for path in package.glob("*.py") if path.stem != "__init__"}
    assert modules == {source.parser for source in load_registry()}
    assert set(PAGES.iterdir()) == {saved_pages(source) for source in load_registry()}


def test_what_is_compared_is_never_a_source_of_facts() -> None:
    for source in load_registry():
        if source.side == "reference" or source.id == "koordshtab_report":
            assert source.role == "reconciliation", source.id


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
    assert {"president_uk", "president_en", "suspilne"} <= blocked
    entry = get_source("gur_uk").model_dump()
    for broken in ({"state": "open"}, {"state": "open", "rests_on": ""}, {"state": "closed", "rests_on": "a probe"}):
        with pytest.raises(ValidationError, match="access"):
            Source.model_validate({**entry, "access": broken})


def test_every_listing_has_a_floor_and_an_excerpt_has_none() -> None:
    floors = {source.id: source.expected.on_listing for source in load_registry()}
    assert min(floors.values()) > 0
    assert {floors[source.id] for source in load_registry() if source.parser == "telegram"} == {10}
    excerpt = get_source("koordshtab_telegram").as_excerpt().expected
    assert (excerpt.on_listing, excerpt.least_a_week, excerpt.most_a_week) == (1, 0, 200)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"parser": "telegramm"}, "there is no scrapers/sources/telegramm.py; the parsers are "),
        (
            {"expected": {"on_listing": 1, "least_a_week": 500, "most_a_week": 100, "checked_within_hours": 6}},
            "least_a_week (500) is more than most_a_week (100)",
        ),
        ({"precedence": 1000}, "its precedence is 1000, and that of web_archives, which comes last, is 1000."),
        ({"id": "web_archives"}, "the id web_archives is given twice"),
    ],
)
def test_an_entry_that_can_not_be_right_is_refused(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = yaml.safe_load(REGISTRY.read_text("utf-8"))
    file["sources"] = [{**file["sources"][0], **change}]
    path = tmp_path / "registry.yaml"
    path.write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")
    with pytest.raises(BrokenRegistry, match=re.escape(sentence)):
        read_registry(path)


def test_the_readme_does_not_promise_more_sources_than_there_are() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (promised,) = re.findall(r"registry holds more than (\d+) sources", readme)
    assert len(load_registry()) > int(promised)


def test_the_press_stands_below_all_who_took_part() -> None:
    facts = [source for source in load_registry() if source.role == "facts"]
    press = [source.precedence for source in facts if source.side == "press"]
    assert min(press) > max(source.precedence for source in facts if source.side != "press")
    assert get_source("russia_mod_telegram").precedence < get_source("russia_mod_en_telegram").precedence
