"""A build in a thread of its own, so that its events can be passed on while it runs. The build is in build.py."""

from __future__ import annotations

import threading
from collections.abc import Generator
from queue import SimpleQueue

from orchestration.warehouse.build import BuildEvent, BuildReport, build
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.dbt_runner import cancel_queries

CANCEL_EVERY = 0.1  # seconds, until the build has ended


class BuildStream:
    """The events of one build, as they happen; ``report`` is set when the last event was taken."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse.for_threads()
        self._events: SimpleQueue[BuildEvent | None] = SimpleQueue()
        self._error: BaseException | None = None
        self.report = BuildReport()

    def __iter__(self) -> Generator[BuildEvent]:
        """Start the build. Raises what `build` raises; closing the iterator, as an interrupt does, ends the build."""
        with self._warehouse.writing():
            thread = threading.Thread(target=self._build, name="dbt build", daemon=True)
            thread.start()
            try:
                while (event := self._events.get()) is not None:
                    yield event
            finally:
                while thread.is_alive():
                    thread.join(CANCEL_EVERY)
                    if thread.is_alive():
                        cancel_queries()
        if self._error is not None:
            raise self._error

    def _build(self) -> None:
        try:
            self.report = build(self._warehouse, self._events.put)
        except BaseException as error:
            self._error = error
        finally:
            self._events.put(None)
