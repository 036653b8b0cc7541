"""What `obmin read` takes: files, or JSON objects on standard input. What it gives is in
scrapers/reading/interface.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from scrapers.reading import Reading, read
from scrapers.reading.interface import as_json


@dataclass(frozen=True, slots=True)
class Given:
    """One text to read. ``label`` is what the result is told apart by: its file or its url."""

    text: str
    title: str | None
    published_at: datetime | date | None
    language: str | None
    label: dict[str, str]

    def reading(self) -> Reading:
        return read(self.text, self.title, self.published_at, self.language)

    def result(self) -> dict[str, Any]:
        """The stable JSON form, after the label."""
        return {**self.label, **as_json(self.reading())}


def texts_of_files(
    files: Iterable[Path], title: str | None, published_at: str | None, language: str | None
) -> Iterator[Given]:
    """Each file as one text."""
    moment = moment_of(published_at, "--published-at")
    for path in files:
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise click.ClickException(f"{path} is not UTF-8 text; convert it, then read it again.") from error
        yield Given(text, title, moment, language, {"file": str(path)})


def texts_of_lines(lines: Iterable[str]) -> Iterator[Given]:
    """Objects with text, and if known title, published_at, language and url."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except json.JSONDecodeError as error:
            raise click.ClickException(f"Line {number} is not JSON: {error}.") from error
        if not isinstance(given, dict) or not isinstance(given.get("text"), str):
            raise click.ClickException(f'Line {number} has no "text"; give an object with a text a line.')
        moment = moment_of(given.get("published_at"), f"published_at of line {number}")
        label = {"url": given["url"]} if "url" in given else {}
        yield Given(given["text"], given.get("title"), moment, given.get("language"), label)


def moment_of(written: str | None, where: str) -> datetime | date | None:
    """A day or a time in ISO 8601. Raises click.ClickException, naming ``where``, for anything else."""
    if written is None:
        return None
    try:
        return datetime.fromisoformat(written) if len(written) > 10 else date.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise click.ClickException(
            f"{where} is {written!r}; write it as 2024-12-30 or 2024-12-30T15:00+02:00."
        ) from error
