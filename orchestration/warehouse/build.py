"""dbt build and tests: statements become facts, dbt's events are passed on, failures become sentences.

Starting dbt is in dbt_runner.py; the models are in dbt_project/.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse, WarehouseError
from orchestration.warehouse.dbt_runner import built_table, invoke, parsed_manifest, row_count, tag_nodes_of_rules
from orchestration.warehouse.extract import unread
from orchestration.warehouse.watermarks import note_build, note_checks, published_through

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

FAILED_KEPT = 3
# The dbt events that end a node.
RESULTS = ("LogSeedResult", "LogModelResult", "LogTestResult")
# DuckDB's error for a query that was stopped: such a build failed of nothing that could be looked at.
INTERRUPTED = "INTERRUPT Error"
# With unchanged rules, views and seeds need no rebuild, nor do tables made of them alone.
WITH_ROWS = ("config.materialized:table", "config.materialized:incremental", "test_type:data")
STOCK_OVERVIEW = "doc.dbt.__overview__"


@dataclass(slots=True)
class BuildReport:
    """``failures``: one sentence per failed model or test, with the rows that failed; ``warnings``: the same for
    tests that only warn; ``sentences``: both, by model or test name. ``unextracted``: announcements loaded since the
    last extraction; a later build takes them.
    """

    models: int = 0
    tests: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sentences: dict[str, str] = field(default_factory=dict)
    unextracted: int = 0


class BuildEvent(NamedTuple):
    """The dbt event (EventMsg) that ends a model, a seed or a test. For a table that was built also its row count,
    and the change of that count.
    """

    message: Any
    rows: int | None = None
    rows_change: int | None = None


OnEvent = Callable[[BuildEvent], None]


def build(warehouse: Warehouse, on_event: OnEvent | None = None) -> BuildReport:
    """Build what changed since the published copy, or everything if there is none or the rules changed, and run all
    tests. ``on_event`` gets the result of each as it happens, in dbt's thread.

    Raises WarehouseError when nothing was loaded, an extraction is unfinished, or dbt could not start.
    """
    settings = warehouse.settings
    with warehouse.connection() as connection:
        waiting = unread(connection)
        if waiting.unfinished:
            raise WarehouseError(
                f"{waiting.unfinished} announcements are not read yet; run `obmin extract`, then build."
            )
        if connection.execute("from raw.sources limit 1").fetchone() is None:
            raise WarehouseError(f"Nothing was loaded at {settings.data} yet; run `obmin run` first.")
        since = published_through(connection, settings)
        note_build(connection, since or 0)
        rows_before = _row_counts(connection)
    manifest = parsed_manifest()
    # Unit tests check the models, not the data; `make test` runs them.
    command = ["build", "--exclude-resource-type", "unit_test"]
    if since:
        # Without "empty" dbt would leave out every test of an excluded table, too.
        command += [
            "--select",
            *WITH_ROWS,
            "--exclude",
            tag_nodes_of_rules(manifest),
            "--indirect-selection",
            "empty",
        ]
    else:
        command += ["--full-refresh"]
    report = _run(warehouse, manifest, command, [_with_rows(on_event, rows_before)] if on_event else [])
    report.unextracted = waiting.newly_loaded
    if not report.failures:
        with warehouse.connection() as connection:
            note_checks(connection)
    elif not any(INTERRUPTED in failure for failure in report.failures):
        _keep_failed(settings, report)
    return report


def unit_test(warehouse: Warehouse) -> BuildReport:
    """Run dbt's unit tests; the working file must have been built once, to provide the column types.

    Raises WarehouseError when dbt could not start.
    """
    return _run(warehouse, parsed_manifest(), ["test", "--select", "test_type:unit"], [])


def document(settings: Settings, page: Path) -> None:
    """Write dbt's documentation of every table and column, with the graph, as one HTML page. It opens on our overview
    (dbt_project/models/overview.md).

    Raises WarehouseError when nothing is built yet, or dbt fails.
    """
    if not settings.published.exists():
        raise WarehouseError(f"There is nothing to document at {settings.data} yet; run `obmin run` first.")
    result = invoke(["docs", "generate", "--static"], settings.working, settings.dbt_target, [])
    if not result.success:
        raise WarehouseError(f"dbt could not write its documentation: {result.exception}")
    page.parent.mkdir(parents=True, exist_ok=True)
    written = (settings.dbt_target / "static_index.html").read_text("utf-8")
    manifest = json.loads((settings.dbt_target / "manifest.json").read_text("utf-8"))
    # Ours is shown instead of dbt's own, which stays in the page's data, where a search would find it.
    stock = json.dumps(manifest["docs"][STOCK_OVERVIEW]["block_contents"])
    page.write_text(written.replace(stock, '""'), "utf-8")


def _run(
    warehouse: Warehouse, manifest: Manifest, command: list[str], callbacks: list[Callable[[Any], None]]
) -> BuildReport:
    settings = warehouse.settings
    # The files that dbt writes after a run are not used.
    result = invoke([*command, "--no-write-json"], settings.working, settings.dbt_target, callbacks, manifest)
    report = BuildReport()
    if result.result is None:
        raise WarehouseError(f"dbt could not start: {result.exception}. Run `obmin build` again after fixing it.")
    outcomes: Any = result.result  # a union of all commands' results; `build` returns RunExecutionResult
    for outcome in outcomes.results:
        kind = outcome.node.resource_type
        report.models += kind in ("model", "seed")
        report.tests += kind in ("test", "unit_test")
        if outcome.status in ("error", "fail", "runtime error", "warn"):
            sentence = report.sentences[outcome.node.name] = _sentence(warehouse, outcome)
            (report.warnings if outcome.status == "warn" else report.failures).append(sentence)
    return report


def _with_rows(on_event: OnEvent, rows_before: dict[str, int]) -> Callable[[Any], None]:
    """A callback for dbt's events that passes on the results, with the row count of each table as it is built."""

    def note(message: Any) -> None:
        if message.info.name not in RESULTS:
            return None
        table = built_table(message)
        if table is None:
            return on_event(BuildEvent(message))
        rows = row_count(table)
        return on_event(BuildEvent(message, rows, rows - rows_before.get(table, 0)))

    return note


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Row counts of every table that dbt builds; views are left out."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name not in ('raw', 'main')"
    ).fetchall()
    counts = {}
    for schema, table in tables:
        row = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()  # noqa: S608
        counts[f"{schema}.{table}"] = row[0] if row else 0
    return counts


def _keep_failed(settings: Settings, report: BuildReport) -> None:
    """Store a failed build and its failures in a folder of its own; only the newest few are stored."""
    folder = settings.failed / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    folder.mkdir(parents=True)
    (folder / "failures.txt").write_text("\n".join(report.failures) + "\n", "utf-8")
    shutil.copy(settings.working, folder)
    for older in sorted(settings.failed.iterdir())[:-FAILED_KEPT]:
        shutil.rmtree(older)


def _sentence(warehouse: Warehouse, outcome: Any) -> str:
    node = outcome.node
    if node.resource_type == "test" and outcome.failures:
        what = "warns of" if outcome.status == "warn" else "failed for"
        rows = "1 row" if outcome.failures == 1 else f"{outcome.failures} rows"
        return f"dbt test {node.name} {what} {rows}: {_rows(warehouse, node)}"
    return f"dbt {node.resource_type} {node.name} failed: {outcome.message}"


def _rows(warehouse: Warehouse, node: Any) -> str:
    """The first rows that failed a test, as text."""
    with warehouse.connection() as connection:
        cursor = connection.execute(f"select * from ({node.compiled_code}) limit 5")  # noqa: S608
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in rows)
