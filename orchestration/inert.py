"""Text from outside made harmless for the place where it is shown. What it says is the reader's matter."""

from __future__ import annotations

import re

# Controls that a terminal obeys, and those that turn the order of what follows: Unicode TR 36, 3.1 and TR 9.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKDOWN = re.compile(r"[\\`*\[\]<>|]")
# What spreadsheets take for the start of a formula: https://owasp.org/www-community/attacks/CSV_Injection
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
