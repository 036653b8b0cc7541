"""What a robots.txt says, by RFC 9309: whether an address may be asked for, and how long to wait between requests.

Bytes to rules only; client.py fetches the file and follows its redirects.
"""

from __future__ import annotations

import re

from protego import Protego

from scrapers.http.content_encoding import BrokenPayload
from scrapers.records import Page

LARGEST = 500 * 1024  # RFC 9309, 2.5: at least so much must be read
MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2
# The library keeps each rule of a group once for each of the group's agents: 500 KiB of both would take minutes.
MOST_AGENTS_TIMES_RULES = 2_000_000
AGENT_LINE = re.compile(rb"^\s*user[- ]?agent", re.IGNORECASE)
ALLOWED = Protego.parse("")


class UnreadableRobots(ValueError):
    """A robots.txt that can't be understood; what it forbids is not known. The message ends a sentence."""


def rules_of(page: Page) -> Protego:
    """The rules of an answer to a request for robots.txt.

    Status 200 is read; any 4xx, and a redirect that goes on too long, means that there are no rules (2.3.1.2 and
    2.3.1.3). Raises UnreadableRobots for every other answer (2.3.1.4: what can't be reached forbids everything),
    and, since what it forbids can't be known, for one that is encoded in an unknown way or damaged, unfolds to more
    than a page may, is no text (a PDF), or has a rule that is not UTF-8. A comment may hold any bytes.
    429 never comes here: it says nothing of rules, so it is an error of the host, as for any page.
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
        kept = kept[: kept.rfind(b"\n") + 1]  # a rule that is cut in two would say something else
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
