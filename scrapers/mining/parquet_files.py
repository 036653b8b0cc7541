"""The Parquet files of `obmin mine`: their columns, the report in them, and reading them.

What loads them needs neither a WARC reader nor Ray. Writing them is in mined_file.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapers.errors import ObminError

# Changes when a column does, or which pages are read; words and the extractor have versions of their own.
FORM = 1
# The key of the report in a file's metadata.
REPORT = b"obmin"
ENDING = ".parquet"
MAGIC = b"PAR1"
ROWS_AT_ONCE = 500


class UnusableFile(ObminError):
    """A file is no whole result of `obmin mine`, or one of another version. The message says which."""


@dataclass(frozen=True, slots=True)
class MinedFile:
    """The report of one WARC file, which is in its Parquet file too. ``version`` is of the code that read it."""

    warc: str
    size: int
    version: str
    counts: dict[str, Any]

    @property
    def is_damaged(self) -> bool:
        return bool(self.counts["lost"])

    @property
    def reader_version(self) -> str:
        """The version of the extractor whose reading is in the rows."""
        return self.version.rpartition(".")[2]


def columns() -> Any:
    """The schema of the rows."""
    import pyarrow as pa

    text, whole, chance = pa.string(), pa.int64(), pa.float64()
    event = {"kind": text, "date": pa.date32(), "date_basis": text, "is_recap": pa.bool_()}
    quote = {"measure": text, "value": whole, "quote": text, "start": pa.int32(), "end": pa.int32()}
    statement = quote | {
        "event": pa.int32(), "category": text, "within": text, "bound": text, "period": text, "field": text,
        "confidence": chance,
    }  # fmt: skip
    doubt = quote | {"readings": pa.list_(pa.struct({"label": text, "chance": chance}.items())), "field": text}
    return pa.schema({
        "url": text, "captured_at": pa.timestamp("us", "UTC"), "published_on": pa.date32(), "title": text,
        "text": text, "charset": text, "charset_is_guessed": pa.bool_(), "warc": text, "record": whole,
        "record_offset": whole, "kind": text, "language": text, "events": pa.list_(pa.struct(event.items())),
        "statements": pa.list_(pa.struct(statement.items())), "doubts": pa.list_(pa.struct(doubt.items())),
        "issues": pa.list_(text),
    })  # fmt: skip


def report_in(path: Path) -> MinedFile:
    """The report in a Parquet file, of whatever version. Raises UnusableFile."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        written = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise UnusableFile(f"{path} {_broken(path)}") from error
    try:
        return MinedFile(**json.loads(written[REPORT]))
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableFile(f"{path} is no result of `obmin mine`; it is left out. Move it away.") from error


def rows_of(path: Path, names: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Some columns of a file's rows, some hundred rows at once.

    Raises UnusableFile when it is not whole, no result of `obmin mine`, or of another version; damage of its rows is
    only met on the way.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_form(path, report_in(path))
    try:
        with pq.ParquetFile(path) as file:
            held = {field.name: field.type for field in file.schema_arrow}
            if missing := [name for name in names if held.get(name) != columns().field(name).type]:
                raise UnusableFile(
                    f"{path} was changed after it was mined: it lacks {', '.join(missing)}, or has something else "
                    "there; it is left out. Delete it and run `obmin mine` again."
                )
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=names):
                yield batch.to_pylist()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise UnusableFile(f"{path} {_broken(path)}") from error


def _check_form(path: Path, report: MinedFile) -> None:
    form = str(report.version).partition(".")[0]
    if form == str(FORM):
        return
    is_newer = form.isdecimal() and int(form) > FORM
    which, cure = ("a newer", "upgrade this one") if is_newer else ("another", "run `obmin mine` again")
    raise UnusableFile(
        f"{path} was mined by {which} Obmin: its form is {form[:20]}, and this one reads {FORM}. It is left out: "
        f"{cure}."
    )


def _broken(path: Path) -> str:
    """What is wrong with a file that can't be read as Parquet."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        return f"can't be read ({error.strerror}). Fix that, then run again."
    if head == MAGIC:
        return "is cut or damaged, and what can't be read is left out. Run `obmin mine` again, then load again."
    return "is no Parquet file; it is left out. Move it away."
