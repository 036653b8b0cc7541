"""Sending one message to one address: a webhook of our own form, or any service that Apprise knows.

An address is secret: no error, log or message here holds it, nor what a library said of it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestration.alerts.config import BrokenAlerts, Channel, load_channels
from orchestration.alerts.messages import Message
from orchestration.alerts.sender_process import SenderProcess

# From the name server to the status of the answer, however it trickles.
SECONDS_TO_DELIVER = 15.0
# An answer that another attempt would only repeat: the receiver read it and does not want it.
REFUSED = frozenset({400, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not arrive; ``is_final`` when the same message would be refused again."""

    reason: str
    is_final: bool = False


def send(channel: Channel, message: Message, payload: dict[str, Any], sender: SenderProcess) -> Failure | None:
    """Send a message; None when it was taken. It takes no longer than SECONDS_TO_DELIVER, and raises nothing that the
    address or the receiver causes.
    """
    if _is_web(channel):
        return _answered(sender.ask(_webhook(channel, message, payload), SECONDS_TO_DELIVER))
    if _service(channel) is None:
        return Failure("its address is of no service that is known", is_final=True)
    request = {"service": channel.address, "title": message.title, "body": message.body}
    return _answered(sender.ask(request, SECONDS_TO_DELIVER))


def _answered(answer: dict[str, Any]) -> Failure | None:
    match answer:
        case {"error": "Timeout"}:
            return Failure("no answer in time")
        case {"error": name}:
            return Failure(f"it could not be reached ({name})")
        case {"taken": taken}:
            return None if taken else Failure("the service did not take it")
    status = answer["status"]
    return None if 200 <= status < 300 else Failure(f"it answered {status}", status in REFUSED)


def checked_channels(path: Path) -> tuple[Channel, ...]:
    """The channels of alerts.yaml, each with an address that can be sent to, as far as its form tells.

    Raises BrokenAlerts, naming the channels and no address.
    """
    channels = load_channels(path)
    unknown = [channel.name for channel in channels if not _is_web(channel) and _service(channel) is None]
    if unknown:
        raise BrokenAlerts(
            f"{path}: the address of {', '.join(unknown)} is of no service that Apprise knows; mend it in the "
            "environment. https://github.com/caronc/apprise/wiki lists the forms."
        )
    return channels


def _is_web(channel: Channel) -> bool:
    return urlsplit(channel.address).scheme in ("http", "https")


def _service(channel: Channel) -> Any:
    """Apprise with the one service that an address means, or None; it logs addresses, so it is not let log."""
    import apprise  # slow, and most runs have nothing to say

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise()
    return service if service.add(channel.address) else None


def _webhook(channel: Channel, message: Message, payload: dict[str, Any]) -> dict[str, Any]:
    """The request: JSON as docs/alerts.md documents it, the same key for every attempt."""
    body = json.dumps({**payload, "title": message.title, "text": message.body}, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": payload["id"]}
    return {"method": "POST", "url": channel.address, "data": body, "headers": headers}
