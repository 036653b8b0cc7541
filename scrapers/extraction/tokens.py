"""Tokens and sentences of a text; every token has its offsets in the unfolded text.

Lookalike letters, apostrophes and spaces are folded here; the vocabulary is in vocabulary.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

# One character to one character, so that folding keeps offsets.
_FOLD = {
    **dict.fromkeys("’ʼ`´′‘ʹ＇", "'"),
    **dict.fromkeys("–—−‑‒―‐－", "-"),
    **dict.fromkeys("\u00a0\u2009\u202f\u2007\u2002\u2003\u2005\u200a", " "),
    **dict.fromkeys("\r\u2028\u2029\x0b\x0c", "\n"),
    "İ": "i",
    "ё": "е",
    "Ё": "Е",
}
# str.translate looks up every letter; a regex finds the few that need it.
_FOLDED = re.compile("[" + "".join(_FOLD) + "]")
_LOOKALIKES = str.maketrans("aceiopxykmtnbhσαορ", "асеіорхукмтпвнооор")
# Numbers with digit groups ("1 200"; in "24.08 115" and "14:30 115" the last number is one of its own), words, line
# ends and marks. One capturing group, so that re.split returns them
# and the text between: half the time of reading kind and offsets from every match.
_TOKEN = re.compile(
    r"((?<!\d[.:])(?!0)\d{1,3}(?:[ .,]\d{3})+(?!\d)|\d+"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*"
    r"|\n"
    r"|[^\w\s])"
)
# A longer run of tokens is not a sentence; cutting it keeps the work linear in the text.
LONGEST_SENTENCE = 400
CLAUSE_ENDS = frozenset(",;.()\n:")
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


def tokenize(text: str, shift: int = 0) -> list[Token]:
    """Tokens of a text in order, offsets moved by ``shift``; linear in its length."""
    folded = fold(text)
    parts = _TOKEN.split(folded)
    ends = list(accumulate(map(len, parts)))
    words, starts = parts[1::2], ends[0:-1:2]
    if _CYRILLIC.search(folded) is not None and _FOREIGN.search(folded) is not None:
        words = [_without_lookalikes(word) for word in words]
    kinds = [_kind(word[0]) for word in words]
    # Only a capital differs from its lower case.
    capitals = [text[start] != folded[start] and text[start].isupper() for start in starts]
    ends = ends[1::2]
    if shift:
        starts, ends = [start + shift for start in starts], [end + shift for end in ends]
    return list(map(Token, kinds, words, starts, ends, capitals))


@lru_cache(maxsize=4096)
def _kind(first: str) -> str:
    """The kind of a token by its first character."""
    if first == "\n":
        return "line"
    return "number" if first.isdecimal() else "word" if first.isalpha() else "mark"


def _without_lookalikes(word: str) -> str:
    mixed = _FOREIGN.search(word) and _CYRILLIC.search(word)
    return word.translate(_LOOKALIKES) if mixed else word


def without_lookalikes(folded: str) -> str:
    """A folded text with Latin and Greek letters replaced by the Cyrillic ones that they look like."""
    return folded.translate(_LOOKALIKES)


def fold(text: str) -> str:
    """Lower case, with one form for letters, apostrophes, dashes and spaces that differ only in appearance."""
    return _FOLDED.sub(_folded, text).lower()


def _folded(match: re.Match[str]) -> str:
    return _FOLD[match[0]]


def split_sentences(tokens: list[Token], abbreviations: frozenset[str]) -> list[Sentence]:
    """Sentences end at a line end, at ! and ?, and at a full stop that a new sentence follows."""
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
    return token.text == "." and _stop_ends_sentence(tokens, index, abbreviations)


def _stop_ends_sentence(tokens: list[Token], index: int, abbreviations: frozenset[str]) -> bool:
    token = tokens[index]
    if index + 1 == len(tokens):
        return True
    before, after = tokens[index - 1] if index else None, tokens[index + 1]
    if after.start == token.end and after.kind in ("word", "number"):
        # "30.12.2024", "t.me" and "U.S." do not end here; "is 24.The next" lacks a space.
        ended = before is not None and (before.kind == "number" or len(before.text) > 2)
        return ended and after.kind == "word" and after.capital
    if before is not None and before.text in abbreviations and before.end == token.start:
        return after.kind == "word" and after.capital and len(before.text) > 2
    return after.kind != "word" or after.capital


def ends_clause(token: Token) -> bool:
    """Whether what a number counts is looked for no further: at another number, or where a clause ends."""
    return token.kind == "number" or token.text in CLAUSE_ENDS
