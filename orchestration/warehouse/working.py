"""The working file: its raw tables, its lock, and the errors that a person can act on.

Who may open the file and what the raw schema is; what goes into the tables is each step's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration.settings import Settings
from scrapers.errors import ObminError

# A person at a terminal is told soon that another run is writing; a run waits for its turn.
LOCK_SECONDS, RUN_LOCK_SECONDS = 10.0, 1800.0
SCHEMA_VERSION = 4
# A checkpoint holds the last row group in memory: of DuckDB's 122,880 announcements that would be 300 MB.
ROW_GROUP = 20_480
# DuckDB's own 16 MB would checkpoint the indexes at every few thousand announcements.
CHECKPOINT_AT = "256MB"

# Times are UTC, stored without a zone. raw.* is append-only but for the marks of progress in it.
# `arrival_number` rises with each load of announcements, `change_number` with each reading or deletion:
# what came after a number is what a build has to look at. `file_id` tells one file's numbers from another's.
SCHEMA = f"""
create schema if not exists raw;
create table if not exists raw.schema_version as
    select {SCHEMA_VERSION} as version, cast(uuid() as varchar) as file_id;
create table if not exists raw.sources (
    source_id text primary key, publisher text, side text, language text, precedence integer, url text
);
create table if not exists raw.source_checks (
    source_id text primary key, last_checked_at timestamp, last_success_at timestamp,
    is_complete boolean, complete_through timestamp, last_error text
);
create table if not exists raw.pages (
    page_id text primary key, source_id text, url text, fetched_at timestamp, status integer,
    payload_digest text, etag text, last_modified text, fingerprint text,
    archive_file text, archive_offset bigint, loaded_at timestamp
);
create index if not exists pages_by_url on raw.pages (url);
create table if not exists raw.history (
    source_id text, month date, way text, resume_url text, last_url text, is_complete boolean,
    primary key (source_id, month, way)
);
create table if not exists raw.announcements (
    version_id text primary key, source_id text, announcement_id text, url text, language text,
    published_at timestamp, title text, text text, is_edited boolean, forwarded_from text,
    page_id text, first_seen_at timestamp, content_id text, arrival_number bigint
);
create table if not exists raw.absent_items (
    source_id text, item_id text, url text, is_deleted boolean, noticed_at timestamp, change_number bigint,
    primary key (source_id, item_id)
);
create table if not exists raw.reference_rows (
    source_id text, row_id text, cells json, day date, released integer, returned integer,
    page_id text, first_seen_at timestamp,
    primary key (source_id, row_id)
);
create table if not exists raw.ignored_items (
    source_id text, item_id text, reason text, excerpt text, published_at timestamp, first_seen_at timestamp,
    primary key (source_id, item_id)
);
create table if not exists raw.quarantined_items (
    source_id text, item_id text, message text, excerpt text, first_seen_at timestamp,
    primary key (source_id, item_id)
);
create table if not exists raw.readings (
    version_id text, reader_version text, kind text, language text, issues text[], read_at timestamp,
    change_number bigint, primary key (version_id, reader_version)
);
create table if not exists raw.build (
    since bigint, rules text, arrived bigint, changed bigint, "references" ubigint
);
create table if not exists raw.readers (reader_version text primary key, read_through bigint);
create table if not exists raw.statements (
    statement_id text primary key, version_id text, reader_version text, event_index integer,
    event_kind text, event_date date, date_basis text, is_recap boolean, measure text, value integer,
    category text, within text, bound text, period text, field text, quote text,
    quote_start integer, quote_end integer
);
create table if not exists raw.told_exchanges (
    exchange_id text primary key, figures json, has_conflict boolean, is_withdrawn boolean, changes integer
);
create table if not exists raw.problems (
    cause text primary key, episode integer, sentence text, times integer, opened_at timestamp,
    last_seen_at timestamp, closed_at timestamp
);
create table if not exists raw.alerts (
    alert_id text primary key, kind text, subject text, payload json, decided_at timestamp, number bigint
);
create table if not exists raw.deliveries (
    alert_id text, channel text, attempts integer, due_since timestamp, next_attempt_at timestamp,
    last_error text, delivered_at timestamp, given_up_at timestamp, primary key (alert_id, channel)
);
"""

TABLES = frozenset(re.findall(r"create table if not exists (raw\.\w+)", SCHEMA))

# The number that the next change gets. Changes of one crawl may share one: a build comes after all of them.
NEXT_CHANGE = (
    "(select 1 + greatest((select coalesce(max(change_number), 0) from raw.readings), "
    "(select coalesce(max(change_number), 0) from raw.absent_items)))"
)


class WarehouseError(ObminError):
    """The warehouse can't be used. The message is one sentence: what happened and what to do."""


@contextmanager
def writing(settings: Settings, patience: float | None = None) -> Iterator[None]:
    """Hold the working file's lock: one writer at a time.

    Raises WarehouseError when another has it for longer than ``patience`` seconds, ten when left out.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.lock)
    try:
        lock.acquire(timeout=LOCK_SECONDS if patience is None else patience)
    except Timeout as error:
        raise WarehouseError(
            f"Another run is writing {settings.working}; wait for it to end, then run again."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def working_file(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, open for writing, with its raw tables in place.

    Raises WarehouseError when the file is locked or is no DuckDB file.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    connection = _open(settings.working, read_only=False)
    try:
        connection.execute(f"set checkpoint_threshold = '{CHECKPOINT_AT}'")
        if not _has_schema(connection, settings.working):
            connection.execute(f"begin; {SCHEMA} commit")
        yield connection
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *options: str) -> None:
    """Attach a file under a name; DuckDB takes no parameter in the place of a path."""
    place = str(path).replace("'", "''")
    connection.execute(f"attach '{place}' as {name}" + (f" ({', '.join(options)})" if options else ""))


@contextmanager
def create_working_file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new file with empty raw tables, to be swapped in by whoever fills it."""
    with duckdb.connect() as connection:
        attach(connection, path, "fresh", f"row_group_size {ROW_GROUP}")
        connection.execute("use fresh")
        connection.execute(SCHEMA)
        yield connection
        connection.execute("use memory")
        connection.execute("detach fresh")


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse file, read-only; nothing outside the file can be reached from its SQL.

    Raises WarehouseError when there is no such file, or it is no DuckDB file.
    """
    if not path.exists():
        raise WarehouseError(f"There is no warehouse at {path} yet; run `obmin run` first.")
    connection = _open(path, read_only=True)
    try:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _has_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """False when tables of SCHEMA are missing: the file is new, or older than a table that was added since."""
    rows = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
    tables = {f"raw.{name}" for (name,) in rows}
    if not tables:
        return False
    has_version = "raw.schema_version" in tables
    row = connection.execute("select version from raw.schema_version").fetchone() if has_version else None
    if row != (SCHEMA_VERSION,):
        raise WarehouseError(
            f"{path} was made by another version of Obmin; move it away, then run `obmin reparse`: all is rebuilt "
            "from the archive beside it, and nothing is fetched again."
        )
    return tables >= TABLES


def _open(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseError(
                f"{path} is locked by another process; close the program that has it open, then run again. "
                "Readers should open obmin.duckdb, never working.duckdb."
            ) from error
        raise WarehouseError(
            f"{path} is not a DuckDB warehouse; move it away, then run `obmin run` to build it anew."
        ) from error
