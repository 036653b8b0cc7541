"""Every known error becomes one sentence, and an unknown one a bug report with its traceback in a file."""

from __future__ import annotations

import errno
import sqlite3
import traceback
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from orchestration.cli.main import Obmin
from orchestration.errors import sentence_of, sentence_of_written
from orchestration.warehouse.database import WarehouseError
from scrapers.archive import BrokenRecord


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (WarehouseError("The roof leaks."), "The roof leaks."),
        (BrokenRecord("A record is not there."), "A record is not there."),
        (OSError(errno.ENOSPC, "No space left", "/data/x"), "The disk is full (/data/x): free some space"),
        (OSError(errno.EROFS, "Read-only", "/data/x"), "can only be read (/data/x): choose a folder"),
        (PermissionError(errno.EACCES, "no", "/data/x"), "may not open or write it (/data/x): fix its permissions"),
        (OSError(9999, "Odd"), "The system refused: Odd."),
        (MemoryError(), "The memory is used up"),
        (
            ModuleNotFoundError("No module named 'x.y'", name="x.y"),
            "The library x.y is not installed here: run `make setup`",
        ),
        (duckdb.OutOfMemoryException("x"), "The memory is used up"),
        (
            duckdb.TransactionException(
                'Failed to commit: Could not write file "/data/x.wal": No space left on device'
            ),
            "The disk is full (/data/x.wal): free some space",
        ),
        (
            duckdb.IOException("IO Error: cannot do it\nand more"),
            "can't read or write a file: IO Error: cannot do it.",
        ),
        (
            sqlite3.DatabaseError("disk image is malformed"),
            "A SQLite file can't be used: disk image is malformed. Move it away, then",
        ),
        (
            OperationalError("select 1", {}, sqlite3.OperationalError("database is locked")),
            "locked. Another program has",
        ),
        ("€".encode, "set PYTHONIOENCODING=utf-8"),
    ],
)
def test_known_errors(error: object, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    if callable(error):
        with pytest.raises(UnicodeEncodeError) as caught:
            error("latin-1")
        error = caught.value
    assert isinstance(error, BaseException)
    wrapped = RuntimeError("Dagster says")
    wrapped.__cause__ = error
    for one in (error, wrapped):
        sentence = sentence_of(one)
        assert sentence is not None
        assert message in sentence
        assert "\n" not in sentence
    # As Dagster stores it. There the cause that sqlalchemy wraps is an error of its own.
    if not isinstance(error, UnicodeEncodeError | OperationalError):
        written = sentence_of_written("".join(traceback.format_exception_only(error)))
        assert written is not None
        assert message in written


def test_a_bug_is_named_and_its_traceback_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))
    monkeypatch.delenv("OBMIN_TRACEBACK", raising=False)

    @click.group(cls=Obmin)
    def broken() -> None:
        pass

    @broken.command()
    def divide() -> None:
        raise KeyError("no such luck")

    result = CliRunner().invoke(broken, ["divide"])
    (kept,) = (tmp_path / "bugs").iterdir()
    assert result.exit_code == 1
    assert result.output.startswith("Error: This is a bug in Obmin, please report it: KeyError: 'no such luck' at ")
    assert result.output.endswith(f". The traceback is in {kept}.\n")
    assert "in divide" in kept.read_text()

    monkeypatch.setenv("OBMIN_TRACEBACK", "1")
    assert "in divide" in CliRunner().invoke(broken, ["divide"]).output

    monkeypatch.setenv("OBMIN_DATA", str(kept))  # a file: nothing can be written below it
    monkeypatch.delenv("OBMIN_TRACEBACK")
    assert "Run it again with OBMIN_TRACEBACK=1" in CliRunner().invoke(broken, ["divide"]).output


def test_a_missing_module_of_obmins_own_is_a_bug() -> None:
    assert sentence_of(ModuleNotFoundError("No module named 'scrapers.gone'", name="scrapers.gone")) is None
