"""Rows of raw.statements and raw.doubts from an extraction result. Writing them is in extract.py and reviews.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from scrapers.extraction.records import Reading

STATEMENTS = pa.schema(
    [
        ("statement_id", pa.string()), ("version_id", pa.string()), ("reader_version", pa.string()),
        ("event_index", pa.int32()), ("event_kind", pa.string()), ("event_date", pa.date32()),
        ("date_basis", pa.string()), ("is_recap", pa.bool_()), ("measure", pa.string()),
        ("value", pa.int32()), ("category", pa.string()), ("within", pa.string()), ("bound", pa.string()),
        ("period", pa.string()), ("field", pa.string()), ("quote", pa.string()),
        ("quote_start", pa.int32()), ("quote_end", pa.int32()), ("confidence", pa.float64()),
    ]
)  # fmt: skip
DOUBTS = pa.schema(
    [
        ("doubt_id", pa.string()), ("version_id", pa.string()), ("reader_version", pa.string()),
        ("measure", pa.string()), ("value", pa.int32()), ("field", pa.string()), ("quote", pa.string()),
        ("quote_start", pa.int32()), ("quote_end", pa.int32()),
        ("readings", pa.list_(pa.struct([("label", pa.string()), ("chance", pa.float64())]))),
    ]
)  # fmt: skip


def doubts_of(version_id: str, version: str, reading: Reading) -> Iterable[dict[str, Any]]:
    """Rows of raw.doubts from an extraction result, labelled with the extractor ``version``."""
    for doubt in reading.doubts:
        identity = (version_id, version, doubt.measure, doubt.field, doubt.start)
        yield {
            "doubt_id": _id_of(identity),
            "version_id": version_id,
            "reader_version": version,
            "measure": doubt.measure,
            "value": doubt.value,
            "field": doubt.field,
            "quote": doubt.quote,
            "quote_start": doubt.start,
            "quote_end": doubt.end,
            "readings": [{"label": label, "chance": chance} for label, chance in doubt.readings],
        }


def _id_of(identity: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:24]


def rows_of(version_id: str, version: str, reading: Reading) -> Iterable[dict[str, Any]]:
    """Rows of raw.statements from an extraction result, labelled with the extractor ``version``."""
    for statement in reading.statements:
        event = None if statement.event is None else reading.events[statement.event]
        identity: tuple[object, ...] = (
            version_id, version, statement.event, statement.measure, statement.category, statement.within,
            statement.period, statement.field, statement.start,
        )  # fmt: skip
        if event is None and statement.period is None:
            identity += (statement.value,)  # one sentence may hold several totals of uncertain periods
        yield {
            "statement_id": _id_of(identity),
            "version_id": version_id,
            "reader_version": version,
            "event_index": statement.event,
            "event_kind": event.kind if event else None,
            "event_date": event.date if event else None,
            "date_basis": event.date_basis if event else None,
            "is_recap": event.is_recap if event else None,
            "measure": statement.measure,
            "value": statement.value,
            "category": statement.category,
            "within": statement.within,
            "bound": statement.bound,
            "period": statement.period,
            "field": statement.field,
            "quote": statement.quote,
            "quote_start": statement.start,
            "quote_end": statement.end,
            "confidence": statement.confidence,
        }
