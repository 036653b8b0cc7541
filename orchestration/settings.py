"""Where things are and how a run is meant: sample or live, folders, addresses from the environment.

Values only. Nothing here opens a file or a connection.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scrapers.sample.archive import DEFAULT_FOLDER

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"

Profile = Literal["sample", "live"]


@dataclass(frozen=True, slots=True)
class Settings:
    """One profile's places. Sample and live never share a file."""

    profile: Profile
    data: Path
    sample_archive: Path
    alert_urls: tuple[str, ...]

    @property
    def working(self) -> Path:
        """The file that the pipeline alone writes."""
        return self.data / "working.duckdb"

    @property
    def published(self) -> Path:
        """The file that people open; swapped in whole."""
        return self.data / "obmin.duckdb"

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
    """Settings from the environment: OBMIN_PROFILE, OBMIN_DATA, OBMIN_SAMPLE_ARCHIVE, OBMIN_ALERT_URLS.

    Raises ValueError when OBMIN_PROFILE is neither "sample" nor "live".
    """
    chosen = profile or os.environ.get("OBMIN_PROFILE", "sample")
    if chosen not in ("sample", "live"):
        raise ValueError(f"OBMIN_PROFILE is {chosen!r}; it must be sample or live.")
    data = Path(os.environ.get("OBMIN_DATA", PROJECT / "data")).resolve()
    return Settings(
        profile="live" if chosen == "live" else "sample",
        data=data / chosen,
        sample_archive=Path(os.environ.get("OBMIN_SAMPLE_ARCHIVE", DEFAULT_FOLDER)).resolve(),
        alert_urls=tuple(os.environ.get("OBMIN_ALERT_URLS", "").split()),
    )
