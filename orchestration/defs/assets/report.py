"""The report as an asset: the static site that people open. Drawing it is in orchestration/report/."""

from typing import Any

import dagster as dg

from orchestration.defs.assets.publication import PUBLISHED
from orchestration.defs.instance import POOL
from orchestration.report.report import draw_report
from orchestration.warehouse.database import Warehouse

REPORT = dg.AssetKey(["publication", "report"])


def report_asset() -> dg.AssetsDefinition:
    """The report of the published copy; the alerts are delivered before it is drawn."""

    @dg.asset(
        key=REPORT,
        deps=[PUBLISHED],
        pool=POOL,
        group_name="publication",
        owners=["team:publication"],
        kinds={"html"},
        description="The static site for people: charts, a page per exchange, data files, feeds.",
    )
    def report(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
        settings = warehouse.settings
        drawn = draw_report(settings)
        return dg.MaterializeResult(
            metadata={
                "file_in_data": str(drawn.index.relative_to(settings.data.parent)),
                "pages": drawn.pages,
                "charts_drawn": drawn.charts_drawn,
                "front_page_bytes": drawn.front_page_bytes,
                "all_bytes": drawn.all_bytes,
            }
        )

    return report
