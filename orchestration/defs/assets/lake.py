"""The lake as an asset: the record published a second time. The work is in orchestration/lake/."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.assets.publication import PUBLISHED
from orchestration.defs.instance import POOL
from orchestration.defs.run_outcomes import REASON, reasons
from orchestration.lake.connection import LakeError
from orchestration.lake.deployment import LakeReport, catch_up_lake
from orchestration.warehouse.database import Warehouse

LAKE = dg.AssetKey(["publication", "lake"])
CHECK = "lake_is_up_to_date"


def lake_asset() -> dg.AssetsDefinition:
    """The lake, brought up to date last. One that is down is a finding, never a failure; the next run catches up."""

    @dg.multi_asset(
        name="publication__lake",
        pool=POOL,
        # Nobody waits for the lake to be alerted or to read the report.
        op_tags={"dagster/priority": "-1"},
        specs=[
            dg.AssetSpec(
                LAKE,
                deps=[PUBLISHED],
                group_name="publication",
                owners=["team:publication"],
                kinds={"ducklake"},
                description="The same tables and the raw ones in DuckLake, for other machines.",
                skippable=True,
            )
        ],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=LAKE, description="The lake has all that was published here.")],
    )
    def lake(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Any]:
        report, problem = _published(warehouse)
        if report is not None:
            yield dg.MaterializeResult(
                LAKE,
                metadata={
                    "tables_written": len(report.rows),
                    "dagster/row_count": sum(report.rows.values()),
                    "publication_id": report.publication_id,
                },
            )
        yield dg.AssetCheckResult(
            asset_key=LAKE,
            check_name=CHECK,
            passed=problem is None,
            severity=dg.AssetCheckSeverity.WARN,
            description=problem,
            metadata={REASON: reasons([problem] if problem else [])},
        )

    return lake


def _published(warehouse: Warehouse) -> tuple[LakeReport | None, str | None]:
    try:
        return catch_up_lake(warehouse), None
    except LakeError as error:
        return None, str(error)
