"""Which of three languages a text is in, by the letters that only one of them has."""

from __future__ import annotations


def detect_language(text: str) -> str:
    """ "uk", "ru" or "en"; Cyrillic without a telling letter is taken for Ukrainian."""
    lowered = text.lower()
    cyrillic = sum("а" <= letter <= "я" for letter in lowered)
    ukrainian = sum(lowered.count(letter) for letter in "іїєґ")
    russian = sum(lowered.count(letter) for letter in "ыэъё")
    latin = sum("a" <= letter <= "z" for letter in lowered)
    if latin > cyrillic + ukrainian:
        return "en"
    return "ru" if russian > ukrainian else "uk"
