"""Delivery of a message to the channels named in OBMIN_ALERT_URLS, through Apprise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestration.alerts.messages import new_exchange
from orchestration.warehouse.outbox import Alert


def sender(urls: Sequence[str]) -> Callable[[Alert], str | None]:
    """A function that sends one alert to every channel and says why when one of them fails.

    With no channel configured an alert counts as delivered: nobody asked for it. The reasons name a
    channel by its place in the list, because its address holds secrets.
    """
    if not urls:
        return lambda alert: None

    from apprise import Apprise  # its import is slow, and most runs have nothing to say

    channels = []
    for url in urls:
        channel = Apprise()
        channels.append(channel if channel.add(url) else None)

    def send(alert: Alert) -> str | None:
        message = new_exchange(alert.payload)
        broken = [
            str(place)
            for place, channel in enumerate(channels, start=1)
            if channel is None or not channel.notify(title=message.title, body=message.body)
        ]
        if not broken:
            return None
        return (
            f"channel {', '.join(broken)} of OBMIN_ALERT_URLS did not take it; check its address and that it is up."
        )

    return send
