"""Issues for branch and mediator names that words/names.yaml lacks, each with a quote.

Whether a number counts a branch's people is predicted by model.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.extraction.branches import branches_meant
from scrapers.extraction.document import Document

AFTER_MEDIATION = 4  # tokens after a mediation word that may hold the mediator's name
CLAUSE_ENDS = ",;.:\n"
WORDS_SHOWN = 6


def unknown_branches(document: Document, counted: Iterator[int]) -> Iterator[str]:
    """An issue for each item that counts a branch's people and has no known branch name next to it."""
    for index in counted:
        item = document.items[index]
        if not branches_meant(document, item):
            sentence = document.sentences[item.sentence]
            quote = document.place(item.first, min(item.last + WORDS_SHOWN, sentence.last))[3]
            yield f"an unknown unit or branch next to a count: “{quote}”"


def unknown_mediators(document: Document) -> Iterator[str]:
    """ "With the mediation of Switzerland": an issue for an unknown capitalised word after such words."""
    known = {position for item in document.items for position in range(item.first, item.last)}
    with_mediator = {item.sentence for item in document.items if item.kind == "mediator"}
    for position, sentence in enumerate(document.sentences):
        if position in with_mediator:
            continue
        for at in range(sentence.first, sentence.last):
            if "mediator_word" not in document.words[at].concepts:
                continue
            end = _name_after(document, at, sentence.last, known)
            if end is not None:
                yield f"an unknown mediator: “{document.place(at, end)[3]}”"
                break


def _name_after(document: Document, at: int, last: int, known: set[int]) -> int | None:
    """The token index after the first capitalised word that follows, when that word is unknown."""
    for index in range(at + 1, min(at + 1 + AFTER_MEDIATION, last)):
        token = document.tokens[index]
        if token.text in CLAUSE_ENDS:
            return None
        if token.kind == "word" and token.capital:
            return None if index in known or document.words[index].concepts else index + 1
    return None
