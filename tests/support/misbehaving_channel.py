"""The sample's sites with one channel that misbehaves as a test says, fetched and loaded under Dagster.

Single responses to misbehave with are in sites.py, a table of attacks is in tests/faults.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import requests

from orchestration.defs.assets.announcements import announcements_asset
from orchestration.defs.assets.pages import pages_assets
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from scrapers.http.client import HttpClient, Limits
from scrapers.http.throttling import Clock
from scrapers.sample.archive import DEFAULT_FOLDER
from tests.conftest import deployment, respond, web
from tests.support.sites import trickle

Handler = BaseHTTPRequestHandler
STORED = ("announcements", "ignored_items", "absent_items", "pages", "quarantined_items")


class Web:
    """The sample's sites; the channel can be made to misbehave."""

    def __init__(self, settings: Settings, origin: str) -> None:
        self._settings, self._origin = settings, origin
        self.misbehave: Callable[[Handler], None] | None = None
        self.after: Callable[[Handler], None] | None = None

    def answer(self, handler: Handler) -> None:
        if self.misbehave is not None and handler.path.startswith("/t.me/s/"):
            return self.misbehave(handler)
        found = requests.get(self._origin + handler.path, timeout=5)
        return respond(handler, found.status_code, found.content, {"Content-Type": found.headers["Content-Type"]})

    def run(
        self, by: Callable[[HttpClient], Any] = lambda client: client
    ) -> tuple[dg.ExecuteInProcessResult, dict[str, tuple[bool, str]]]:
        """Fetch and load under Dagster; return the result, and each source's check with its reason."""
        sources = self._settings.sources()
        with web(self.answer) as address:
            # Long enough for a slow machine to send and decompress 20 MiB; a trickling response ends sooner.
            page = 1.5 if self.misbehave is trickle else 60.0
            limits = Limits(connect=30.0, read=60.0, page=page, wait=60.0)
            with HttpClient(replay=address, limits=limits, clock=Clock(sleep=lambda _: None)) as client:
                result = dg.materialize(
                    [pages_assets(sources), announcements_asset(sources)],
                    instance=dg.DagsterInstance.ephemeral(),
                    resources={"warehouse": Warehouse(self._settings), "http_client": by(client)},
                )
        checks = {
            evaluation.asset_key.path[-1]: (evaluation.passed, str(evaluation.metadata["reason"].value))
            for evaluation in result.get_asset_check_evaluations()
            if evaluation.check_name == "crawl_succeeded"
        }
        return result, checks

    def stored(self) -> dict[str, list[tuple[Any, ...]]]:
        with duckdb.connect(str(self._settings.working), read_only=True) as connection:
            return {table: connection.execute(f"from raw.{table} order by all").fetchall() for table in STORED}


def sites_of(folder: Path, origin: str) -> Web:
    """A deployment with one channel and one site; ``origin`` serves the sample."""
    archive = folder / "archive"
    if not archive.exists():
        for source_id in ("koordshtab_telegram", "president_uk"):
            shutil.copytree(DEFAULT_FOLDER / source_id, archive / source_id)
    return Web(deployment(folder, archive), origin)
