"""No fact depends on the time zone of the machine or of a DuckDB session."""

from __future__ import annotations

import re

import duckdb
import pytest

from orchestration.settings import DBT_PROJECT, PROJECT

# Functions and casts whose value depends on the session's time zone.
OF_THE_SESSION = re.compile(
    r"\b(current_date|current_time\b|current_localtime\w*|localtime\w*|today\(\)|timestamptz|with time zone|"
    r"(?<!epoch_us\()now\(\)|get_current_\w+)",
    re.IGNORECASE,
)
# In Python: clocks without a time zone.
OF_THE_MACHINE = re.compile(r"datetime\.now\(\)|date\.today\(\)|utcnow\(\)|fromtimestamp\([^,()]*\)|time\.localtime")


def test_no_sql_asks_for_the_sessions_day_or_hour() -> None:
    texts = {path: path.read_text("utf-8") for folder in ("models", "tests", "macros", "seeds")
             for path in (DBT_PROJECT / folder).rglob("*.sql")}  # fmt: skip
    texts |= {path: path.read_text("utf-8") for path in (PROJECT / "orchestration").rglob("*.sql")}
    assert {path.name: found[0] for path, text in texts.items() if (found := OF_THE_SESSION.search(text))} == {}


def test_no_python_asks_for_the_machines_hour() -> None:
    texts = {path: path.read_text("utf-8") for folder in ("orchestration", "scrapers")
             for path in (PROJECT / folder).rglob("*.py")}  # fmt: skip
    assert {path.name: found[0] for path, text in texts.items() if (found := OF_THE_MACHINE.search(text))} == {}


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Pacific/Auckland"])
def test_the_moment_that_the_laws_use_is_utc(zone: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{zone}'")
        row = connection.execute(
            "select make_timestamp(epoch_us(now())) = make_timestamp(epoch_us(current_timestamp)), "
            "abs(epoch(make_timestamp(epoch_us(now()))) - epoch(now())) < 1"
        ).fetchone()
    assert row == (True, True)
