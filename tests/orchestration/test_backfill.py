"""Backfill by months: paged back, killed and resumed, and from the Wayback Machine for pages that are gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.warehouse.backfill import months_between, window_of
from scrapers.registry import get_source
from tests.conftest import deployment, respond, web
from tests.support.backfilled_months import CHANNEL, run
from tests.support.sites import ARTICLE, Channel

SITE, FEED = (get_source(source_id).as_excerpt() for source_id in ("president_uk", "ukrinform"))
# The child process that the test kills: some months of the channel, newest first.
CHILD = """
import sys
from datetime import date
from pathlib import Path
from tests.conftest import deployment
from tests.support.backfilled_months import CHANNEL, run
run(Path(sys.argv[1]), sys.argv[2], CHANNEL, *map(date.fromisoformat, sys.argv[3:]))
"""


def announcements(folder: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(deployment(folder).working), read_only=True) as connection:
        return connection.execute(
            "select announcement_id, text from raw.announcements order by announcement_id::bigint"
        ).fetchall()


def test_months_are_whole_and_newest_first() -> None:
    assert months_between(date(2022, 11, 30), date(2023, 2, 1)) == [
        date(2023, 2, 1), date(2023, 1, 1), date(2022, 12, 1), date(2022, 11, 1),
    ]  # fmt: skip
    # Kyiv's month: two hours ahead of UTC in winter; the first month begins on the day of the invasion.
    assert window_of(date(2023, 1, 1)).since == datetime(2022, 12, 31, 22, tzinfo=UTC)
    assert window_of(date(2022, 2, 1)).since == datetime(2022, 2, 23, 22, tzinfo=UTC)


def test_one_month_of_a_long_channel_is_found_by_leaps(tmp_path: Path) -> None:
    """One post a day from January 2025; March's are 57 to 84 of 168."""
    channel = Channel(*range(1, 169))
    with web(channel) as address:
        (report,) = run(tmp_path, address, CHANNEL, date(2025, 3, 1))
    assert report.error is None
    assert {str(n) for n in range(57, 85)} <= {item for item, _ in announcements(tmp_path)}
    # 10 pages hold March; jumps and bisection cost a few more, far fewer than paging from the newest.
    assert len(channel.asked) <= 10 + 14


def test_a_month_that_is_complete_is_not_asked_for_again(tmp_path: Path) -> None:
    channel = Channel(*range(1, 169))
    months = (date(2025, 4, 1), date(2025, 3, 1))
    with web(channel) as address:
        run(tmp_path, address, CHANNEL, *months)
        assert len(channel.asked) == len(set(channel.asked))
        channel.asked.clear()
        again = run(tmp_path, address, CHANNEL, *months)
    assert [report.was_complete for report in again] == [True, True]
    assert channel.asked == []


@pytest.mark.parametrize("killed_at", [1, 6, 9, 15])
def test_killed_at_any_page_it_goes_on_and_asks_for_nothing_twice(tmp_path: Path, killed_at: int) -> None:
    months = ["2025-04-01", "2025-03-01"]
    whole = tmp_path / "whole"
    with web(Channel(*range(1, 169))) as address:
        run(whole, address, CHANNEL, *map(date.fromisoformat, months))
    channel = Channel(*range(1, 169))
    children: list[subprocess.Popen[bytes]] = []

    def deadly(handler: BaseHTTPRequestHandler) -> None:
        if "robots" not in handler.path and len(channel.asked) + 1 == killed_at and len(children) == 1:
            os.kill(children[0].pid, signal.SIGKILL)
        channel(handler)

    killed = tmp_path / "killed"
    with web(deadly) as address:
        for _ in range(2):
            command = [sys.executable, "-c", CHILD, str(killed), address, *months]
            children.append(subprocess.Popen(command, cwd=Path(__file__).parents[2]))
            children[-1].wait(timeout=60)
    assert [child.returncode for child in children] == [-signal.SIGKILL, 0]
    assert announcements(killed) == announcements(whole)
    # Only the page in flight when the process died may be requested again.
    in_flight = channel.asked[killed_at - 1]
    others = [path for path in channel.asked if path != in_flight]
    assert len(others) == len(set(others))
    assert channel.asked.count(in_flight) <= 2


