"""The result of a response: a page, an unchanged page, a page that is gone, or an error that names the remedy.

Requests, waits and retries are in client.py.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapers.content_encoding import BrokenPayload
from scrapers.http.challenges import Substitute, substitute_in
from scrapers.http.throttling import HostDown
from scrapers.records import Gone, Page, PageError, SourceError, Validators
from scrapers.registry import Source

READABLE = ("text/", "application/json", "application/xml", "application/xhtml+xml", "application/rss+xml",
            # The last two: sitemaps.
            "application/atom+xml", "application/gzip", "application/x-gzip")  # fmt: skip
DELAY_SECONDS = re.compile(r"[0-9]+")  # str.isdigit would accept "²", which float() rejects
NAMES_OF_SUBSTITUTES = {
    "challenge": "challenge or log-in page",
    "log-in": "challenge or log-in page",
    "consent": "consent page",
    "maintenance": "notice of maintenance",
}
# The first bytes of a PDF, PNG, JPEG, GIF and ZIP archive (an office document), whatever Content-Type is declared.
NO_TEXT = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04")
END_OF_HTML = b"</html"
CAUSES = {
    "gaierror": "its name is not known here",
    "NewConnectionError": "it can't be reached",
    "ConnectionRefusedError": "it refuses connections",
    "ConnectTimeoutError": "it can't be reached in time",
    "ConnectTimeout": "it can't be reached in time",
    "ConnectionResetError": "it hung up",
    "RemoteDisconnected": "it hung up",
    "IncompleteRead": "the page broke off",
    "TimeoutError": "it fell silent",
    "ReadTimeoutError": "it fell silent",
}


class Unanswered(SourceError, HostDown):
    """A failure of the host at one request: kinds "unreachable", "silent", "tls", "private address", "challenge",
    "rate limit".

    One address may hang while others respond, so a crawl continues after it (``ends_crawl`` is False). After three
    in a row, without any response between them, the HTTP client stops requests to the host and raises a SourceError
    of kind "resting", which ends the crawl. ``retry_after`` is in seconds, when the host stated it.
    """

    kind = "unreachable"
    ends_crawl = False

    def __init__(
        self,
        source_id: str,
        message: str,
        kind: str | None = None,
        may_pass: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(source_id, message, kind)
        self.may_pass = may_pass
        self.retry_after = retry_after


class ServerError(PageError):
    """An address that responds with a 5xx status: a retry may succeed."""

    kind = "server error"

    def __init__(self, source_id: str, message: str, may_pass: bool = True, retry_after: float | None = None) -> None:
        super().__init__(source_id, message)
        self.may_pass = may_pass
        self.retry_after = retry_after


def page_of(source: Source, page: Page, validators: Validators | None) -> Page:
    """The page, if the response is one. Raises PageError (including Gone), or Unanswered for a challenge."""
    where = f"{source.id}: {page.url}"
    if page.is_unchanged and validators is not None:
        return page
    if page.status in (404, 410):
        raise Gone(page)
    try:
        substitute = substitute_in(page)
    except BrokenPayload as error:
        raise PageError(source.id, f"{where} {error}; run again.", "damaged") from error
    if substitute is not None and (substitute.kind == "challenge" or page.status == 200):
        raise _substituted(source, where, substitute)
    if page.status != 200:
        raise PageError(
            source.id,
            f"{where} answered with status {page.status}; open the address in a browser, then fix the registry.",
            "refused" if 400 <= page.status < 500 else "status",
        )
    _check_content(source, page, where)
    return page


def _substituted(source: Source, where: str, substitute: Substitute) -> SourceError:
    message = (
        f"{where} answered with a {NAMES_OF_SUBSTITUTES[substitute.kind]} ({substitute.mark}), not with the "
        "page; open it in a browser, and ask the publisher to let this client in if it stays so."
    )
    if substitute.kind == "challenge":
        return Unanswered(source.id, message, "challenge", may_pass=False)
    return PageError(source.id, message, substitute.kind)


def _check_content(source: Source, page: Page, where: str) -> None:
    """Raises PageError for a body that is no page: another type, a file, or nothing."""
    kind = page.header("Content-Type").partition(";")[0].strip().lower()
    if kind and not kind.startswith(READABLE):
        raise PageError(
            source.id, f"{where} is {kind}, not a page; check that the address is the right one.", "content type"
        )
    if page.body.startswith(NO_TEXT):
        raise PageError(
            source.id,
            f"{where} is a file (it begins with {page.body[:4]!r}), not a page; check that the address is right.",
            "content type",
        )
    if kind in ("text/html", "application/xhtml+xml") and not page.body.strip():
        raise PageError(source.id, f"{where} answered with an empty page; open it in a browser.", "empty")
    if kind in ("text/html", "application/xhtml+xml") and not _is_whole(page):
        raise PageError(
            source.id,
            f"{where} broke off: it states no length and has no </html>; run again, and if it stays so open it in a "
            "browser.",
            "damaged",
        )


def _is_whole(page: Page) -> bool:
    """Whether an HTML page was received to its end; only the page itself tells that where no length is stated."""
    is_stated = bool(page.header("Content-Length") or page.header("Transfer-Encoding"))
    return is_stated or page.is_unchanged or END_OF_HTML in page.body.replace(b"\0", b"").lower()


def retry_after(value: str) -> float | None:
    """Seconds from now, from either form of the header (RFC 9110, 10.2.3); infinite for a number too large for float.

    None when it is absent or malformed: then the client chooses the wait.
    """
    written = value.strip()
    if DELAY_SECONDS.fullmatch(written):
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
        known = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (known - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def seconds_in_words(seconds: float) -> str:
    """A wait for use in a message: "86400 seconds", with at most nine digits."""
    return f"{seconds:.0f} seconds" if seconds < 1e9 else "more than a thousand million seconds"


def cause_in_words(error: BaseException) -> str:
    root = root_of(error)
    return CAUSES.get(type(root).__name__, f"{type(root).__name__}: {str(root)[:200]}")


def root_of(error: BaseException) -> BaseException:
    """The innermost cause: the libraries wrap an error several times."""
    beneath = (getattr(error, "reason", None), *error.args, error.__cause__)
    return next((root_of(reason) for reason in beneath if isinstance(reason, BaseException)), error)
