"""WARC files that tests and benchmarks write: pages of our own sentences, in any charset, compression or form.

What is done to a file afterwards, to damage it, is in the tests of it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

EXCHANGE = (
    "Сьогодні, 14 травня, відбувся обмін полоненими. Додому повернулися 206 українських захисників.",
    "Серед звільнених 187 військовослужбовців Збройних сил та 19 прикордонників. Посередником були Об'єднані Арабські "
    "Емірати. Усіх чекають лікарі й рідні.",
)
EXCHANGE_RU = (
    "Сегодня, 14 мая, состоялся обмен пленными. Домой вернулись 206 украинских защитников, сообщили в штабе.",
    "Среди освобождённых 187 военнослужащих вооружённых сил и 19 пограничников. Их ждут врачи и родные.",
)
EXCHANGE_EN = (
    "Ukraine and Russia exchanged prisoners of war today, May 14: 206 Ukrainian defenders came home.",
    "Among those released are 187 servicemen of the Armed Forces and 19 border guards, the headquarters said.",
)
WEATHER = (
    "Завтра в області хмарно, місцями невеликий дощ, вітер південний, сім метрів на секунду.",
    "Уночі два градуси тепла, удень до восьми; на дорогах ожеледиця, обережно за кермом.",
)


@dataclass(frozen=True)
class Written:
    """One response to be written. ``body`` is the payload as stored."""

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    status: str = "200 OK"
    kind: str = "response"
    about: dict[str, str] = field(default_factory=dict)


def article(paragraphs: Iterable[str], title: str = "Новини", head: str = "") -> str:
    """A page of news with a menu, a heading and a text."""
    text = "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title} | Вісник</title>{head}</head><body><nav><a href='/'>Головна</a></nav>"
        f"<article><h1>{title}</h1>{text}</article><footer>Редакція</footer></body></html>"
    )


def members(responses: Iterable[Written]) -> list[bytes]:
    """Each response as a gzip member of its own."""
    return [_member(response) for response in responses]


def unpacked(parts: Iterable[bytes]) -> bytes:
    return b"".join(map(gzip.decompress, parts))


def _member(response: Written) -> bytes:
    written = BytesIO()
    writer = WARCWriter(written, gzip=True)
    http = StatusAndHeaders(response.status, list(response.headers), protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            response.url,
            response.kind,
            payload=BytesIO(response.body),
            http_headers=http if response.kind in ("response", "revisit") else None,
            warc_headers_dict={"WARC-Date": "2025-05-15T06:07:08Z", **response.about},
        )
    )
    return written.getvalue()
