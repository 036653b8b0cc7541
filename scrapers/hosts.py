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
    """Monotonic seconds, sleep, and the moment (UTC) that pages are dated with; tests and replays bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    moment: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(slots=True)
class Host:
    """``lock`` is held for a whole request; ``free_at`` and the rest are seconds of the door's clock."""

    name: str
    clock: Clock
    lock: threading.RLock = field(default_factory=threading.RLock)
    robots: Protego | None = None
    robots_read_at: float = 0.0
    free_at: float = 0.0
    breaker: pybreaker.CircuitBreaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_BEFORE_REST,
            reset_timeout=REST_SECONDS,
            exclude=[lambda error: not isinstance(error, HostDown)],
            throw_new_error_on_trip=False,
        )

    def wait_turn(self) -> None:
        """Sleep until the host may be asked again."""
        pause = self.free_at - self.clock.now()
        if pause > 0:
            self.clock.sleep(pause)

    def asked(self, delay: float) -> None:
        """Note a request: the next one comes after ``delay`` seconds or up to half as long again."""
        self.free_at = self.clock.now() + delay * random.uniform(1.0, 1.5)

    def delay(self, wanted: float, agent: str) -> float:
        """Seconds between requests: ours, or robots.txt's Crawl-delay when that is longer."""
        asked = self.robots.crawl_delay(agent) if self.robots is not None else None
        return max(wanted, float(asked or 0.0))

    def robots_are_fresh(self) -> bool:
        # RFC 9309, 2.4: a cached robots.txt is not used for longer than a day.
        return self.robots is not None and self.clock.now() - self.robots_read_at < ROBOTS_SECONDS


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
