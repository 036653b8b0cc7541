"""The working file: opening it, its write lock, and errors that users can act on.

The raw schema is in schema.py; what is written to the tables is in each step's module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration.settings import Settings
from orchestration.warehouse.attachment import attach
from orchestration.warehouse.damage import OF_PUBLISHED, OF_WORKING, check_before_opening, error_of
from orchestration.warehouse.damaged_file import restore_alerted
from orchestration.warehouse.kept_state import keep, note_lost_file
from orchestration.warehouse.schema import DamagedFile, WarehouseError, migrate

# Re-exported for the steps that open the file.
__all__ = [
    "LOCK_SECONDS", "NEXT_CHANGE", "RUN_LOCK_SECONDS", "DamagedFile", "Warehouse", "WarehouseBusy", "WarehouseError",
    "create_working_file", "new_working_file", "reading",
]  # fmt: skip

# A user at a terminal should learn soon that another run is writing; a run waits for the lock.
LOCK_SECONDS, RUN_LOCK_SECONDS = 10.0, 1800.0
# A checkpoint holds the last row group in memory; at DuckDB's default of 122,880 announcements that is 300 MB.
ROW_GROUP = 20_480
# DuckDB's default of 16 MB would checkpoint the indexes every few thousand announcements.
CHECKPOINT_AT = "256MB"

# The next change number. Changes of one crawl may share it, because a build follows all of them.
NEXT_CHANGE = (
    "(select 1 + greatest((select coalesce(max(change_seq), 0) from raw.readings), "
    "(select coalesce(max(change_seq), 0) from raw.absent_items), "
    "(select coalesce(max(change_seq), 0) from raw.reviews)))"
)


class WarehouseBusy(WarehouseError):
    """Another process is writing the working file; this is temporary."""


class Warehouse:
    """The working file of one profile. Steps are given it; nothing else opens the file or takes its write lock.

    ``lock_timeout`` is how many seconds to wait for another process that is writing.
    """

    def __init__(self, settings: Settings, lock_timeout: float = LOCK_SECONDS) -> None:
        self.settings = settings
        self._lock, self._lock_timeout = FileLock(settings.lock), lock_timeout

    def for_threads(self) -> Warehouse:
        """The same file under a lock that one thread takes for all that work on one task; otherwise threads wait for
        each other like processes.
        """
        shared = Warehouse(self.settings, self._lock_timeout)
        shared._lock = FileLock(self.settings.lock, thread_local=False)
        return shared

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock over several steps; within it, `connection` does not wait for it again.

        Raises WarehouseBusy when another process holds it for too long.
        """
        self.settings.data.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self._lock_timeout)
        except Timeout as error:
            raise WarehouseBusy(
                f"Another run is writing {self.settings.working}; wait for it to end, then run again."
            ) from error
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The working file, open for writing, with its raw tables; state that the archive lacks is saved next to it.

        Raises DamagedFile when it is damaged, WarehouseBusy as `writing` does, WarehouseError when another program
        has it open or it is from a newer Obmin.
        """
        settings = self.settings
        with self.writing():
            is_new = not settings.working.exists()
            if is_new:
                note_lost_file(settings.kept_state)
            with _opened(settings.working, False, OF_WORKING) as connection:
                connection.execute(f"set checkpoint_threshold = '{CHECKPOINT_AT}'")
                migrate(connection, settings.working)
                if is_new:
                    # Deleting the working file must not repeat every alert.
                    restore_alerted(connection, settings)
                yield connection
                keep(connection, settings.kept_state)

    @contextmanager
    def as_it_is(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The working file, read-only, of whatever version; nothing is created, upgraded or saved, not even the lock.
        No other process can begin to write meanwhile.

        Raises WarehouseBusy when one is writing, DamagedFile and WarehouseError as `connection` does.
        """
        with (
            self.writing() if self.settings.lock.exists() else nullcontext(),
            _opened(self.settings.working, True, OF_WORKING) as connection,
        ):
            yield connection


@contextmanager
def create_working_file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new file with empty raw tables, to be swapped in by the caller that fills it."""
    with duckdb.connect() as connection, new_working_file(connection, path):
        yield connection


@contextmanager
def new_working_file(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """The same on a connection that has more databases attached; meanwhile the file is its current database."""
    attach(connection, path, "fresh", f"row_group_size {ROW_GROUP}")
    connection.execute("use fresh")
    migrate(connection, path)
    yield
    connection.execute("use memory")
    connection.execute("detach fresh")


@contextmanager
def reading(path: Path, memory: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse file, read-only; its SQL can't reach anything outside the file. With ``memory`` ("1GB"), queries
    may use that much, and no temporary disk space.

    Raises WarehouseError when the file is missing, or is no DuckDB file.
    """
    if not path.exists():
        raise WarehouseError(f"There is no warehouse at {path} yet; run `obmin run` first.")
    with _opened(path, True, OF_PUBLISHED) as connection:
        if memory is not None:
            connection.execute(f"set memory_limit = '{memory}'")
            connection.execute("set temp_directory = ''")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


@contextmanager
def _opened(path: Path, read_only: bool, cure: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection; damage that DuckDB finds, on opening or later, is raised with the fix."""
    check_before_opening(path, cure)
    connection = None
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
        yield connection
    except (duckdb.Error, WarehouseError) as error:
        cause = error if isinstance(error, duckdb.Error) else error.__cause__
        explained = error_of(path, cause, cure) if isinstance(cause, duckdb.Error) else None
        if explained is None:
            raise
        raise explained from error
    finally:
        if connection is not None:
            connection.close()
