"""Web archives as assets: mined, and loaded. The work is in scrapers/mining and warehouse/load_mined.py.

They are there when OBMIN_WEB_ARCHIVES names places, each in a job of its own and in no refresh.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.asset_metadata import table
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import REASON, reasons
from orchestration.defs.step_progress import every_few_seconds
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load_mined import load_mined
from scrapers.archive import PageArchive
from scrapers.mining.libraries import check_installed

MINED, LOADED = dg.AssetKey(["web_archives", "texts"]), dg.AssetKey(["web_archives", "announcements"])
READ_CHECK, LOADED_CHECK = "every_web_archive_was_read", "every_mined_file_was_loaded"
MOST_SHOWN = 100  # in the metadata of one run; `obmin load --mined` names all
GROUP, OWNERS = "web_archives", ["team:collection"]


def mined_asset() -> dg.AssetsDefinition:
    """The texts of all web archives. What was mined before is not mined again. It takes no pool: hours of mining
    block no refresh.
    """

    @dg.asset(
        key=MINED,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"parquet"},
        description="What web archives tell of exchanges: a Parquet file for each WARC file.",
        check_specs=[
            dg.AssetCheckSpec(READ_CHECK, asset=MINED, description="Each WARC file was found, and read to its end.")
        ],
    )
    def texts(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        settings = warehouse.settings
        say = every_few_seconds(context.log.info)
        check_installed(settings.mining_engine)

        from scrapers.mining.engines import mine_by

        report = mine_by(
            settings.mining_engine,
            settings.web_archives,
            settings.mined,
            settings.ray_address,
            None,
            lambda done, of: say(f"{done:,} of {of:,} WARC files"),
        )
        yield dg.MaterializeResult(
            metadata={
                "mined": report.mined,
                "done_before": report.done_before,
                **report.sums(),
                "outcomes": table({"outcome": name, "records": count} for name, count in report.outcomes().items()),
            },
        )
        yield _check(READ_CHECK, [*report.failures, *report.damaged()])

    return texts


def loaded_asset() -> dg.AssetsDefinition:
    """The announcements of the mined texts; the sensor `catch_up` then asks for a refresh."""

    @dg.asset(
        key=LOADED,
        deps=[MINED],
        pool=POOL,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"duckdb"},
        description="Mined texts as announcements, behind every other source; no alert is sent for the past.",
        check_specs=[
            dg.AssetCheckSpec(
                LOADED_CHECK, asset=LOADED, description="Each mined file is whole, and of this version."
            )
        ],
    )
    def announcements(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        settings, say = warehouse.settings, every_few_seconds(context.log.info)
        with warehouse.connection() as connection:
            report = load_mined(
                connection,
                PageArchive(settings.pages),
                settings.mined,
                lambda done, of: say(f"{done:,} of {of:,} files"),
            )
        yield dg.MaterializeResult(
            metadata={
                "texts": report.texts,
                "archived": report.archived,
                "announcements_new": report.announcements_new,
                "without_day": len(report.without_day),
                "left_out": len(report.left_out),
                "first_left_out": table({"text": sentence} for sentence in report.left_out[:MOST_SHOWN]),
            },
        )
        yield _check(LOADED_CHECK, [*report.failures, *report.warnings])

    return announcements


def _check(name: str, sentences: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        passed=not sentences,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(sentences) or None,
        metadata={REASON: reasons(sentences)},
    )
