"""Text from outside made harmless for the place where it is shown. What it says is the reader's matter."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

# Controls that a terminal obeys, and those that turn the order of what follows: Unicode TR 36, 3.1 and TR 9.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKDOWN = re.compile(r"[\\`*\[\]<>|]")
# What spreadsheets take for the start of a formula: https://owasp.org/www-community/attacks/CSV_Injection
# What chats read as markup, a mention, a tag or a link, and the sign that looks most like it. A dot between
# letters makes a link of a bare domain, a colon one of a scheme; that of an hour does not.
MEANT_FOR_CHATS = str.maketrans(
    {
        "*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "|": "∣", "<": "‹", ">": "›", "[": "⟦", "]": "⟧", "\\": "＼",
        "@": "＠", "#": "＃", "&": "＆", "{": "｛", "}": "｝",
    }
)  # fmt: skip
LINKS = re.compile(r"(?<=\w)\.(?=\w)|:(?=//)|(?<=\w):(?=[^\W\d])|(?<=[^\W\d]):(?=\w)")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def for_terminal(text: str) -> str:
    """No control character but line breaks and tabs; a mark stands where one was."""
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def for_markdown_cell(text: str) -> str:
    """One cell: no pipe, no line break, no markup or link of its own."""
    return MARKDOWN.sub(r"\\\g<0>", " ".join(for_terminal(text).split()))


def for_spreadsheet(text: str) -> str:
    """A text, whatever it begins with; an apostrophe is put before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def for_message(text: str) -> str:
    """Plain words for any chat, mail or feed: no markup, mention, tag or link of its own, on one line."""
    words = " ".join(CONTROLS.sub(" ", text).split()).translate(MEANT_FOR_CHATS)
    return LINKS.sub(lambda found: "․" if found[0] == "." else "：", words)


def for_url(address: str) -> str:
    """A web address with nothing in it that ends it early or is markup; empty when it is no web address."""
    if urlsplit(address).scheme not in ("http", "https"):
        return ""
    return quote(address, safe=":/?#=&%+,;~.-_")
