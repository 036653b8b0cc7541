"""The rooms before dbt: pages, announcements, statements. One asset a room, one a source for pages.

An asset here is the few lines that call a step and report it; the step's work is in warehouse/.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb

from orchestration.freshness import LAST_SUCCESS, is_fresh, staleness
from orchestration.instance import POOL
from orchestration.settings import Settings
from orchestration.warehouse.extract import extract
from orchestration.warehouse.fetch import FetchReport, fetch_all, open_door
from orchestration.warehouse.load import load
from orchestration.warehouse.relive import relive
from orchestration.warehouse.state import is_published
from orchestration.warehouse.working import RUN_LOCK_SECONDS, working_file, writing
from scrapers.archive import PageArchive
from scrapers.registry import Source, get_source

ANNOUNCEMENTS = dg.AssetKey(["raw", "announcements"])
STATEMENTS = dg.AssetKey(["raw", "statements"])


def pages_key(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["pages", source.id])


def pages_assets(settings: Settings, sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """The pages of each source, crawled side by side. One that can't be read fails its check; the others go on."""
    by_key = {pages_key(source): source for source in sources}

    @dg.multi_asset(
        name="pages",
        pool=POOL,
        can_subset=True,
        specs=[
            dg.AssetSpec(
                key,
                group_name="pages",
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
                dg.AssetCheckSpec("source_was_read", asset=key, description="The crawl was complete."),
                dg.AssetCheckSpec(
                    "source_is_fresh",
                    asset=key,
                    description="It was checked with success within its own rhythm; weeks without news are normal.",
                ),
                dg.AssetCheckSpec(
                    "markup_is_known", asset=key, description="The site's own selectors found the text."
                ),
            )
        ],
    )
    def pages(context: dg.AssetExecutionContext) -> Iterator[Any]:
        wanted = [by_key[key] for key in sorted(context.selected_asset_keys)]
        with writing(settings, RUN_LOCK_SECONDS), working_file(settings) as connection, open_door(settings) as door:
            archive = PageArchive(settings.pages)
            if settings.profile == "sample":
                relive(connection, archive, settings, wanted, context.log.info)
            for report in fetch_all(connection, archive, door, wanted, settings.first_reach, context.log.info):
                yield from _pages_events(report, _last_success(connection, report.source_id))

    return pages


def _last_success(connection: duckdb.DuckDBPyConnection, source_id: str) -> datetime | None:
    row = connection.execute(
        "select last_success_at from raw.source_checks where source_id = ?", [source_id]
    ).fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def _pages_events(report: FetchReport, last_success: datetime | None) -> Iterator[Any]:
    """What Dagster is told of one source's crawl."""
    source = get_source(report.source_id)
    key = pages_key(source)
    yield dg.MaterializeResult(
        key,
        metadata={
            "pages_seen": report.pages_seen,
            "pages_new": report.pages_new,
            "newest": str(report.newest),
            "result": report.error or ("new pages" if report.pages_new else "nothing new"),
            "listing": dg.MetadataValue.url(source.url),
            **({LAST_SUCCESS: dg.MetadataValue.timestamp(last_success)} if last_success else {}),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=key,
                check_name="source_was_read",
                passed=report.error is None,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"reason": report.error or "complete"},
            ),
            dg.AssetCheckResult(
                asset_key=key,
                check_name="source_is_fresh",
                passed=is_fresh(source, last_success, datetime.now(UTC)),
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"reason": staleness(source, last_success)},
            ),
            dg.AssetCheckResult(
                asset_key=key,
                check_name="markup_is_known",
                passed=not report.drift,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"drift": dg.MetadataValue.json(report.drift)},
            ),
        ],
    )


def announcements_asset(settings: Settings, sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """Announcements. Yields nothing when the published copy already holds all: the rest is skipped."""

    @dg.multi_asset(
        name="announcements",
        pool=POOL,
        specs=[
            dg.AssetSpec(
                ANNOUNCEMENTS,
                deps=[pages_key(source) for source in sources],
                group_name="announcements",
                kinds={"python", "duckdb"},
                description="One row for each version of each post or article.",
                skippable=True,
            )
        ],
        check_specs=[dg.AssetCheckSpec("no_item_is_quarantined", asset=ANNOUNCEMENTS)],
    )
    def announcements(context: dg.AssetExecutionContext) -> Iterator[Any]:
        with writing(settings, RUN_LOCK_SECONDS), working_file(settings) as connection:
            report = load(connection, PageArchive(settings.pages))
            # A house with no announcement at all has nothing to publish: its sources have failed.
            is_done = report.newest is None or is_published(connection, settings)
        metadata: dict[str, Any] = {
            "announcements_new": report.announcements_new,
            "ignored_new": report.ignored_new,
            "newest": str(report.newest),
            "result": "nothing new" if is_done else "new announcements or new rules",
        }
        yield dg.AssetCheckResult(
            asset_key=ANNOUNCEMENTS,
            check_name="no_item_is_quarantined",
            passed=not report.quarantined,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"items": dg.MetadataValue.json(report.quarantined)},
        )
        if is_done:
            context.log.info("Nothing new: the published copy holds all announcements. The rest is skipped.")
            yield dg.AssetObservation(ANNOUNCEMENTS, metadata=metadata)
        else:
            yield dg.MaterializeResult(ANNOUNCEMENTS, metadata=metadata)

    return announcements


def statements_asset(settings: Settings) -> dg.AssetsDefinition:
    """Statements of all announcements that today's reader has not read yet."""

    @dg.asset(
        key=STATEMENTS,
        deps=[ANNOUNCEMENTS],
        pool=POOL,
        group_name="statements",
        kinds={"python", "duckdb"},
        description="One row for each claim of each version, with the quote that makes it.",
        check_specs=[dg.AssetCheckSpec("reader_has_no_doubts", asset=STATEMENTS)],
    )
    def statements() -> Iterator[Any]:
        with writing(settings, RUN_LOCK_SECONDS), working_file(settings) as connection:
            report = extract(connection)
        yield dg.MaterializeResult(
            metadata={
                "announcements_read": report.announcements_read,
                "statements_new": report.statements_new,
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="reader_has_no_doubts",
                    passed=not report.issues,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"issues": dg.MetadataValue.json(report.issues)},
                )
            ],
        )

    return statements
