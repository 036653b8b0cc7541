"""How long a source may go without a successful check, and which sources exceed it. No Dagster run, no SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orchestration.alerts.problems import Finding
from scrapers.registry import Source

if TYPE_CHECKING:
    import dagster as dg

LAST_SUCCESS = "last_success_at"


def is_fresh(source: Source, last_success: datetime | None, at: datetime) -> bool:
    """True when the last success is within the source's expected interval; times are aware."""
    return last_success is not None and at - last_success <= timedelta(hours=source.expected.checked_within_hours)


def staleness(source: Source, last_success: datetime | None) -> str:
    """A sentence: when the source was last checked successfully, and how often it should be."""
    last = (
        f"last checked with success at {last_success:%Y-%m-%d %H:%M} UTC"
        if last_success
        else "never checked with success"
    )
    return f"{source.id} was {last}; it should be every {source.expected.checked_within_hours:g} hours."


def freshness_of_sources(
    instance: dg.DagsterInstance, keys: dict[dg.AssetKey, Source], at: datetime
) -> list[Finding]:
    """A finding for each source that was ever checked successfully: whether it is fresh at ``at`` (aware). Blocked
    sources are skipped: one may succeed once and then not.

    It reads Dagster's event log and not the working file, so that it works even when no run does.
    """
    found = []
    for key, source in keys.items():
        event = instance.get_latest_materialization_event(key)
        known = (
            event.asset_materialization.metadata.get(LAST_SUCCESS) if event and event.asset_materialization else None
        )
        if known is None or source.access.state == "blocked":
            continue
        last = datetime.fromtimestamp(float(str(known.value)), at.tzinfo)
        found.append(Finding(f"source {source.id}", is_fresh(source, last, at), staleness(source, last)))
    return found
