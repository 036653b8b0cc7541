"""A crawl's permit to write: while it holds, the crawl's calls reach archive and warehouse; afterwards none does.

A thread can't be ended from outside. One that is still reading when its source's time is over is left to itself, and
must not write into files that another step, or another process, has by then.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import duckdb

T = TypeVar("T")
# A write takes milliseconds; a disk that hangs longer can't be waited for.
REVOKE_SECONDS = 5.0


class PermitOver(BaseException):
    """The crawl's time is over; nothing was written. No `except Exception` on its way may take it for a fault."""


class Permit:
    """Guards objects that one crawl uses: each call through them is made as long as the permit holds."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_over = False
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    def guard(self, target: T) -> T:
        """The object, usable while the permit holds; what it lends (a DuckDB cursor) is guarded too."""
        return cast(T, _Guarded(self, target))

    def revoke(self) -> None:
        """No call is made any more; one that is being made is waited for. Cursors, which keep a file open, end."""
        is_ours = self._lock.acquire(timeout=REVOKE_SECONDS)
        self._is_over = True
        if is_ours:
            for cursor in self._cursors:
                with contextlib.suppress(duckdb.Error):
                    cursor.close()
            self._lock.release()

    def call(self, method: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a method. Raises PermitOver."""
        with self._lock:
            if self._is_over:
                raise PermitOver
            result = method(*arguments, **options)
            if isinstance(result, duckdb.DuckDBPyConnection):
                if result not in self._cursors:
                    self._cursors.append(result)
                return _Guarded(self, result)
            return result


class _Guarded:
    def __init__(self, permit: Permit, target: Any) -> None:
        self._permit, self._target = permit, target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value
        return lambda *arguments, **options: self._permit.call(value, arguments, options)