def test_a_failing_month_says_so_and_is_taken_up_where_it_broke_off(tmp_path: Path) -> None:
    channel = Channel(*range(1, 85))
    month = date(2025, 3, 1)
    channel.broken = {"/s/Koord_shtab?before=70"}
    with web(channel) as address:
        (report,) = run(tmp_path, address, CHANNEL, month)
        assert report.error is not None
        assert "answered with status 404" in report.error
        before = list(channel.asked)
        channel.broken.clear()
        channel.asked.clear()
        (report,) = run(tmp_path, address, CHANNEL, month)
    assert report.error is None
    assert channel.asked[0] == "/s/Koord_shtab?before=70"
    assert not (set(before) - {"/s/Koord_shtab?before=70"}) & set(channel.asked)


def test_the_command_names_what_went_to_quarantine(tmp_path: Path) -> None:
    channel = Channel(*range(1, 85))
    channel.stamps = {60: "2099-01-01T10:00:00+02:00"}
    with web(channel) as address:
        result = CliRunner().invoke(
            main,
            ["backfill", "--source", CHANNEL.id, "--from", "2025-03-01", "--to", "2025-03-31"],
            env={"OBMIN_DATA": str(tmp_path), "OBMIN_REPLAY": address},
        )
    assert "item 60 is set aside: its date is in the future" in result.stderr
    assert result.exit_code == 1


