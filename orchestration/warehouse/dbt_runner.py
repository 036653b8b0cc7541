"""Runs dbt's commands, always in this process, with the project parsed once for all of them.

A child process would spend seconds on imports. What is built, and what its outcome means, is in build.py.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import fields
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.settings import DBT_PROJECT
from orchestration.warehouse.checked_file import read_checked, write_checked
from orchestration.warehouse.dbt_start import compile_serializers_late, quick_start
from orchestration.warehouse.schema import WarehouseError
from orchestration.warehouse.template_cache import stored_templates
from orchestration.warehouse.watermarks import PARTS_OF_PROJECT

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

# Each dbt version writes its own manifest and can't be trusted with another's.
# What dbt_project/profiles.yml takes the path of the file to build from.
WORKING_FILE = "OBMIN_WORKING_FILE"
MANIFEST = DBT_PROJECT / "target" / f"dbt-{version('dbt-core')}" / "manifest.json"
# dbt has one connection a process, and the functions that quick_start replaces are the process's, too.
ONE_COMMAND = threading.Lock()
# Raw tables whose content belongs to the rules (watermarks.py).
TABLES_OF_RULES = ("sources", "measures")
OF_RULES = "of_rules"


def _stored(what: str, *packages: str) -> str:
    """A file name with the versions of what made its content."""
    return f"{what}-{sys.implementation.cache_tag}-{'-'.join(map(version, packages))}"


# The parsed project as dbt has it in memory, with what the public manifest leaves out. dbt's own internal file takes
# 0.1 s more: the code that reads each class is generated at each start.
PARSED = _stored("parsed", "dbt-common", "dbt-adapters", "dbt-duckdb") + ".pickle"
SCHEMAS = MANIFEST.with_name(_stored("schemas", "dbt-common", "dbt-adapters", "dbt-duckdb", "mashumaro") + ".checked")
TEMPLATES = MANIFEST.with_name(_stored("templates", "jinja2", "dbt-common") + ".marshal")


def invoke(
    command: list[str],
    database: Path,
    target: Path,
    callbacks: list[Callable[[Any], None]],
    manifest: Manifest | None = None,
) -> dbtRunnerResult:
    """Run one dbt command on a DuckDB file; with ``manifest``, nothing is parsed. Threads wait for each other.

    ``target`` is dbt's output folder; ``callbacks`` get each of its events (EventMsg) above the debug level as it
    happens. dbt itself logs nothing: the result says what failed, and why.
    """
    compile_serializers_late()
    # Importing dbt takes two seconds; a run with nothing new never gets here.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    arguments = [
        *command, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(target), "--log-level", "none", "--log-level-file", "none",
    ]  # fmt: skip
    with ONE_COMMAND:
        os.environ.update(
            {WORKING_FILE: str(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        )
        try:
            with quick_start(SCHEMAS), stored_templates(TEMPLATES):
                return dbtRunner(manifest=manifest, callbacks=callbacks).invoke(arguments)
        finally:
            # Without this the process holds DuckDB's write lock after dbt has returned.
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def tag_nodes_of_rules(manifest: Manifest) -> str:
    """A selector of the tables and tests that read seeds, the registry and the measures alone: while these are
    unchanged, no announcement can change them. They get a tag: dbt compares each name of a list with all nodes.
    """
    from dbt.artifacts.resources.types import NodeType

    read_by = {name: set(node.depends_on_nodes) for name, node in manifest.nodes.items()}
    # Seeds read no other node; nor would a model or test of constants, which belongs to the rules, too.
    unchanged = {name for name, source in manifest.sources.items() if source.name in TABLES_OF_RULES}
    for name in TopologicalSorter(read_by).static_order():
        if read_by.get(name, {name}) <= unchanged:
            unchanged.add(name)
    for node in (manifest.nodes[name] for name in unchanged & set(manifest.nodes)):
        if node.resource_type == NodeType.Test or node.config.materialized == "table":
            node.tags.append(OF_RULES)
    return f"tag:{OF_RULES}"


def built_table(message: Any) -> str | None:
    """The table ("schema.name") that dbt's event says is built; None for other events, views and failures."""
    if message.info.name != "LogModelResult":
        return None
    node = message.data.node_info
    is_table = node.materialized in ("table", "incremental") and node.node_status == "success"
    return f"{node.node_relation.schema}.{node.node_relation.alias}" if is_table else None


