"""The HTTP client's state per host: its lock and next request time, its robots.txt, and its circuit breaker.

One request at a time per host, spaced; several hosts at once. The requests themselves are in client.py.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pybreaker
from protego import Protego

FAILURES_BEFORE_REST = 3
REST_SECONDS = 300
ROBOTS_SECONDS = 24 * 60 * 60


class HostDown(Exception):
    """Mixed into the errors of the host rather than of one page: these open the circuit breaker."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic seconds, sleep, and the timestamp (UTC) of fetched pages; tests and replays supply their own.

    Without ``sleep``, closing the HTTP client ends its waits.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    moment: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one authority, or why they can't be fetched; ``read_at`` is seconds of the client's clock."""

    rules: Protego | None
    read_at: float
    failure: str = ""

    def is_fresh(self, now: float) -> bool:
        # RFC 9309, 2.4: a cached robots.txt is not used for longer than a day.
        return now - self.read_at < (ROBOTS_SECONDS if self.rules is not None else REST_SECONDS)


@dataclass(slots=True)
class Host:
    """``lock`` is held for a request, ``robots_lock`` while the rules are read; ``robots`` are by scheme and name.

    ``free_at`` is seconds of the client's clock; ``server_errors`` counts the consecutive addresses that stayed at
    5xx after all retries.
    """

    name: str
    clock: Clock
    lock: threading.RLock = field(default_factory=threading.RLock)
    robots_lock: threading.RLock = field(default_factory=threading.RLock)
    robots: dict[str, Robots] = field(default_factory=dict)
    free_at: float = 0.0
    server_errors: int = 0
    breaker: pybreaker.CircuitBreaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_BEFORE_REST,
            reset_timeout=REST_SECONDS,
            exclude=[lambda error: not isinstance(error, HostDown)],
            throw_new_error_on_trip=False,
        )

    def pause(self) -> float:
        """Seconds until the next request to the host is allowed, at least 0."""
        return max(0.0, self.free_at - self.clock.now())

    def asked(self, delay: float) -> None:
        """Record a request: the next one is delayed by a random 1 to 1.5 times ``delay`` seconds."""
        self.free_at = max(self.free_at, self.clock.now() + delay * random.uniform(1.0, 1.5))

    def crawl_delay(self, agent: str) -> float:
        """The Crawl-delay of its robots.txt in seconds; 0 where there is none, or it is not a number from 0 up."""
        asked = (robots.rules.crawl_delay(agent) for robots in self.robots.values() if robots.rules is not None)
        return max((delay for delay in asked if delay is not None), default=0.0)


class Hosts:
    """All hosts that a client has sent requests to. A ``www.`` prefix does not make another host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def of(self, url: str) -> Host:
        """The host of an address, created at its first use."""
        name = urlsplit(url).netloc.lower().removeprefix("www.")
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = Host(name, self._clock)
            return self._hosts[name]
