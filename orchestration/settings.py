"""Settings: the profile (sample or live), folders, and addresses from the environment.

Values only. Nothing here opens a file or a connection.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapers.errors import ObminError
from scrapers.registry import Source, UnknownSource, get_source, load_registry
from scrapers.sample.archive import DEFAULT_FOLDER, BrokenArchive, check_folder

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
DEFAULT_ALERTS = PROJECT / "orchestration" / "alerts" / "alerts.yaml"

KYIV = ZoneInfo("Europe/Kyiv")
# An interval over a year, or a span over a century, is certainly a typing error.
LONGEST_SECONDS, LONGEST_DAYS = 31_536_000, 36_500
Profile = Literal["sample", "live"]
# The day of the full-scale invasion, midnight in Kyiv: the data begins here.
INVASION = datetime(2022, 2, 23, 22, tzinfo=UTC)
# Time limit for the crawl of one source; after it, the others are published without this one.
SOURCE_SECONDS = 300
LONGEST_SOURCE_SECONDS = 24 * 60 * 60


class NoContact(ObminError):
    """The live sites are to be crawled, but no contact address is set."""


class WrongSetting(ObminError):
    """An environment variable has an invalid value. The message names the variable and the valid values."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The paths and options of one profile. Sample and live never share a file."""

    profile: Profile
    data: Path
    sample_archive: Path
    alerts_file: Path = DEFAULT_ALERTS
    contact_of_operator: str | None = None
    alert_within_days: int = 3
    heartbeat_url: str | None = None
    watch_seconds: int | None = None
    sql_seconds: int = 60
    sql_memory: str = "1GB"
    source_seconds: int = SOURCE_SECONDS
    reviews_file: Path | None = None
    replay: str | None = None  # address of a replay server that replaces the whole web

    @property
    def first_reach(self) -> datetime:
        """How far back a source's first crawl goes (UTC): all of the sample, one month of a live site.

        `obmin backfill` fetches the rest of a live site's history.
        """
        return INVASION if self.profile == "sample" else datetime.now(UTC) - timedelta(days=31)

    @property
    def has_past(self) -> bool:
        """True for the sample archive's own pages, whose edits and deletions can be crawled as they happened."""
        return self.profile == "sample" and self.replay is None

    def sources(self) -> tuple[Source, ...]:
        """The registry's sources; in the sample profile, those that the sample archive has, as excerpts."""
        if self.profile == "live":
            return load_registry()
        check_folder(self.sample_archive)
        held = tuple(source.as_excerpt() for source in load_registry() if (self.sample_archive / source.id).is_dir())
        if not held:
            raise BrokenArchive(
                f"{self.sample_archive} holds no folder named for a source, so it is no sample archive; set "
                "OBMIN_SAMPLE_ARCHIVE to one, or leave it out."
            )
        return held

    def today(self) -> date:
        """Today's date in Kyiv."""
        return datetime.now(KYIV).date()

    def source(self, source_id: str) -> Source:
        """The source with this id. Raises UnknownSource when the registry, or the sample archive, lacks it."""
        known = get_source(source_id)
        held = {source.id: source for source in self.sources()}
        if known.id not in held:
            raise UnknownSource(
                f"The sample archive holds nothing of {source_id}; it has {', '.join(held)}. Add --profile live."
            )
        return held[known.id]

    def contact(self) -> str:
        """The address that site operators may write to. Raises NoContact when OBMIN_CONTACT is not set."""
        if not self.contact_of_operator:
            raise NoContact(
                "The live sites are told whom to write to: set OBMIN_CONTACT to your e-mail or web address, for "
                "example OBMIN_CONTACT=desk@article_site.example, then run again."
            )
        return self.contact_of_operator

    @property
    def working(self) -> Path:
        """The database that only the pipeline writes."""
        return self.data / "working.duckdb"

    @property
    def published(self) -> Path:
        """The database that users open; replaced as a whole."""
        return self.data / "obmin.duckdb"

    @property
    def base(self) -> Path:
        """The base of the next published copy: the last one as the pipeline made it. Only the pipeline opens it."""
        return self.data / "publication.duckdb"

    @property
    def kept_state(self) -> Path:
        """State in the working file that the archive can't restore, in case that file is damaged."""
        return self.data / "working.kept.jsonl"

    @property
    def reviews(self) -> Path:
        """Reviewers' decisions about announcements: a file that belongs under version control."""
        return self.reviews_file or self.data / "reviews.yaml"

    @property
    def damaged(self) -> Path:
        """Folder for unreadable working files, moved here when they are rebuilt."""
        return self.data / "damaged"

    @property
    def previous(self) -> Path:
        """Folder for the previous published copies."""
        return self.data / "previous"

    @property
    def failed(self) -> Path:
        """Folder for failed builds, stored for inspection."""
        return self.data / "failed"

    @property
    def pages(self) -> Path:
        return self.data / "pages"

    @property
    def lock(self) -> Path:
        return self.data / "working.lock"

    @property
    def replay_mark(self) -> Path:
        """Marks a live profile's folder whose pages came from a replay server."""
        return self.data / "replayed"

    @property
    def dbt_target(self) -> Path:
        return self.data / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"


