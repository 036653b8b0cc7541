"""How long a crawl may wait: for a host's lock, for a delay that a host requests, until its own time limit.

Requests are in client.py, responses in responses.py.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from scrapers.http.responses import seconds_in_words
from scrapers.http.throttling import Clock, Host
from scrapers.http.urls import shown
from scrapers.records import SourceError, SourceLate
from scrapers.registry import Source

# How long a request waits for a lock before it checks whether it was stopped.
LOOK_SECONDS = 0.2
# A timeout may fire this many seconds early.
A_MOMENT = 0.05


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of one source's crawl, or of all: they end at ``ends_at`` (the clock's seconds) or once ``closed``.

    ``longest`` is the longest wait in seconds that a host may request.
    """

    clock: Clock
    closed: threading.Event
    longest: float
    ends_at: float = float("inf")

    @property
    def remaining(self) -> float:
        """Seconds until the end; negative after it."""
        return self.ends_at - self.clock.now()

    @property
    def are_over(self) -> bool:
        """True from the end on, or so shortly before it that its timeout may have fired."""
        return self.remaining < A_MOMENT

    def left(self, source: Source, what: str) -> float:
        """Seconds that the source still has. Raises SourceLate when there are none, SourceError when closed."""
        if self.closed.is_set():
            raise stopped(source, what)
        if self.remaining <= 0:
            raise late(source, f"its time was over before {shown(what)} was read")
        return self.remaining

    def wait(self, source: Source, seconds: float, until: str) -> None:
        """Wait. Raises SourceLate when that is longer than a host may request or than the source's time left."""
        left = self.left(source, until)
        if seconds > min(self.longest, left):
            raise late(source, f"{seconds_in_words(seconds)} would pass until {until}")
        if self.clock.sleep is not None:
            self.clock.sleep(seconds)
        else:
            self.closed.wait(seconds)

    def lock(self, source: Source, lock: threading.RLock, what: str) -> None:
        """Acquire a lock that another source of the host may hold. Raises SourceLate, or SourceError when closed."""
        while not lock.acquire(timeout=min(LOOK_SECONDS, self.left(source, what))):
            pass

    def take_turn(self, source: Source, host: Host, agent: str) -> None:
        """Wait for the host's lock and for its delay to end; the lock is then held. Raises SourceLate."""
        delay = host.crawl_delay(agent)
        if delay > min(self.longest, self.left(source, host.name)):
            raise late(source, f"{host.name} asks for {seconds_in_words(delay)} between requests (Crawl-delay)")
        while True:
            self.lock(source, host.lock, host.name)
            pause = host.pause()
            if pause <= 0:
                return
            host.lock.release()
            self.wait(source, pause, f"{host.name} may be asked")


def late(source: Source, why: str, kind: str = "late") -> SourceLate:
    """The error of a source whose time limit passed, or would pass."""
    return SourceLate(
        source.id,
        f"{source.id} is late: {why}; what it brought is kept, and the next run goes on from there.",
        kind,
    )


def stopped(source: Source, url: str) -> SourceError:
    """The error of a request made after its client was closed."""
    return SourceError(source.id, f"{source.id}: the crawl was stopped before {shown(url)}; run again.", "stopped")
