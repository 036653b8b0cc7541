"""Proof that what was read from the lake is what was published to it, table by table. Reading is in pull.py and
restoring.py.
"""

from __future__ import annotations

from importlib.metadata import version

import duckdb

from orchestration.lake.connection import LakeError
from orchestration.lake.publishing import Held
from orchestration.lake.tables import WITH_TEXTS, LocalTable, content_of_table

# Versions whose id is not the hash of their text (scrapers/records.py). A text that was reverted to has the id of its
# text and of how often it had been there (orchestration/warehouse/versions.py): fewer times than there are versions.
OTHER_TEXTS = """
    with texts as (
        select version_id, versions, left(sha256(concat_ws(
            chr(31), source_id, announcement_id, coalesce(title, ''), text
        )), 24) as content_id
        from (select *, count(*) over (partition by source_id, announcement_id) as versions from {})
    )
    select count(*) from texts
    where version_id <> content_id and not list_contains(
        list_transform(range(1, versions), lambda times: left(sha256(content_id || ' ' || times), 24)), version_id
    )
"""


def can_prove(held: Held) -> bool:
    """Content hashes are comparable within one version of DuckDB; between two, only rows and texts are."""
    return held.duckdb_version == version("duckdb")


def prove(connection: duckdb.DuckDBPyConnection, held: Held, table: LocalTable, name: str) -> None:
    """Raises LakeError where the table ``name``, ready for SQL, is not what the publication wrote."""
    noted, found = held.tables[table.key], content_of_table(connection, table, name)
    differs = not found.has_rows_of(noted) if can_prove(held) else found.rows != noted.rows
    if not differs and table.name in WITH_TEXTS:
        others = connection.execute(OTHER_TEXTS.format(name)).fetchone()
        differs = others != (0,)
    if differs:
        raise LakeError(
            f"The lake's {table.schema}.{table.name} is not what was written to it: it has {found.rows} rows, of "
            f"{noted.rows}, or others. Nothing was taken from it. On the machine that publishes, "
            "`obmin lake take-over` writes everything again."
        )
