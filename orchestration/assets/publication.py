"""The publication room: the copy that people open, and the alerts about what is new in it."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from orchestration.alerts.channels import sender
from orchestration.settings import Settings
from orchestration.warehouse.outbox import decide, deliver
from orchestration.warehouse.publish import publish
from orchestration.warehouse.working import working_file, writing

PUBLISHED = dg.AssetKey(["publication", "obmin_duckdb"])
ALERTS = dg.AssetKey(["publication", "alerts"])


def published_asset(settings: Settings, deps: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published copy. It comes after every model, so after every check."""

    @dg.asset(
        key=PUBLISHED,
        deps=list(deps),
        group_name="publication",
        kinds={"duckdb"},
        description="What people open: marts and reports, swapped in whole by rename.",
    )
    def obmin_duckdb(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with writing(settings):
            with working_file(settings) as connection:
                decide(connection, settings.today(), settings.alert_within_days)
            published = publish(settings, context.run.run_id)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(str(published.path)),
                "tables": published.tables,
                "exchanges": published.exchanges,
            }
        )

    return obmin_duckdb


def alerts_asset(settings: Settings) -> dg.AssetsDefinition:
    """Delivery of what the outbox holds."""

    @dg.asset(
        key=ALERTS,
        deps=[PUBLISHED],
        group_name="publication",
        kinds={"python"},
        description="Alerts about exchanges that were not known before.",
        check_specs=[dg.AssetCheckSpec("every_alert_is_delivered", asset=ALERTS)],
    )
    def alerts() -> Iterator[Any]:
        with writing(settings), working_file(settings) as connection:
            delivered, failures = deliver(connection, sender(settings.alert_urls))
        yield dg.MaterializeResult(
            metadata={"delivered": delivered, "due": len(failures)},
            check_results=[
                dg.AssetCheckResult(
                    check_name="every_alert_is_delivered",
                    passed=not failures,
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"failures": dg.MetadataValue.json(failures)},
                )
            ],
        )

    return alerts
