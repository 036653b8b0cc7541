"""The one door to the network: politeness, retries, limits, and errors that name what to do.

Only this module opens connections. Which pages to ask for is each source's business.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from scrapers.announcement import Page, SourceError
from scrapers.registry import Source

USER_AGENT = "Obmin/0.1 (public record of prisoner exchanges; see README for the contact)"
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
LARGEST_BODY = 20 * 1024 * 1024
RETRIED_STATUSES = (429, 500, 502, 503, 504)


class Door:
    """One polite client: a request at a time, spaced by each source's own delay with jitter.

    ``replay`` is the address of a replay server; with it, every request goes there and nowhere
    else, while pages keep their public addresses.
    """

    def __init__(self, replay: str | None = None, attempts: int = 3, backoff_seconds: float = 1.0) -> None:
        self._replay = replay
        self._robots: dict[str, Protego] = {}
        self._last_request: dict[str, float] = {}
        retry = Retry(
            total=attempts - 1,
            backoff_factor=backoff_seconds,
            backoff_jitter=backoff_seconds / 2,
            status_forcelist=RETRIED_STATUSES,
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> Door:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def get(self, source: Source, url: str) -> Page:
        """Fetch one page of a source.

        Raises SourceError when robots.txt forbids it, the host does not answer, the answer is a
        redirect or an error status, or the body is larger than 20 MiB.
        """
        if not self._allowed(source, url):
            raise SourceError(
                source.id, f"{source.id}: robots.txt forbids {url}; ask the publisher, or drop the source."
            )
        self._wait_turn(source)
        response = self._send(source, url)
        if response.is_redirect:
            raise SourceError(
                source.id,
                f"{source.id}: {url} redirects to {response.headers.get('Location', 'nowhere')}; "
                "the public listing may be switched off. Open the address in a browser, then mend the registry.",
            )
        if response.status_code != 200:
            raise SourceError(
                source.id,
                f"{source.id}: {url} answered with status {response.status_code}; try again later, "
                "and check the address if it stays so.",
            )
        return Page(
            source_id=source.id,
            url=url,
            fetched_at=datetime.now(UTC),
            status=response.status_code,
            headers=tuple(response.headers.items()),
            body=self._body(source, url, response),
        )

    def _send(self, source: Source, url: str) -> requests.Response:
        try:
            return self._session.get(
                self._route(url),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            host = urlsplit(url).netloc
            raise SourceError(
                source.id,
                f"{source.id}: {host} does not answer ({type(error).__name__}); check the network, "
                "then run again: what other sources brought is kept.",
            ) from error

    def _body(self, source: Source, url: str, response: requests.Response) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_content(64 * 1024):
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise SourceError(
                        source.id,
                        f"{source.id}: {url} is larger than {LARGEST_BODY // 2**20} MiB and was not "
                        "read; check that the address is the right one.",
                    )
        except requests.RequestException as error:
            raise SourceError(source.id, f"{source.id}: {url} broke off while it was read; run again.") from error
        finally:
            response.close()
        return bytes(body)

    def _route(self, url: str) -> str:
        if self._replay is None:
            return url
        parts = urlsplit(url)
        return f"{self._replay}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _allowed(self, source: Source, url: str) -> bool:
        parts = urlsplit(url)
        if parts.netloc not in self._robots:
            robots = self._send(source, urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", "")))
            # RFC 9309: a 4xx answer means that no rule exists.
            text = self._body(source, url, robots).decode("utf-8", "replace") if robots.ok else ""
            self._robots[parts.netloc] = Protego.parse(text)
        return bool(self._robots[parts.netloc].can_fetch(url, USER_AGENT))

    def _wait_turn(self, source: Source) -> None:
        if self._replay is None and source.host in self._last_request:
            pause = source.seconds_between_requests * random.uniform(1.0, 1.5)
            time.sleep(max(0.0, self._last_request[source.host] + pause - time.monotonic()))
        self._last_request[source.host] = time.monotonic()
