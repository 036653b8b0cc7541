"""Decisions about announcements that were edited, deleted or loaded late; what a correction must keep; the export."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.review.decisions import decide, review_of, take_back
from orchestration.review.labelled_export import labelled_texts
from orchestration.review.queue import UnfitDecision, stored_version, waiting
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import ExtractReport, extract
from orchestration.warehouse.reviews import read_reviews, write_reviews
from scrapers.extraction.training.labelled_texts import load_texts
from tests.support.scripted_deployment import ScriptedDeployment

HQ = "koordshtab_telegram"
TEXT = "Сьогодні відбувся 80-й обмін полоненими. Додому повернулися 95 захисників."
RECALLED = "Два роки тому, 5 березня 2024 року, відбувся обмін полоненими: додому повернулися 95 захисників."


class Unaided(ScriptedDeployment):
    """A deployment whose texts are not accepted automatically."""

    def read(self) -> None:
        read(self)


@pytest.fixture
def scripted(settings: Settings) -> ScriptedDeployment:
    write_reviews(settings.reviews, [])
    return Unaided(settings)


def read(scripted: ScriptedDeployment) -> ExtractReport:
    with Warehouse(scripted.settings).connection() as connection:
        return extract(connection, read_reviews(scripted.settings.reviews))


def waiting_texts(scripted: ScriptedDeployment) -> list[str]:
    return [one.text for one in waiting(Warehouse(scripted.settings)) if one.was_decided]


def queue(scripted: ScriptedDeployment) -> list[str]:
    return [reason for (reason,) in scripted.rows("select reason from reports.review_queue where measure = 'event'")]


def test_a_decision_that_an_edit_left_behind_is_taken_back_by_the_address(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT)
    scripted.correct(item, "released_total=98")
    first = scripted.version_of(item)
    scripted.announce(HQ, "2026-03-05 15:00", f"{TEXT} Вітаємо!", item=item, seen="2026-03-05 17:00")
    warehouse = Warehouse(scripted.settings)
    second = stored_version(warehouse, first.url)
    assert take_back(warehouse, first.url).version_id == first.version_id
    assert read_reviews(scripted.settings.reviews) == []
    # Of two, the user says which; a version's own decision comes first.
    decide(warehouse, first, "corrected", "anna", ["released_total=98"])
    decide(warehouse, second, "corrected", "anna", ["released_total=99"])
    scripted.announce(HQ, "2026-03-05 15:00", f"{TEXT} Героям слава!", item=item, seen="2026-03-05 18:00")
    with pytest.raises(UnfitDecision, match=f"by its version id: {first.version_id}, {second.version_id}"):
        take_back(warehouse, first.url)
    assert take_back(warehouse, second.version_id).version_id == second.version_id
    with pytest.raises(UnfitDecision, match="There is no decision about"):
        take_back(warehouse, second.version_id)
    assert [review.version_id for review in read_reviews(scripted.settings.reviews)] == [first.version_id]


def test_an_edit_of_a_decided_text_waits_until_it_is_decided_too(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT)
    read(scripted)
    scripted.correct(item, "released_total=98")
    read(scripted)
    assert waiting_texts(scripted) == []
    scripted.announce(HQ, "2026-03-05 15:00", TEXT.rstrip("."), item=item, seen="2026-03-05 17:00")
    assert read(scripted).waiting == 1
    assert waiting_texts(scripted) == [TEXT.rstrip(".")]
    scripted.refresh()
    assert queue(scripted) == ["edited after a decision"]
    warehouse = Warehouse(scripted.settings)
    url = waiting(warehouse)[0].url
    decide(warehouse, stored_version(warehouse, url), "corrected", "anna", ["released_total=98"])
    assert waiting_texts(scripted) == []  # at once, not only after the next run
    scripted.refresh()
    assert queue(scripted) == []
    assert scripted.rows("select released_total from marts.fct_exchanges") == [(98,)]


def test_what_was_deleted_waits_for_nobody(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT)
    read(scripted)
    scripted.correct(item, "released_total=98")
    scripted.announce(HQ, "2026-03-05 15:00", TEXT + " Ура!", item=item, seen="2026-03-05 17:00")
    assert read(scripted).waiting == 1
    scripted.delete(HQ, item, "2026-03-06 10:00")
    assert (read(scripted).waiting, waiting_texts(scripted)) == (0, [])


def test_a_version_that_was_loaded_late_is_not_the_current_one(scripted: ScriptedDeployment) -> None:
    """An archive may be loaded after the live site: the order is that in which versions were seen."""
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT, seen="2026-03-05 18:00")
    scripted.announce(HQ, "2026-03-05 15:00", "Новина готується.", item=item, seen="2026-03-05 15:01")
    warehouse = Warehouse(scripted.settings)
    address = next(one.url for one in scripted.versions())
    assert stored_version(warehouse, address).text == TEXT


def test_withdrawn_decisions_are_told(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT)
    read(scripted)
    scripted.correct(item, "released_total=98")
    assert read(scripted).withdrawal is None
    write_reviews(scripted.settings.reviews, [])
    told = read(scripted).withdrawal
    assert told is not None
    assert "no longer in the file: 1." in told
    assert read(scripted).withdrawal is None


@pytest.mark.parametrize(("label", "may_be"), [("released_total", True), ("returned_to_russia", False)])
def test_a_doubt_about_another_measure_that_may_be_the_total_is_told(
    scripted: ScriptedDeployment, label: str, may_be: bool
) -> None:
    scripted.announce(HQ, "2026-03-05 15:00", "Сьогодні відбувся обмін полоненими. Подробиці згодом.")
    read(scripted)
    with Warehouse(scripted.settings).connection() as connection:
        connection.execute(
            "insert into raw.doubts select 'd', version_id, reader_version, 'by_service', 45, 'text', '45', 0, 2, "
            "[{'label': 'by_service of an event that is main', 'chance': 0.49}, {'label': ?, 'chance': 0.43}] "
            "from raw.readings on conflict do nothing",
            [f"{label} of an event that is main"],
        )
    scripted.refresh()
    confirm = "select released_total, released_is_to_be_confirmed from marts.fct_exchanges"
    assert scripted.rows(confirm) == [(None, may_be)]


def test_a_recalled_exchange_does_not_become_news_by_a_correction(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", RECALLED)
    one = scripted.version_of(item)
    with pytest.raises(UnfitDecision, match="only recalls"):
        review_of(one, "corrected", "anna", ["released_total=98"])
    decided = review_of(one, "corrected", "anna", ["released_total=98", "date=2024-03-05"])
    assert [event.date for event in decided.events if not event.is_recap] == [date(2024, 3, 5)]


def test_a_day_after_the_announcement_and_figures_beyond_belief_are_refused(scripted: ScriptedDeployment) -> None:
    one = scripted.version_of(scripted.announce(HQ, "2026-03-05 15:00", TEXT))
    for correction in ("date=9999-12-31", "date=2026-03-06", "date=2022-02-23"):
        with pytest.raises(UnfitDecision, match="is no day from 2022-02-24 to the announcement's, 2026-03-05"):
            review_of(one, "corrected", "anna", [correction])
    for figure in ("2000000000", "99999999999", "9" * 5000, "0"):
        with pytest.raises(UnfitDecision, match="at least 1 and at most 1,000,000"):
            review_of(one, "corrected", "anna", [f"released_total={figure}"])


def test_a_corrected_branch_stays_within_the_one_that_holds_it(scripted: ScriptedDeployment) -> None:
    text = "Сьогодні обмін: додому повернулися 90 захисників. Збройні Сили – 60, з них у ВМС – 14, Нацгвардія – 30."
    one = scripted.version_of(scripted.announce(HQ, "2026-03-05 15:00", text))
    read_as = {s.category: s.within for s in one.reading().statements if s.measure == "by_service"}
    decided = review_of(one, "corrected", "anna", ["by_service.navy=15"])
    found = {s.category: (s.value, s.within) for s in decided.statements if s.measure == "by_service"}
    assert read_as["navy"] == "armed_forces"
    assert found["navy"] == (15, "armed_forces")


def test_a_corrected_official_number_replaces_that_of_several_days(scripted: ScriptedDeployment) -> None:
    text = "Триденний обмін полоненими завершено, він став 65-м. Сьогодні додому повернулися 303 захисники."
    one = scripted.version_of(scripted.announce(HQ, "2026-03-05 15:00", text))
    assert [(s.value, s.category) for s in one.reading().statements if s.measure == "official_number"] == [
        (65, "3 days")
    ]
    decided = review_of(one, "corrected", "anna", ["official_number=66"])
    assert [s.value for s in decided.statements if s.measure == "official_number"] == [66]


def test_the_press_speaks_for_no_official(scripted: ScriptedDeployment) -> None:
    for source, day, total in ((HQ, "2026-01-02", 1358), ("ukrinform", "2026-01-03", 1300)):
        scripted.announce(
            source, f"{day} 12:00", f"За 2025 рік під час обмінів з полону звільнено {total} українців."
        )
    scripted.refresh()
    totals = "select value from marts.fct_official_totals where measure = 'released'"
    assert scripted.rows(totals) == [(1358,)]


def test_decided_ordinals_and_mediators_are_labelled_where_they_stand(
    scripted: ScriptedDeployment, tmp_path: Path
) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", TEXT + " Перший автобус уже вдома.")
    read(scripted)
    scripted.correct(item, "official_number=80", "mediator.uae=yes")
    read(scripted)
    (tmp_path / "decided.yaml").write_text(labelled_texts(Warehouse(scripted.settings)), "utf-8")
    (text,) = load_texts([tmp_path / "decided.yaml"])
    labels = {text.text[label.start : label.end]: label.measure for label in text.labels}
    assert (labels["80-й"], labels["Перший"]) == ("official_number", "none")


def test_what_has_no_day_is_accepted_with_one_only(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(
        HQ, "2026-03-05 15:00", "Цими днями відбувся обмін полоненими, додому повернулися 95 захисників."
    )
    one = scripted.version_of(item)
    assert [event.date for event in one.reading().events] == [None]
    for decision, corrections in (("accepted", []), ("corrected", ["released_total=98"])):
        with pytest.raises(UnfitDecision, match="can't be made out; give it with --set date="):
            review_of(one, decision, "anna", corrections)
    decided = review_of(one, "corrected", "anna", ["date=2026-03-03"])
    assert [event.date for event in decided.events] == [date(2026, 3, 3)]
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(0,)]


def test_a_day_that_stays_open_waits_for_review(scripted: ScriptedDeployment) -> None:
    scripted.announce(
        HQ, "2026-03-05 15:00", "05.06.2026 відбувся обмін полоненими, додому повернулися 95 захисників."
    )
    scripted.refresh()
    assert scripted.rows("select count(*) from marts.fct_exchanges") == [(0,)]
    assert scripted.rows("select reason, measure, quote from reports.review_queue") == [
        ("doubt", "date", "05.06.2026")
    ]


def test_a_day_is_given_to_every_event_that_has_none(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(
        HQ, "2026-03-05 15:00",
        "05.06.2026 відбувся обмін полоненими, додому повернулися 95 захисників. "
        "Також репатрійовано тіла 100 загиблих.",
    )  # fmt: skip
    one = scripted.version_of(item)
    assert {event.date for event in one.reading().events} == {None}
    decided = review_of(one, "corrected", "anna", ["date=2026-03-04"])
    assert {(event.kind, event.date) for event in decided.events} == {
        ("exchange", date(2026, 3, 4)), ("repatriation", date(2026, 3, 4)),
    }  # fmt: skip
    assert decided.kind == "exchange_and_repatriation"


def test_a_day_that_is_given_with_figures_is_that_of_their_event_too(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", "05.06.2026 в Україну повернуто тіла 100 загиблих захисників.")
    one = scripted.version_of(item)
    assert [(event.kind, event.date) for event in one.reading().events] == [("repatriation", None)]
    decided = review_of(one, "corrected", "anna", ["date=2026-03-04", "released_total=50"])
    assert {event.date for event in decided.events} == {date(2026, 3, 4)}
    assert decided.kind == "exchange_and_repatriation"


def test_a_day_to_come_beside_another_exchange_is_left_out_of_what_is_decided(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(
        HQ, "2026-03-05 15:00",
        "3 березня відбувся обмін полоненими: додому повернулися 95 захисників. "
        "5 червня 2026 року відбувся ще один обмін полоненими: додому повернулися 120 захисників.",
    )  # fmt: skip
    one = scripted.version_of(item)
    assert [event.date for event in one.reading().events if not event.is_recap] == [date(2026, 3, 3)]


def test_a_day_alone_leaves_bodies_a_repatriation(scripted: ScriptedDeployment) -> None:
    item = scripted.announce(HQ, "2026-03-05 15:00", "Сьогодні в Україну повернуто тіла загиблих захисників.")
    one = scripted.version_of(item)
    assert not one.reading().events
    decided = review_of(one, "corrected", "anna", ["date=2026-03-04"])
    assert (decided.kind, [event.kind for event in decided.events]) == ("repatriation", ["repatriation"])
