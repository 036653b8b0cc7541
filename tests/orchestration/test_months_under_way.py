"""Months that were backfilled before they were over: what is published later in the month is not left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import fetch
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.http.throttling import Clock
from tests.conftest import deployment, web
from tests.support.backfilled_months import CHANNEL, run
from tests.support.sites import Channel

MARCH = date(2025, 3, 1)
MIDDLE, LATER = datetime(2025, 3, 15, 12, tzinfo=UTC), datetime(2025, 4, 10, 12, tzinfo=UTC)
# One post a day: those of March, of which 57 to 71 are published by the 15th.
POSTS_OF_MARCH = list(range(57, 85))


def clock_at(*moments: datetime) -> Clock:
    """A clock that shows these moments, then the last one for good."""
    left = list(moments)
    return Clock(sleep=lambda _: None, moment=lambda: left.pop(0) if len(left) > 1 else left[0])


def state(folder: Path) -> tuple[list[int], bool]:
    """The stored posts of March, and whether the month counts as complete."""
    with duckdb.connect(str(deployment(folder).working), read_only=True) as connection:
        posts = connection.execute(
            "select distinct announcement_id::int as id from raw.announcements where id between 57 and 84 order by id"
        ).fetchall()
        (is_complete,) = connection.execute("select is_complete from raw.backfill_progress").fetchall()[0]
    return [post for (post,) in posts], is_complete


def broken_off(folder: Path, address: str, channel: Channel) -> None:
    channel.broken = {"/s/Koord_shtab?before=63"}
    (report,) = run(folder, address, CHANNEL, MARCH, clock=clock_at(MIDDLE))
    assert report.error is not None
    channel.broken.clear()


def read_to_its_end(folder: Path, address: str, _: Channel) -> None:
    (report,) = run(folder, address, CHANNEL, MARCH, clock=clock_at(MIDDLE))
    assert report.error is None


def fetched_and_not_loaded(folder: Path, address: str, _: Channel) -> None:
    settings = deployment(folder)
    with Warehouse(settings).connection() as connection:
        with HttpClient(replay=address, attempts=1, clock=clock_at(MIDDLE)) as client:
            archive = PageArchive(settings.pages)
            assert fetch(connection, archive, client, CHANNEL, MIDDLE, lambda _: None).error is None


@pytest.mark.parametrize("before", [broken_off, read_to_its_end, fetched_and_not_loaded])
def test_a_month_that_was_begun_before_its_end_is_read_again(
    tmp_path: Path, before: Callable[[Path, str, Channel], None]
) -> None:
    channel = Channel(*range(1, 72))
    with web(channel) as address:
        before(tmp_path, address, channel)
        channel.posts |= {number: f"Допис {number}" for number in range(72, 94)}
        (report,) = run(tmp_path, address, CHANNEL, MARCH, clock=clock_at(LATER))
    assert report.error is None
    assert state(tmp_path) == (POSTS_OF_MARCH, True)


def test_a_month_that_ends_during_the_crawl_stays_open(tmp_path: Path) -> None:
    with web(Channel(*range(1, 84))) as address:
        last_minute = datetime(2025, 3, 31, 20, 59, tzinfo=UTC)  # 23:59 in Kyiv
        (report,) = run(tmp_path, address, CHANNEL, MARCH, clock=clock_at(last_minute, LATER))
    assert report.error is None
    assert state(tmp_path) == (POSTS_OF_MARCH[:-1], False)


def test_what_an_interrupted_month_left_to_be_loaded_is_named_when_it_is_set_aside(tmp_path: Path) -> None:
    channel = Channel(*range(1, 85))
    channel.stamps = {80: "2099-01-01T10:00:00+02:00"}
    with web(channel) as address:
        fetched_and_not_loaded(tmp_path, address, channel)
        (report,) = run(tmp_path, address, CHANNEL, MARCH, clock=clock_at(LATER))
    (failure,) = report.failures
    assert "item 80 is set aside: its date is in the future" in failure
