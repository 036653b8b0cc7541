"""Watermarks: what a published copy was made from, and so what a build still has to process.

Numbers and hashes only: building is in build.py, publishing in publish.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import duckdb

from orchestration.settings import DBT_PROJECT, ROOT, Settings
from orchestration.warehouse.attachment import wal_of
from orchestration.warehouse.database import WarehouseError, reading
from scrapers.extraction.version import reader_version

PARTS_OF_PROJECT = ("models", "seeds", "tests", "macros")
Stamp = tuple[int, int]  # a file's size in bytes, and its modification time in nanoseconds


@dataclass(frozen=True, slots=True)
class State:
    """``rules``: hash of all that turns text into facts (extractor, registry, raw.sources and raw.measures as loaded,
    dbt project), and of the file that the numbers belong to. ``arrived``, ``changed``: highest arrival and change
    number of raw.*; ``references``: hash of the tables that our figures are compared with.
    """

    rules: str
    arrived: int
    changed: int
    references: int


def state_of(connection: duckdb.DuckDBPyConnection) -> State:
    """The state of a working file."""
    row = connection.execute(
        """
        select (select file_id from raw.schema_version),
            (select coalesce(bit_xor(hash(sources)), 0) from raw.sources),
            (select coalesce(bit_xor(hash(measures)), 0) from raw.measures),
            (select coalesce(max(load_seq), 0) from raw.announcements),
            greatest(
                (select coalesce(max(change_seq), 0) from raw.readings),
                (select coalesce(max(change_seq), 0) from raw.absent_items),
                (select coalesce(max(change_seq), 0) from raw.reviews)
            ),
            (select coalesce(bit_xor(hash(source_id, row_id, cells)), 0) from raw.reference_rows)
        """
    ).fetchone()
    assert row is not None
    file_id, sources, measures, *numbers = row
    return State(_rules(file_id, sources, measures), *numbers)


def note_build(connection: duckdb.DuckDBPyConnection, since: int) -> None:
    """Record what a build is made from; what is not extracted yet, or loaded during it, belongs to a later one."""
    extracted = connection.execute(
        "select coalesce(max(read_through), 0) from raw.readers where reader_version = ?", [reader_version()]
    ).fetchone()
    assert extracted is not None
    state = replace(state_of(connection), arrived=extracted[0])
    connection.execute("begin")
    connection.execute("delete from raw.build")
    connection.execute(
        """
        insert into raw.build (since, reader_version, rules, arrived, changed, "references") values (?, ?, ?, ?, ?, ?)
        """,
        [since, reader_version(), *astuple(state)],
    )
    connection.execute("commit")


def note_checks(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that the checks of the last build passed."""
    connection.execute("update raw.build set is_checked = true")


def built_state(connection: duckdb.DuckDBPyConnection) -> State:
    """What the last build was made from. Raises WarehouseError when there was none."""
    row = connection.execute('select rules, arrived, changed, "references" from raw.build').fetchone()
    if row is None:
        raise WarehouseError("Nothing was built yet; run `obmin build` first.")
    return State(*row)


def check_built(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise WarehouseError when no build was tried, the last one failed its checks or was not finished, or there is
    no announcement: the record would be replaced by nothing, as where the working file was lost.
    """
    built_state(connection)
    if connection.execute("from raw.announcements limit 1").fetchone() is None:
        raise WarehouseError(
            "No announcement is stored, so nothing is published, and a copy that was published stays. Run `obmin "
            "run`, or `obmin rebuild` if the archive has pages."
        )
    if connection.execute("from raw.build where not is_checked").fetchone() is not None:
        raise WarehouseError(
            "The last build failed, or was not finished, so its facts are not published; run `obmin build`, which "
            "says what is wrong."
        )


def note_base(connection: duckdb.DuckDBPyConnection, base_id: str) -> None:
    """Record the id of the base, of which no copy is published yet."""
    connection.execute("begin")
    connection.execute("delete from raw.publication_base")
    connection.execute("insert into raw.publication_base values (?)", [base_id])
    connection.execute("commit")


def note_publication(
    connection: duckdb.DuckDBPyConnection, publication_id: str, stamp: Stamp, published_now: Stamp | None
) -> None:
    """Record the copy that is going to be swapped in. Until then, and if it never is, the published one is known by
    its stamp, too.
    """
    connection.execute("begin")
    connection.execute(
        "delete from raw.publication where (bytes, modified_ns) is distinct from (?, ?)", [*(published_now or (0, 0))]
    )
    connection.execute("insert into raw.publication values (?, ?, ?)", [publication_id, *stamp])
    connection.execute("commit")


def base_state(connection: duckdb.DuckDBPyConnection, settings: Settings) -> State | None:
    """The state that the base was made from; None when it is missing, replaced, or was left half changed."""
    noted = connection.execute("select base_id from raw.publication_base").fetchone()
    try:
        with reading(settings.base) as base:
            row = base.execute(
                'select publication_id, rules, arrived, changed, "references" from meta.about'
            ).fetchone()
    except (WarehouseError, duckdb.Error):
        return None  # missing or damaged: everything is rebuilt
    return State(*row[1:]) if row and noted == (row[0],) else None


def published_copy(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[str, Stamp] | None:
    """The id of the published copy, and its stamp; None if there is none, or it was written to since."""
    for publication_id, *stamp in connection.execute("from raw.publication").fetchall():
        if has_stamp(settings.published, (stamp[0], stamp[1])):
            return publication_id, (stamp[0], stamp[1])
    return None


def has_stamp(path: Path, stamp: Stamp) -> bool:
    """True when a file has this size and modification time, and no program left changes of it beside it."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stamp == (found.st_size, found.st_mtime_ns) and not wal_of(path).exists()


def _is_of_base(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when the published copy is unchanged, and the one of the last base."""
    copy = published_copy(connection, settings)
    return copy is not None and connection.execute("from raw.publication_base").fetchone() == (copy[0],)


def is_published(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when the published copy was made from exactly what raw.* has now, and is unchanged."""
    return _is_of_base(connection, settings) and base_state(connection, settings) == state_of(connection)


def unpublished(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str | None:
    """A key for the content of raw.* when the published copy lacks any; None when it has all, or there is none."""
    now, base = state_of(connection), base_state(connection, settings)
    whole = _is_of_base(connection, settings)
    if now.arrived == 0 or (whole and base and replace(base, rules=now.rules) == now):
        return None
    return hashlib.sha256(f"{now!r} {whole}".encode()).hexdigest()[:24]


def published_through(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int | None:
    """The last published change number; None when everything must be rebuilt: no base, other rules, or a build by
    other rules since, of which the tables may still be.
    """
    base, now = base_state(connection, settings), state_of(connection)
    built = connection.execute("select rules from raw.build").fetchone()
    if base is None or base.rules != now.rules or built != (now.rules,) or base.changed > now.changed:
        return None
    return base.changed


def _rules(file_id: str, sources: int, measures: int) -> str:
    digest = hashlib.sha256(f"{file_id} {reader_version()} {sources} {measures}".encode())
    files = [path for folder in PARTS_OF_PROJECT for path in (DBT_PROJECT / folder).rglob("*") if path.is_file()]
    for path in [*sorted(files), DBT_PROJECT / "dbt_project.yml", ROOT / "scrapers" / "registry.yaml"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
