"""Which of three languages a text is in, by the letters that only one of them has."""

from __future__ import annotations

import re

_CYRILLIC = re.compile("[а-я]+")
_LATIN = re.compile("[a-z]+")


def detect_language(text: str) -> str:
    """ "uk", "ru" or "en"; Cyrillic without a telling letter is taken for Ukrainian."""
    lowered = text.lower()
    ukrainian = sum(lowered.count(letter) for letter in "іїєґ")
    russian = sum(lowered.count(letter) for letter in "ыэъё")
    # Runs of letters, since they are far fewer than letters.
    cyrillic, latin = (sum(map(len, runs.findall(lowered))) for runs in (_CYRILLIC, _LATIN))
    if latin > cyrillic + ukrainian:
        return "en"
    return "ru" if russian > ukrainian else "uk"
