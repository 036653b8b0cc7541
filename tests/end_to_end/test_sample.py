"""The whole pipeline on the sample archive: a real HTTP server, a real DuckDB file, dbt, Dagster.

Expected values come from the archive's facts.yaml, written by hand from public texts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.settings import Settings
from scrapers.sample.archive import DEFAULT_FOLDER
from tests.conftest import respond, run, web

FACTS: dict[str, Any] = yaml.safe_load((DEFAULT_FOLDER / "facts.yaml").read_text("utf-8"))
FIGURES = ("released_total", "military", "civilians", "returned_to_russia", "officers", "privates_and_sergeants",
           "women", "stage")  # fmt: skip


@pytest.fixture
def warehouse(built_sample: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built_sample.published), read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return connection.execute(query, list(parameters)).fetchall()


def test_the_exchanges_are_exactly_those_of_the_facts(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = [row[0] for row in rows(warehouse, "select exchanged_on from marts.fct_exchanges order by 1")]
    assert found == [fact["date"] for fact in FACTS["exchanges"]]


def ids_of_the_facts() -> list[str]:
    """The id of each exchange of the facts: its day, and a letter for the day's second."""
    found: list[str] = []
    for fact in FACTS["exchanges"]:
        first = f"exchange-{fact['date']}"
        found.append(f"{first}b" if first in found else first)
    return found


EXCHANGES = dict(zip(ids_of_the_facts(), FACTS["exchanges"], strict=True))


@pytest.mark.parametrize("exchange_id", EXCHANGES)
def test_each_exchange_has_the_figures_of_the_facts(warehouse: duckdb.DuckDBPyConnection, exchange_id: str) -> None:
    fact = EXCHANGES[exchange_id]
    columns = ", ".join((*FIGURES, "official_number", "mediators"))
    (row,) = rows(warehouse, f"select {columns} from marts.fct_exchanges where exchange_id = ?", exchange_id)
    found = dict(zip((*FIGURES, "official_number", "mediators"), row, strict=True))
    assert found == {
        **{name: fact["figures"].get(name) for name in FIGURES},
        "official_number": fact.get("official_number"),
        "mediators": fact.get("mediators", []),
    }


@pytest.mark.parametrize("exchange_id", [one for one, fact in EXCHANGES.items() if "parts" in fact])
def test_each_part_is_that_of_the_facts(warehouse: duckdb.DuckDBPyConnection, exchange_id: str) -> None:
    found = rows(
        warehouse,
        "select category, value from marts.fct_figures where exchange_id = ? and measure = 'part'",
        exchange_id,
    )
    assert dict(found) == EXCHANGES[exchange_id]["parts"]


@pytest.mark.parametrize("exchange_id", [one for one, fact in EXCHANGES.items() if "by_service" in fact])
def test_each_breakdown_is_that_of_the_facts(warehouse: duckdb.DuckDBPyConnection, exchange_id: str) -> None:
    fact = EXCHANGES[exchange_id]
    found = rows(
        warehouse,
        "select service_branch, parent_branch, persons from marts.fct_released_personnel "
        "where exchange_id = ? and category_kind = 'service_branch'",
        exchange_id,
    )
    expected = {(branch, None, persons) for branch, persons in fact["by_service"].items()}
    for branch, inside in fact.get("within", {}).items():
        expected |= {(branch, whole, persons) for whole, persons in inside.items()}
    assert set(found) == expected
    assert len(found) == len(expected)


def test_releases_outside_exchanges(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select released_on, released_total, mediators from marts.fct_releases_outside_exchanges order by 1",
    )
    assert found == [(f["date"], f["released_total"], f["mediators"]) for f in FACTS["releases_outside_exchanges"]]


def test_repatriations(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select repatriated_on, bodies_to_ukraine, bodies_to_russia from marts.fct_repatriations order by 1",
    )
    assert found == [(f["date"], f["bodies_to_ukraine"], f.get("bodies_to_russia")) for f in FACTS["repatriations"]]


def test_2024_as_ours_and_as_officials_claimed(warehouse: duckdb.DuckDBPyConnection) -> None:
    (year,) = rows(
        warehouse,
        "select exchanges, released_in_exchanges, released_outside_exchanges, released_in_all, "
        "released_bound, official_exchanges, official_released, official_change_on_year_before "
        "from reports.by_year where year = 2024",
    )
    assert year == (11, 1348, 10, 1358, "exact", 11, 1358, 356)
    claims = set(rows(warehouse, "select measure, value from marts.fct_official_totals where period = '2024'"))
    assert {("exchanges", 11), ("released", 1358), ("released_change", 356)} <= claims


def test_2025_says_that_its_sum_is_a_lower_bound(warehouse: duckdb.DuckDBPyConnection) -> None:
    (year,) = rows(
        warehouse,
        "select exchanges, released_bound, exchanges_without_number from reports.by_year where year = 2025",
    )
    assert year == (20, "at_least", 10)
    (three,) = rows(
        warehouse,
        "select count(*), count(distinct official_number), sum(released_total) from marts.fct_exchanges "
        "where exchanged_on between date '2025-05-23' and date '2025-05-25'",
    )
    assert three == (3, 1, 1000)


