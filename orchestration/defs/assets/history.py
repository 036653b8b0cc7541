"""History as partitions, by source and month. The same work as `obmin backfill`, in warehouse/backfill.py."""

import warnings
from datetime import date
from typing import Any

import dagster as dg

from orchestration.defs.asset_metadata import table
from orchestration.defs.instance import POOL
from orchestration.settings import INVASION, KYIV
from orchestration.warehouse.backfill import MonthReport, backfill_month
from orchestration.warehouse.database import Warehouse
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import Source

HISTORY = dg.AssetKey(["pages", "history"])
# One run per year of a source: a run per month would spend its time on starting.
MONTHS_A_RUN = 12
# Complete months are not fetched again, so a retry costs only the months that failed. The HTTP client keeps its
# distance from each site, so the retry itself need not wait.
RETRY = dg.RetryPolicy(max_retries=1)
# Beta in the pinned version; a test backfills with it.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)


def history_asset(sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """Pages and announcements of the requested months. A complete month is not fetched again.

    A month that can't be read is tried once more, after the others, then fails its run; what was read before the
    failure is stored. A post that can't be parsed fails the run, too. (The pages assets need no retry: a source's
    failure is a failed check, and the next refresh comes within 15 minutes.)
    """
    months = dg.MonthlyPartitionsDefinition(
        start_date=INVASION.astimezone(KYIV).strftime("%Y-%m-01"),
        timezone=str(KYIV),
        end_offset=1,  # the current month can be fetched up to now
    )
    names = dg.StaticPartitionsDefinition([source.id for source in sources if source.role == "facts"])

    @dg.asset(
        key=HISTORY,
        partitions_def=dg.MultiPartitionsDefinition({"source": names, "month": months}),
        backfill_policy=dg.BackfillPolicy.multi_run(MONTHS_A_RUN),
        retry_policy=RETRY,
        pool=POOL,
        # Apart: it has partitions and a job of its own, and is no part of a refresh.
        group_name="history",
        owners=["team:collection"],
        kinds={"python"},
        description="The past by source and month, from 24 February 2022; no alert is sent for it.",
    )
    def history(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        http_client: dg.ResourceParam[HttpClient],
    ) -> dg.MaterializeResult[Any]:
        settings = warehouse.settings
        reports = []
        with warehouse.connection() as connection:
            archive = PageArchive(settings.pages)
            # Newest first: the crawl of a month starts where that of the later month ended.
            for month, source_id in sorted((_parts(key) for key in context.partition_keys), reverse=True):
                source = settings.source(source_id)
                reports.append(backfill_month(connection, archive, http_client, source, month, "listing"))
                context.log.info(f"{source_id} {month:%Y-%m}: {_result(reports[-1])}")
        metadata: dict[str, Any] = {
            "pages": sum(report.pages for report in reports),
            "announcements_new": sum(report.announcements_new for report in reports),
            "months": table(
                {
                    "source": report.source_id,
                    "month": f"{report.month:%Y-%m}",
                    "pages": report.pages,
                    "announcements_new": report.announcements_new,
                    "result": _result(report),
                }
                for report in reports
            ),
        }
        failures = [f"{report.month:%Y-%m}: {sentence}" for report in reports for sentence in report.failures]
        if failures:
            # What can't be parsed would be so again, and a month that is complete would then hide it.
            may_retry = any(report.error for report in reports)
            raise dg.Failure(" ".join(failures), metadata=metadata, allow_retries=may_retry)
        return dg.MaterializeResult(metadata=metadata)

    return history


def _parts(key: str) -> tuple[date, str]:
    assert isinstance(key, dg.MultiPartitionKey)
    parts = key.keys_by_dimension
    return date.fromisoformat(parts["month"]), parts["source"]


def _result(report: MonthReport) -> str:
    return report.error or ("complete already" if report.was_complete else "read")
