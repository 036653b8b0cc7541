"""Sends one message to one address: a webhook in our own format, or any service that Apprise supports.

An address is secret: no error, log or message here contains it, nor a library's error text. Retries are in outbox.py.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestration.alerts.config import BrokenAlerts, Channel, load_channels
from orchestration.alerts.sender_process import SenderProcess
from orchestration.alerts.wording import Message

# From the DNS lookup to the response's status, however slowly it arrives.
SECONDS_TO_DELIVER = 15.0
# Statuses that a retry would only repeat: the receiver read the request and rejected it.
REFUSED = frozenset({400, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not delivered; ``is_final`` when the same message would be rejected again."""

    reason: str
    is_final: bool = False


def send(channel: Channel, message: Message, payload: dict[str, Any], sender: SenderProcess) -> Failure | None:
    """Send a message; None when it was accepted. It takes no longer than SECONDS_TO_DELIVER, and raises no error that
    the address or the receiver causes.
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
    """The channels of alerts.yaml, each with an address that can be sent to, judging by its form.

    Raises BrokenAlerts, which names the channels and no address.
    """
    channels = load_channels(path)
    unknown = [channel.name for channel in channels if not _is_web(channel) and _service(channel) is None]
    if unknown:
        raise BrokenAlerts(
            f"{path}: the address of {', '.join(unknown)} is of no service that Apprise knows; fix it in the "
            "environment. https://github.com/caronc/apprise/wiki lists the forms."
        )
    return channels


def _is_web(channel: Channel) -> bool:
    return urlsplit(channel.address).scheme in ("http", "https")


def _service(channel: Channel) -> Any:
    """Apprise with the one service that an address means, or None. Its logging is off because it logs addresses."""
    import apprise  # slow, and most runs send nothing

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise()
    return service if service.add(channel.address) else None


def _webhook(channel: Channel, message: Message, payload: dict[str, Any]) -> dict[str, Any]:
    """The request: JSON as documented in docs/webhook.md, with the same key for every attempt."""
    body = json.dumps({**payload, "title": message.title, "text": message.body}, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": payload["id"]}
    return {"method": "POST", "url": channel.address, "data": body, "headers": headers}
