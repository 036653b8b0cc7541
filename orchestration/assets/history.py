"""The past, as partitions: a source and a month each. The same work as `obmin backfill`."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.instance import POOL
from orchestration.settings import INVASION, KYIV, Settings
from orchestration.warehouse.backfill import backfill_month
from orchestration.warehouse.fetch import open_door
from orchestration.warehouse.working import RUN_LOCK_SECONDS, working_file, writing
from scrapers.archive import PageArchive
from scrapers.registry import Source, get_source

HISTORY = dg.AssetKey(["pages", "history"])


def history_asset(settings: Settings, sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """Pages and announcements of one month of one source. A month that is complete costs nothing again."""
    months = dg.MonthlyPartitionsDefinition(
        start_date=INVASION.astimezone(KYIV).strftime("%Y-%m-01"),
        timezone=str(KYIV),
        end_offset=1,  # the month that is not over can be fetched as far as it goes
    )
    names = dg.StaticPartitionsDefinition([source.id for source in sources if source.role == "facts"])

    @dg.asset(
        key=HISTORY,
        partitions_def=dg.MultiPartitionsDefinition({"source": names, "month": months}),
        pool=POOL,
        group_name="pages",
        kinds={"python"},
        description="The past by source and month, from 24 February 2022; no alert is sent for it.",
        check_specs=[
            dg.AssetCheckSpec("month_was_read", asset=HISTORY, description="The month was paged to its end.")
        ],
    )
    def history(context: dg.AssetExecutionContext) -> Iterator[Any]:
        key = context.partition_key
        assert isinstance(key, dg.MultiPartitionKey)
        source = get_source(key.keys_by_dimension["source"])
        month = context.partition_time_window.start.date()
        with writing(settings, RUN_LOCK_SECONDS), working_file(settings) as connection, open_door(settings) as door:
            report = backfill_month(connection, PageArchive(settings.pages), door, source, month, "listing")
        yield dg.MaterializeResult(
            metadata={
                "pages": report.pages,
                "announcements_new": report.announcements_new,
                "result": report.error or ("complete already" if report.was_complete else "read"),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="month_was_read",
                    passed=report.error is None,
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"reason": report.error or "complete"},
                )
            ],
        )

    return history
