"""The input of `obmin read`: files, or JSON objects on standard input. Output: scrapers/extraction/interface.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scrapers.errors import ObminError
from scrapers.extraction.explanation import Explanation, explain
from scrapers.extraction.interface import as_json
from scrapers.extraction.language import LANGUAGES
from scrapers.extraction.reading import read
from scrapers.extraction.records import Reading

# A long article has ten thousand characters.
LONGEST_TEXT = 1_000_000
# Far from the limits of Python's datetime, so that every zone's offset fits.
FIRST_YEAR, LAST_YEAR = 1990, 2100


class UnfitText(ObminError):
    """A text, or its metadata, can't be read. The message names the file or line."""


@dataclass(frozen=True, slots=True)
class Given:
    """One text to extract from. ``label`` identifies the result: its file or its url."""

    text: str
    title: str | None
    published_at: datetime | date | None
    language: str | None
    label: dict[str, str]

    def reading(self) -> Reading:
        return read(self.text, self.title, self.published_at, self.language)

    def explanation(self) -> Explanation:
        return explain(self.text, self.title, self.published_at)

    def result(self) -> dict[str, Any]:
        """The stable JSON form, after the label."""
        return {**self.label, **as_json(self.reading())}


def texts_of_files(
    files: Iterable[Path], title: str | None, published_at: str | None, language: str | None
) -> Iterator[Given]:
    """Each file as one text."""
    moment = moment_of(published_at, "--published-at")
    for path in files:
        yield Given(text_of_file(path), title, moment, language, {"file": str(path)})


def text_of_file(path: Path) -> str:
    """Raises UnfitText when a file is not text, longer than any announcement, or can't be read."""
    try:
        with path.open("rb") as file:
            content = file.read(4 * LONGEST_TEXT + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > 4 * LONGEST_TEXT:
            raise _too_long(str(path)) from error
        raise UnfitText(f"{path} is not UTF-8 text; convert it, then read it again.") from error
    except OSError as error:
        raise UnfitText(f"{path} can't be read: {error.strerror}.") from error
    if len(text) > LONGEST_TEXT:
        raise _too_long(str(path))
    return text


def _too_long(where: str) -> UnfitText:
    return UnfitText(
        f"{where} is longer than any announcement, {LONGEST_TEXT:,} characters; give one announcement a file, or "
        "one a line with --jsonl."
    )


def texts_of_lines(lines: Iterable[bytes]) -> Iterator[Given]:
    """One text per line of JSON in UTF-8, with text and optionally title, published_at, language and url."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise UnfitText(f"Line {number} is not UTF-8 text; convert the file, then read it again.") from error
        except (ValueError, RecursionError) as error:
            raise UnfitText(f"Line {number} is not JSON: {error}.") from error
        where = f"line {number}"
        check_text(given, where.capitalize())
        moment = moment_of(given.get("published_at"), f"published_at of {where}")
        label = {"url": given["url"]} if "url" in given else {}
        yield Given(given["text"], given.get("title"), moment, given.get("language"), label)


def check_text(given: Any, where: str) -> None:
    """Raises UnfitText, naming ``where``, unless it has a text and, if any, a valid title and language."""
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise UnfitText(f'{where} has no "text"; give an object with a text a line.')
    if len(given["text"]) > LONGEST_TEXT:
        raise _too_long(where)
    if not isinstance(given.get("title"), str | None):
        raise UnfitText(f'{where} has a "title" that is no text.')
    if given.get("language") not in (None, *LANGUAGES):
        raise UnfitText(f'{where} has an unknown "language"; it may be {", ".join(LANGUAGES)}.')


def moment_of(written: str | None, where: str) -> datetime | date | None:
    """A date or a timestamp in ISO 8601. Raises UnfitText, naming ``where``, for anything else."""
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written) if len(written) > 10 else date.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise UnfitText(
            f"{where} is {str(written)[:60]!r}; write it as 2024-12-30 or 2024-12-30T15:00+02:00."
        ) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise UnfitText(f"{where} is {written!r}; a year from {FIRST_YEAR} to {LAST_YEAR} was expected.")
    return moment