def test_every_figure_leads_to_words_at_an_address(warehouse: duckdb.DuckDBPyConnection) -> None:
    quotes = rows(
        warehouse,
        "select measure, quote, url from marts.fct_statements "
        "where exchange_id = 'exchange-2024-12-30' and verdict = 'stands' and measure = 'released_total'",
    )
    assert [(measure, "189" in quote) for measure, quote, _ in quotes] == [("released_total", True)]
    assert quotes[0][2].startswith("https://t.me/Koord_shtab/")
    for figure in FIGURES:
        assert (
            rows(
                warehouse,
                f"select exchange_id from marts.fct_exchanges as e where {figure} is not null and not exists ("
                "select 1 from marts.fct_statements as s where s.exchange_id = e.exchange_id "
                f"and s.measure = '{figure}' and s.value = e.{figure} and s.verdict = 'stands' and s.quote <> '')",
            )
            == []
        )


def test_an_edited_post_says_what_it_says_now(warehouse: duckdb.DuckDBPyConnection) -> None:
    versions = rows(
        warehouse,
        "select is_edited, is_current, text like '%17 – ТрО%' from marts.dim_announcements "
        "where source_id = 'koordshtab_telegram' and published_at = timestamp '2024-12-30 14:45:00' "
        "order by version_number",
    )
    assert versions == [(False, False, False), (True, True, True)]


def test_a_correction_is_a_revision_with_both_figures(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        warehouse,
        "select exchange_id, measure, service_branch, old_value, new_value from marts.fct_exchange_revisions "
        "where change = 'corrected' order by 1",
    ) == [
        ("exchange-2022-11-24", "by_service", "national_guard", 10, 20),
        ("exchange-2022-12-31", "released_total", None, 104, 140),
    ]


def test_sources_that_differ_are_a_conflict(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        warehouse,
        "select exchange_id, measure, standing_value, differing_value, differing_source from reports.conflicts",
    ) == [
        ("exchange-2022-11-23", "released_total", 36, 35, "russia_mod_telegram"),
        ("exchange-2024-01-31", "released_total", 207, 195, "russia_mod_telegram"),
    ]


def test_the_other_sides_day_is_brought_to_ours(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        warehouse,
        "select exchanged_on, released_total, returned_to_russia, source_count from marts.fct_exchanges "
        "where exchanged_on between date '2022-09-20' and date '2022-09-23'",
    ) == [(date(2022, 9, 21), 215, 55, 2)]


def test_what_officials_claim_differs_by_no_more_than_is_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    unexplained = dict(
        rows(
            warehouse,
            "select claimed_at::date, unexplained from reports.reconciliation "
            "where period = 'since 2022-02-24' and measure = 'released' and scope = 'all' and bound = 'exact'",
        )
    )
    # 27 people of 2022 and six of June or July 2023 returned without a public announcement of their own.
    assert unexplained[date(2023, 2, 23)] == 27
    assert unexplained[date(2024, 12, 31)] == 33
    # The record begins with the invasion: 2022 is held whole, though its first weeks are of before.
    assert rows(warehouse, "select why_released_differ from reports.by_year where year = 2022") == [
        ("not explained (+27)",)
    ]


def test_confirmed_means_two_sources(warehouse: duckdb.DuckDBPyConnection) -> None:
    statuses = set(rows(warehouse, "select status, source_count > 1 from marts.fct_exchanges"))
    assert statuses == {("confirmed", True), ("announced", False)}


def counts(settings: Settings) -> dict[str, int]:
    with duckdb.connect(str(settings.working), read_only=True) as connection:
        return {
            table: connection.execute(f"select count(*) from raw.{table}").fetchone()[0]  # type: ignore[index]
            for table in ("pages", "announcements", "ignored_items", "statements", "readings", "alerts")
        }


def facts_of(settings: Settings) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        return [
            row
            for table in ("fct_exchanges", "fct_released_personnel", "fct_statements")
            for row in connection.execute(f"select * from marts.{table} order by all").fetchall()
        ]


def test_a_second_run_changes_nothing_and_a_third_brings_the_new_exchange(
    built_sample: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built_sample.data, tmp_path / "sample")
    archive = tmp_path / "archive"
    shutil.copytree(DEFAULT_FOLDER, archive)
    received: list[dict[str, Any]] = []

    def webhook(handler: Any) -> None:
        received.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        respond(handler, 200)

    with web(webhook) as address:
        monkeypatch.setenv("OBMIN_ALERT_URLS", address.replace("http://", "json://"))
        settings = Settings("sample", tmp_path / "sample", archive, alert_within_days=10_000, draws_report=False)
        before, facts = counts(settings), facts_of(settings)
        outcome, steps = run(settings)
        assert (outcome.failures, outcome.has_published) == ([], False)
        assert [s for s in steps if not s.startswith(" ")] == ["pages", "announcements"]
        assert counts(settings) == before
        assert facts_of(settings) == facts
        assert received == []

        newest = archive / "koordshtab_telegram" / "2026.yaml"
        newest.write_text(
            newest.read_text("utf-8")
            + "- id: 2901\n  at: 2026-06-02 15:00\n"
            + '  text: "Сьогодні відбувся обмін: з неволі повернулися 88 захисників."\n',
            "utf-8",
        )
        outcome, _ = run(settings)
        assert (outcome.failures, outcome.has_published) == ([], True)
        with duckdb.connect(str(settings.published), read_only=True) as connection:
            exchanges = connection.execute(
                "select exchanged_on, released_total from marts.fct_exchanges order by exchanged_on"
            ).fetchall()
        assert len(exchanges) == len(FACTS["exchanges"]) + 1
        assert exchanges[-1] == (date(2026, 6, 2), 88)

        outcome, _ = run(settings)
        assert outcome.failures == []
    (alert,) = received
    assert "2 June 2026" in alert["title"]
    assert "88 released" in alert["title"]
    assert "88" in alert["message"]
    assert "https://t.me/Koord_shtab/2901" in alert["message"]
