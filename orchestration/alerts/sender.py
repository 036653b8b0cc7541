"""The process that talks to receivers: `python -m orchestration.alerts.sender`, started by sender_process.py.

It reads one request a line on standard input and writes one answer a line on standard output, both JSON. It ends
itself when a request takes too long, and has a bounded memory: whatever a receiver does, or a library of Apprise's
with it, ends with this process. What is sent, and what an answer means, is channels.py's.
"""

from __future__ import annotations

import json
import logging
import resource
import signal
import sys
from typing import Any

import requests

# What Apprise holds of an answer is the whole answer; one without an end meets this limit. Idle, it takes 60 MiB.
LARGEST_MEMORY = 256 * 2**20
# requests' own limits of connecting and of each read; the limit of the whole is the alarm.
TIMEOUT = (10, 10)


class _Session(requests.Session):
    """It takes a redirect for the answer that it is, and so does not read its body either."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Send one request; ``status`` of a web receiver, ``taken`` of a service, or ``error``, the name of a class.

    An answer's body is never read. An error's words may hold the address, which is secret.
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
    """Send words to a service that Apprise knows; whether it took them. Its own errors are False."""
    import apprise  # only where it is needed

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it logs addresses
    service = apprise.Apprise()
    return service.add(address) and bool(service.notify(title=title, body=body, body_format="text"))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    _say({"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        # Nobody handles this signal: the kernel ends the process, also when its parent is gone.
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        answer = answer_to(request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _say(answer)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
