"""The publication assets: the published copy, and delivery of the alerts. Publishing is in alerts/publication.py."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from orchestration.alerts.publication import publish_news
from orchestration.defs.asset_metadata import chart_of_months, table
from orchestration.defs.instance import POOL
from orchestration.defs.resources import NotifierResource
from orchestration.defs.run_outcomes import REASON, reasons
from orchestration.warehouse.database import Warehouse

PUBLISHED = dg.AssetKey(["publication", "obmin_duckdb"])
ALERTS = dg.AssetKey(["publication", "alerts"])
# How many new exchanges the UI's table has, newest first; in a first build every exchange is new.
SHOWN = 10


def published_asset(deps: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published copy. It comes after every model, and so after every check."""

    @dg.asset(
        key=PUBLISHED,
        deps=list(deps),
        pool=POOL,
        group_name="publication",
        owners=["team:publication"],
        kinds={"duckdb"},
        description="What people open: marts and reports, swapped in whole by rename.",
    )
    def obmin_duckdb(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[Any]:
        published = publish_news(warehouse, context.run.run_id)
        return dg.MaterializeResult(
            metadata={
                "file_in_data": str(published.path.relative_to(warehouse.settings.data.parent)),
                "tables": published.tables,
                "dagster/row_count": published.exchanges,
                "rows_new": len(published.new),
                "new_exchanges": table(
                    {name: _cell(value) for name, value in exchange.items()} for exchange in published.new[:SHOWN]
                ),
                **_chart(published.released_by_month),
            }
        )

    return obmin_duckdb


def _cell(value: object) -> str | int | None:
    return value if value is None or isinstance(value, int) else str(value)


def _chart(people: dict[date, int | None]) -> dict[str, Any]:
    return (
        {"released_by_month": chart_of_months(people, "People released, by month (exchanges with a number)")}
        if people
        else {}
    )


def alerts_asset() -> dg.AssetsDefinition:
    """Delivery of the alerts in the outbox."""

    @dg.asset(
        key=ALERTS,
        deps=[PUBLISHED],
        pool=POOL,
        group_name="publication",
        owners=["team:publication"],
        kinds={"python"},
        description="What the outbox holds, sent to the channels of alerts.yaml.",
        # Nobody waits for the report to be told.
        op_tags={"dagster/priority": "1"},
        check_specs=[
            dg.AssetCheckSpec(
                "every_alert_is_delivered", asset=ALERTS, description="No channel was given up after three days."
            )
        ],
    )
    def alerts(notifier: NotifierResource) -> Iterator[Any]:
        report = notifier.deliver()
        yield dg.MaterializeResult(
            metadata={"delivered": report.delivered, "waiting": dg.MetadataValue.json(report.waiting)},
            check_results=[
                dg.AssetCheckResult(
                    check_name="every_alert_is_delivered",
                    passed=not report.given_up,
                    severity=dg.AssetCheckSeverity.ERROR,
                    description=" ".join(report.given_up) or None,
                    metadata={REASON: reasons(report.given_up)},
                )
            ],
        )

    return alerts
