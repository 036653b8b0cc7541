"""Where things are and how a run is meant: sample or live, folders, addresses from the environment.

Values only. Nothing here opens a file or a connection.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from scrapers.registry import Source, UnknownSource, get_source, load_registry
from scrapers.sample.archive import DEFAULT_FOLDER

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
DEFAULT_ALERTS = PROJECT / "orchestration" / "alerts" / "alerts.yaml"

KYIV = ZoneInfo("Europe/Kyiv")
Profile = Literal["sample", "live"]
# The day of the full-scale invasion, Kyiv's midnight: the record begins here.
INVASION = datetime(2022, 2, 23, 22, tzinfo=UTC)


class NoContact(ValueError):
    """The live sites are to be asked, and nobody is named whom they may write to."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One profile's places. Sample and live never share a file."""

    profile: Profile
    data: Path
    sample_archive: Path
    alerts_file: Path = DEFAULT_ALERTS
    contact_of_operator: str | None = None
    alert_within_days: int = 3
    heartbeat_url: str | None = None
    watch_seconds: int | None = None

    @property
    def first_reach(self) -> datetime:
        """How far back a source's first crawl goes (UTC): the sample whole, a live site a month.

        The rest of a live site's past is `obmin backfill`'s.
        """
        return INVASION if self.profile == "sample" else datetime.now(UTC) - timedelta(days=31)

    def sources(self) -> tuple[Source, ...]:
        """The registry's sources, or those of them that the sample archive has: excerpts, with no least volume."""
        if self.profile == "live":
            return load_registry()
        return tuple(
            source.model_copy(update={"expected": source.expected.model_copy(update={"least_a_week": 0})})
            for source in load_registry()
            if (self.sample_archive / source.id).is_dir()
        )

    def today(self) -> date:
        """Kyiv's day."""
        return datetime.now(KYIV).date()

    def source(self, source_id: str) -> Source:
        """The source of this id. Raises UnknownSource when the registry, or the sample archive, lacks it."""
        known = get_source(source_id)
        held = {source.id: source for source in self.sources()}
        if known.id not in held:
            raise UnknownSource(
                f"The sample archive holds nothing of {source_id}; it has {', '.join(held)}. Add --profile live."
            )
        return held[known.id]

    def contact(self) -> str:
        """Whom the keeper of a site may write to. Raises NoContact when OBMIN_CONTACT names nobody."""
        if not self.contact_of_operator:
            raise NoContact(
                "The live sites are told whom to write to: set OBMIN_CONTACT to your e-mail or web address, for "
                "example OBMIN_CONTACT=desk@newsroom.example, then run again."
            )
        return self.contact_of_operator

    @property
    def working(self) -> Path:
        """The file that the pipeline alone writes."""
        return self.data / "working.duckdb"

    @property
    def published(self) -> Path:
        """The file that people open; swapped in whole."""
        return self.data / "obmin.duckdb"

    @property
    def previous(self) -> Path:
        """Where the published copies before this one are."""
        return self.data / "previous"

    @property
    def failed(self) -> Path:
        """Where builds that failed are kept, to be looked at."""
        return self.data / "failed"

    @property
    def pages(self) -> Path:
        return self.data / "pages"

    @property
    def lock(self) -> Path:
        return self.data / "working.lock"

    @property
    def dbt_target(self) -> Path:
        return self.data / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"


def load_settings(profile: Profile | None = None) -> Settings:
    """Settings from the environment: OBMIN_PROFILE, OBMIN_DATA, OBMIN_SAMPLE_ARCHIVE, OBMIN_ALERTS,
    OBMIN_CONTACT, OBMIN_ALERT_WITHIN_DAYS, OBMIN_HEARTBEAT_URL, OBMIN_WATCH_SECONDS.

    Raises ValueError when OBMIN_PROFILE is neither "sample" nor "live", or the days are no number.
    """
    chosen = profile or os.environ.get("OBMIN_PROFILE", "sample")
    if chosen not in ("sample", "live"):
        raise ValueError(f"OBMIN_PROFILE is {chosen!r}; it must be sample or live.")
    days = _whole_number("OBMIN_ALERT_WITHIN_DAYS", "days")
    data = Path(os.environ.get("OBMIN_DATA", PROJECT / "data")).resolve()
    return Settings(
        profile="live" if chosen == "live" else "sample",
        data=data / chosen,
        sample_archive=Path(os.environ.get("OBMIN_SAMPLE_ARCHIVE", DEFAULT_FOLDER)).resolve(),
        alerts_file=Path(os.environ.get("OBMIN_ALERTS", DEFAULT_ALERTS)).resolve(),
        contact_of_operator=os.environ.get("OBMIN_CONTACT", "").strip() or None,
        alert_within_days=3 if days is None else days,
        heartbeat_url=os.environ.get("OBMIN_HEARTBEAT_URL", "").strip() or None,
        watch_seconds=_whole_number("OBMIN_WATCH_SECONDS", "seconds"),
    )


def _whole_number(name: str, unit: str) -> int | None:
    """A setting of the environment; None when it is not set."""
    written = os.environ.get(name, "").strip()
    if written and not written.isdigit():
        raise ValueError(f"{name} is {written!r}; it must be a number of {unit}.")
    return int(written) if written else None
