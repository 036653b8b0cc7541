"""The archive replayed: by our own server, past damage and redirects; and by pywb, of the Webrecorder project."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from scrapers.archive import Original, PageArchive, payload_digest
from scrapers.crawling.replay_server import serve_archive
from scrapers.records import Page
from tests.support.archive_damage import spans_of_responses, zeroed_block

URL = "https://t.me/s/Koord_shtab"
TOOLS = Path(sys.executable).parent
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADERS = (("Content-Type", "text/html; charset=utf-8"),)


@contextmanager
def pywb(folder: Path, *files: Path) -> Iterator[str]:
    """A pywb server over a collection of these files; yields the collection's address."""
    for arguments in (["init", "obmin"], ["add", "obmin", *map(str, files)]):
        subprocess.run([TOOLS / "wb-manager", *arguments], cwd=folder, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [TOOLS / "wayback", "--bind", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        try:
            # The server prints its address once it listens.
            next(line for line in server.stdout if "Starting" in line or "http" in line)
            yield f"http://127.0.0.1:{port}/obmin"
        finally:
            server.kill()


def replayed(address: str) -> requests.Response:
    """The response, once the server listens: refused connections are retried after growing pauses."""
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(total=None, connect=10, backoff_factor=0.05)))
        return session.get(address, timeout=30)


@pytest.mark.skipif(sys.platform != "linux", reason="pywb is installed on Linux alone (pyproject.toml)")
def test_an_independent_replayer_opens_the_archive(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path / "pages")
    first = Page("koordshtab_telegram", URL, MOMENT, 200, HEADERS, "Обмін: 12 людей".encode())
    later = Page("koordshtab_telegram", URL, MOMENT + timedelta(days=1), 200, HEADERS, "Обмін: 13 людей".encode())
    same = Page("koordshtab_telegram", URL, MOMENT + timedelta(days=2), 200, HEADERS, later.payload)
    unchanged = Page("koordshtab_telegram", URL, MOMENT + timedelta(days=3), 304, (), b"")
    archive.append(first)
    archive.append(later)
    for visit in (same, unchanged):
        archive.revisit(visit, Original(URL, later.fetched_at, payload_digest(later.payload)))
    with pywb(tmp_path, tmp_path / "pages" / "2026-03.warc.gz") as collection:
        received = [replayed(f"{collection}/202603{day:02}120000id_/{URL}") for day in range(1, 5)]
    # The revisit record of the same payload leads to that page; a 304 is replayed as a 304.
    assert [answer.status_code for answer in received] == [200, 200, 200, 304]
    assert [answer.content.decode() for answer in received[:3]] == [
        "Обмін: 12 людей",
        "Обмін: 13 людей",
        "Обмін: 13 людей",
    ]


def test_our_replay_goes_on_past_a_damaged_record_and_names_it(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    for number in (1, 2, 3):
        url = f"https://www.president.gov.ua/news/obmin-{number}"
        archive.append(Page("president_uk", url, MOMENT, 200, HEADERS, f"Стаття {number}".encode()))
    (path,) = archive.files()
    path.write_bytes(zeroed_block(path.read_bytes(), spans_of_responses(path)[1]))
    named: list[str] = []
    with serve_archive(archive, on_damage=lambda damage: named.append(damage.sentence)) as (address, count):
        received = [requests.get(f"{address}/www.president.gov.ua/news/obmin-{n}", timeout=30) for n in (1, 2, 3)]
    assert [answer.status_code for answer in received] == [200, 404, 200]
    assert received[2].content.decode() == "Стаття 3"
    assert count == 2
    assert len(named) == 1
    assert "2026-03.warc.gz" in named[0]


def test_our_replay_answers_a_redirect_as_the_site_did(tmp_path: Path) -> None:
    archive = PageArchive(tmp_path)
    asked, final = "https://www.president.gov.ua/news/5", "https://www.president.gov.ua/news/обмін-5"
    archive.append(Page("president_uk", final, MOMENT, 200, HEADERS, b"x", asked_url=asked))
    with serve_archive(archive) as (address, _):
        moved = requests.get(f"{address}/www.president.gov.ua/news/5", timeout=30, allow_redirects=False)
        there = requests.get(f"{address}/www.president.gov.ua/news/обмін-5", timeout=30)
    assert moved.status_code == 302
    assert moved.headers["Location"] == "https://www.president.gov.ua/news/%D0%BE%D0%B1%D0%BC%D1%96%D0%BD-5"
    assert there.content == b"x"
