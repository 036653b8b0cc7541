"""The alert that an exchange would cause now, from the published copy. Nothing is decided, stored or sent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestration.alerts.outbox import now
from orchestration.alerts.payload import as_json, news_payload
from orchestration.queries.exchange_details import Asked, exchanges_asked_for, none_of
from orchestration.settings import Settings
from orchestration.warehouse.database import reading

WITHDRAWN = """
    select withdrawn from marts.fct_withdrawn_exchanges as withdrawn
    where coalesce(exchanged_on = $day, true) and coalesce(exchange_id = $exchange_id, true)
        and $official_number is null
    order by exchange_id
"""


def previews(settings: Settings, asked: Asked) -> list[dict[str, Any]]:
    """The payload of each exchange's first alert, or of its withdrawal, as if nothing had been alerted before.

    Raises WarehouseError, naming the nearest exchanges, when there is none.
    """
    with reading(settings.published) as connection:
        announced = exchanges_asked_for(connection, asked)
        withdrawn = [row for (row,) in connection.execute(WITHDRAWN, asdict(asked)).fetchall()]
        if not announced and not withdrawn:
            raise none_of(connection, asked)
        found = [*(("new_exchange", row) for row in announced), *(("exchange_withdrawn", row) for row in withdrawn)]
        return [news_payload(connection, kind, as_json(row), now()) for kind, row in found]
