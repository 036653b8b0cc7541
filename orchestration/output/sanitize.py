"""Makes external text harmless for the place where it is shown. What the text means is not checked."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

# Terminal control characters, and those that change the text direction: Unicode TR 36, 3.1 and TR 9.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKDOWN = re.compile(r"[\\`*\[\]<>|]")
# Characters that chats read as markup, a mention, a tag or a link, and lookalikes for them. A dot between letters
# makes a link of a bare domain, a colon one of a scheme; a colon in a time of day does not.
MEANT_FOR_CHATS = str.maketrans(
    {
        "*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "|": "∣", "<": "‹", ">": "›", "[": "⟦", "]": "⟧", "\\": "＼",
        "@": "＠", "#": "＃", "&": "＆", "{": "｛", "}": "｝",
    }
)  # fmt: skip
LINKS = re.compile(r"(?<=\w)\.(?=\w)|:(?=//)|(?<=\w):(?=[^\W\d])|(?<=[^\W\d]):(?=\w)")
# What spreadsheets read as the start of a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def for_terminal(text: str) -> str:
    """Text without control characters except line breaks and tabs; a replacement character marks each."""
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def for_markdown_cell(text: str) -> str:
    """One cell: no pipe, line break, markup or link."""
    return MARKDOWN.sub(r"\\\g<0>", " ".join(for_terminal(text).split()))


def for_spreadsheet(text: str) -> str:
    """Text that is never a formula: an apostrophe is put before what would be one."""
    return f"'{text}" if text.startswith(FORMULA) else text


def for_message(text: str) -> str:
    """Plain text for any chat, mail or feed: no markup, mention, tag or link, on one line."""
    words = " ".join(CONTROLS.sub(" ", text).split()).translate(MEANT_FOR_CHATS)
    return LINKS.sub(lambda found: "․" if found[0] == "." else "：", words)


def for_url(address: str) -> str:
    """A web address without characters that end it early or are markup; empty when it is no web address."""
    if urlsplit(address).scheme not in ("http", "https"):
        return ""
    return quote(address, safe=":/?#=&%+,;~.-_")