def folder_of_bugs(settings: Settings | None) -> Path:
    """Folder for the tracebacks of bugs; without settings, the one used for either profile."""
    return (settings.data if settings else _path("OBMIN_DATA", PROJECT / "data")) / "bugs"


def load_settings(profile: Profile | None = None) -> Settings:
    """Settings from the environment: OBMIN_PROFILE, OBMIN_DATA, OBMIN_SAMPLE_ARCHIVE, OBMIN_ALERTS, OBMIN_CONTACT,
    OBMIN_ALERT_WITHIN_DAYS, OBMIN_HEARTBEAT_URL, OBMIN_WATCH_SECONDS, OBMIN_SOURCE_SECONDS, OBMIN_REVIEWS,
    OBMIN_REPLAY, OBMIN_SQL_SECONDS, OBMIN_SQL_MEMORY. An empty value counts as not set.

    Raises WrongSetting when OBMIN_PROFILE is neither "sample" nor "live", a number is invalid, OBMIN_REPLAY is no
    loopback address, or replayed pages would be mixed with a deployment's own.
    """
    chosen = profile or os.environ.get("OBMIN_PROFILE") or "sample"
    if chosen not in ("sample", "live"):
        raise WrongSetting(f"OBMIN_PROFILE is {chosen!r}; it must be sample or live.")
    days = _whole_number("OBMIN_ALERT_WITHIN_DAYS", "days", 0, LONGEST_DAYS)
    settings = Settings(
        profile="live" if chosen == "live" else "sample",
        data=_path("OBMIN_DATA", PROJECT / "data") / chosen,
        sample_archive=_path("OBMIN_SAMPLE_ARCHIVE", DEFAULT_FOLDER),
        alerts_file=_path("OBMIN_ALERTS", DEFAULT_ALERTS),
        contact_of_operator=_contact(os.environ.get("OBMIN_CONTACT", "").strip()),
        alert_within_days=3 if days is None else days,
        heartbeat_url=_web_address("OBMIN_HEARTBEAT_URL"),
        watch_seconds=_whole_number("OBMIN_WATCH_SECONDS", "seconds"),
        sql_seconds=_whole_number("OBMIN_SQL_SECONDS", "seconds") or 60,
        sql_memory=_memory("OBMIN_SQL_MEMORY") or "1GB",
        source_seconds=_whole_number("OBMIN_SOURCE_SECONDS", "seconds", 1, LONGEST_SOURCE_SECONDS) or SOURCE_SECONDS,
        reviews_file=_optional_path("OBMIN_REVIEWS"),
        replay=_replay_address(os.environ.get("OBMIN_REPLAY", "").strip()),
    )
    _check_place(settings.data)
    _keep_replays_apart(settings)
    return settings


def _replay_address(written: str) -> str | None:
    """The replay server's address without a path; None when it is not set."""
    if not written:
        return None
    try:
        parts = urlsplit(written)
        is_loopback = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        is_plain = parts.scheme == "http" and parts.port is not None and parts.path in ("", "/")
        is_plain &= parts.username is None and not {"?", "#"} & set(written)
    except ValueError:
        is_loopback = is_plain = False
    if not (is_loopback and is_plain):
        raise WrongSetting(
            f"OBMIN_REPLAY is {written!r}; it must be a server on this machine, like http://127.0.0.1:8080."
        )
    return written.rstrip("/")


