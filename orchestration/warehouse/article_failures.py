"""Articles that could not be read: when to retry each, and when to give up.

Only the table raw.article_failures; the crawl decides what is a failure (scrapers/crawling/article_pages.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from scrapers.records import Link

# One attempt, then retries after 15 minutes, 1, 4, 16 and 64 hours: an article missing for three and a half days will
# not appear by itself. Our own choice; an announcement is edited within three days, if ever.
MOST_ATTEMPTS, FIRST_PAUSE, TIMES_LONGER = 6, timedelta(minutes=15), 4
LONGEST_PAUSE = FIRST_PAUSE * TIMES_LONGER ** (MOST_ATTEMPTS - 2)
# A failure of the source is not counted against the article.
PAUSE_OF_SOURCE = timedelta(hours=1)


@dataclass(slots=True)
class Failure:
    """One article's failures. Timestamps are UTC without a zone; ``given_up_at`` is None while it is retried."""

    attempts: int
    next_attempt_at: datetime
    given_up_at: datetime | None

    def must_wait(self, now: datetime) -> bool:
        # A pause that would last longer than any is of a clock that was ahead, and counts as over.
        return self.given_up_at is not None or _naive(now) < self.next_attempt_at <= _naive(now) + LONGEST_PAUSE


class ArticleFailures:
    """The failures of one source, for one thread; ``connection`` belongs to that thread."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source_id: str) -> None:
        self._connection, self._source_id = connection, source_id
        rows = connection.execute(
            "select item_id, attempts, next_attempt_at, given_up_at from raw.article_failures where source_id = ?",
            [source_id],
        ).fetchall()
        self._failures = {item_id: Failure(*row) for item_id, *row in rows}

    def has(self, item_id: str) -> bool:
        return item_id in self._failures

    def attempts(self, item_id: str) -> int:
        failure = self._failures.get(item_id)
        return failure.attempts if failure else 0

    def must_wait(self, item_id: str, now: datetime) -> bool:
        failure = self._failures.get(item_id)
        return failure is not None and failure.must_wait(now)

    def due(self, now: datetime, most: int) -> list[Link]:
        """Articles to retry, longest overdue first."""
        rows = self._connection.execute(
            "select item_id, url, title from raw.article_failures where source_id = $1 and given_up_at is null "
            "and (next_attempt_at <= $2 or next_attempt_at > $3) order by next_attempt_at, item_id limit $4",
            [self._source_id, _naive(now), _naive(now) + LONGEST_PAUSE, most],
        ).fetchall()
        return [Link(item_id, url, title) for item_id, url, title in rows]

    def note(self, link: Link, message: str, is_counted: bool, now: datetime) -> None:
        """Record a failure; after MOST_ATTEMPTS counted ones, the article is given up."""
        before = self._failures.get(link.item_id)
        attempts = (before.attempts if before else 0) + is_counted
        pause = FIRST_PAUSE * TIMES_LONGER ** (attempts - 1) if is_counted else PAUSE_OF_SOURCE
        moment = _naive(now)
        failure = Failure(attempts, moment + pause, moment if attempts >= MOST_ATTEMPTS else None)
        self._failures[link.item_id] = failure
        self._connection.execute(
            "insert into raw.article_failures values ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
            "on conflict (source_id, item_id) do update set url = excluded.url, attempts = excluded.attempts, "
            "next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error, "
            "given_up_at = excluded.given_up_at",
            [
                self._source_id, link.item_id, storable(link.url), storable(link.title), attempts, moment,
                failure.next_attempt_at, storable(message), failure.given_up_at,
            ],
        )  # fmt: skip

    def forget(self, item_id: str) -> None:
        if self._failures.pop(item_id, None) is not None:
            self._connection.execute(
                "delete from raw.article_failures where source_id = ? and item_id = ?", [self._source_id, item_id]
            )


def retry_all(connection: duckdb.DuckDBPyConnection, source_ids: Iterable[str], now: datetime) -> int:
    """Make every failed article of these sources due now, including those given up. Returns their number."""
    rows = connection.execute(
        "update raw.article_failures set attempts = 0, next_attempt_at = ?, given_up_at = null "
        "where source_id in (select unnest(?)) returning 1",
        [_naive(now), list(source_ids)],
    ).fetchall()
    return len(rows)


def forget_read(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete the failures of articles that are announcements by now: a better parser has read them."""
    connection.execute(
        "delete from raw.article_failures where exists (from raw.announcements "
        "where source_id = article_failures.source_id and announcement_id = article_failures.item_id)"
    )


def unread_articles(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One sentence for each article that could not be read, with the reason and what happens next."""
    rows = connection.execute(
        "select source_id, item_id, url, attempts, next_attempt_at, last_error, given_up_at "
        "from raw.article_failures order by given_up_at is null, source_id, item_id"
    ).fetchall()
    return [
        f"{source}: article {item} ({url}) could not be read: {error} "
        + (
            f"It was given up after {attempts} attempts; to try again: `obmin fetch {source} --retry-failed`."
            if given_up
            else f"It is tried again after {due:%Y-%m-%d %H:%M} UTC."
        )
        for source, item, url, attempts, due, error, given_up in rows
    ]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def storable(text: str) -> str:
    """Text that can be stored: a lone surrogate, which no database accepts, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
