"""Review decisions: they outrank the extractor, survive a rebuild, and can be undone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from orchestration.alerts.config import Channel
from orchestration.alerts.digest import decide_digest
from orchestration.alerts.messages import compose
from orchestration.alerts.rebuild import rebuild
from orchestration.cli.main import main
from orchestration.review.decisions import corrected, decide
from orchestration.review.labelled_export import labelled_texts
from orchestration.review.queue import StoredVersion, UnfitDecision, stored_version
from orchestration.settings import KYIV, Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.reparse import reparse
from orchestration.warehouse.reviews import BrokenReviews, read_reviews, write_reviews
from scrapers.extraction.records import Event, Reading
from scrapers.extraction.training.labelled_texts import load_texts
from scrapers.registry import get_source
from tests.conftest import deployment
from tests.conftest import run as refresh_once
from tests.support.channel_posts import CHANNEL, OTHER, POSTS, show
from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"
TEXT = "Сьогодні відбувся обмін полоненими. Додому повернулися 95 захисників і троє цивільних."


class Desk(ScriptedDeployment):
    """A deployment whose texts are not accepted automatically."""

    def read(self) -> None:
        with Warehouse(self.settings).connection() as connection:
            extract(connection, read_reviews(self.settings.reviews))

    def one(self) -> StoredVersion:
        (found,) = (version for version in self.versions() if version.text == TEXT)
        return found

    def statements(self) -> set[tuple[Any, ...]]:
        with Warehouse(self.settings).connection() as connection:
            return set(
                connection.execute(
                    "select measure, category, value, confidence from raw.statements where reader_version = coalesce("
                    "(select review_id from raw.reviews where review_id is not null), "
                    "(select any_value(reader_version) from raw.readings)) and value is not null"
                ).fetchall()
            )


@pytest.fixture
def desk(settings: Settings) -> Desk:
    desk = Desk(settings)
    desk.announce(HQ, "2026-03-05 15:00", TEXT)
    desk.read()
    return desk


def test_a_correction_outranks_the_extractor_and_can_be_taken_back(desk: Desk) -> None:
    extracted = desk.statements()
    decide(
        Warehouse(desk.settings),
        desk.one(),
        "corrected",
        "anna",
        ["released_total=98", "civilians=3", "officers=none"],
    )
    desk.read()
    decided = desk.statements()
    assert {("released_total", None, 98, 1.0), ("civilians", None, 3, 1.0)} <= decided
    with Warehouse(desk.settings).connection() as connection:
        before = connection.execute("select * from raw.reviews").fetchall()
    desk.read()  # a rerun changes nothing
    with Warehouse(desk.settings).connection() as connection:
        assert connection.execute("select * from raw.reviews").fetchall() == before
    write_reviews(desk.settings.reviews, [])
    desk.read()
    assert desk.statements() == extracted


def test_a_decision_reaches_the_facts_and_survives_a_new_working_file(desk: Desk) -> None:
    decide(Warehouse(desk.settings), desk.one(), "corrected", "anna", ["released_total=98", "date=2026-03-04"])
    desk.refresh()
    facts = "select exchanged_on, released_total, confidence from marts.fct_exchanges"
    assert desk.rows(facts) == [(date(2026, 3, 4), 98, 1.0)]
    desk.settings.working.unlink()
    desk.announce(HQ, "2026-03-05 15:00", TEXT, item="1")
    desk.refresh()
    assert desk.rows(facts) == [(date(2026, 3, 4), 98, 1.0)]


def test_a_decision_after_a_publication_leaves_the_same_facts_as_a_whole_build(desk: Desk) -> None:
    desk.announce(HQ, "2026-03-09 15:00", "Сьогодні відбувся обмін полоненими. Додому повернулися 77 захисників.")
    desk.refresh()
    announcement = desk.one()
    for decision, values in (("corrected", ["released_total=98", "date=2026-03-03"]), ("not_an_exchange", [])):
        write_reviews(desk.settings.reviews, [])
        desk.read()
        decide(Warehouse(desk.settings), announcement, decision, "anna", values)
        desk.refresh()
        step_by_step = desk.facts()
        desk.settings.published.unlink()
        desk.refresh()
        assert desk.facts() == step_by_step


def test_a_reparse_keeps_the_doubts(desk: Desk) -> None:
    doubt(desk)
    count = "select count(*) from raw.doubts"
    with Warehouse(desk.settings).connection() as connection:
        before = connection.execute(count).fetchall()
    reparse(Warehouse(desk.settings), lambda _: None)
    with Warehouse(desk.settings).connection() as connection:
        assert connection.execute(count).fetchall() == before != [(0,)]


def test_a_rebuild_counts_the_statements_of_decisions_too(one_exchange: ScriptedDeployment, tmp_path: Path) -> None:
    scripted = one_exchange.copied(deployment(tmp_path))
    (version,) = scripted.versions()
    decide(
        Warehouse(scripted.settings), version, "corrected", "anna", ["released_total=100", "women=4", "officers=9"]
    )
    report = rebuild(Warehouse(scripted.settings), lambda _: None, lambda _: None)
    assert report.failures == []
    assert scripted.rows("select measure, value from marts.fct_statements where value is not null order by 1") == [
        ("officers", 9), ("released_total", 100), ("women", 4),
    ]  # fmt: skip
    assert scripted.rows("select count(*) from marts.fct_statements") == [(report.statements,)]


def test_what_is_no_exchange_leaves_no_fact(desk: Desk) -> None:
    decide(Warehouse(desk.settings), desk.one(), "not_an_exchange", "anna")
    desk.refresh()
    assert desk.rows("from marts.fct_exchanges") == []
    assert desk.rows("from reports.review_queue") == []


def test_a_quote_is_the_words_that_say_the_number(desk: Desk) -> None:
    review = decide(Warehouse(desk.settings), desk.one(), "corrected", "anna", ["released_total=95", "women=41"])
    quotes = {statement.measure: statement.quote for statement in review.statements}
    assert (quotes["released_total"], quotes["women"]) == ("95", TEXT)


@pytest.mark.parametrize(
    "correction",
    ["released_total", "released_total=many", "released_total=-1", "dead=5", "date=yesterday", "by_service.x=5",
     "mediator.uae=5", "by_service=5", "date.x=2026-01-01"],
)  # fmt: skip
def test_an_unfit_correction_is_refused(desk: Desk, correction: str) -> None:
    with pytest.raises(UnfitDecision, match="is no correction"):
        decide(Warehouse(desk.settings), desk.one(), "corrected", "anna", [correction])
    assert read_reviews(desk.settings.reviews) == []


def test_a_correction_makes_the_event_that_nobody_saw(desk: Desk) -> None:
    reading = corrected(desk.one(), Reading("other", "uk"), ["bodies_to_ukraine=12"])
    assert (reading.kind, reading.events) == (
        "repatriation",
        [Event("repatriation", date(2026, 3, 5), "publication", False)],
    )


def test_people_of_a_release_outside_exchanges_are_counted_in_one_place(desk: Desk) -> None:
    outside = Event("release_outside_exchange", date(2026, 3, 5), "text", False)
    with pytest.raises(UnfitDecision, match="say what it is with event=exchange or"):
        corrected(desk.one(), Reading("other", "uk", {}, [outside], []), ["released_total=12"])
    for told, kind in (("exchange", "exchange"), ("release_outside_exchange", "other")):
        reading = corrected(
            desk.one(), Reading("other", "uk", {}, [outside], []), [f"event={told}", "released_total=12"]
        )
        assert (reading.kind, reading.events) == (kind, [outside._replace(kind=told)])
        assert [(one.measure, one.value, one.event) for one in reading.statements] == [("released_total", 12, 0)]


def test_an_upper_bound_is_not_accepted_as_it_was_read(settings: Settings) -> None:
    desk = Desk(settings)
    desk.announce(
        HQ, "2026-03-05 12:00", "Сьогодні відбувся обмін полоненими. Додому повернулися не більше 33 захисників."
    )
    desk.extract()
    (waiting,) = desk.versions()
    with pytest.raises(UnfitDecision, match="Decide with --set, such as released_total=33 or released_total=none"):
        decide(Warehouse(settings), waiting, "accepted", "anna")
    decide(Warehouse(settings), waiting, "corrected", "anna", ["released_total=none"])


@pytest.mark.parametrize("kind", ["exchange", "repatriation"])
def test_a_corrected_day_is_that_of_the_reported_event(desk: Desk, kind: str) -> None:
    reading = Reading(kind, "uk", {}, [Event(kind, date(2026, 3, 5), "publication", False)], [])
    assert corrected(desk.one(), reading, ["date=2026-03-04"]).events == [
        Event(kind, date(2026, 3, 4), "text", False)
    ]


WHOLE = """
- version_id: a
  url: u
  decision: corrected
  decided_by: x
  decided_at: 2026-06-01T00:00:00Z
  kind: other
  events: [{kind: exchange, date: 2026-05-05, is_recap: true}]
  statements:
  - {measure: event, quote: q, start: 0, end: 1, event: 0}
  - {measure: women, value: 5, quote: q, start: 0, end: 1, event: 0}
