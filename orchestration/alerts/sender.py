"""The process that sends requests: `python -m orchestration.alerts.sender`, started by sender_process.py.

It reads one request per line from standard input and writes one response per line to standard output, both JSON. It
exits when a request takes too long, and its memory is limited: whatever a receiver or one of Apprise's libraries does
ends with this process. What is sent, and what a response means, is in channels.py.
"""

from __future__ import annotations

import json
import logging
import resource
import signal
import sys
from typing import Any

import requests

# Apprise reads a whole response into memory; an endless one hits this limit. Idle, the process takes 60 MiB.
LARGEST_MEMORY = 256 * 2**20
# requests' timeouts for connecting and for each read; the alarm limits the whole request.
TIMEOUT = (10, 10)


class _Session(requests.Session):
    """Returns a redirect as the response, so that its body is not read either."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Send one request; returns ``status`` of a web receiver, ``taken`` of a service, or ``error``, a class's name.

    A response's body is never read. An error's text may contain the address, which is secret.
    """
    try:
        if "service" in request:
            return {"taken": notify(request["service"], request["title"], request["body"])}
        with (
            _Session() as session,
            session.request(
                request["method"],
                request["url"],
                data=request.get("data", "").encode() or None,
                headers=request.get("headers"),
                timeout=TIMEOUT,
                stream=True,
            ) as answer,
        ):
            return {"status": answer.status_code}
    except Exception as error:
        return {"error": "Timeout" if isinstance(error, requests.Timeout) else type(error).__name__}


def notify(address: str, title: str, body: str) -> bool:
    """Send a text to a service that Apprise supports; returns whether it was accepted. Apprise's errors are False."""
    import apprise  # only when needed

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it logs addresses
    service = apprise.Apprise()
    return service.add(address) and bool(service.notify(title=title, body=body, body_format="text"))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    _say({"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        # This signal has no handler: the kernel ends the process, even when its parent is gone.
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        answer = answer_to(request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _say(answer)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
