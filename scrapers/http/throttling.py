"""What the door keeps of each host: whose turn it is, its robots.txt, and whether it is left in peace.

One request at a time a host, spaced; several hosts at once. Nothing is asked of the network here.
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
    """Mixed into the errors that speak of the host rather than of one page: these open the circuit."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic seconds, sleep, and the moment (UTC) that pages are dated with; tests and replays bring their own.

    Without a ``sleep`` of its own a door waits in a way that its closing ends.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    moment: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one authority, or why they can't be had; ``read_at`` is seconds of the door's clock."""

    rules: Protego | None
    read_at: float
    failure: str = ""

    def is_fresh(self, now: float) -> bool:
        # RFC 9309, 2.4: a cached robots.txt is not used for longer than a day.
        return now - self.read_at < (ROBOTS_SECONDS if self.rules is not None else REST_SECONDS)


@dataclass(slots=True)
class Host:
    """``lock`` is held for a request, ``robots_lock`` while the rules are read; ``robots`` are by scheme and name.

    ``free_at`` is seconds of the door's clock; ``server_errors`` counts the addresses in a row that stayed at 5xx
    after all repetitions.
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
        """Seconds until the host may be asked again, at least 0."""
        return max(0.0, self.free_at - self.clock.now())

    def asked(self, delay: float) -> None:
        """Note a request: the next one comes after ``delay`` seconds or up to half as long again."""
        self.free_at = max(self.free_at, self.clock.now() + delay * random.uniform(1.0, 1.5))

    def crawl_delay(self, agent: str) -> float:
        """Seconds between requests that its robots.txt asks for; 0 where it names none, or no number from 0 up."""
        asked = (robots.rules.crawl_delay(agent) for robots in self.robots.values() if robots.rules is not None)
        return max((delay for delay in asked if delay is not None), default=0.0)


class Hosts:
    """All hosts that a door has spoken to. ``www.`` makes no other host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def of(self, url: str) -> Host:
        """The host of an address, made known at its first use."""
        name = urlsplit(url).netloc.lower().removeprefix("www.")
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = Host(name, self._clock)
            return self._hosts[name]
