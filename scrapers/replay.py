"""The archive over HTTP on loopback: every page as it was last fetched, at /HOST/PATH?QUERY.

The door can crawl it in place of the sites (`replay=`), and a person can open it in a browser.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from scrapers.archive import Location, PageArchive

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

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            location = latest.get(self.path)
            if location is None:
                self.send_error(404, "not in the archive")
                return
            page = archive.read(location)
            self.send_response(page.status)
            for name, value in page.headers:
                if name.lower() not in DROPPED_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.payload)))
            self.end_headers()
            self.wfile.write(page.payload)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Requests are not logged."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", len(latest)
    finally:
        server.shutdown()
        server.server_close()
