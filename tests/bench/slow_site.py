"""A site with latency, as a process of its own: pages of posts in a chain, on any host name and any loopback address.

/HOST/s/NAME?before=N or, requested directly, /s/NAME?before=N. /stats returns the pages, and the seconds from the
first request to the last response, and resets both.
"""

from __future__ import annotations

import asyncio
import json
import re
import time

LATENCY = 0.02
POSTS_ON_PAGE = 5
BEFORE = re.compile(rb"[?&]before=(\d+)")


class Site:
    def __init__(self, pages_a_host: int) -> None:
        self._newest = pages_a_host * POSTS_ON_PAGE
        self._moments: list[float] = []

    def body(self, path: bytes) -> bytes:
        if path.startswith(b"/stats"):
            moments, self._moments = self._moments, []
            seconds = max(moments) - min(moments) if moments else 0.0
            return json.dumps({"pages": len(moments) // 2, "seconds": seconds}).encode()
        found = BEFORE.search(path)
        before = int(found[1]) if found else self._newest + 1
        numbers = range(max(1, before - POSTS_ON_PAGE), before)
        posts = "".join(
            f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="Koord_shtab/{n}">'
            f'<div class="tgme_widget_message_text js-message_text">Сьогодні відбувся обмін {n}. '
            + "Додому повернулися захисники. " * 12
            + '</div><a class="tgme_widget_message_date"><time datetime="2025-01-01T10:00:00+02:00"></time></a></div></div>'
            for n in numbers
        )
        return f"<html><head><meta charset='utf-8'></head><body>{posts}</body></html>".encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                path = line.split(b" ")[1]
                while (await reader.readline()).strip():
                    pass
                is_page = b"/s/" in path
                if is_page:
                    self._moments.append(time.perf_counter())
                    await asyncio.sleep(LATENCY)
                status = b"404 Not Found" if b"robots.txt" in path else b"200 OK"
                body = self.body(path) if status.startswith(b"200") else b""
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
                    % (status, len(body), body)
                )
                await writer.drain()
                if is_page:
                    self._moments.append(time.perf_counter())
        except (ConnectionError, IndexError):
            pass
        finally:
            writer.close()


async def main(pages_a_host: int) -> None:
    server = await asyncio.start_server(Site(pages_a_host).serve, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import sys

    asyncio.run(main(int(sys.argv[1])))
