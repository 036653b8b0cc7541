"""Publishing as one step for all callers: decide what is news, replace the published copy, write the feeds."""

from __future__ import annotations

from orchestration.alerts.config import load_channels
from orchestration.alerts.feed import write_feeds
from orchestration.alerts.news import decide_news
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.publish import Published, as_published, publish
from orchestration.warehouse.watermarks import check_built, is_published


def publish_news(warehouse: Warehouse, run_id: str) -> Published:
    """Call it after the checks passed. If killed midway, the next run repeats all of it and alerts nothing twice. A
    copy that has everything already stays.

    Raises BrokenAlerts when alerts.yaml can't be used, WarehouseError when the working file can't, or holds no facts.
    """
    settings = warehouse.settings
    channels = load_channels(settings.alerts_file)
    with warehouse.writing():
        with warehouse.connection() as connection:
            check_built(connection)
            decide_news(connection, channels, settings.today(), settings.alert_within_days)
            stands = is_published(connection, settings)
        published = as_published(settings) if stands else publish(warehouse, run_id)
        with warehouse.connection() as connection:
            write_feeds(connection, settings.data)
    return published
