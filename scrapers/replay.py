"""The archive over HTTP on loopback: every page as it was last fetched, at /HOST/PATH?QUERY.

The door can crawl it in place of the sites (`replay=`), and a person can open it in a browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from scrapers.archive import Location, PageArchive
from scrapers.loopback import QuietHandler, serving

# The payload is served whole, and nothing of the site's may reach out of the replay.
DROPPED_HEADERS = {"transfer-encoding", "content-length", "connection", "set-cookie", "strict-transport-security"}


@contextmanager
def serve_archive(archive: PageArchive, port: int = 0) -> Iterator[tuple[str, int]]:
    """Serve while the block runs; gives the server's address and the number of addresses that it knows.

    Raises OSError when the port is taken.
    """
    latest: dict[str, Location] = {}
    for location, page in archive.pages():
        parts = urlsplit(page.url)
        latest[f"/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")] = location

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802
            location = latest.get(self.path)
            if location is None:
                self.send_error(404, "not in the archive")
                return
            page = archive.read(location)
            self.answer(page.status, [h for h in page.headers if h[0].lower() not in DROPPED_HEADERS], page.payload)

    with serving(Handler, port) as address:
        yield address, len(latest)
