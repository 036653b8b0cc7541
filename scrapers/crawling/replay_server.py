"""The archive over HTTP on loopback: the sites as last fetched, at /HOST/PATH?QUERY.

The HTTP client can crawl it in place of the sites (OBMIN_REPLAY), and the user can open it in a browser. The order
of stored pages in a listing is in scrapers/crawling/replayed_listings.py.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from requests.utils import requote_uri

from scrapers.archive import BrokenRecord, Damage, Location, PageArchive
from scrapers.crawling.replayed_listings import ReplayedListing, could_hold
from scrapers.http.local_server import QuietHandler, serving
from scrapers.parsing.mined_pages import is_mined
from scrapers.registry import UnknownSource, get_source

# The payload is served whole, and no header of the site may take effect outside the replay.
DROPPED_HEADERS = {"transfer-encoding", "content-length", "connection", "set-cookie", "strict-transport-security"}


class Replay:
    """The archived pages by address. Safe to use from several threads.

    ``on_damage`` is called with each unreadable part; whole records before and after it are served.
    """

    def __init__(self, archive: PageArchive, on_damage: Callable[[Damage], None] = lambda _: None) -> None:
        self._archive = archive
        self._latest: dict[str, Location] = {}
        self._redirects: dict[str, str] = {}
        self._by_source: dict[str, list[Location]] = defaultdict(list)
        self._listings: dict[str, ReplayedListing] = {}
        self._lock = threading.Lock()
        for location, page in archive.pages(on_damage=on_damage):
            if is_mined(page):
                continue  # it is a text, not what the site sent
            self._latest[_key(page.url)] = location
            self._redirects.pop(_key(page.url), None)  # it no longer redirects
            if page.asked_url:
                self._redirects[_key(page.asked_url)] = page.url
            self._by_source[page.source_id].append(location)

    def __len__(self) -> int:
        return len(self._latest)

    def location(self, url: str) -> Location | None:
        """Where the page of an address is; for a listing's older page, the one that shows the next items there."""
        for source_id in self._by_source:
            try:
                source = get_source(source_id)
            except UnknownSource:
                continue
            if url != source.url and could_hold(source, url):
                found = self._listing(source_id).page_at(url)
                if found is not None:
                    return found
        return self._latest.get(_key(url))

    def redirect(self, url: str) -> str | None:
        """The public address that an address last redirected to; None when it did not redirect."""
        return self._redirects.get(_key(url))

    def _listing(self, source_id: str) -> ReplayedListing:
        with self._lock:
            if source_id not in self._listings:
                locations = self._by_source[source_id]
                self._listings[source_id] = ReplayedListing(self._archive, get_source(source_id), locations)
            return self._listings[source_id]


def _key(url: str) -> str:
    """An address as in a request to the replay: without its scheme, and quoted as the HTTP client quotes it."""
    return str(requote_uri(url)).partition("://")[2]


@contextmanager
def serve_archive(
    archive: PageArchive, port: int = 0, on_damage: Callable[[Damage], None] = lambda _: None
) -> Iterator[tuple[str, int]]:
    """Serve while the block runs; yields the server's address and the number of addresses that it serves.

    Raises OSError when the port is taken.
    """
    replay = Replay(archive, on_damage)

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802
            url = f"https:/{self.path}"
            if target := replay.redirect(url):
                self.answer(302, [("Location", str(requote_uri(target)))], b"")
                return
            location = replay.location(url)
            try:
                page = archive.read(location) if location is not None else None
            except BrokenRecord:
                page = None  # damaged since the server started
            if page is None:
                self.send_error(404, "not in the archive")
                return
            self.answer(page.status, [h for h in page.headers if h[0].lower() not in DROPPED_HEADERS], page.payload)

    with serving(Handler, port) as address:
        yield address, len(replay)