...
"""


def test_a_file_without_decisions_has_none(settings: Settings) -> None:
    write_reviews(settings.reviews, [])
    assert read_reviews(settings.reviews) == []
    settings.reviews.write_text(WHOLE, "utf-8")
    assert len(read_reviews(settings.reviews)) == 1


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("decisions: 5", "is no list of decisions"),
        ("- {version_id: a}\n...\n", "Decision 1 in"),
        ("- [", "is not valid YAML"),
        ("", "seems to be cut off"),
        (WHOLE.rstrip(".\n"), "seems to be cut off"),
        (WHOLE.replace("kind: other", "kind: exchange"), "its kind is exchange, and it has no such event"),
        (
            WHOLE.replace("2026-05-05", "9999-12-31"),
            "an event is later than the decision",
        ),
        (WHOLE.replace("value: 5", "value: 2000000"), "less than or equal to 1000000"),
        (WHOLE.replace("value: 5", "value: -5"), "greater than or equal to 1"),
        (
            "- {version_id: a, url: u, decision: accepted, decided_by: x, decided_at: 2026-01-01T00:00:00Z, kind: other, "
            "statements: [{measure: women, value: 1, quote: q, start: 0, end: 1, event: 3}]}\n...\n",
            "of an event that it does not list",
        ),
    ],
)
def test_a_broken_file_is_a_sentence(settings: Settings, written: str, sentence: str) -> None:
    settings.reviews.parent.mkdir(parents=True)
    settings.reviews.write_text(written, "utf-8")
    with pytest.raises(Exception, match=sentence) as raised:
        read_reviews(settings.reviews)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value, BrokenReviews) or "YAML" in str(raised.value)


def test_two_decisions_about_one_version_are_refused(desk: Desk) -> None:
    review = decide(Warehouse(desk.settings), desk.one(), "not_an_exchange", "anna")
    write_reviews(desk.settings.reviews, [review, review])
    with pytest.raises(BrokenReviews, match="is the second about"):
        read_reviews(desk.settings.reviews)


def test_what_is_decided_can_be_taught(desk: Desk, tmp_path: Path) -> None:
    decide(
        Warehouse(desk.settings), desk.one(), "corrected", "anna", ["released_total=98", "military=95", "civilians=3"]
    )
    desk.read()
    (tmp_path / "decided.yaml").write_text(labelled_texts(Warehouse(desk.settings)), "utf-8")
    (text,) = load_texts([tmp_path / "decided.yaml"])
    assert (text.text, text.kind, text.published_at) == (TEXT, "exchange", date(2026, 3, 5))
    labels = {text.text[label.start : label.end]: label.measure for label in text.labels}
    assert (labels["95"], labels["троє"]) == ("military", "civilians")


def doubt(desk: Desk) -> None:
    """Insert a doubt about the text, whatever the extractor found."""
    with Warehouse(desk.settings).connection() as connection:
        connection.execute(
            "insert into raw.doubts select 'd', version_id, reader_version, 'released_total', 95, 'text', '95', 55, 57, "
            "[{'label': 'military', 'chance': 0.5}] from raw.readings on conflict do nothing"
        )


def test_what_waits_is_reported_once_a_day_from_nine_in_kyiv(desk: Desk) -> None:
    doubt(desk)
    channel = Channel("desk", "json://desk.example", frozenset({"digest"}), 0, "uk")

    def is_due(at: datetime) -> bool:
        with Warehouse(desk.settings).connection() as connection:
            return decide_digest(connection, [channel], lambda: at)

    morning = datetime(2026, 3, 5, 9, tzinfo=KYIV).astimezone(UTC).replace(tzinfo=None)
    night = morning - timedelta(minutes=1)
    assert [is_due(night), is_due(morning), is_due(morning + timedelta(hours=3))] == [False, True, False]
    assert is_due(morning + timedelta(days=1))
    with Warehouse(desk.settings).connection() as connection:
        (first, _) = connection.execute("select payload from raw.alerts order by number").fetchall()
    payload = json.loads(first[0])
    assert payload["digest"] == {"waiting": 1, "newest": desk.one().url}
    message = compose("digest", payload, "uk")
    assert (message.title, desk.one().url in message.body) == ("Obmin: на перевірку чекає 1 повідомлення", True)
    decide(Warehouse(desk.settings), desk.one(), "accepted", "anna")
    desk.read()
    assert not is_due(morning + timedelta(days=2))


def test_the_commands(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(desk.settings.data.parent))
    doubt(desk)

    def run(*arguments: str, given: str | None = None) -> str:
        result = CliRunner().invoke(main, ["review", *arguments], input=given)
        assert result.exit_code == 0, result.output
        return result.stdout

    (waiting,) = json.loads(run("list", "--json"))
    assert waiting["text"] == TEXT
    assert "95" in run("list")
    assert "1 decided" in run("--by", "anna", given="c\nreleased_total=98\n")
    held = yaml.safe_load(desk.settings.reviews.read_text("utf-8"))
    assert [one["decision"] for one in held if one["decided_by"] == "anna"] == ["corrected"]
    again = json.loads(run("decide", desk.one().url, "--set", "released_total=97", "--by", "olha", "--json"))
    assert (again["decision"], again["decided_by"]) == ("corrected", "olha")
    held = yaml.safe_load(desk.settings.reviews.read_text("utf-8"))
    assert [one["decided_by"] for one in held if one["url"] == desk.one().url] == ["olha"]
    refused = CliRunner().invoke(main, ["review", "decide", "https://t.me/none/1", "--accept"])
    assert (refused.exit_code, "No announcement has the address or version id" in refused.output) == (1, True)


def test_a_run_takes_in_decisions_also_when_nothing_was_announced(tmp_path: Path) -> None:
    for source in (CHANNEL, OTHER):
        show(tmp_path, source, POSTS)
    settings = deployment(tmp_path, tmp_path / "archive")
    write_reviews(settings.reviews, ())
    totals = "select released_total from marts.fct_exchanges order by exchange_id"

    def refreshed() -> tuple[bool, list[Any]]:
        outcome, _ = refresh_once(settings)
        assert outcome.failures == []
        with duckdb.connect(str(settings.published), read_only=True) as connection:
            return outcome.has_published, [total for (total,) in connection.execute(totals).fetchall()]

    _, extracted = refreshed()
    url = f"https://t.me/{get_source(CHANNEL).url.rstrip('/').rsplit('/', 1)[-1]}/{POSTS[0]['id']}"
    warehouse = Warehouse(settings)
    decide(warehouse, stored_version(warehouse, url), "corrected", "anna", ["released_total=1234"])
    has_published, decided = refreshed()
    assert (has_published, 1234 in decided, decided != extracted) == (True, True, True)
    assert refreshed() == (False, decided)
    settings.reviews.write_text("- {version_id: a}\n...\n", "utf-8")
    outcome, _ = refresh_once(settings)
    assert (outcome.has_published, ["Decision 1 in" in failure for failure in outcome.failures]) == (False, [True])
    write_reviews(settings.reviews, ())
    assert refreshed() == (True, extracted)


def test_the_extract_command_keeps_the_decisions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(desk.settings.data.parent))
    decide(Warehouse(desk.settings), desk.one(), "corrected", "anna", ["released_total=98"])
    desk.read()
    result = CliRunner().invoke(main, ["extract"])
    assert result.exit_code == 0, result.output
    assert ("released_total", None, 98, 1.0) in desk.statements()
