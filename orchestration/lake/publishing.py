"""One publication to the lake: all tables in one transaction, under the writer lock, in a process of its own.

The process reads the local files only; starting it, and noting its outcome, is in deployment.py.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lake.connection import LakeError, LakeUnreachable, open_lake
from orchestration.lake.tables import (
    HeldTable,
    LocalTable,
    Since,
    content_of_table,
    descriptions,
    drop_others,
    known_through,
    local_tables,
    write,
)
from orchestration.lake.writer_lock import writer_lock
from orchestration.lake_address import Lake
from orchestration.warehouse.attachment import attach
from scrapers.errors import ObminError

# Names from the lake become SQL.
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Request:
    """``publication_id`` is the one to write. ``noted`` are the ids of the lake's publications that this deployment
    wrote or restored last, or may have written; ``takes_over`` lets it write over that of another.
    """

    lake: Lake
    working: str
    published: str
    decisions: str
    publication_id: str
    noted: list[str]
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What the lake holds. ``file_id`` and ``schema_version`` are of the working file that wrote it; ``changed`` and
    ``rules`` say from what its facts were built; ``decisions`` is the text of the reviewers' file.
    """

    publication_id: str
    file_id: str
    rules: str
    changed: int
    written_at: datetime
    obmin_version: str
    duckdb_version: str
    schema_version: int
    decisions: str | None
    tables: dict[tuple[str, str], HeldTable]


class OtherWriter(LakeError):
    """Another deployment has written to the lake since this one did."""


class UncertainCommit(LakeUnreachable):
    """The commit failed, or what came after it: what was written may be there or not."""


def publish(request: Request) -> dict[str, Any]:
    """Write what changed; returns ``publication_id``, and ``rows`` of each written table.

    Raises LakeError; then the lake is as it was.
    """
    is_committing = False
    try:
        with writer_lock(request.lake) as check_lock, open_lake(request.lake, is_read_only=False) as connection:
            attach(connection, Path(request.working), "working", "read_only")
            attach(connection, Path(request.published), "copy", "read_only")
            held = None if request.takes_over else read_held(connection)
            _check_writer(held, request)
            connection.execute("begin")
            contents, written = _write_tables(connection, held)
            _write_about(connection, request, contents)
            # Who lost it may have lost the files to a tidying, too.
            check_lock()
            is_committing = True
            connection.execute("commit")
    except LakeError as error:
        raise UncertainCommit(str(error)) if is_committing else error from None
    return {"publication_id": request.publication_id, "rows": written}


def read_held(connection: duckdb.DuckDBPyConnection) -> Held | None:
    """What the attached lake holds; None for an empty one."""
    try:
        row = connection.execute(
            "select publication_id, file_id, rules, changed, written_at, obmin_version, duckdb_version, "
            "schema_version, decisions, tables from lake.meta.lake"
        ).fetchone()
    except duckdb.CatalogException:  # no such table
        return None
    assert row is not None
    *about, tables = row
    for name in (name for table in tables for name in (table["schema"], table["name"])):
        if not NAME.fullmatch(name):
            raise LakeError(
                f"The lake has a table with the name {name!a}, which is none of Obmin's; nothing was read."
            )
    held = {
        (one["schema"], one["name"]): HeldTable(one["rows"], one["hash"], one["columns"], one.get("described", ""))
        for one in tables
    }
    return Held(*(*about, held))


def _check_writer(held: Held | None, request: Request) -> None:
    """Two deployments that publish in turns would undo each other's facts: only the one that wrote or restored the
    lake's last publication may go on.
    """
    if held is None or held.publication_id in request.noted:
        return
    raise OtherWriter(
        f"Another deployment published to the lake at {held.written_at:%Y-%m-%d %H:%M} UTC, or this one did before a "
        "back-up was put back; nothing was written. If there are two, stop one. `obmin restore --from-lake` goes on "
        "from the lake, `obmin lake take-over` writes this deployment's record over it."
    )


