"""Detects which of three languages a text is in, by the letters that only one of them has."""

from __future__ import annotations

import re

LANGUAGES = ("uk", "en", "ru")
_LATIN = re.compile("[a-z]")


def detect_language(text: str) -> str:
    """ "uk", "ru" or "en"; Cyrillic without a distinctive letter counts as Ukrainian."""
    lowered = text.lower()
    ukrainian = sum(lowered.count(letter) for letter in "іїєґ")
    russian = sum(lowered.count(letter) for letter in "ыэъё")
    words = lowered.split()
    if 2 * sum(map(str.isascii, words)) > len(words) and _LATIN.search(lowered):
        return "en"
    return "ru" if russian > ukrainian else "uk"
