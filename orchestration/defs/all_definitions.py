"""All of a profile in one Definitions object: assets, jobs, schedule, sensors. Overrides come as settings.

What Dagster loads is definitions.py.
"""

import gc
import logging
from collections.abc import Callable

import dagster as dg

from orchestration.defs.assets.announcements import announcements_asset
from orchestration.defs.assets.history import history_asset
from orchestration.defs.assets.lake import lake_asset
from orchestration.defs.assets.pages import pages_assets
from orchestration.defs.assets.publication import alerts_asset, published_asset
from orchestration.defs.assets.report import report_asset
from orchestration.defs.assets.statements import statements_asset
from orchestration.defs.assets.warehouse import warehouse_assets
from orchestration.defs.assets.web_archives import loaded_asset, mined_asset
from orchestration.defs.resources import HttpClientResource, NotifierResource, WarehouseResource
from orchestration.defs.sensors import build_sensors
from orchestration.settings import Settings
from orchestration.warehouse.dbt_runner import ensure_manifest
from orchestration.warehouse.publish import SCHEMAS

REFRESH, BACKFILL, MINE, LOAD_MINED = "refresh", "backfill", "mine_web_archives", "load_web_archives"
EVERY_15_MINUTES = "*/15 * * * *"
# The steps that are long enough to report progress.
LONG_STEPS = ("pages", "raw__statements", "warehouse")
# Dagster logs this of checks that a step left out: a build runs no test of tables that did not change.
OF_LEFT_OUT_CHECKS = "did not yield or return expected outputs"


def build_defs(settings: Settings, on_progress: Callable[[str], None] = print) -> dg.Definitions:
    """All definitions of one profile. ``on_progress`` is called for each step when the progress logger is used."""
    # Garbage collections skip everything imported so far: a start costs 1.6 s of CPU instead of 2.2.
    gc.freeze()
    sources = settings.sources()
    working_file = WarehouseResource(settings=settings)
    warehouse = warehouse_assets(ensure_manifest())
    history = history_asset(sources)
    mined, loaded = mined_asset(), loaded_asset()
    of_web_archives = [mined, loaded] if settings.web_archives else []
    refresh = dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets(history, *of_web_archives),
        description="From the sources' pages to the published copy and its alerts.",
    )
    backfill = dg.define_asset_job(
        BACKFILL,
        selection=dg.AssetSelection.assets(history),
        description="The past of a source, by months: fetched and loaded. A refresh follows and builds the facts.",
    )
    # Two jobs, as a run holds the pool of its steps to its end: mining takes hours, and a refresh would wait.
    jobs_of_web_archives = [
        dg.define_asset_job(
            MINE,
            selection=dg.AssetSelection.assets(mined),
            description="Mine the web archives; loading is another job.",
        ),
        dg.define_asset_job(
            LOAD_MINED,
            selection=dg.AssetSelection.assets(loaded),
            description="Load what was mined. A refresh follows and builds the facts.",
        ),
    ]
    return dg.Definitions(
        assets=[
            pages_assets(sources),
            history,
            announcements_asset(sources),
            statements_asset(),
            warehouse,
            published_asset(sorted(key for key in warehouse.keys if key.path[0] in SCHEMAS)),
            alerts_asset(),
            *([report_asset()] if settings.draws_report else []),
            *([lake_asset()] if settings.lake else []),
            *of_web_archives,
        ],
        resources={
            "warehouse": working_file,
            "http_client": HttpClientResource(settings=settings),
            "notifier": NotifierResource(warehouse=working_file),
        },
        jobs=[refresh, backfill, *(jobs_of_web_archives if settings.web_archives else [])],
        # Steps share one file and run one at a time: a process per step would only add import time.
        executor=dg.in_process_executor,
        sensors=build_sensors(settings, refresh),
        loggers={"progress": _progress_logger(on_progress)},
        schedules=[
            dg.ScheduleDefinition(
                job=refresh,
                cron_schedule=EVERY_15_MINUTES,
                execution_timezone="Europe/Kyiv",
                # The sample never changes by itself; only the live profile needs the schedule.
                default_status=(
                    dg.DefaultScheduleStatus.RUNNING
                    if settings.profile == "live"
                    else dg.DefaultScheduleStatus.STOPPED
                ),
            )
        ],
    )


def _progress_logger(on_progress: Callable[[str], None]) -> dg.LoggerDefinition:
    """A run's log for a terminal: a line per step, and the steps' progress messages."""

    class Handler(logging.Handler):
        started = ""  # Dagster also logs that it skips a step

        def emit(self, record: logging.LogRecord) -> None:
            meta = getattr(record, "dagster_meta", {})
            event = meta.get("dagster_event")
            if event is not None and event.is_step_start:
                self.started = str(event.step_key)
                on_progress(event.step_key.replace("__", " "))
            elif event is None and meta.get("step_key") == self.started and self.started.startswith(LONG_STEPS):
                message = str(meta.get("orig_message", ""))
                if OF_LEFT_OUT_CHECKS not in message:
                    on_progress(f"  {message}")

    @dg.logger(config_schema={})
    def progress(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("obmin.progress", logging.DEBUG)
        logger.addHandler(Handler())
        return logger

    return progress