def test_a_month_of_a_site_that_lists_by_date(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/www.president.gov.ua")
        if "robots" in path:
            return respond(handler, 404)
        asked.append(path)
        query = parse_qs(urlsplit(path).query)
        if not path.startswith("/news/all"):
            return respond(handler, 200, ARTICLE.format(text="Стаття").replace("2 січня 2026", "5 березня 2025"))
        item = (
            '<div class="item_stat_headline"><h3><a href="/news/obmin-5">Обмін</a></h3>'
            '<p class="date">5 березня 2025 року - 10:00</p></div>'
        )
        return respond(handler, 200, "<html></html>" if "page" in query else item)

    with web(answer) as address:
        (report,) = run(tmp_path, address, SITE, date(2025, 3, 1))
    assert report.error is None
    assert asked == [
        "/news/all",  # the listing works
        "/news/all?date-from=01-03-2025&date-to=31-03-2025",
        "/news/obmin-5",
        # The last page is requested again, and so are the page behind it and the listing, to see that the site works.
        *["/news/all?date-from=01-03-2025&date-to=31-03-2025&page=2"] * 3,
        "/news/all?date-from=01-03-2025&date-to=31-03-2025&page=3",
        "/news/all",
    ]
    assert announcements(tmp_path) == [("5", "Стаття")]


def test_a_listing_that_shows_nothing_completes_no_month(tmp_path: Path) -> None:
    """The site was redesigned: an empty month would be a permanent, silent gap."""
    with web(lambda h: respond(h, 404 if "robots" in h.path else 200, "<html><p>New design</p></html>")) as address:
        for source in (SITE, CHANNEL):
            for _ in range(2):
                (report,) = run(tmp_path, address, source, date(2025, 3, 1))
                assert not report.was_complete
                assert report.error is not None
                assert "lists 0 items where at least 1 were expected" in report.error


def test_news_that_come_in_meanwhile_leave_no_hole_in_numbered_pages(tmp_path: Path) -> None:
    """Each request finds one more item in front, so every page has moved by one."""
    newest = [168]  # one item a day from January 2025: March's are 60 to 90

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/gur.gov.ua")
        if "robots" in path:
            return respond(handler, 404)
        if path.startswith("/content/item-"):
            day = date(2025, 1, 1) + timedelta(days=int(path.rpartition("-")[2]) - 1)
            return respond(
                handler,
                200,
                f"<h1>Обмін</h1><p class='date'>{day:%d.%m.%Y} 10:00</p><div class='text-content'>Обмін</div>",
            )
        newest[0] += 1
        tail = path.removeprefix("/ua/content/list-of-news").strip("/").removesuffix(".html")
        page = int(tail or "0") + 1
        numbers = [n for n in range(newest[0] - 3 * (page - 1), newest[0] - 3 * page, -1) if n > 0]
        days = ((n, date(2025, 1, 1) + timedelta(days=n - 1)) for n in numbers)
        items = "".join(
            f"<a class='item' href='/content/item-{n}'>Обмін <span>{day:%d.%m.%Y}</span></a>" for n, day in days
        )
        return respond(handler, 200, f"<html>{items}</html>")

    with web(answer) as address:
        (report,) = run(tmp_path, address, get_source("gur_uk").as_excerpt(), date(2025, 3, 1))
    assert report.error is None
    with duckdb.connect(str(deployment(tmp_path).working), read_only=True) as connection:
        found = {row[0] for row in connection.execute("select announcement_id from raw.announcements").fetchall()}
    assert {f"item-{n}" for n in range(60, 91)} <= found


def test_the_past_of_a_feed_is_found_in_the_sites_own_list(tmp_path: Path) -> None:
    """A feed of the newest three, and a listing of three a page with page numbers in its path; one item a day."""
    asked: list[str] = []

    def moment(number: int) -> datetime:
        return datetime(2025, 1, 1, 8, tzinfo=UTC) + timedelta(days=number - 1)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/interfax.com.ua")
        if "robots" in path:
            return respond(handler, 404)
        asked.append(path)
        if path == "/news/last.rss":
            items = "".join(
                f"<item><title>Обмін</title><link>https://interfax.com.ua/news/general/{n}.html</link>"
                f"<pubDate>{moment(n):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
                for n in (300, 299, 298)
            )
            return respond(handler, 200, f"<rss version='2.0'><channel>{items}</channel></rss>")
        if path.startswith("/news/latest"):
            page = int(path.removeprefix("/news/latest").removesuffix(".html").strip("-") or "1")
            numbers = [n for n in range(300 - 3 * (page - 1), 300 - 3 * page, -1) if n > 0]
            items = "".join(
                f"<div class='article'><div class='article-time'>{moment(n):%d.%m.%Y %H:%M}</div>"
                f"<a class='article-link' href='/news/general/{n}.html'>Обмін</a></div>"
                for n in numbers
            )
            return respond(handler, 200, f"<html><div class='articles-section-view'>{items}</div></html>")
        number = int(path.rpartition("/")[2].removesuffix(".html"))
        time = f"<div class='article-time'>{moment(number):%d.%m.%Y %H:%M}</div>"
        return respond(handler, 200, f"<h1>Обмін</h1>{time}<div class='article-content'>Обмін</div>")

    with web(answer) as address:
        (report,) = run(tmp_path, address, get_source("interfax").as_excerpt(), date(2025, 3, 1))
    assert report.error is None
    assert report.was_complete is False
    with duckdb.connect(str(deployment(tmp_path).working), read_only=True) as connection:
        found = {
            int(row[0]) for row in connection.execute("select announcement_id from raw.announcements").fetchall()
        }
    assert found == set(range(60, 91))  # 1 to 31 March
    # Jumps through 100 pages, then the eleven of the month and the one behind it.
    assert len([path for path in asked if path.startswith("/news/latest")]) < 30


def test_a_feed_has_no_past_and_says_where_it_is(tmp_path: Path) -> None:
    with web(lambda h: respond(h, 404)) as address:
        (report,) = run(tmp_path, address, get_source("online_ua_uk"), date(2025, 3, 1))
    assert report.error is not None
    assert "shows only the newest items" in report.error
    assert "--wayback" in report.error


def wayback(asked: list[str], captures: list[tuple[str, str]], gone: str = "") -> Callable[..., None]:
    """The index, two captures a response, and captures of one Ukrinform article each."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/web.archive.org")
        if "robots" in path:
            return respond(handler, 404)
        asked.append(path)
        if path.startswith("/cdx/"):
            query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
            assert (query["url"], query["output"]) == (FEED.wayback, "json")
            assert (query["from"], query["to"]) == ("20250228220000", "20250331210000")
            start = int(query.get("resumeKey", "0"))
            rows: list[list[str]] = [["timestamp", "original"], *map(list, captures[start : start + 2])]
            if start + 2 < len(captures):
                rows += [[], [str(start + 2)]]
            return respond(handler, 200, json.dumps(rows), {"Content-Type": "application/json"})
        if gone and gone in path:
            return respond(handler, 404)
        time = '<time datetime="2025-03-05T10:00:00+02:00"></time>'
        return respond(handler, 200, f"<h1>З полону</h1>{time}<div class='newsText'><p>Текст</p></div>")

    return answer


def test_pages_that_are_gone_come_from_the_wayback_machine(tmp_path: Path) -> None:
    base = "https://www.ukrinform.ua/rubric-ato"
    captures = [
        ("20250306120000", f"{base}/3960001-z-polonu-povernuli-ludej.html"),
        ("20250306130000", f"{base}/3960002-pogoda.html"),  # not about our subject
        ("20250307120000", f"{base}/3960003-obmin-vidbuvsa.html"),
        ("20250307120000", f"{base}/3960004-obmin-znik.html"),  # indexed but missing
        ("20250307120000", "https://www.ukrinform.ua/rubric-ato"),  # no article
    ]
    asked: list[str] = []
    with web(wayback(asked, captures, gone="3960004")) as address:
        (report,) = run(tmp_path, address, FEED, date(2025, 3, 1), way="wayback")
    assert report.error is None
    assert report.announcements_new == 2
    assert [path for path in asked if path.startswith("/web/")] == [
        f"/web/20250306120000id_/{captures[0][1]}",
        f"/web/20250307120000id_/{captures[2][1]}",
        f"/web/20250307120000id_/{captures[3][1]}",
    ]
    with duckdb.connect(str(deployment(tmp_path).working), read_only=True) as connection:
        urls = connection.execute("select url from raw.announcements order by 1").fetchall()
        aside = connection.execute("select item_id, last_error from raw.article_failures").fetchall()
    # The page is gone, so the announcement links to the capture.
    assert urls[0] == (f"https://web.archive.org/web/20250306120000/{captures[0][1]}",)
    ((item_id, message),) = aside
    assert item_id == "3960004"
    assert "answered with status 404" in message


def test_captures_whose_addresses_hold_no_words_are_judged_by_their_titles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limited and resumed: no capture is requested twice, and none is left out."""
    titles = {1139481: "Курс валют", 1139482: "З полону повернулися воїни", 1139483: "Погода", 1139484: "Обмін"}
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/web.archive.org")
        if path.startswith("/cdx/"):
            rows = [["20250306120000", f"https://interfax.com.ua/news/general/{number}.html"] for number in titles]
            rows.append(["20250306120000", "https://interfax.com.ua/news/general.html"])
            body = json.dumps([["timestamp", "original"], *rows])
            return respond(handler, 200, body, {"Content-Type": "application/json"})
        if "robots" in path:
            return respond(handler, 404)
        number = int(path.rpartition("/")[2].removesuffix(".html"))
        asked.append(str(number))
        head = f"<h1 class='article-content-title'>{titles[number]}</h1><time datetime='2025-03-05T10:00:00+02:00'>"
        return respond(handler, 200, f"{head}</time><div class='article-content'><p>Текст {number}</p></div>")

    monkeypatch.setattr("scrapers.crawling.crawl.MOST_CAPTURES", 3)
    interfax = get_source("interfax").as_excerpt()
    with web(answer) as address:
        (broken_off,) = run(tmp_path, address, interfax, date(2025, 3, 1), way="wayback")
        (whole,) = run(tmp_path, address, interfax, date(2025, 3, 1), way="wayback")
        (again,) = run(tmp_path, address, interfax, date(2025, 3, 1), way="wayback")
    assert broken_off.error is not None
    assert "3 captures of 2025-03 were read, as many as one call takes" in broken_off.error
    assert (whole.error, again.was_complete) == (None, True)
    assert asked == ["1139481", "1139482", "1139483", "1139484"]
    assert announcements(tmp_path) == [("1139482", "Текст 1139482"), ("1139484", "Текст 1139484")]
    with duckdb.connect(str(deployment(tmp_path).working), read_only=True) as connection:
        ignored = connection.execute("select item_id, reason from raw.ignored_items order by 1").fetchall()
    assert ignored == [(item, "title is about something else") for item in ("1139481", "1139483")]
