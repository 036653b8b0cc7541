"""Dagster's event log as we store it: an event and what Dagster derives from it are stored together, or not at all."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.event_log import PooledSqliteEventLogStorage


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
