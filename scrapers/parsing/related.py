"""Removes links to other news from an article's text, by their markup or by the words before them.

They report other events: one such line read as the article's own made a false exchange. The words and selectors are
in related.yaml; markup.py splits elements into lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from scrapers.yaml_file import read_shipped

# Next to a link in a news list there may be its hour, its day or a word such as "video".
MOST_WORDS_BESIDE = 4
# No announcement has a longer line (sanitize.py); searching it would take seconds.
LONGEST_LINE = 200_000
WORD = re.compile(r"\w+")
NOT_WORDS = r"[^\w\n]*+"


class Line:
    """One line of a text, and which of its characters are in a link."""

    def __init__(self, pieces: Sequence[tuple[str, bool]]) -> None:
        self.text = "".join(text for text, _ in pieces)
        self._linked = b"".join((b"\1" if in_link else b"\0") * len(text) for text, in_link in pieces)
        self.has_link = b"\1" in self._linked

    def is_link_at(self, place: int) -> bool:
        """True when the character there is in a link."""
        return self._linked[place] == 1

    def is_link(self) -> bool:
        """True when the line is one or more links and hardly anything else."""
        words = [self.is_link_at(word.start()) for word in WORD.finditer(self.text)] if self.has_link else []
        return any(words) and words.count(False) <= min(MOST_WORDS_BESIDE, words.count(True))

    def end_of_links(self, place: int) -> int:
        """The end of the links that begin at a position, with no word between them."""
        end = place
        for word in WORD.finditer(self.text, place):
            if not self.is_link_at(word.start()):
                break
            end = word.end()
        plain = self._linked.find(b"\0", end)
        return plain if plain >= 0 else len(self.text)


def selectors() -> str:
    """CSS of elements that contain only links to other news."""
    return ", ".join(_data()["selectors"])


def without_related(lines: Iterable[Line]) -> Iterator[str]:
    """The article's own lines, and its own part of the others."""
    is_list_of_links = False
    for line in lines:
        if not WORD.search(line.text):
            # Empty lines, dashes and pictures between links do not end a list.
            if not is_list_of_links:
                yield line.text
        elif _label().fullmatch(line.text):
            is_list_of_links = True
        elif not (is_list_of_links and line.is_link()):
            is_list_of_links = False
            yield _own_part(line)


def _own_part(line: Line) -> str:
    """A line without the links that the known words introduce."""
    text, first = line.text, WORD.search(line.text)
    if first is None or len(text) > LONGEST_LINE:
        return text
    own, done = [], 0
    for words in _leads(line, first.start()):
        following = WORD.search(text, words.end())
        if words.start() < done or following is None:
            continue
        is_at_start, between = words.start() == first.start(), text[words.end() : following.start()]
        is_topic = words["topic"] is not None
        if is_topic and not (is_at_start and between.strip()):
            continue
        if line.is_link_at(following.start()):
            own.append(text[done : words.start()])
            done = line.end_of_links(following.start())
        elif is_at_start and ":" in between and not is_topic:
            return ""
    rest = "".join(own) + text[done:]
    return rest if WORD.search(rest) or not own else ""


def _leads(line: Line, start: int) -> Iterable[re.Match[str]]:
    """The known words anywhere in a line with a link; else only at its start."""
    return _lead().finditer(line.text) if line.has_link else filter(None, [_lead().match(line.text, start)])


@cache
def _lead() -> re.Pattern[str]:
    """Any of the words; topic words are in their own group."""
    return re.compile(rf"\b(?:{_any_of('also')}|(?P<topic>{_any_of('topic')}))\b", re.IGNORECASE)


@cache
def _label() -> re.Pattern[str]:
    """A line of only such words."""
    return re.compile(rf"{NOT_WORDS}(?:{_any_of('also')}|{_any_of('topic')}){NOT_WORDS}", re.IGNORECASE)


def _any_of(name: str) -> str:
    phrases = sorted(_data()[name], key=len, reverse=True)
    return "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)


@cache
def _data() -> dict[str, Any]:
    known: dict[str, Any] = read_shipped("scrapers.parsing", "related.yaml")
    return known
