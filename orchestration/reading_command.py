"""What `obmin read` takes: files, or JSON objects on standard input. What it gives is in
scrapers/reading/interface.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from scrapers.reading import read
from scrapers.reading.interface import as_json

KEYS = {"text", "title", "published_at", "language", "url", "gold"}


def read_files(
    files: Iterable[Path], title: str | None, published_at: str | None, language: str | None
) -> Iterator[dict[str, Any]]:
    """Read each file as one text."""
    moment = _moment(published_at, "--published-at")
    for path in files:
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise click.ClickException(f"{path} is not UTF-8 text; convert it, then read it again.") from error
        yield {"file": str(path), **as_json(read(text, title, moment, language))}


def read_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read objects with text, and if known title, published_at, language and url."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except json.JSONDecodeError as error:
            raise click.ClickException(f"Line {number} is not JSON: {error}.") from error
        if not isinstance(given, dict) or not isinstance(given.get("text"), str):
            raise click.ClickException(f'Line {number} has no "text"; give an object with a text a line.')
        moment = _moment(given.get("published_at"), f"published_at of line {number}")
        result = as_json(read(given["text"], given.get("title"), moment, given.get("language")))
        yield {"url": given["url"], **result} if "url" in given else result


def _moment(written: str | None, where: str) -> datetime | date | None:
    if written is None:
        return None
    try:
        return datetime.fromisoformat(written) if len(written) > 10 else date.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise click.ClickException(
            f"{where} is {written!r}; write it as 2024-12-30 or 2024-12-30T15:00+02:00."
        ) from error
