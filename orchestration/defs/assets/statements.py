"""The statements asset. Extraction is in scrapers/extraction, storing in warehouse/extract.py."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.assets.announcements import ANNOUNCEMENTS
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import FOLLOWS_FROM, REASON, reasons
from orchestration.defs.step_progress import every_few_seconds
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.extract import extract
from orchestration.warehouse.reviews import decided_reviews

STATEMENTS = dg.AssetKey(["raw", "statements"])


def statements_asset() -> dg.AssetsDefinition:
    """Statements of all announcements that the current extractor has not read yet."""

    @dg.asset(
        key=STATEMENTS,
        deps=[ANNOUNCEMENTS],
        pool=POOL,
        group_name="statements",
        owners=["team:reading"],
        kinds={"python", "duckdb"},
        description="One row for each claim of each version, with the quote that makes it.",
        check_specs=[
            dg.AssetCheckSpec(
                "no_unknown_terms",
                asset=STATEMENTS,
                description="No word, number or day was met that the extractor can't interpret.",
            ),
            dg.AssetCheckSpec(
                "nothing_waits_for_review",
                asset=STATEMENTS,
                description="No doubtful number or text waits for a person's decision (`obmin review`).",
            ),
            dg.AssetCheckSpec(
                "no_decision_was_withdrawn",
                asset=STATEMENTS,
                description="Every decision that a reviewer made before is still in the decisions file.",
            ),
        ],
    )
    def statements(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        say = every_few_seconds(context.log.info)
        with warehouse.connection() as connection:
            report = extract(
                connection,
                decided_reviews(warehouse.settings),
                lambda report: say(f"{report.announcements_read:,} versions of announcements read"),
            )
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": report.statements,
                "rows_new": report.statements_new,
                "announcements_read": report.announcements_read,
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="no_unknown_terms",
                    passed=not report.issues,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=" ".join(report.issues) or None,
                    metadata={REASON: reasons(report.issues)},
                ),
                dg.AssetCheckResult(
                    check_name="nothing_waits_for_review",
                    passed=not report.waiting,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={
                        REASON: f"Announcements that wait for review: {report.waiting}. `obmin review` shows them.",
                        "announcements_waiting": report.waiting,
                        FOLLOWS_FROM: "review",
                    },
                ),
                dg.AssetCheckResult(
                    check_name="no_decision_was_withdrawn",
                    passed=report.withdrawal is None,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=report.withdrawal,
                    metadata={REASON: report.withdrawal or ""},
                ),
            ],
        )

    return statements
