"""Problems of the deployment: each cause is opened once, counted while it lasts, and closed once.

A run's findings are collected in defs/run_outcomes.py; here they become alerts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from orchestration.alerts.config import Channel
from orchestration.alerts.outbox import Alert, now, put
from orchestration.alerts.payload import payload_of, utc_text
from orchestration.output.sanitize import for_message

# A problem that begins twice within a day is closed only after QUIET without it: a source that fails every other time
# would cause two messages each half hour.
COMES_BACK_WITHIN, QUIET = timedelta(days=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, and whether it is ok. ``cause`` is stable, such as "source koordshtab_telegram"; ``sentence`` is for
    the operator and may contain external text.
    """

    cause: str
    is_well: bool
    sentence: str = ""


def note(
    connection: duckdb.DuckDBPyConnection,
    findings: Sequence[Finding],
    channels: Sequence[Channel],
    clock: Callable[[], datetime] = now,
) -> int:
    """Open, count and close problems in one transaction; returns how many alerts were created.

    Of several findings on one cause the bad ones count, as one. ``clock`` gives UTC without a zone.
    """
    bad = {finding.cause: finding for finding in reversed(findings) if not finding.is_well}
    well = {finding.cause for finding in findings if finding.is_well} - set(bad)
    at, made = clock(), 0
    connection.execute("begin")
    try:
        for finding in bad.values():
            made += _open_or_count(connection, finding, channels, at)
        open_now = connection.execute("select cause from raw.problems where closed_at is null").fetchall()
        for cause in sorted(well & {cause for (cause,) in open_now}):
            if not _is_restless(connection, cause, at):
                made += _close(connection, cause, channels, at)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return made


def _open_or_count(
    connection: duckdb.DuckDBPyConnection, finding: Finding, channels: Sequence[Channel], at: datetime
) -> bool:
    row = connection.execute(
        "select episode, closed_at is null from raw.problems where cause = ?", [finding.cause]
    ).fetchone()
    episode, is_open = row or (0, False)
    if is_open:
        connection.execute(
            "update raw.problems set times = times + 1, last_seen_at = ?, sentence = ? where cause = ?",
            [at, finding.sentence, finding.cause],
        )
        return False
    connection.execute(
        "insert or replace into raw.problems values (?, ?, ?, 1, ?, ?, null)",
        [finding.cause, episode + 1, finding.sentence, at, at],
    )
    put(connection, _alert("problem", finding.cause, episode + 1, finding.sentence, at, 1, at), channels)
    return True


def _is_restless(connection: duckdb.DuckDBPyConnection, cause: str, at: datetime) -> bool:
    """True for an open problem that began within a day of its previous beginning and was seen within QUIET."""
    row = connection.execute(
        "select count(*) > 1 from raw.problems inner join raw.alerts on subject = cause and kind = 'problem' "
        "where cause = $cause and closed_at is null and last_seen_at > $quiet_since "
        "and decided_at > opened_at - $a_day",
        {"cause": cause, "quiet_since": at - QUIET, "a_day": COMES_BACK_WITHIN},
    ).fetchone()
    return row == (True,)


def _close(connection: duckdb.DuckDBPyConnection, cause: str, channels: Sequence[Channel], at: datetime) -> bool:
    row = connection.execute(
        "update raw.problems set closed_at = ? where cause = ? and closed_at is null "
        "returning episode, sentence, opened_at, times",
        [at, cause],
    ).fetchone()
    if row is None:
        return False
    episode, sentence, opened_at, times = row
    put(connection, _alert("recovery", cause, episode, sentence, opened_at, times, at), channels)
    return True


def _alert(kind: str, cause: str, episode: int, sentence: str, since: datetime, times: int, at: datetime) -> Alert:
    alert_id = f"{kind}/{cause}/{episode}"
    problem = {"cause": cause, "sentence": for_message(sentence), "since": utc_text(since), "times": times}
    first = f"problem/{cause}/{episode}" if kind == "recovery" else None
    return Alert(alert_id, kind, cause, payload_of(kind, alert_id, at, first, {"problem": problem}), at)
