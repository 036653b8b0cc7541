"""The runs that ended since the cursor, in the order they ended. Reporting them is in after_run.py.

Dagster's own run status sensors skip a run whose report failed, for example because the working file was locked: its
problem would never be reported. Here the cursor advances only after the report.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import dagster as dg

ENDS = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE)
AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class EndedRun:
    """``place`` is the cursor once this run is reported."""

    run_id: str
    job: str
    place: str


def now_place(instance: dg.DagsterInstance) -> str:
    """The cursor after all runs that have ended by now: what ended before the first evaluation is not news."""
    place = {}
    for end in ENDS:
        records = instance.fetch_run_status_changes(end, limit=1).records
        place[end.value] = records[0].storage_id if records else 0
    return json.dumps(place)


def ended_runs(instance: dg.DagsterInstance, place: str) -> list[EndedRun]:
    """The runs that ended after ``place``, a cursor, oldest first. If there are many, the next call has the rest."""
    # Each event type has its own cursor, so that an event written while the other type was read is not skipped.
    places: dict[str, int] = json.loads(place)
    records: list[dg.EventLogRecord] = []
    horizon = None
    for end in ENDS:
        wanted = dg.RunStatusChangeRecordsFilter(end, after_storage_id=places[end.value])  # type: ignore[arg-type]
        found = instance.fetch_run_status_changes(wanted, limit=AT_ONCE, ascending=True).records
        if len(found) == AT_ONCE:  # unread events of this type may precede the other type's
            horizon = min(found[-1].storage_id, horizon or found[-1].storage_id)
        records += found
    ended = []
    for record in sorted(records, key=lambda record: record.storage_id):
        if horizon is not None and record.storage_id > horizon:
            break
        event = record.event_log_entry.get_dagster_event()
        places[event.event_type_value] = record.storage_id
        ended.append(EndedRun(record.run_id, event.job_name, json.dumps(places)))
    return ended
