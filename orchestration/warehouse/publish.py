"""Publishing: the pipeline's own copy is brought up to date; a copy of it is compared with the working file and
swapped in.

The pipeline continues from its own file (`settings.base`), never from one that users open: both, and each earlier
copy in `previous/`, are separate files, with no links between them. Building the facts is in build.py.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.comparison import compare, content_of
from orchestration.warehouse.damage import is_damage
from orchestration.warehouse.database import DamagedFile, Warehouse, WarehouseError, reading
from orchestration.warehouse.growing_tables import GROWING
from orchestration.warehouse.published_files import (
    OWN,
    READ_ONLY,
    LastPublication,
    flush,
    keep_last,
    new_file,
    read_last,
    replace_file,
    swap,
    tidy,
)
from orchestration.warehouse.table_descriptions import comment_on_tables, described_tables
from orchestration.warehouse.watermarks import (
    base_state,
    built_state,
    note_base,
    note_publication,
    state_of,
)
from scrapers.extraction.version import reader_version

SCHEMAS = ("marts", "reports")
# Texts are nine tenths of a copy, and compressed with zstd they take half the space. DuckDB 1.2 or newer reads that;
# by itself it compresses so only texts of 4,096 bytes and more: https://duckdb.org/docs/stable/configuration/overview
STORAGE_VERSION, COMPRESSED_FROM_BYTES = "v1.2.0", 256


@dataclass(frozen=True, slots=True)
class Published:
    """``new``: exchanges that the previous copy lacked, newest first: date (Kyiv), people released if a number is
    known, status, announcement address, id. ``released_by_month``: people, by the first day of the month; None
    where the number of no exchange is known. Exchanges without one are left out, "at least" counts as it is.
    """

    path: Path
    tables: int
    exchanges: int
    new: list[dict[str, Any]] = field(default_factory=list)
    released_by_month: dict[date, int | None] = field(default_factory=dict)


def publish(warehouse: Warehouse, run_id: str) -> Published:
    """Copy marts and reports into a new file and swap it in. Call it only after the checks passed.

    Only rows that changed are written to the base, so that publishing one announcement costs about the same however
    many there are. Raises WarehouseError when the copy can't be written, or differs from the working file: then the
    previous copy stays.
    """
    settings = warehouse.settings
    for path in (settings.published, settings.base):
        if path.is_dir():
            raise WarehouseError(f"{path} is a folder; move it away, then run again.")
    with warehouse.connection() as connection:
        last = read_last(connection, settings)
    with _explained(settings), new_file(settings.published) as copy:
        keep_last(settings, last)
        try:
            tables, exchanges = _write(warehouse, last, copy, run_id, may_continue=True)
        except (duckdb.Error, DamagedFile, _Differs):
            # The base is damaged, or open in a program: copy everything from the working file.
            tables, exchanges = _write(warehouse, last, copy, run_id, may_continue=False)
        swap(settings, copy, last)
    tidy(settings)
    new = [exchange for exchange in exchanges if exchange["exchange_id"] not in last.exchanges]
    return Published(settings.published, tables, len(exchanges), new, _by_month(exchanges))


def as_published(settings: Settings) -> Published:
    """The copy that stands, where there is nothing new to publish."""
    with reading(settings.published) as connection:
        exchanges = _exchanges(connection)
        tables = connection.execute(
            "from information_schema.tables where table_schema in (select unnest(?))", [list(SCHEMAS)]
        ).fetchall()
    return Published(settings.published, len(tables), len(exchanges), [], _by_month(exchanges))


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """Raise what can happen while a copy is written as WarehouseError."""
    as_it_was = f"{settings.published} is as it was; fix that, then run again."
    try:
        yield
    except OSError as error:
        where = error.filename or settings.data
        raise WarehouseError(f"The new copy can't be written ({where}: {error.strerror}). {as_it_was}") from error
    except (duckdb.IOException, duckdb.TransactionException) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise WarehouseError(f"The new copy can't be written ({reason}). {as_it_was}") from error
    except _Differs as error:
        raise WarehouseError(
            f"The new copy is not what was written to it ({error}): the disk or the memory is failing. {as_it_was}"
        ) from error


class _Differs(Exception):
    """A copy that differs from the working file; the message names the tables, or the damage."""


def _write(
    warehouse: Warehouse, last: LastPublication, copy: Path, run_id: str, may_continue: bool
) -> tuple[int, list[dict[str, Any]]]:
    """Write the base and its new copy, ready to be swapped in; returns the number of tables, and the exchanges.

    The base is changed in place, in one transaction. A new one is written beside it when it can't be continued.
    """
    settings = warehouse.settings
    with new_file(settings.base) as fresh, warehouse.connection() as connection:
        continues = may_continue and _can_continue(connection, settings)
        publication_id = str(uuid.uuid4())
        expected = _fill(connection, settings.base if continues else fresh, run_id, publication_id, continues)
        if not continues:
            os.chmod(fresh, OWN)
            replace_file(fresh, settings.base)
        # Should the copy fail, the next publication continues from this base.
        note_base(connection, publication_id)
        copy.unlink(missing_ok=True)  # the first attempt's is read-only
        shutil.copyfile(settings.base, copy)
        if differing := _differing(connection, copy, expected):
            raise _Differs(differing)
        os.chmod(copy, READ_ONLY)
        flush(copy)
        written = copy.stat()
        note_publication(connection, publication_id, (written.st_size, written.st_mtime_ns), last.stamp)
        return len(expected), _exchanges(connection)


def _fill(
    connection: duckdb.DuckDBPyConnection, base: Path, run_id: str, publication_id: str, continues: bool
) -> dict[str, Any]:
    """Write what changed to the base, or everything to a new one; returns each table's expected content."""
    try:
        attach(connection, base, "fresh", f"storage_version '{STORAGE_VERSION}'")
    except duckdb.IOException as error:
        if not continues:
            raise
        raise _Differs(f"{base} can't be opened for writing") from error
    connection.execute(f"set zstd_min_string_length = {COMPRESSED_FROM_BYTES}")
    described = described_tables()
    tables = _tables(connection, described)
    connection.execute("begin")
    of_base = _clear(connection, keep={(schema, table) for schema, table, _ in tables})
    expected, written = {}, []
    for schema, table, kind in tables:
        name = f'{schema}."{table}"'
        if continues and table in GROWING:
            _replace_touched(connection, table)
            expected[name] = content_of(connection, name, without_texts=True)
            continue
        # A view is evaluated only once.
        content = None if kind == "VIEW" else content_of(connection, name)
        if content is None or not ((schema, table) in of_base and content_of(connection, f"fresh.{name}") == content):
            connection.execute(f"create or replace table fresh.{name} as from {name}")
            written.append((schema, table))
        expected[name] = content or content_of(connection, f"fresh.{name}")
    _write_about(connection, run_id, publication_id)
    of_meta = {key: description for key, description in described.items() if key[0] == "meta"}
    # A table of the base has its comments, which are of the same rules.
    comment_on_tables(connection, "fresh", {table: described[table] for table in written} | of_meta)
    connection.execute("commit")
    connection.execute("detach fresh")
    return expected


