"""The HTTP client: politeness, retries, limits, and errors that name the remedy.

Only this module requests pages; which ones is decided in scrapers/crawling and scrapers/sources.
"""

from __future__ import annotations

import copy
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from urllib.parse import urlsplit

import pybreaker
import requests
import tenacity
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError

from scrapers.content_encoding import LARGEST_BODY
from scrapers.http import robots
from scrapers.http.bodies import TooLarge, start_of_body, whole_body
from scrapers.http.responses import (
    ServerError,
    Unanswered,
    cause_in_words,
    page_of,
    retry_after,
    root_of,
    seconds_in_words,
)
from scrapers.http.ssrf_guard import GuardedAdapter, RefusedAddress
from scrapers.http.throttling import FAILURES_BEFORE_REST, REST_SECONDS, Clock, Host, Hosts, Robots
from scrapers.http.urls import checked, redirect_target, shown, target_of
from scrapers.http.waits import Waits, late, stopped
from scrapers.http.watchdog import Watch, Watched
from scrapers.records import Page, PageError, SourceError, Validators
from scrapers.registry import Source

MOST_REDIRECTS = 5
TRANSIENT_STATUSES = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, to the end of the headers, for a whole response, and the longest wait that a host may
    request, whether before a retry (Retry-After) or between requests (Crawl-delay).
    """

    connect: float = 5.0
    read: float = 30.0
    page: float = 120.0
    wait: float = 120.0


class HttpClient:
    """A polite HTTP client, safe to use from several threads: one request at a time per host.

    ``replay`` is the address of a replay server; with it, every request goes there and nowhere else, with no delay
    between requests, while pages have their public addresses; all limits still hold. ``contact`` is the contact for
    site operators. ``authorities`` is a file of CA certificates to trust instead of the usual ones.
    Raises ValueError when ``replay`` names no host.
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
        self._closed = threading.Event()
        self._waits = Waits(self._clock, self._closed, self._limits.wait)
        self._watch = Watch()
        self._agent = agent_of(contact)
        self._session = requests.Session()
        # Proxies, .netrc and the like would bypass the SSRF guard.
        self._session.trust_env = False
        self._session.verify = authorities or True
        self._session.headers.update({"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"})
        adapter = GuardedAdapter(host_and_port(replay) if replay is not None else None)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def moment(self) -> datetime:
        """The current time (UTC) by the clock that dates the pages."""
        return self._clock.moment()

    def within(self, seconds: float) -> HttpClient:
        """A copy of this client that shares its hosts, for a crawl with a time limit in seconds from now.

        After the limit, or as soon as a host requests a wait beyond it, it raises SourceLate. One page may take at
        most a quarter of it, or one that hangs would leave no time for the others.
        """
        client = copy.copy(self)
        client._waits = replace(self._waits, ends_at=self._clock.now() + seconds)
        client._limits = replace(
            self._limits, read=min(self._limits.read, seconds / 8), page=min(self._limits.page, seconds / 4)
        )
        return client

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Refuse further requests; requests and waits in other threads end now, with a SourceError."""
        self._closed.set()
        self._watch.close()
        self._session.close()

    def get(self, source: Source, url: str, validators: Validators | None = None) -> Page:
        """Fetch one page of a source; with ``validators``, an unchanged page has status 304.

        Raises PageError (for 404 and 410, Gone) when this address can't be read, Unanswered when the host does not
        respond properly, SourceLate when the source's time limit passed, and SourceError of kind "robots" (its
        robots.txt can't be fetched), "resting" (it failed several times) or "stopped" (the client was closed).
        """
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            checked(source, url)
            host = self._hosts.of(url)
            try:
                with host.breaker.calling():
                    self._check_robots(source, host, url)
                    page = self._with_lock_timeout(source, host, url, validators)
                    if not 300 <= page.status < 400 or page.is_unchanged:
                        return page_of(source, replace(page, asked_url=asked if asked != url else ""), validators)
            except pybreaker.CircuitBreakerError as error:
                raise SourceError(
                    source.id,
                    f"{source.id}: {host.name} failed several times and is left in peace for "
                    f"{REST_SECONDS // 60} minutes; {shown(url)} was not asked for. Run again later.",
                    "resting",
                ) from error
            url = redirect_target(source, url, page.header("Location"))
        raise PageError(
            source.id, f"{source.id}: {shown(url)} goes round in more than {MOST_REDIRECTS} redirects.", "redirect"
        )

    def _check_robots(self, source: Source, host: Host, url: str) -> None:
        parts = urlsplit(url)
        authority = f"{parts.scheme}://{parts.netloc}"
        self._waits.lock(source, host.robots_lock, url)
        try:
            known = host.robots.get(authority)
            if known is None or not known.is_fresh(self._clock.now()):
                known = host.robots[authority] = self._read_robots(source, f"{authority}/robots.txt")
        finally:
            host.robots_lock.release()
        if known.rules is None:
            raise SourceError(
                source.id,
                f"{source.id}: {authority}/robots.txt {known.failure}, and without its rules nothing may be asked of "
                f"{host.name}; run again later, and tell the publisher if it stays so.",
                "robots",
            )
        if not known.rules.can_fetch(url, self._agent):
            raise PageError(
                source.id,
                f"{source.id}: robots.txt forbids {shown(url)}; ask the publisher, or drop the source.",
                "robots",
            )

    def _read_robots(self, source: Source, url: str) -> Robots:
        """Fetch the rules; redirects may lead to other hosts (RFC 9309, 2.3.1.2), but never to private ones."""
        try:
            for _ in range(robots.MOST_REDIRECTS + 1):
                page = self._with_lock_timeout(source, self._hosts.of(url), url, None, start_of_body)
                if page.status not in (301, 302, 303, 307, 308):
                    break
                url = target_of(source, url, page.header("Location"))
            return Robots(robots.rules_of(page), self._clock.now())
        except robots.UnreadableRobots as error:
            failure = str(error)
        except PageError as error:  # a server error after all retries, or a redirect to an unsafe address
            failure = str(error).partition("/robots.txt ")[2].partition(";")[0] or "can't be had"
        return Robots(None, self._clock.now(), failure)

    def _with_lock_timeout(
        self,
        source: Source,
        host: Host,
        url: str,
        validators: Validators | None,
        read: Callable[[requests.Response], bytes] | None = None,
    ) -> Page:
        """One request, retried while its failure may be transient; waits are capped, and Retry-After is obeyed.

        After several addresses in a row that stayed at 5xx, each further one of the host gets a single attempt. A
        timeout is retried once: each attempt may take as long as the limits allow.
        """

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            named = getattr(error, "retry_after", None)
            return max(float(named or 0.0), 0.0 if named else backoff(state))

        def is_enough(state: tenacity.RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            attempts = 2 if getattr(error, "kind", "") == "silent" else self._attempts
            return state.attempt_number >= (1 if host.server_errors >= FAILURES_BEFORE_REST else attempts)

        longest, jitter = self._limits.wait / 2, self._backoff
        backoff = tenacity.wait_exponential_jitter(multiplier=self._backoff, max=longest, jitter=jitter)
        lock_timeout = tenacity.Retrying(
            stop=is_enough,
            wait=pause,
            retry=tenacity.retry_if_exception(lambda error: bool(getattr(error, "may_pass", False))),
            sleep=lambda seconds: self._waits.wait(source, seconds, f"{host.name} is to be asked again"),
            reraise=True,
        )
        try:
            page: Page = lock_timeout(self._ask, source, host, url, validators, read or whole_body)
        except ServerError:
            host.server_errors += 1
            raise
        host.server_errors = 0
        return page

    def _ask(
        self,
        source: Source,
        host: Host,
        url: str,
        validators: Validators | None,
        read: Callable[[requests.Response], bytes],
    ) -> Page:
        self._waits.take_turn(source, host, self._agent)
        try:
            response, payload = self._request(source, host, url, validators, read)
        finally:
            if self._replay is None:
                host.asked(max(source.seconds_between_requests, host.crawl_delay(self._agent)))
            host.lock.release()
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

    def _request(
        self,
        source: Source,
        host: Host,
        url: str,
        validators: Validators | None,
        read: Callable[[requests.Response], bytes],
    ) -> tuple[requests.Response, bytes]:
        seconds = min(self._limits.page, self._waits.left(source, url))
        watched: Watched | None = None
        try:
            with (
                self._watch.over(seconds) as watched,
                self._session.get(
                    self._route(url),
                    timeout=(min(self._limits.connect, seconds), min(self._limits.read, seconds)),
                    headers=_conditions(validators),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                payload = read(response)
            if watched.is_late:  # a truncated body can look complete
                raise TimeoutError
        except TooLarge as error:
            raise PageError(
                source.id,
                f"{source.id}: {shown(url)} is larger than {LARGEST_BODY // 2**20} MiB and was not read; check that "
                "the address is the right one.",
                "too large",
            ) from error
        except RefusedAddress as error:
            raise Unanswered(
                source.id,
                f"{source.id}: {host.name} leads to the private address {error}; nothing was asked of it.",
                "private address",
                may_pass=False,
            ) from error
        except (InvalidURL, InvalidSchema, MissingSchema) as error:
            raise PageError(
                source.id, f"{source.id}: {shown(url)} is no address ({root_of(error)}).", "address"
            ) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._failure(source, host, url, error, watched) from error
        return response, payload

    def _failure(
        self, source: Source, host: Host, url: str, error: Exception, watched: Watched | None
    ) -> SourceError:
        """The error of an aborted request: the client was closed, the time limit passed, or the host is at fault."""
        if self._closed.is_set():
            return stopped(source, url)
        if self._waits.are_over:
            return late(source, f"its time was over before {shown(url)} was read")
        is_late = watched is not None and watched.is_late
        if isinstance(error, requests.exceptions.SSLError):
            root = root_of(error)
            fault = (
                f"the TLS certificate of {host.name} is not valid"
                if isinstance(root, ssl.SSLCertVerificationError)
                else f"no TLS connection to {host.name} comes about"
            )
            return Unanswered(
                source.id,
                f"{source.id}: {fault} ({str(root)[:200]}); nothing was read. Tell the publisher, or wait until it "
                "is renewed.",
                "tls",
                may_pass=False,
            )
        if is_late and not isinstance(error, requests.RequestException):
            return Unanswered(
                source.id,
                f"{source.id}: {shown(url)} came too slowly to be complete in time and was given up; run again.",
                "silent",
                may_pass=False,
            )
        cause = cause_in_words(error)
        return Unanswered(
            source.id,
            f"{source.id}: {host.name} does not answer as it should at {shown(url)} ({cause}); "
            "check the network, then run again: what other sources brought is kept.",
            "silent" if is_late or "silent" in cause else "unreachable",
        )

    def _transient(self, source: Source, host: Host, url: str, response: requests.Response) -> SourceError:
        wait = retry_after(response.headers.get("Retry-After", ""))
        answered = f"{source.id}: {shown(url)} answered with status {response.status_code}"
        message = f"{answered}; try again later, and check the address if it stays so."
        left = self._waits.remaining
        if response.status_code == 429:
            host.free_at = max(host.free_at, self._clock.now() + (wait or 0.0))
            if wait is not None and wait > min(self._limits.wait, left):
                return late(
                    source,
                    f"{shown(url)} answered with status 429 and asks to wait {seconds_in_words(wait)}",
                    "rate limit",
                )
            return Unanswered(source.id, message, "rate limit", retry_after=wait)
        # Waiting for one address may use at most a quarter of the source's time left.
        if wait is not None and wait > min(self._limits.wait, left / 4):
            message = f"{answered} and asks to wait {seconds_in_words(wait)}; run again after that."
            return ServerError(source.id, message, may_pass=False)
        return ServerError(source.id, message, retry_after=wait)

    def _route(self, url: str) -> str:
        if self._replay is None:
            return url
        parts = urlsplit(url)
        return f"{self._replay}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def agent_of(contact: str) -> str:
    """The name under which Obmin requests pages, with the contact for site operators."""
    return f"Obmin/0.1 (public record of prisoner exchanges; +{contact})"


def host_and_port(replay: str) -> tuple[str, int]:
    """Where a replay server listens. Raises ValueError when its address names no host."""
    parts = urlsplit(replay)
    if not parts.hostname:
        raise ValueError(f"{replay!r} is no address of a replay server.")
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _conditions(validators: Validators | None) -> dict[str, str]:
    if validators is None:
        return {}
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in asked.items() if value}
