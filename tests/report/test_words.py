"""The report's texts: both languages say the same things, with every plural, and every reason of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel import Locale

from orchestration.report.words import LANGUAGES, Language, Words
from orchestration.settings import DBT_PROJECT
from scrapers.extraction.measures import load_measures
from scrapers.yaml_file import read_shipped

# Models whose sentences reach the pages, and how a sentence stands in their SQL.
MODELS = (
    "intermediate/int_statement_verdicts", "marts/fct_figures", "marts/fct_exchange_revisions",
    "marts/fct_withdrawn_exchanges", "reports/reconciliation_items",
)  # fmt: skip
SENTENCE = re.compile(r"(?:then|else|'item':|if\([^']*,)\s+'([a-z][a-z]* [^']+)'( \|\|)?")


def texts(language: Language) -> dict[str, Any]:
    def flat(held: Any, key: str) -> Iterator[tuple[str, Any]]:
        if isinstance(held, dict) and not set(held) <= {"one", "few", "many", "other"}:
            for name, value in held.items():
                yield from flat(value, f"{key}.{name}" if key else str(name))
        else:
            yield key, held

    words = read_shipped("orchestration.report", f"words/{language}.yaml")
    return {key: text for key, text in flat(words, "") if not key.startswith("sentences")}


def placeholders(text: Any) -> set[str]:
    return set(re.findall(r"{(\w+)}", " ".join(text.values()) if isinstance(text, dict) else str(text)))


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    english, ukrainian = texts("en"), texts("uk")
    assert set(english) == set(ukrainian)
    assert {key: placeholders(text) for key, text in english.items()} == {
        key: placeholders(text) for key, text in ukrainian.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_all_forms_of_its_language(language: Language) -> None:
    forms = set(Locale.parse(language).plural_form.tags) | {"other"}
    plurals = {key: set(text) for key, text in texts(language).items() if isinstance(text, dict)}
    assert len(plurals) > 5
    assert {key: found for key, found in plurals.items() if found != forms} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_of_an_exchange_and_every_group_has_a_name(language: Language) -> None:
    of_repatriations = {"bodies_to_ukraine", "bodies_to_russia"}
    words = read_shipped("orchestration.report", f"words/{language}.yaml")
    measures = {
        name for name, one in load_measures().items() if one.of == "event" and one.is_stated
    } - of_repatriations
    assert measures <= set(words["measures"])
    assert set(words["parts"]) >= {"azovstal", "mariupol", "wounded", "chornobyl"}


def test_every_reason_of_the_tables_has_a_translation() -> None:
    words = Words("uk")
    found = []
    for model in MODELS:
        sql = (DBT_PROJECT / "models" / f"{model}.sql").read_text("utf-8")
        found += [sentence + ("7" if goes_on else "") for sentence, goes_on in SENTENCE.findall(sql)]
    assert len(found) > 25
    # "taken back" is a kind of change, which no page shows.
    assert {sentence for sentence in found if not words.reason(sentence)[1]} == {"taken back"}


def test_numbers_days_and_plurals_read_as_people_write_them() -> None:
    english, ukrainian = Words("en"), Words("uk")
    assert [ukrainian("front.days_ago", n=n) for n in (1, 3, 5, 21)] == [
        "1 день тому", "3 дні тому", "5 днів тому", "21 день тому",
    ]  # fmt: skip
    assert english("front.days_ago", n=1) == "1 day ago"
    assert (english.bounded(2174, "at_least"), english.bounded(None, None)) == ("at least 2,174", "number not known")
    assert (english.bounded(55, "about"), english.bounded(55, "about", is_short=True)) == ("about 55", "≈ 55")
    assert [english.percent(share) for share in (0.996, 0.58, 0.57, 0.29)] == ["99 %", "58 %", "57 %", "29 %"]


def test_a_reason_nobody_translated_stays_and_is_marked() -> None:
    assert Words("uk").reason("a rule of tomorrow") == ("a rule of tomorrow", False)
    assert Words("uk").reason("not explained; a rule of tomorrow") == ("not explained; a rule of tomorrow", False)
    assert Words("uk").reason("possibly exchanges announced with no number: 10") == (
        "можливо, обміни, оголошені без зазначення кількості людей: 10", True,
    )  # fmt: skip
