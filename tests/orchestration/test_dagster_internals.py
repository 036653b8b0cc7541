"""What Obmin uses of Dagster beyond its public interface, against the pinned version: a failure names what broke.

The reasons for each are in docs/decisions (dagster-storage, lock-file-liveness, in-process-dbt).
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from importlib.metadata import version

import pytest
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dagster_postgres.event_log import PostgresEventLogStorage

from orchestration.defs import event_log, run_launcher
from orchestration.defs.postgres_event_log import PostgresEventLog
from orchestration.settings import PROJECT

PINNED = "1.13.27"
PRIVATE = ("dagster._", "dagster_dbt.core", "dagster_webserver.")
# Names that our code looks up in a module at call time.
LOOKED_UP = {
    "dagster._cli.dev": {"open_ipc_subprocess", "dev_command"},
    "dagster_webserver.cli": {"create_app_from_workspace_process_context", "cli"},
}


def imported() -> set[tuple[str, str]]:
    """Every name that orchestration/ imports from a private module of Dagster."""
    found = set()
    for path in (PROJECT / "orchestration").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PRIVATE):
                found |= {(node.module, alias.name) for alias in node.names}
    return found


def test_the_version_is_the_one_that_was_looked_into() -> None:
    assert version("dagster") == PINNED, "read the classes below again before Dagster is updated"


@pytest.mark.parametrize(("module", "name"), sorted(imported()))
def test_what_is_imported_is_there(module: str, name: str) -> None:
    assert hasattr(import_module(module), name), f"{module}.{name} is gone from Dagster {version('dagster')}"


@pytest.mark.parametrize("module", LOOKED_UP)
def test_what_is_looked_up_by_name_is_there(module: str) -> None:
    missing = {name for name in LOOKED_UP[module] if not hasattr(import_module(module), name)}
    assert not missing, f"{module} of Dagster {version('dagster')} lacks {missing}"


def test_no_more_of_dagsters_private_modules_is_used() -> None:
    assert {module for module, _ in imported()} == {
        "dagster._core.storage.event_log", "dagster._core.storage.sql", "dagster._core.storage.sqlite",
        "dagster._core.launcher", "dagster._core.remote_origin", "dagster_dbt.core.dbt_cli_event",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "methods"),
    [
        (
            event_log.PooledSqliteEventLogStorage,
            ConsolidatedSqliteEventLogStorage,
            ("_connect", "_has_asset_key_col_on_connection", "has_table", "store_event"),
        ),
        (PostgresEventLog, PostgresEventLogStorage, ("store_event", "store_event_batch")),
        (
            run_launcher.LockFileRunLauncher,
            DefaultRunLauncher,
            ("supports_check_run_worker_health", "check_run_worker_health"),
        ),
    ],
)
def test_what_is_overridden_is_a_method_of_dagsters_class(ours: type, theirs: type, methods: tuple[str, ...]) -> None:
    own = {name for name, value in vars(ours).items() if inspect.isfunction(value) or isinstance(value, property)}
    assert own - {"_engine", "_tables", "_columns"} == set(methods)
    for name in methods:
        assert hasattr(theirs, name), f"{theirs.__name__}.{name} is gone from Dagster {version('dagster')}"
        of_ours, of_theirs = (inspect.getattr_static(kind, name) for kind in (ours, theirs))
        if inspect.isfunction(of_ours) and inspect.isfunction(of_theirs):
            count = [len(inspect.signature(method).parameters) for method in (of_ours, of_theirs)]
            assert count[0] == count[1], f"{theirs.__name__}.{name} takes other arguments now"


def test_the_event_log_still_asks_its_connection_method() -> None:
    """The engine is reused by overriding `_connect`; `_conn_string` is the address of the file."""
    source = inspect.getsource(ConsolidatedSqliteEventLogStorage)
    assert "_conn_string" in source
    assert "self._connect()" in source


def test_dbts_events_are_still_converted_by_this_method() -> None:
    expected = {"manifest", "dagster_dbt_translator", "context", "target_path"}
    found = set(inspect.signature(DbtCoreCliEventMessage.to_default_asset_events).parameters)
    assert expected <= found, f"to_default_asset_events takes {found}"
