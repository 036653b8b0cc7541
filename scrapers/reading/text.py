"""From characters to tokens and sentences; every token knows its offsets in the untouched text.

Folding of letters that only look right, apostrophes and spaces belongs here; meaning does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# One character to one character, so that offsets in the folded text are offsets in the text.
_FOLD = {
    **dict.fromkeys("’ʼ`´′‘ʹ＇", "'"),
    **dict.fromkeys("–—−‑‒―‐－", "-"),
    **dict.fromkeys("\u00a0\u2009\u202f\u2007\u2002\u2003\u2005\u200a\t", " "),
    **dict.fromkeys("\r\u2028\u2029\x0b\x0c", "\n"),
    "İ": "i",
    "ё": "е",
    "Ё": "Е",
}
# str.translate looks up every letter; an expression finds the few that need it.
_FOLDED = re.compile("[" + "".join(_FOLD) + "]")
_LOOKALIKES = str.maketrans("aceiopxykmtnbhσαορ", "асеіорхукмтпвнооор")
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:[ .,]\d{3})+(?!\d)|\d+)"
    r"|(?P<word>[^\W\d_]+(?:['\u0301][^\W\d_]+)*)"
    r"|(?P<line>\n)"
    r"|(?P<mark>[^\w\s])"
)
# A longer run of tokens is no sentence; cutting it keeps the work linear in the text.
LONGEST_SENTENCE = 400
_CYRILLIC = re.compile("[а-яіїєґё]")
_FOREIGN = re.compile("[a-zσαορ]")


@dataclass(slots=True)
class Token:
    """``kind`` is "number", "word", "line" or "mark"; ``text`` is folded to lower case."""

    kind: str
    text: str
    start: int
    end: int
    capital: bool


@dataclass(slots=True)
class Sentence:
    """Tokens ``first`` (included) to ``last`` (excluded), in paragraph ``paragraph``."""

    first: int
    last: int
    paragraph: int


def tokenize(text: str) -> list[Token]:
    """Tokens of a text, in order; linear in its length."""
    folded = fold(text)
    is_mixed = _CYRILLIC.search(folded) is not None and _FOREIGN.search(folded) is not None
    tokens = []
    for match in _TOKEN.finditer(folded):
        kind, word = match.lastgroup or "mark", match[0]
        start, end = match.span()
        if kind == "word":
            if "\u0301" in word:
                word = word.replace("\u0301", "")
            if is_mixed and _FOREIGN.search(word) and _CYRILLIC.search(word):
                word = word.translate(_LOOKALIKES)
        # Lower case differs from a capital, and from nothing else.
        tokens.append(Token(kind, word, start, end, text[start] != folded[start] and text[start].isupper()))
    return tokens


def fold(text: str) -> str:
    """Lower case, with one form for letters, apostrophes, dashes and spaces that differ only in look."""
    return _FOLDED.sub(_folded, text).lower()


def _folded(match: re.Match[str]) -> str:
    return _FOLD[match[0]]


def split_sentences(tokens: list[Token], abbreviations: frozenset[str]) -> list[Sentence]:
    """Sentences end at a line's end, at ! and ?, and at a full stop that a new beginning follows."""
    sentences: list[Sentence] = []
    first, paragraph = 0, 0
    for index, token in enumerate(tokens):
        if not _ends_sentence(tokens, index, abbreviations) and index - first < LONGEST_SENTENCE:
            continue
        if index > first:
            sentences.append(Sentence(first, index, paragraph))
        first = index + 1
        if token.kind == "line":
            paragraph += 1
    if first < len(tokens):
        sentences.append(Sentence(first, len(tokens), paragraph))
    return sentences


def _ends_sentence(tokens: list[Token], index: int, abbreviations: frozenset[str]) -> bool:
    token = tokens[index]
    if token.kind == "line":
        return True
    if token.kind != "mark":
        return False
    if token.text in "!?":
        return True
    if token.text == "…":
        return index + 1 == len(tokens) or tokens[index + 1].capital
    if token.text != ".":
        return False
    if index + 1 == len(tokens):
        return True
    before, after = tokens[index - 1] if index else None, tokens[index + 1]
    if after.start == token.end and after.kind in ("word", "number"):
        # "30.12.2024", "t.me" and "U.S." go on; "is 24.The next" lacks a space.
        ended = before is not None and (before.kind == "number" or len(before.text) > 2)
        return ended and after.kind == "word" and after.capital
    if before is not None and before.text in abbreviations and before.end == token.start:
        return after.kind == "word" and after.capital and len(before.text) > 2
    return after.kind != "word" or after.capital
