"""Cuts the opening of a labelled text, as if it were a short post: sources publish both flashes and whole articles.

Training on openings is in network.py.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from scrapers.extraction.document import Document, prepare
from scrapers.extraction.training.labelled_texts import LabelledText

MOST_SENTENCES = 4
NEWS = ("exchange", "repatriation", "exchange_and_repatriation")
NO_FIGURES = ("date", "mediator")
# An opening that is nearly the whole text would be trained on twice.
LARGEST_SHARE = 0.7


def opening_of(text: LabelledText) -> LabelledText | None:
    """The first one to four sentences, with the title or without; None where they do not show the text's kind.

    The id decides which, so that the same texts give the same openings.
    """
    chance = zlib.crc32(text.id.encode())
    ends = _ends_of_sentences(text)
    for count in range(1 + chance % 3, MOST_SENTENCES + 1):
        if count > len(ends) or ends[count - 1] > LARGEST_SHARE * len(text.text):
            return None
        title = text.title if chance & 1024 else None
        for kept in (title, text.title):
            cut = _cut(text, ends[count - 1], kept)
            if text.kind not in NEWS or _tells(cut):
                return cut
    return None


def _ends_of_sentences(text: LabelledText) -> list[int]:
    document: Document = prepare(text.text, None, text.published_at)
    return [document.place(s.first, s.last)[2] for s in document.sentences]


def _cut(text: LabelledText, end: int, title: str | None) -> LabelledText:
    labels = [label for label in text.labels if (label.end <= end if label.field == "text" else title is not None)]
    return replace(text, title=title, text=text.text[: end + 1].rstrip(), labels=labels)


def _tells(text: LabelledText) -> bool:
    """Whether a figure of a main event is left; in a text with two kinds of news, one of each."""
    kinds = {number: event.kind for number, event in text.events.items() if event.role == "main"}
    held = {kinds[label.event] for label in text.labels if label.event in kinds and label.measure not in NO_FIGURES}
    return {"exchange", "repatriation"} <= held if text.kind == "exchange_and_repatriation" else bool(held)
