"""Names that words/names.yaml lacks where a branch or a mediator stands: each becomes an issue with the words.

Finding them only; that a number counts a branch's people is the model's word.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.extraction.branches import branches_of
from scrapers.extraction.document import Document

AFTER_MEDIATION = 4  # tokens after a word of mediation that its mediator may stand in
CLAUSE_ENDS = ",;.:\n"
WORDS_SHOWN = 6


def unknown_branches(document: Document, counted: Iterator[int]) -> Iterator[str]:
    """An issue for each of the items that count a branch's people, where no name of one stands beside the number."""
    for index in counted:
        item = document.items[index]
        if not branches_of(document, item):
            sentence = document.sentences[item.sentence]
            quote = document.place(item.first, min(item.last + WORDS_SHOWN, sentence.last))[3]
            yield f"an unknown unit or branch next to a count: “{quote}”"


def unknown_mediators(document: Document) -> Iterator[str]:
    """ "With the mediation of Switzerland": an issue for a capitalised word after such words that no name covers."""
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
    """The token after the first capitalised word that follows, when nothing is known of that word."""
    for index in range(at + 1, min(at + 1 + AFTER_MEDIATION, last)):
        token = document.tokens[index]
        if token.text in CLAUSE_ENDS:
            return None
        if token.kind == "word" and token.capital:
            return None if index in known or document.words[index].concepts else index + 1
    return None