def row_count(table: str) -> int:
    """The row count of a table ("schema.name") while a command runs; for the commands' callbacks alone.

    dbt has the file open with a configuration of its own, so another cursor of its connection is used.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    schema, name = table.split(".")
    with closing(DuckDBConnectionManager.env().handle()) as handle:  # type: ignore[no-untyped-call]
        row = handle.cursor().execute(f'select count(*) from "{schema}"."{name}"').fetchone()  # noqa: S608
    return int(row[0])


def cancel_queries() -> None:
    """Interrupt the query of a command that runs in another thread; the command then fails. One that has not begun
    with its queries goes on.
    """
    from dbt.adapters.factory import get_adapter_by_type

    # dbt has no connection yet, or is closing it in its own thread.
    with suppress(KeyError, duckdb.ConnectionException):
        get_adapter_by_type("duckdb").cancel_open_connections()  # type: ignore[no-untyped-call]


def is_parsed() -> bool:
    """True when the dbt project was parsed, and has not changed since."""
    files = [path for folder in PARTS_OF_PROJECT for path in (DBT_PROJECT / folder).rglob("*")]
    newest = max(path.stat().st_mtime for path in [*files, DBT_PROJECT / "dbt_project.yml"])
    is_whole = MANIFEST.exists() and MANIFEST.with_name(PARSED).exists()
    return is_whole and MANIFEST.stat().st_mtime >= newest


def ensure_manifest() -> Path:
    """The manifest for Dagster's asset graph, parsed again only when the project, dbt or its adapter changed.

    Raises WarehouseError when the dbt project does not parse, or the manifest's folder is not writable.
    """
    if not is_parsed():
        try:
            MANIFEST.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=MANIFEST.parent) as fresh:
                _parse(Path(fresh))
        except OSError as error:
            raise WarehouseError(
                f"{DBT_PROJECT} has changed since Obmin was set up, and {MANIFEST.parent} can't be written: "
                f"{error.strerror}. Run `make setup` as the user whose folder it is."
            ) from error
    return MANIFEST


def parsed_manifest() -> Manifest:
    """The parsed project, so that dbt's commands need not parse it; parsed again if it can't be read.

    Raises WarehouseError as `ensure_manifest` does.
    """
    from dbt.contracts.graph.manifest import Manifest

    def read() -> Manifest:
        parts = pickle.loads(read_checked(ensure_manifest().with_name(PARSED)))  # noqa: S301  # our own, checked file
        return Manifest(**parts)

    try:
        manifest = read()
    except WarehouseError:
        raise
    except Exception:  # missing, damaged, or of classes that changed: unpickling raises anything
        MANIFEST.unlink(missing_ok=True)
        manifest = read()
    # Its flat graph is not built: only Jinja's `graph` needs it, which dbt reads for foreign keys; no model has any.
    return manifest


def _parse(fresh: Path) -> None:
    """Parse into an empty folder, then move the files in; the manifest, which callers check, comes last."""
    TEMPLATES.unlink(missing_ok=True)  # some are of the project as it was
    # The nodes contain the database name, which comes from the file name: the same for every working file.
    result = invoke(["parse"], Path("working.duckdb"), fresh, [])
    if not result.success:
        raise WarehouseError(f"The dbt project does not parse: {result.exception}")
    # Its other fields are found again from these when they are needed, and a lock can't be stored. A Manifest pickles
    # its fields in another order than it reads them.
    manifest: Any = result.result
    names = [field.name for field in fields(manifest) if not field.name.startswith("_")]
    write_checked(fresh / PARSED, pickle.dumps({name: getattr(manifest, name) for name in names}))
    for name in (PARSED, MANIFEST.name):
        shutil.move(fresh / name, MANIFEST.with_name(name))
    MANIFEST.touch()
