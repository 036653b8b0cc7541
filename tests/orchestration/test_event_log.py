"""Dagster's event log as we store it: an event and what Dagster derives from it are stored together, or not at all; a
check that was skipped keeps its last result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from orchestration.defs.dagster_yaml import POSTGRES, write_configuration
from orchestration.defs.event_log import PooledSqliteEventLogStorage
from tests.support.postgres_server import postgres_server


@dg.asset
def facts() -> None:
    """An asset whose materialization is stored."""


def test_an_event_is_stored_with_its_asset_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, storage = dg.DagsterInstance.ephemeral(), PooledSqliteEventLogStorage(str(tmp_path))
    run = dg.materialize([facts], instance=instance).run_id
    (event,) = (
        entry
        for entry in instance.all_logs(run)
        if entry.dagster_event and entry.dagster_event.is_step_materialization
    )

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "_store_asset_event", fails)
        with pytest.raises(OSError, match="full"):
            storage.store_event(event)
    assert (len(storage.get_records_for_run(run).records), storage.has_asset_key(facts.key)) == (0, False)
    storage.store_event(event)
    assert (len(storage.get_records_for_run(run).records), storage.has_asset_key(facts.key)) == (1, True)


def graph(is_new: bool) -> list[dg.AssetsDefinition]:
    """An asset with a check, which is skipped when the asset before it has nothing new."""

    @dg.asset(output_required=False)
    def numbers() -> Iterator[dg.Output[None]]:
        if is_new:
            yield dg.Output(None)

    @dg.asset(deps=[numbers], check_specs=[dg.AssetCheckSpec("add_up", asset="sums")])
    def sums() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="add_up", passed=True)])

    return [numbers, sums]


@pytest.mark.parametrize("storage", ["embedded", "PostgreSQL"])
def test_a_skipped_check_keeps_its_last_result(storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with ExitStack() as stack:
        if storage == "PostgreSQL":
            server = stack.enter_context(postgres_server(tmp_path / "postgres"))
            monkeypatch.setenv(POSTGRES, server.get_uri())
        write_configuration(tmp_path)
        instance = stack.enter_context(dg.DagsterInstance.get())
        for is_new in (True, False):
            assert dg.materialize(graph(is_new), instance=instance).success
        check = dg.AssetCheckKey(dg.AssetKey("sums"), "add_up")
        last = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])[check]
        assert last.status == AssetCheckExecutionRecordStatus.SUCCEEDED