def _check_place(data: Path) -> None:
    """Refuse a data folder whose name contains "?", which a database would misread, and one that contains pipes or
    devices, because opening one may block for ever.
    """
    if "?" in str(data):
        raise WrongSetting(f"OBMIN_DATA is {data.parent}; a folder's name may hold no question mark: choose another.")
    for folder in (data, data / "pages", data / "pages" / "incoming", data / "dagster"):
        try:
            entries = list(os.scandir(folder))
        except OSError:  # missing or not readable: the code that needs it reports it
            continue
        for entry in entries:
            if not (entry.is_file() or entry.is_dir()) and os.path.exists(entry.path):
                raise WrongSetting(
                    f"{entry.path} is no regular file but a pipe or device; move it away, then run again."
                )


def _keep_replays_apart(settings: Settings) -> None:
    """Refuse a data folder with pages from the web when a replay is requested, and the reverse."""
    if settings.profile != "live":
        return
    has_data = settings.working.exists() or settings.pages.exists()
    if settings.replay is None:
        if settings.replay_mark.exists():
            raise WrongSetting(
                f"{settings.data} holds pages of a replay server, not of the web; set OBMIN_REPLAY to go on with "
                "them, or OBMIN_DATA to the deployment's own folder."
            )
    elif "OBMIN_DATA" not in os.environ:
        raise WrongSetting(
            "OBMIN_REPLAY with the live profile needs a folder of its own: set OBMIN_DATA to a new one."
        )
    elif has_data and not settings.replay_mark.exists():
        raise WrongSetting(
            f"{settings.data} holds pages of the web; set OBMIN_DATA to a new folder, so that what is replayed "
            "is not mixed with them."
        )


def _path(name: str, default: Path) -> Path:
    """An absolute path from the environment, or the default when it is not set. Raises WrongSetting."""
    written = os.environ.get(name) or str(default)
    if not is_unicode(written):
        raise WrongSetting(f"{name} is {written!a}, which holds bytes that are no UTF-8; choose another name.")
    return Path(os.path.realpath(written))


def _optional_path(name: str) -> Path | None:
    """The same, but None when it is not set."""
    return _path(name, PROJECT) if os.environ.get(name) else None


def is_unicode(text: str) -> bool:
    """False for shell input in bytes that are not UTF-8: Python stores those as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _whole_number(name: str, unit: str, least: int = 1, most: int = LONGEST_SECONDS) -> int | None:
    """A whole number from the environment; None when it is not set. Raises WrongSetting."""
    written = os.environ.get(name, "").strip()
    if not written:
        return None
    # Python's int() also accepts "1_0", "٣" and thousands of digits.
    if not re.fullmatch(r"[0-9]{1,9}", written) or not least <= int(written) <= most:
        raise WrongSetting(f"{name} is {written[:40]!r}; it must be a number of {unit} from {least} to {most}.")
    return int(written)


def _memory(name: str) -> str | None:
    """An amount of memory in DuckDB's format; None when it is not set. Raises WrongSetting."""
    written = os.environ.get(name, "").strip()
    if written and not re.fullmatch(r"[1-9][0-9]{0,5} ?([MG]B)", written):
        raise WrongSetting(f"{name} is {written[:40]!r}; it must be an amount of memory like 500MB or 2GB.")
    return written or None


def _web_address(name: str) -> str | None:
    """A secret address, which no error repeats; None when it is not set. Raises WrongSetting."""
    written = os.environ.get(name, "").strip()
    try:
        parts = urlsplit(written)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if written and not (is_address and written.isascii() and written.isprintable()):
        raise WrongSetting(f"{name} is no web address; it must be like https://host.example/path.")
    return written or None


def _contact(written: str) -> str | None:
    """The address that site operators may write to; sent in a header, so ASCII only. Raises WrongSetting."""
    if not (written.isascii() and written.isprintable()):
        raise WrongSetting(
            f"OBMIN_CONTACT is {written[:60]!r}; it must be an e-mail or web address in Latin letters, on one line."
        )
    return written or None
