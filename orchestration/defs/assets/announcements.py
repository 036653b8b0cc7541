"""The announcements asset, where a run with nothing new ends. Parsing and loading are in warehouse/load.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.defs.assets.pages import pages_key
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import FOLLOWS_FROM, REASON, reasons
from orchestration.lake.deployment import lake_waits
from orchestration.warehouse.archive_check import check_some, dated_ahead
from orchestration.warehouse.article_failures import unread_articles
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load import LoadReport, load
from orchestration.warehouse.reviews import has_unapplied_reviews
from orchestration.warehouse.volume_checks import volumes
from orchestration.warehouse.watermarks import is_published
from scrapers.archive import PageArchive
from scrapers.registry import Source

ANNOUNCEMENTS = dg.AssetKey(["raw", "announcements"])
ARCHIVE_CHECK = "archive_is_whole"
# A tag of the run, so that the list of runs shows it.
RESULT, NOTHING_NEW = "obmin/result", "nothing new"


def announcements_asset(sources: tuple[Source, ...]) -> dg.AssetsDefinition:
    """Announcements. Materializes nothing when the published copy is up to date: the remaining steps are skipped."""

    @dg.multi_asset(
        name="announcements",
        pool=POOL,
        specs=[
            dg.AssetSpec(
                ANNOUNCEMENTS,
                deps=[pages_key(source) for source in sources],
                group_name="announcements",
                owners=["team:collection"],
                kinds={"python", "duckdb"},
                description="One row for each version of each post or article.",
                skippable=True,
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "no_item_is_quarantined", asset=ANNOUNCEMENTS, description="Every post and article could be read."
            ),
            dg.AssetCheckSpec(
                "every_article_was_read",
                asset=ANNOUNCEMENTS,
                description="No article's own page failed: none waits to be tried again, none was given up.",
            ),
            dg.AssetCheckSpec(
                "no_page_is_dated_ahead",
                asset=ANNOUNCEMENTS,
                description="This machine's clock was not ahead when a page was fetched: versions follow its times.",
            ),
            dg.AssetCheckSpec(
                ARCHIVE_CHECK,
                asset=ANNOUNCEMENTS,
                description="Every record of the archive can be read; each file is read whole once a week.",
            ),
            *(
                dg.AssetCheckSpec(
                    _volume_check(source),
                    asset=ANNOUNCEMENTS,
                    description=f"The week's items of {source.publisher} are as many as the registry expects.",
                )
                for source in sources
                if source.role == "facts"
            ),
        ],
    )
    def announcements(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        settings = warehouse.settings
        with warehouse.connection() as connection:
            report = load(connection, PageArchive(settings.pages))
            counted, unread = volumes(connection, sources), unread_articles(connection)
            ahead = dated_ahead(connection, datetime.now(UTC))
            # Without any announcement there is nothing to publish: the sources have failed.
            is_done = report.newest is None or (
                is_published(connection, settings)
                and not has_unapplied_reviews(connection, settings)
                and not lake_waits(connection, settings)
            )
        yield dg.AssetCheckResult(
            asset_key=ANNOUNCEMENTS,
            check_name="no_item_is_quarantined",
            passed=not report.quarantined,
            severity=dg.AssetCheckSeverity.ERROR,
            description=" ".join(report.quarantined) or None,
            metadata={REASON: reasons(report.quarantined)},
        )
        for check, sentences in (("every_article_was_read", unread), ("no_page_is_dated_ahead", ahead)):
            yield dg.AssetCheckResult(
                asset_key=ANNOUNCEMENTS,
                check_name=check,
                passed=not sentences,
                severity=dg.AssetCheckSeverity.WARN,
                description=" ".join(sentences) or None,
                metadata={REASON: reasons(sentences)},
            )
        wrong, figures = check_some(settings)
        yield dg.AssetCheckResult(
            asset_key=ANNOUNCEMENTS,
            check_name=ARCHIVE_CHECK,
            passed=not wrong,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join(wrong) or None,
            metadata={REASON: reasons(wrong), **figures},
        )
        for volume in counted:
            yield dg.AssetCheckResult(
                asset_key=ANNOUNCEMENTS,
                check_name=_volume_check(volume.source),
                passed=volume.is_normal,
                severity=dg.AssetCheckSeverity.WARN,
                description=volume.sentence,
                metadata={
                    REASON: volume.sentence,
                    **({FOLLOWS_FROM: "crawl_succeeded"} if volume.items is None else {}),
                },
            )
        if is_done:
            context.log.info("Nothing new: the published copy holds all announcements. The rest is skipped.")
            context.instance.add_run_tags(context.run.run_id, {RESULT: NOTHING_NEW})
            yield dg.AssetObservation(ANNOUNCEMENTS, metadata=_metadata(report, NOTHING_NEW))
        else:
            yield dg.MaterializeResult(ANNOUNCEMENTS, metadata=_metadata(report, "something new"))

    return announcements


def _volume_check(source: Source) -> str:
    return f"volume_of_{source.id}"


def _metadata(report: LoadReport, result: str) -> dict[str, Any]:
    return {
        "dagster/row_count": report.announcements,
        "rows_new": report.announcements_new,
        "ignored_new": report.ignored_new,
        "newest": str(report.newest),
        "result": result,
        **({"newest_announcement": dg.MetadataValue.url(report.newest_url)} if report.newest_url else {}),
    }
