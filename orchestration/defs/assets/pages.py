"""The pages assets: one per source, all crawled in one step. The crawl is in warehouse/fetch.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb

from orchestration.defs.freshness import LAST_SUCCESS, is_fresh, staleness
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import EXPECTED, FOLLOWS_FROM, REASON, reasons
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.fetch import FetchReport, fetch_all
from orchestration.warehouse.refusals import is_expected, refusal
from orchestration.warehouse.sample_replay import replay_history
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import Source


def pages_key(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["pages", source.id])


def pages_assets(sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """The pages of each source, crawled in parallel. One that can't be read fails its check; the others go on."""
    by_key = {pages_key(source): source for source in sources}

    @dg.multi_asset(
        name="pages",
        pool=POOL,
        can_subset=True,
        specs=[
            dg.AssetSpec(
                key,
                group_name="pages",
                owners=["team:collection"],
                kinds={"python"},
                skippable=True,
                description=f"Pages of {source.publisher}, archived as they came ({source.url}).",
            )
            for key, source in by_key.items()
        ],
        check_specs=[
            check
            for key in by_key
            for check in (
                dg.AssetCheckSpec("crawl_succeeded", asset=key, description="The crawl was complete."),
                dg.AssetCheckSpec(
                    "source_is_fresh",
                    asset=key,
                    description="It was checked with success within its own rhythm; weeks without news are normal.",
                ),
                dg.AssetCheckSpec(
                    "selectors_match", asset=key, description="The site's own selectors found the text."
                ),
            )
        ],
    )
    def pages(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        http_client: dg.ResourceParam[HttpClient],
    ) -> Iterator[Any]:
        settings = warehouse.settings
        wanted = [by_key[key] for key in sorted(context.selected_asset_keys)]
        with warehouse.connection() as connection:
            archive = PageArchive(settings.pages)
            if settings.has_past:
                replay_history(connection, archive, settings, wanted, context.log.info)
            reach, seconds = settings.first_reach, settings.source_seconds
            for report in fetch_all(connection, archive, http_client, wanted, reach, context.log.info, seconds):
                source = by_key[dg.AssetKey(["pages", report.source_id])]
                yield _outcome(source, report, _last_success(connection, source), _pages_held(connection, source))

    return pages


def _last_success(connection: duckdb.DuckDBPyConnection, source: Source) -> datetime | None:
    row = connection.execute(
        "select last_success_at from raw.source_checks where source_id = ?", [source.id]
    ).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def _pages_held(connection: duckdb.DuckDBPyConnection, source: Source) -> int:
    row = connection.execute("select count(*) from raw.pages where source_id = ?", [source.id]).fetchone()
    return int(row[0]) if row else 0


def _outcome(
    source: Source, report: FetchReport, last_success: datetime | None, pages_held: int
) -> dg.MaterializeResult[Any]:
    """One source's crawl as a Dagster result. Its data version is the number of pages, so that a crawl without new
    ones makes nothing after it look out of date.
    """
    key = pages_key(source)
    is_refusal = is_expected(source, report)
    severity = dg.AssetCheckSeverity.WARN if is_refusal else dg.AssetCheckSeverity.ERROR
    expected = {EXPECTED: source.id} if is_refusal else {}
    fresh = is_fresh(source, last_success, datetime.now(UTC))
    # The crawl's failure is reported already; staleness would only repeat it.
    follows = {FOLLOWS_FROM: "crawl_succeeded"} if report.error and not fresh else {}
    crawl = refusal(source, report) if is_refusal else report.error or "complete"
    return dg.MaterializeResult(
        key,
        data_version=dg.DataVersion(str(pages_held)),
        metadata={
            "pages_seen": report.pages_seen,
            "pages_new": report.pages_new,
            "newest": str(report.newest),
            "result": report.error or ("new pages" if report.pages_new else "nothing new"),
            "source": dg.MetadataValue.url(source.url),
            **({LAST_SUCCESS: dg.MetadataValue.timestamp(last_success)} if last_success else {}),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=key,
                check_name="crawl_succeeded",
                passed=report.error is None,
                severity=severity,
                description=crawl,
                metadata={REASON: crawl, **expected},
            ),
            dg.AssetCheckResult(
                asset_key=key,
                check_name="source_is_fresh",
                passed=fresh,
                severity=severity,
                description=staleness(source, last_success),
                metadata={REASON: staleness(source, last_success), **expected, **follows},
            ),
            dg.AssetCheckResult(
                asset_key=key,
                check_name="selectors_match",
                passed=not report.drift,
                severity=dg.AssetCheckSeverity.WARN,
                description=" ".join(report.drift) or None,
                metadata={REASON: reasons(report.drift)},
            ),
        ],
    )
