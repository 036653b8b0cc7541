"""What dbt computes at each start although its version alone decides the result: computed once, and stored.

Two of dbt's own functions are replaced while a command runs, which saves a tenth of a small build's CPU; a dbt that
has no such functions runs as it is, and tests/orchestration/test_dbt_internals.py says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def quick_start(stored: Path) -> Iterator[None]:
    """Take the JSON schemas of dbt's classes from the file ``stored``, and write there those that it lacked.

    A file that is missing, damaged or not writable costs time, nothing else.
    """
    from dbt_common import behavior_flags
    from dbt_common.dataclass_schema import dbtClassMixin

    schemas = _read(stored)
    known = len(schemas)
    build = getattr(dbtClassMixin.__dict__.get("json_schema"), "__func__", None)
    flag = getattr(behavior_flags, "BehaviorFlagRendered", None)

    def json_schema(cls: type) -> dict[str, Any]:
        assert build is not None  # it is replaced only where it exists
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name not in schemas:
            schemas[name] = build(cls)
        return schemas[name]

    with (
        _replaced(dbtClassMixin, "json_schema", classmethod(json_schema)),
        # dbt reads the source files of all its callers to name one of them in a warning that is not shown.
        _replaced(flag, "_default_source", staticmethod(lambda: "dbt")),
    ):
        yield
    if len(schemas) > known:
        _write(stored, schemas)


@contextmanager
def _replaced(owner: type | None, name: str, replacement: Any) -> Iterator[None]:
    original = None if owner is None else owner.__dict__.get(name)
    if original is None:
        yield
        return
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _read(stored: Path) -> dict[str, dict[str, Any]]:
    try:
        schemas = json.loads(stored.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    held = schemas.items() if isinstance(schemas, dict) else ()
    return {name: schema for name, schema in held if isinstance(schema, dict) and schema.get("type") == "object"}


def _write(stored: Path, schemas: dict[str, dict[str, Any]]) -> None:
    fresh = stored.with_name(f"{stored.name}.{os.getpid()}.new")
    with suppress(OSError, TypeError, ValueError):
        try:
            fresh.write_text(json.dumps(schemas), "utf-8")
            os.replace(fresh, stored)
        finally:
            fresh.unlink(missing_ok=True)
