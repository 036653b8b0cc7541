"""Compiled Jinja templates, stored: dbt compiles the same 160 at each start, a tenth of a small build's CPU.

Jinja has such a cache for templates that it loads from files; dbt's come from memory. What else dbt computes anew at
each start is in dbt_start.py.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

from orchestration.warehouse.checked_file import read_checked, write_checked
from orchestration.warehouse.dbt_start import replaced


@contextmanager
def stored_templates(stored: Path) -> Iterator[None]:
    """While the block runs, templates are compiled once for all commands; ``stored`` belongs to one version of
    Python, Jinja and dbt. A file that is missing, damaged or not writable costs time, nothing else.
    """
    from jinja2 import Environment

    compiled = _read(stored)
    known = len(compiled)
    compile_now: Any = Environment.compile

    def compile_once(self: Environment, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str) or arguments or options:
            return compile_now(self, source, *arguments, **options)
        # dbt's environments differ in class alone, and in what an undefined name becomes, which is not compiled.
        key = sha256(f"{type(self).__module__}.{type(self).__qualname__} {source}".encode()).digest()
        if key not in compiled:
            compiled[key] = compile_now(self, source)
        return compiled[key]

    with replaced(Environment, "compile", compile_once):
        yield
    if len(compiled) > known:
        with suppress(OSError):
            write_checked(stored, marshal.dumps(compiled))


def _read(stored: Path) -> dict[bytes, CodeType]:
    try:
        compiled: dict[bytes, CodeType] = marshal.loads(read_checked(stored))  # noqa: S302  # our own, checked file
    except (OSError, ValueError):
        return {}
    return compiled
