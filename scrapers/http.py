"""The one door to the network: politeness, retries, limits, and errors that name what to do.

Only this module asks for pages. Which pages to ask for is each source's business.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit, urlunsplit

import pybreaker
import requests
import tenacity
from protego import Protego
from urllib3.exceptions import HTTPError

from scrapers.announcement import Page, PageError, SourceError, Validators
from scrapers.answers import ServerError, Unanswered, cause_in_words, page_of, retry_after, root_of
from scrapers.connections import GuardedAdapter, RefusedAddress
from scrapers.hosts import REST_SECONDS, Clock, Host, Hosts
from scrapers.payload import LARGEST_BODY
from scrapers.registry import Source

MOST_REDIRECTS = 5
LARGEST_ROBOTS = 500 * 1024  # RFC 9309, 2.5
TRANSIENT_STATUSES = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two bytes, for a whole page, and the longest wait before a repetition."""

    connect: float = 5.0
    read: float = 30.0
    page: float = 120.0
    wait: float = 120.0


class Door:
    """One polite client, safe to use from several threads: a request at a time a host.

    ``replay`` is the address of a replay server; with it, every request goes there and nowhere else,
    without delay, while pages keep their public addresses. ``contact`` is whom a site's keeper
    may write to. ``authorities`` is a file of certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        replay: str | None = None,
        contact: str = "replay",
        attempts: int = 4,
        backoff_seconds: float = 1.0,
        limits: Limits | None = None,
        clock: Clock | None = None,
        authorities: str | None = None,
    ) -> None:
        self._replay = replay
        self._attempts, self._backoff = attempts, backoff_seconds
        self._limits, self._clock = limits or Limits(), clock or Clock()
        self._hosts = Hosts(self._clock)
        self._is_closed = False
        self._agent = f"Obmin/0.1 (public record of prisoner exchanges; +{contact})"
        self._session = requests.Session()
        # Proxies, .netrc and the like would go around the guard.
        self._session.trust_env = False
        self._session.verify = authorities or True
        self._session.headers.update({"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"})
        parts = urlsplit(replay or "")
        adapter = GuardedAdapter((parts.hostname, parts.port or 80) if parts.hostname else None, self._limits.read)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def moment(self) -> datetime:
        """Now, as this door dates its pages (UTC)."""
        return self._clock.moment()

    def __enter__(self) -> Door:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let nobody through any more: a crawl in another thread ends at its next request."""
        self._is_closed = True
        self._session.close()

    def get(self, source: Source, url: str, validators: Validators | None = None) -> Page:
        """Fetch one page of a source; with ``validators``, an unchanged page comes with status 304.

        Raises Gone for 404 and 410, and SourceError when the host does not answer as it should, robots.txt
        forbids the address, it leads away from the source's own hosts, or the answer can't be a page.
        """
        host = self._hosts.of(url)
        with host.lock:
            try:
                page: Page = host.breaker.call(self._get, source, host, url, validators)
            except pybreaker.CircuitBreakerError as error:
                raise SourceError(
                    source.id,
                    f"{source.id}: {host.name} failed several times and is left in peace for "
                    f"{REST_SECONDS // 60} minutes; {url} was not asked for. Run again later.",
                    "resting",
                ) from error
            return page

    def _get(self, source: Source, host: Host, url: str, validators: Validators | None) -> Page:
        self._check_robots(source, host, url)
        for _ in range(MOST_REDIRECTS + 1):
            page = self._with_patience(source, host, url, validators)
            if not 300 <= page.status < 400 or page.is_unchanged:
                return page_of(source, page, validators)
            target = urljoin(url, page.header("Location"))
            own = (*source.hosts, urlsplit(url).hostname)
            if urlsplit(target).scheme not in ("http", "https") or urlsplit(target).hostname not in own:
                raise PageError(
                    source.id,
                    f"{source.id}: {url} redirects to {target}, which is none of the source's own hosts "
                    f"({', '.join(source.hosts)}). Open the address in a browser, then mend the registry.",
                    "redirect",
                )
            url = target
            self._check_robots(source, host, url)
        raise PageError(
            source.id, f"{source.id}: {url} goes round in more than {MOST_REDIRECTS} redirects.", "redirect"
        )

    def _with_patience(self, source: Source, host: Host, url: str, validators: Validators | None = None) -> Page:
        """One request, repeated while a failure may pass; waits are capped, and Retry-After is obeyed."""

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            named = getattr(error, "retry_after", None)
            return float(named) if named is not None else backoff(state)

        longest, jitter = self._limits.wait / 2, self._backoff
        backoff = tenacity.wait_exponential_jitter(multiplier=self._backoff, max=longest, jitter=jitter)
        patience = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=pause,
            retry=tenacity.retry_if_exception(lambda error: bool(getattr(error, "may_pass", False))),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return patience(self._ask, source, host, url, validators)

    def _ask(self, source: Source, host: Host, url: str, validators: Validators | None) -> Page:
        if self._replay is None:
            host.wait_turn()
        if self._is_closed:
            raise SourceError(source.id, f"{source.id}: the crawl was stopped before {url}; run again.", "stopped")
        began = time.monotonic()
        try:
            with self._session.get(
                self._route(url),
                timeout=(self._limits.connect, self._limits.read),
                headers=_conditions(validators),
                allow_redirects=False,
                stream=True,
            ) as response:
                payload = _read(source, url, response, began + self._limits.page)
        except RefusedAddress as error:
            raise Unanswered(
                source.id,
                f"{source.id}: {host.name} leads to the private address {error}; nothing was asked of it.",
                "private address",
                may_pass=False,
            ) from error
        except requests.exceptions.SSLError as error:
            raise Unanswered(
                source.id,
                f"{source.id}: the TLS certificate of {host.name} is not valid ({root_of(error)}); nothing was read. "
                "Tell the publisher, or wait until it is renewed.",
                "tls",
                may_pass=False,
            ) from error
        except (requests.RequestException, HTTPError) as error:
            raise Unanswered(
                source.id,
                f"{source.id}: {host.name} does not answer as it should at {url} ({cause_in_words(error)}); "
                "check the network, then run again: what other sources brought is kept.",
            ) from error
        finally:
            host.asked(host.delay(source.seconds_between_requests, self._agent))
        if response.status_code in TRANSIENT_STATUSES:
            raise self._transient(source, host, url, response)
        return Page(
            source_id=source.id,
            url=url,
            fetched_at=self.moment(),
            status=response.status_code,
            headers=tuple(response.headers.items()),
            payload=payload,
            request_headers=tuple((name, str(value)) for name, value in response.request.headers.items()),
        )

    def _transient(self, source: Source, host: Host, url: str, response: requests.Response) -> SourceError:
        wait = retry_after(response.headers.get("Retry-After", ""))
        said = f"{source.id}: {url} answered with status {response.status_code}"
        if wait is not None and wait > self._limits.wait:
            host.free_at = self._clock.now() + wait
            return Unanswered(
                source.id,
                f"{said} and asks to wait {wait:.0f} seconds; run again after that.",
                "rate limit",
                may_pass=False,
            )
        message = f"{said}; try again later, and check the address if it stays so."
        if response.status_code == 429:
            return Unanswered(source.id, message, "rate limit", retry_after=wait)
        return ServerError(source.id, message, retry_after=wait)

    def _route(self, url: str) -> str:
        if self._replay is None:
            return url
        parts = urlsplit(url)
        return f"{self._replay}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _check_robots(self, source: Source, host: Host, url: str) -> None:
        if not host.robots_are_fresh():
            parts = urlsplit(url)
            address = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
            page = self._with_patience(source, host, address)
            # RFC 9309, 2.3.1: a 4xx answer means that no rule exists; a 5xx one is an error already. A redirect
            # that leads nowhere readable is treated as 4xx.
            text = page.body[:LARGEST_ROBOTS].decode("utf-8", "replace") if page.status == 200 else ""
            host.robots, host.robots_read_at = Protego.parse(text), self._clock.now()
        assert host.robots is not None
        if not host.robots.can_fetch(url, self._agent):
            raise PageError(
                source.id, f"{source.id}: robots.txt forbids {url}; ask the publisher, or drop the source.", "robots"
            )


def _read(source: Source, url: str, response: requests.Response, deadline: float) -> bytes:
    payload = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=False):
        payload += chunk
        if len(payload) > LARGEST_BODY:
            raise PageError(
                source.id,
                f"{source.id}: {url} is larger than {LARGEST_BODY // 2**20} MiB and was not read; check that the "
                "address is the right one.",
                "too large",
            )
        if time.monotonic() > deadline:
            raise Unanswered(
                source.id,
                f"{source.id}: {url} came too slowly to be complete in time and was given up; run again.",
                "silent",
                may_pass=False,
            )
    return bytes(payload)


def _conditions(validators: Validators | None) -> dict[str, str]:
    if validators is None:
        return {}
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}
