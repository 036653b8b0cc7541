"""What a published copy was made from, and so what a build still has to look at.

Numbers and hashes only: building is build.py's, publishing publish.py's.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, replace

import duckdb

from orchestration.settings import DBT_PROJECT, PROJECT, Settings
from orchestration.warehouse.working import WarehouseError, reading
from scrapers.reading import reader_version

PARTS_OF_PROJECT = ("models", "seeds", "tests", "macros")


@dataclass(frozen=True, slots=True)
class State:
    """``rules`` is a hash of all that turns text into facts: reader, registry, dbt project, and whose numbers
    these are. ``arrived`` and ``changed`` are the highest arrival and change number of raw.*; ``references``
    is a hash of the tables that ours are compared with.
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
            (select coalesce(max(arrival_number), 0) from raw.announcements),
            greatest(
                (select coalesce(max(change_number), 0) from raw.readings),
                (select coalesce(max(change_number), 0) from raw.absent_items)
            ),
            (select coalesce(bit_xor(hash(source_id, row_id, cells)), 0) from raw.reference_rows)
        """
    ).fetchone()
    assert row is not None
    file_id, *numbers = row
    return State(_rules(file_id), *numbers)


def note_build(connection: duckdb.DuckDBPyConnection, since: int) -> None:
    """Remember what a build is made from: what is loaded while it runs, or after it, is the next one's."""
    connection.execute("begin")
    connection.execute("delete from raw.build")
    connection.execute(
        'insert into raw.build (since, rules, arrived, changed, "references") values (?, ?, ?, ?, ?)',
        [since, *astuple(state_of(connection))],
    )
    connection.execute("commit")


def built_state(connection: duckdb.DuckDBPyConnection) -> State:
    """What the last build was made from. Raises WarehouseError when there was none."""
    row = connection.execute('select rules, arrived, changed, "references" from raw.build').fetchone()
    if row is None:
        raise WarehouseError("Nothing was built yet; run `obmin build` first.")
    return State(*row)


def published_state(settings: Settings) -> State | None:
    """The state that the published copy was made from; None without a copy that can be read."""
    try:
        with reading(settings.published) as published:
            row = published.execute('select rules, arrived, changed, "references" from meta.about').fetchone()
    except (WarehouseError, duckdb.Error):
        return None  # no copy, one that is broken, or one of an older Obmin: it is made anew
    return State(*row) if row else None


def is_published(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """True when the published copy was made from exactly what raw.* holds now."""
    return published_state(settings) == state_of(connection)


def unpublished(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str | None:
    """A key of what raw.* holds when the published copy has not all of it; None when it has, or there is nothing."""
    now, published = state_of(connection), published_state(settings)
    if now.arrived == 0 or (published and replace(published, rules=now.rules) == now):
        return None
    return hashlib.sha256(repr(now).encode()).hexdigest()[:24]


def published_through(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int | None:
    """The last change that is published; None when all has to be made anew: no copy, or other rules."""
    published, now = published_state(settings), state_of(connection)
    if published is None or published.rules != now.rules or published.changed > now.changed:
        return None
    return published.changed


def _rules(file_id: str) -> str:
    digest = hashlib.sha256(f"{file_id} {reader_version()}".encode())
    files = [path for folder in PARTS_OF_PROJECT for path in (DBT_PROJECT / folder).rglob("*") if path.is_file()]
    for path in [*sorted(files), DBT_PROJECT / "dbt_project.yml", PROJECT / "scrapers" / "registry.yaml"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
