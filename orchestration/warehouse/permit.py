"""A crawl's write permit: while it is valid, the crawl's calls reach the archive and the warehouse; then none does.

A thread can't be ended from outside. One that is still parsing after its source's time limit is abandoned, and must
not write to files that another step or process is using by then. The limit is enforced in fetch.py.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import duckdb

T = TypeVar("T")
# A write takes milliseconds; a disk that hangs longer than this is not waited for.
REVOKE_SECONDS = 5.0


class PermitOver(BaseException):
    """The crawl's time is over; nothing was written. Not an Exception, so that no `except Exception` handles it."""


class Permit:
    """Guards the objects of one crawl: calls through them are made while the permit is valid."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_over = False
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    def guard(self, target: T) -> T:
        """The object, usable while the permit is valid; a DuckDB cursor that it returns is guarded too."""
        return cast(T, _Guarded(self, target))

    def revoke(self) -> None:
        """Refuse further calls, wait for a running one, and close cursors, which hold a file open."""
        is_ours = self._lock.acquire(timeout=REVOKE_SECONDS)
        self._is_over = True
        if is_ours:
            for cursor in self._cursors:
                with contextlib.suppress(duckdb.Error):
                    cursor.close()
            self._lock.release()

    def call(self, method: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a method. Raises PermitOver once the permit is revoked."""
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