def _tables(
    connection: duckdb.DuckDBPyConnection, described: Collection[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Schema, name and type ("VIEW" or "BASE TABLE") of what is published; dbt leaves a table that left the project
    in the working file.
    """
    held = connection.execute(
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_schema in (select unnest(?)) and table_catalog = current_database() order by all",
        [list(SCHEMAS)],
    ).fetchall()
    return [(schema, table, kind) for schema, table, kind in held if (schema, table) in described]


def _differing(connection: duckdb.DuckDBPyConnection, copy: Path, expected: dict[str, Any]) -> str:
    """What is wrong with a copy, empty if nothing. The working file is not read here: damage is the copy's."""
    try:
        return ", ".join(compare(connection, copy, expected))
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) or is_damage(error):
            return str(error).splitlines()[0].rstrip(".")
        raise


def _exchanges(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    exchanges = connection.execute(
        "select exchanged_on, released_total, status, announcement_url, exchange_id "
        "from marts.fct_exchanges order by exchanged_on desc, exchange_id"
    )
    names = [column[0] for column in exchanges.description]
    return [dict(zip(names, row, strict=True)) for row in exchanges.fetchall()]


def _by_month(exchanges: list[dict[str, Any]]) -> dict[date, int | None]:
    people: dict[date, int | None] = {}
    for exchange in sorted(exchanges, key=lambda exchange: exchange["exchanged_on"]):
        month, released = exchange["exchanged_on"].replace(day=1), exchange["released_total"]
        before = people.setdefault(month, None)
        people[month] = before if released is None else (before or 0) + released
    return people


def _can_continue(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when the last build covered the changes since the base."""
    row = connection.execute("select max(since) from raw.build").fetchone()
    base, now = base_state(connection, settings), state_of(connection)
    return bool(row and row[0] and base and (base.rules, base.changed) == (now.rules, row[0]))


def _clear(connection: duckdb.DuckDBPyConnection, keep: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Drop the base's other tables, so that a table that left the project disappears; returns those that stay."""
    held = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'fresh'"
    ).fetchall()
    for schema, table in held:
        if (schema, table) not in keep:
            connection.execute(f'drop table fresh.{schema}."{table}"')
    for schema in (*SCHEMAS, "meta"):
        connection.execute(f"create schema if not exists fresh.{schema}")
    return keep & set(held)


def _replace_touched(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    touched, keys = GROWING[table]
    is_touched = " and ".join(f"held.{key} = touched.{key}" for key in keys)
    # A semi join skips the texts of a million rows; `exists` would read them.
    connection.execute(
        f"delete from fresh.marts.{table} where rowid in ("  # noqa: S608
        f"select held.rowid from fresh.marts.{table} as held semi join {touched} as touched on {is_touched})"
    )
    connection.execute(
        f"insert into fresh.marts.{table} by name "  # noqa: S608
        f"select held.* from marts.{table} as held semi join {touched} as touched on {is_touched}"
    )


def _write_about(connection: duckdb.DuckDBPyConnection, run_id: str, publication_id: str) -> None:
    connection.execute(
        """
        create table fresh.meta.about as
        select $built_at::timestamp as built_at, $run_id as run_id, $obmin as obmin_version,
            $reader as reader_version, $dbt as dbt_version, $duckdb as duckdb_version,
            (
                select list(struct_pack(source_id, last_success_at) order by source_id) from raw.source_checks
            ) as sources,
            $rules as rules, $arrived::bigint as arrived, $changed::bigint as changed,
            $references::ubigint as "references", $publication as publication_id
        """,
        {
            "built_at": datetime.now(UTC).replace(tzinfo=None),
            "run_id": run_id,
            "obmin": version("obmin"),
            "reader": reader_version(),
            "dbt": version("dbt-core"),
            "duckdb": version("duckdb"),
            "publication": publication_id,
            **asdict(built_state(connection)),
        },
    )
    connection.execute(
        "create table fresh.meta.sources as "
        "select source_id, last_checked_at, last_success_at, last_error from raw.source_checks"
    )