def _write_tables(
    connection: duckdb.DuckDBPyConnection, held: Held | None
) -> tuple[dict[tuple[str, str], HeldTable], dict[str, int]]:
    """Returns what the lake has of each table then, and the rows of those that were written."""
    if held is None:
        for schema in ("raw", "marts", "reports", "meta"):
            connection.execute(f"create schema if not exists lake.{schema}")
    known = held.tables if held is not None else {}
    since = _since(connection, held)
    tables, written = local_tables(connection), {}
    described = descriptions(connection)
    contents = {
        table.key: content_of_table(connection, table)._replace(described=described.get(table.key, ""))
        for table in tables
    }
    for table in tables:
        now = contents[table.key]
        is_new = known.get(table.key) != now
        rows = (
            write(connection, table, known.get(table.key), now, since)
            if is_new
            else since.rows(connection, table, now.rows)
        )
        if rows != now.rows:
            raise LakeError(
                f"The lake's {table.schema}.{table.name} would have {rows} rows instead of {now.rows}: nothing "
                "was written. Another program may write to it; `obmin lake take-over` writes everything again."
            )
        if is_new:
            written[f"{table.schema}.{table.name}"] = rows
    drop_others(connection, contents.keys())
    return contents, written


def _since(connection: duckdb.DuckDBPyConnection, held: Held | None) -> Since:
    if held is None:
        return Since(continues=False, loaded=None, read=None, is_untouched=False)
    built = connection.execute("select since, rules from working.raw.build").fetchone()
    last = connection.execute(
        "select commit_message from lake.snapshots() where snapshot_id = (from lake.current_snapshot())"
    ).fetchone()
    loaded, read = (
        known_through(connection, LocalTable("raw", name), number, held.tables.get(("raw", name)))
        for name, number in (("announcements", "load_seq"), ("readings", "change_seq"))
    )
    return Since((held.changed, held.rules) == built, loaded, read, is_untouched=last == (held.publication_id,))


def _write_about(
    connection: duckdb.DuckDBPyConnection, request: Request, contents: dict[tuple[str, str], HeldTable]
) -> None:
    decisions = Path(request.decisions)
    # Who reads the list of snapshots sees which publication each was; a snapshot without one is another program's.
    connection.execute("call lake.set_commit_message('Obmin', ?)", [request.publication_id])
    connection.execute(
        """
        create or replace table lake.meta.lake as
        select $publication as publication_id, file_id, version as schema_version, $now::timestamp as written_at,
            $obmin as obmin_version, $duckdb as duckdb_version, about.rules, about.arrived, about.changed,
            $decisions::varchar as decisions,
            $tables::struct(schema varchar, name varchar, "rows" bigint, hash varchar, columns varchar,
                described varchar)[] as tables
        from working.raw.schema_version cross join copy.meta.about as about
        """,
        {
            "publication": request.publication_id,
            "now": datetime.now(UTC).replace(tzinfo=None),
            "obmin": version("obmin"),
            "duckdb": version("duckdb"),
            "decisions": decisions.read_text("utf-8") if decisions.exists() else None,
            "tables": [{"schema": schema, "name": name, **of._asdict()} for (schema, name), of in contents.items()],
        },
    )


def main() -> None:
    """Read a request from standard input, a line of JSON; write the outcome, or the error's sentence, as JSON. The
    process ends when that input does: nobody waits for the outcome any more, and the local files are to be free.
    """
    given = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    request = Request(**{**given, "lake": Lake(**given["lake"])})
    try:
        outcome = publish(request)
    except ObminError as error:
        outcome = {
            "error": str(error),
            "is_other_writer": isinstance(error, OtherWriter),
            "may_be_written": isinstance(error, UncertainCommit),
        }
    print(json.dumps(outcome))


def _end_with_input() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock a thread would hold when the process ends by itself
        pass
    os._exit(1)


def as_json(request: Request) -> str:
    return json.dumps(asdict(request))


if __name__ == "__main__":
    main()
