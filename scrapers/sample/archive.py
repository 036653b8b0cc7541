"""Reads the sample archive's files as records as of any timestamp, with the edits and deletions up to then.

Markup is in templates/, serving in server.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scrapers.errors import ObminError
from scrapers.yaml_file import read_yaml

KYIV = ZoneInfo("Europe/Kyiv")
DEFAULT_FOLDER = Path(__file__).parent / "archive"


class BrokenArchive(ObminError):
    """A file of the archive does not have the format described in archive/README.md."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post as its channel shows it at the archive's ``as_of``; ``published_at`` is aware, in Kyiv's zone."""

    id: int
    published_at: datetime
    text: str | None
    media: str | None = None
    is_edited: bool = False
    forwarded_from: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One item of the President's news list; without ``body`` only the list shows it."""

    id: int
    published_at: datetime
    title: str
    body: tuple[str, ...]


def check_folder(folder: Path) -> None:
    """Raise BrokenArchive when an archive's folder is not a folder."""
    if not folder.is_dir():
        raise BrokenArchive(f"There is no sample archive at {folder}; check OBMIN_SAMPLE_ARCHIVE.")


class SampleArchive:
    """The archive as the sites would show it at ``as_of`` (aware), or in its latest state."""

    def __init__(self, folder: Path = DEFAULT_FOLDER, as_of: datetime | None = None) -> None:
        check_folder(folder)
        self._folder = folder
        self._as_of = as_of

    def moments(self) -> list[datetime]:
        """Timestamps right before and at each edit and deletion, oldest first (aware, in Kyiv's zone)."""
        changes = {
            _moment(row[mark])
            for folder in self._folder.iterdir()
            if folder.is_dir()
            for row in self._rows(folder.name)
            for mark in ("edited_at", "deleted_at")
            if row.get(mark)
        }
        return sorted({moment for change in changes for moment in (change - timedelta(minutes=1), change)})

    def check(self) -> None:
        """Read every file once. Raises BrokenArchive for the first invalid entry."""
        for folder in sorted(path for path in self._folder.iterdir() if path.is_dir()):
            for row in self._rows(folder.name):
                self._exists(row)
                if not isinstance(row.get("id"), int):
                    raise BrokenArchive(
                        f"an entry of the sample archive in {folder} has no whole number as id: {row}"
                    )

    def posts(self, source_id: str) -> list[Post]:
        """Posts of a channel that exist at ``as_of``, oldest first."""
        posts = [self._post(row) for row in self._rows(source_id) if self._exists(row)]
        return sorted(posts, key=lambda post: post.id)

    def articles(self, source_id: str) -> list[Article]:
        """Articles that exist at ``as_of``, newest first."""
        articles = [
            Article(row["id"], _moment(row["at"]), row["title"], tuple(row.get("body", ())))
            for row in self._rows(source_id)
            if self._exists(row)
        ]
        return sorted(articles, key=lambda article: article.published_at, reverse=True)

    def _rows(self, source_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for path in sorted((self._folder / source_id).glob("*.yaml")):
            rows += _read(path, path.stat().st_mtime_ns)
        return rows

    def _exists(self, row: dict[str, Any]) -> bool:
        try:
            published, deleted = _moment(row["at"]), row.get("deleted_at")
        except (KeyError, ValueError, TypeError) as error:
            raise BrokenArchive(f"an entry of the sample archive has no usable time: {row}") from error
        if self._as_of is None:
            return deleted is None
        return published <= self._as_of and (deleted is None or self._as_of < _moment(deleted))

    def _post(self, row: dict[str, Any]) -> Post:
        edited_at = row.get("edited_at")
        is_edited = edited_at is not None and (self._as_of is None or _moment(edited_at) <= self._as_of)
        text = row.get("text") if edited_at is None or is_edited else row["text_before_edit"]
        return Post(
            id=row["id"],
            published_at=_moment(row["at"]),
            text=text,
            media=row.get("media"),
            is_edited=is_edited,
            forwarded_from=row.get("forwarded_from"),
            reply_to=row.get("reply_to"),
        )


@cache
def _read(path: Path, _: int) -> list[dict[str, Any]]:
    """The entries of a file, cached until it changes: each response of the replay server needs them again."""
    rows = read_yaml(path) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenArchive(f"{path} is no list of entries; scrapers/sample/archive/README.md describes the form.")
    return rows


def _moment(written: str) -> datetime:
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=KYIV)
