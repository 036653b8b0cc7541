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

import requests

from orchestration.alerts.config import BrokenAlerts, Channel, load_channels
from orchestration.alerts.messages import Message

TIMEOUT = (5, 20)
# An answer that another attempt would only repeat: the receiver read it and does not want it.
REFUSED = frozenset({400, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not arrive; ``is_final`` when the same message would be refused again."""

    reason: str
    is_final: bool = False


def send(channel: Channel, message: Message, payload: dict[str, Any]) -> Failure | None:
    """Send a message; None when it was taken. Raises nothing that the address or the receiver causes."""
    service = _service(channel)
    if service is not None:
        # It catches what a service of its own raises, and says False.
        taken = service.notify(title=message.title, body=message.body, body_format="text")
        return None if taken else Failure("the service did not take it")
    if _is_web(channel):
        return _post(channel, message, payload)
    return Failure("its address is of no service that is known", is_final=True)


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


def _post(channel: Channel, message: Message, payload: dict[str, Any]) -> Failure | None:
    """The webhook: JSON as docs/alerts.md documents it, the same key for every attempt."""
    body = json.dumps({**payload, "title": message.title, "text": message.body}, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": payload["id"]}
    try:
        answer = requests.post(
            channel.address, data=body.encode(), headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.Timeout:
        return Failure("no answer in time")
    except requests.RequestException as error:
        return Failure(f"it could not be reached ({type(error).__name__})")
    if answer.ok and not answer.is_redirect:
        return None
    return Failure(f"it answered {answer.status_code}", answer.status_code in REFUSED)
