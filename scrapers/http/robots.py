"""The rules of a robots.txt by RFC 9309: whether an address may be requested, and the delay between requests.

Bytes to rules only; client.py fetches the file and follows its redirects.
"""

from __future__ import annotations

import re

from protego import Protego

from scrapers.content_encoding import BrokenPayload
from scrapers.records import Page

LARGEST = 500 * 1024  # RFC 9309, 2.5: at least this much must be read
MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2
# The library stores each rule of a group once for each of the group's agents: 500 KiB of both would take minutes.
MOST_AGENTS_TIMES_RULES = 2_000_000
AGENT_LINE = re.compile(rb"^\s*user[- ]?agent", re.IGNORECASE)
ALLOWED = Protego.parse("")


class UnreadableRobots(ValueError):
    """A robots.txt that can't be parsed, so what it forbids is unknown. The message ends a sentence."""


def rules_of(page: Page) -> Protego:
    """The rules of a response to a request for robots.txt.

    Status 200 is parsed; any 4xx, and too many redirects, mean that there are no rules (2.3.1.2 and 2.3.1.3).
    Raises UnreadableRobots for every other status (2.3.1.4: an unreachable file forbids everything), and, since its
    rules are unknown, for a file that is in an unknown encoding, damaged, larger than a page may be when
    decompressed, not text (a PDF), or has a rule that is not UTF-8. A comment may contain any bytes.
    429 never reaches this function: it implies nothing about rules, so it is an error of the host, as for any page.
    """
    if 300 <= page.status < 500:
        return ALLOWED
    if page.status != 200:
        raise UnreadableRobots(f"answered with status {page.status}")
    try:
        body = page.body
    except BrokenPayload as error:
        raise UnreadableRobots(str(error)) from error
    return Protego.parse(_text(body))


def _text(body: bytes) -> str:
    kept = body[:LARGEST]
    if len(body) > LARGEST:
        kept = kept[: kept.rfind(b"\n") + 1]  # a truncated rule would mean something else
    if kept.startswith(b"%PDF") or b"\0" in kept:
        raise UnreadableRobots("is no text")
    lines = [line.partition(b"#")[0] for line in kept.removeprefix(b"\xef\xbb\xbf").splitlines()]
    agents = sum(AGENT_LINE.match(line) is not None for line in lines)
    if agents * (len(lines) - agents) > MOST_AGENTS_TIMES_RULES:
        raise UnreadableRobots(f"names {agents:,} clients in {len(lines):,} lines, too many to be meant")
    try:
        return "\n".join(line.decode("utf-8") for line in lines)
    except UnicodeDecodeError as error:
        raise UnreadableRobots("holds rules that are not UTF-8") from error
