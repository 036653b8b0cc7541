"""Settings of one deployment: its profile (sample or live), folders, limits and addresses.

Values only. Nothing here opens a file or a connection. What the environment can give is in environment.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from orchestration.lake_address import Lake
from orchestration.settings.environment import (
    DEFAULT_ALERTS,
    DEFAULT_DATA,
    PROJECT,
    ROOT,
    SOURCE_SECONDS,
    Environment,
    WrongSetting,
    is_unicode,
    read_environment,
)
from scrapers.errors import ObminError
from scrapers.registry import Source, UnknownSource, get_source, load_registry
from scrapers.sample.archive import BrokenArchive, check_folder

__all__ = [
    "DBT_PROJECT", "INVASION", "KYIV", "PROJECT", "ROOT", "SOURCE_SECONDS", "NoContact", "Profile",
    "Settings", "WrongSetting", "folder_of_bugs", "is_unicode", "load_settings",
]  # fmt: skip
DBT_PROJECT = PROJECT / "dbt_project"
KYIV = ZoneInfo("Europe/Kyiv")
Profile = Literal["sample", "live"]
# The day of the full-scale invasion, midnight in Kyiv: the data begins here.
INVASION = datetime(2022, 2, 23, 22, tzinfo=UTC)


class NoContact(ObminError):
    """The live sites are to be crawled, but no contact address is set."""


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
    draws_report: bool = True
    report_url: str | None = None  # the report's public address, ending with a slash
    lake: Lake | None = None
    ray_address: str | None = None  # of the cluster that `obmin mine` uses
    web_archives: tuple[str, ...] = ()  # WARC files and folders that Dagster mines

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
                "The live sites need a contact: set OBMIN_CONTACT to your e-mail or web address, for "
                "example OBMIN_CONTACT=desk@newsroom.example, then run again."
            )
        return self.contact_of_operator

    @property
    def mining_engine(self) -> Literal["local", "ray"]:
        """Where web archives are mined unless a command says otherwise."""
        return "ray" if self.ray_address else "local"

    @property
    def mined(self) -> Path:
        """Folder for the Parquet files that Dagster mines."""
        return self.data / "mined"

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
    def report(self) -> Path:
        """The report, a static site; replaced as a whole."""
        return self.data / "report"

    @property
    def heartbeat(self) -> Path:
        """Timestamp of the daemon's last heartbeat, as JSON."""
        return self.data / "heartbeat.json"

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
    if settings is not None:
        return settings.data / "bugs"
    try:
        return read_environment().data / "bugs"
    except WrongSetting:
        return DEFAULT_DATA.absolute() / "bugs"


def load_settings(profile: Profile | None = None) -> Settings:
    """Settings from the environment (environment.py); ``profile`` overrides OBMIN_PROFILE.

    Raises WrongSetting when a value is invalid, or replayed pages would be mixed with a deployment's own.
    """
    given = read_environment()
    chosen = profile or given.profile
    settings = Settings(
        profile=chosen,
        data=given.data / chosen,
        sample_archive=given.sample_archive,
        alerts_file=given.alerts,
        contact_of_operator=given.contact,
        alert_within_days=given.alert_within_days,
        heartbeat_url=given.heartbeat_url.get_secret_value() if given.heartbeat_url else None,
        watch_seconds=given.watch_seconds,
        sql_seconds=given.sql_seconds,
        sql_memory=given.sql_memory,
        source_seconds=given.source_seconds,
        reviews_file=given.reviews,
        replay=given.replay,
        draws_report=given.report,
        report_url=given.report_url,
        lake=_lake(given),
        ray_address=given.ray,
        web_archives=tuple((given.web_archives or "").split()),
    )
    _check_place(settings.data)
    _keep_replays_apart(settings, has_own_folder="data" in given.model_fields_set)
    return settings


def _lake(given: Environment) -> Lake | None:
    if given.lake is None and given.lake_data is None:
        return None
    if given.lake is None or given.lake_data is None:
        is_set, is_missing = (
            ("OBMIN_LAKE_DATA", "OBMIN_LAKE") if given.lake is None else ("OBMIN_LAKE", "OBMIN_LAKE_DATA")
        )
        raise WrongSetting(f"{is_set} is set and {is_missing} is not; a lake needs both, docs/lake.md shows them.")
    return Lake(given.lake, given.lake_data, given.lake_seconds)


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


def _keep_replays_apart(settings: Settings, has_own_folder: bool) -> None:
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
    elif not has_own_folder:
        raise WrongSetting(
            "OBMIN_REPLAY with the live profile needs a folder of its own: set OBMIN_DATA to a new one."
        )
    elif has_data and not settings.replay_mark.exists():
        raise WrongSetting(
            f"{settings.data} holds pages of the web; set OBMIN_DATA to a new folder, so that what is replayed "
            "is not mixed with them."
        )
