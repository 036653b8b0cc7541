"""What becomes of each page: its encoding, its text and day, and the outcome of what is not read."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, date, datetime

import pytest
from fastwarc.stream_io import BrotliWriter

from scrapers.content_encoding import LARGEST_BODY
from scrapers.extraction.interface import as_json
from scrapers.extraction.reading import read
from scrapers.mining import page_texts
from tests.mining.conftest import Mined, Result
from tests.support.generated_warcs import EXCHANGE, EXCHANGE_EN, EXCHANGE_RU, WEATHER, Written, article, members

ADDRESS = "https://visnyk.example/news/obmin"
HTML = ("Content-Type", "text/html")
UNREADABLE = "Обмін полоненими 😀 ﷽ 漢字かな交じり文 𐍈".encode("utf-16-le")[1:] * 40


def of(mined: Mined, *responses: Written) -> Result:
    return mined(b"".join(members(responses)))


def one(mined: Mined, body: bytes, *headers: tuple[str, str], **more: str) -> Result:
    return of(mined, Written(ADDRESS, body, headers or (HTML,), **more))  # type: ignore[arg-type]


def brotli(data: bytes) -> bytes:
    from io import BytesIO

    written = BytesIO()
    writer = BrotliWriter(written)
    writer.write(data)
    writer.close()
    return written.getvalue()


def chunked(data: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 100]), data[at : at + 100]) for at in range(0, len(data), 100))
        + b"0\r\n\r\n"
    )


def test_a_row_has_all_that_the_extractor_reads(mined: Mined) -> None:
    head = '<meta property="article:published_time" content="2025-05-14T23:30:00Z">'
    result = one(mined, article(EXCHANGE, "Обмін", head).encode(), ("Content-Type", "text/html; charset=utf-8"))
    (row,) = result.rows
    assert row["text"] == "\n".join(EXCHANGE)
    assert (row["url"], row["title"]) == (ADDRESS, "Обмін")
    assert row["captured_at"] == datetime(2025, 5, 15, 6, 7, 8, tzinfo=UTC)
    assert row["published_on"] == date(2025, 5, 15)  # Kyiv's day
    assert (row["charset"], row["charset_is_guessed"], row["record"], row["record_offset"]) == ("utf-8", False, 0, 0)
    expected = as_json(read(row["text"], row["title"], row["published_on"]))
    assert (row["kind"], row["language"]) == ("exchange", "uk")
    assert row["statements"] == expected["statements"]
    assert ("released_total", 206) in {(found["measure"], found["value"]) for found in row["statements"]}
    for found in row["statements"]:
        assert row[found["field"]][found["start"] : found["end"]] == found["quote"]
    assert [event["date"] for event in row["events"]] == [date(2025, 5, 14)]
    assert result.report.counts["statements"] == len(row["statements"])


@pytest.mark.parametrize("text", [EXCHANGE, EXCHANGE_RU, EXCHANGE_EN])
@pytest.mark.parametrize(
    ("encoding", "declared", "charset", "is_guessed"),
    [
        ("utf-8", "", "utf-8", False),
        ("utf-8", "; charset=windows-1251", "utf-8", False),
        ("utf-16", "", "utf-16le", False),
        ("cp1251", "; charset=windows-1251", "windows-1251", False),
        ("cp1251", "", "windows-1251", True),
        ("cp1251", "; charset=iso-8859-1", "windows-1251", True),
        ("cp1251", "; charset=utf-8", "windows-1251", True),
        ("koi8-u", "", "koi8-u", True),
    ],
)
def test_the_charset_is_the_one_that_gives_text(
    mined: Mined, text: tuple[str, ...], encoding: str, declared: str, charset: str, is_guessed: bool
) -> None:
    body = article(text).replace("’", "'").encode(encoding)
    (row,) = one(mined, body, ("Content-Type", f"text/html{declared}")).rows
    assert row["text"] == "\n".join(text)
    if text is not EXCHANGE_EN or encoding == "utf-16":
        assert (row["charset"], row["charset_is_guessed"]) == (charset, is_guessed)


@pytest.mark.parametrize(
    ("packed", "headers"),
    [
        (gzip.compress, [("Content-Encoding", "gzip")]),
        (zlib.compress, [("Content-Encoding", "deflate")]),
        (brotli, [("Content-Encoding", "br")]),
        (chunked, [("Transfer-Encoding", "chunked")]),
        (lambda data: chunked(gzip.compress(data)), [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
        # Unpacked by the crawler, which left the headers.
        (bytes, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
        (bytes, [("Content-Encoding", "br")]),
    ],
)
def test_a_packed_page_is_unpacked(mined: Mined, packed, headers: list[tuple[str, str]]) -> None:
    (row,) = one(mined, packed(article(EXCHANGE).encode()), HTML, *headers).rows
    assert row["text"] == "\n".join(EXCHANGE)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (Written(ADDRESS, b"GET / HTTP/1.1\r\n\r\n", kind="metadata"), "no response"),
        (Written(ADDRESS, b"", kind="revisit"), "revisit"),
        (Written("dns:visnyk.example", b"20250515 192.0.2.1", about={"Content-Type": "text/dns"}), "not HTTP"),
        (Written(ADDRESS, article(EXCHANGE).encode(), status="404 Not Found"), "status"),
        (Written(ADDRESS, b"%PDF-1.7", (("Content-Type", "application/pdf"),)), "not HTML"),
        (Written(ADDRESS, b"GIF89a", (("Content-Type", "application/octet-stream"),)), "not HTML"),
        (Written(ADDRESS, b" \n", (HTML,)), "empty"),
        (Written(ADDRESS, b"x" * (LARGEST_BODY + 1), (HTML,)), "too large"),
        (Written(ADDRESS, gzip.compress(bytes(LARGEST_BODY + 1)), (HTML, ("Content-Encoding", "gzip"))), "too large"),
        (Written(ADDRESS, brotli(bytes(LARGEST_BODY + 1)), (HTML, ("Content-Encoding", "br"))), "too large"),
        (Written(ADDRESS, gzip.compress(b"<p>x" * 99)[:-9], (HTML, ("Content-Encoding", "gzip"))), "broken encoding"),
        (Written(ADDRESS, b"\x01\x02\x03", (HTML, ("Content-Encoding", "snappy"))), "broken encoding"),
        (Written(ADDRESS, b"\x01\x02\x03", (HTML, ("Content-Encoding", "br"))), "broken encoding"),
        (Written(ADDRESS, article(EXCHANGE).encode(), (HTML,), about={"WARC-Date": "yesterday"}), "broken headers"),
        (Written(ADDRESS, article(WEATHER).encode(), (HTML,)), "no words"),
        (Written(ADDRESS, b"<p>\xff\xfe\xfd prisoners of war" + bytes(range(128, 256)) * 20, (HTML,)), "no charset"),
        (Written(ADDRESS, f"<p>{EXCHANGE[0]}</p>{'<b>' * 61_000}".encode(), (HTML,)), "too much markup"),
        (Written(ADDRESS, "<html><body><nav>Обмін полоненими</nav></body></html>".encode(), (HTML,)), "no main text"),
    ],
)
def test_every_other_record_has_its_outcome(mined: Mined, response: Written, outcome: str) -> None:
    result = of(mined, response, Written(ADDRESS, article(EXCHANGE).encode()))
    assert result.outcomes == {outcome: 1, "text": 1}
    assert [row["record"] for row in result.rows] == [1]
    assert result.lost == []


def test_a_page_without_a_type_is_html_if_it_begins_so(mined: Mined) -> None:
    assert one(mined, article(EXCHANGE).encode(), ("Server", "old")).outcomes == {"text": 1}
    assert one(mined, b"Just words of prisoners of war", ("Server", "old")).outcomes == {"not HTML": 1}


def test_what_may_have_told_of_an_exchange_is_named(mined: Mined) -> None:
    result = one(mined, gzip.compress(b"<p>x" * 99)[:-9], HTML, ("Content-Encoding", "gzip"))
    (skipped,) = result.report.counts["skipped"]
    assert (skipped["url"], skipped["record"], skipped["offset"], skipped["outcome"]) == (
        ADDRESS,
        0,
        0,
        "broken encoding",
    )
    assert skipped["reason"] == "it is cut short: its compressed body has no end"


def test_an_error_of_a_library_costs_its_page_only(mined: Mined, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = page_texts.read

    def fails_at_russian(text: str, *more: object) -> object:
        if text == "\n".join(EXCHANGE_RU):
            raise RecursionError("too deep")
        return kept(text, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(page_texts, "read", fails_at_russian)
    bodies = [article(text).encode() for text in (EXCHANGE, EXCHANGE_RU, EXCHANGE_EN)]
    result = of(mined, *(Written(ADDRESS, body) for body in bodies))
    assert result.outcomes == {"error": 1, "text": 2}
    assert result.reasons == ["raises RecursionError: too deep"]


def test_a_page_that_takes_too_long_is_given_up(mined: Mined, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(*_: object) -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:  # as a library that catches all errors
                continue

    monkeypatch.setattr(page_texts, "MOST_SECONDS", 0.05)
    monkeypatch.setattr(page_texts, "read", never_ends)
    assert one(mined, article(EXCHANGE).encode()).outcomes == {"too slow": 1}


@pytest.mark.parametrize(
    ("head", "address", "day"),
    [
        ("", ADDRESS, None),
        ("", "https://visnyk.example/2025/05/14/obmin", date(2025, 5, 14)),
        ("", "https://visnyk.example/2025/15/14/obmin", None),
        ('<meta itemprop="datePublished" content="2025-05-14">', ADDRESS, date(2025, 5, 14)),
        ('<meta name="pubdate" content="2025-05-14T01:00:00+03:00">', ADDRESS, date(2025, 5, 14)),
        ('<meta property="article:published_time" content="soon">', ADDRESS, None),
        ('<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": "2025-05-14T22:00:00Z"}]}</script>',
         ADDRESS, date(2025, 5, 15)),
        ('<script type="application/ld+json">[{"@type": "Person", "datePublished": "2025-05-14"}]</script>', ADDRESS, None),
        ('<script type="application/ld+json">[{"@type": "Article", "datePublished": "2025-05-14"},'
         ' {"@type": "Article", "datePublished": "2025-05-13"}]</script>', ADDRESS, None),
        ('<script type="application/ld+json">{{</script>', ADDRESS, None),
    ],
)  # fmt: skip
def test_the_day_of_publication_is_the_pages_own(mined: Mined, head: str, address: str, day: date | None) -> None:
    (row,) = of(mined, Written(address, article(EXCHANGE, head=head).encode())).rows
    assert row["published_on"] == day


def test_two_captures_of_one_page_are_two_rows(mined: Mined) -> None:
    body = article(EXCHANGE).encode()
    result = of(mined, Written(ADDRESS, body), Written(ADDRESS, body))
    assert [(row["url"], row["record"]) for row in result.rows] == [(ADDRESS, 0), (ADDRESS, 1)]
    assert result.rows[0]["record_offset"] < result.rows[1]["record_offset"]
