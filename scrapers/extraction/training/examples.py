"""Training examples: the input sequence of a labelled text, and the label of each item.

Ids and batches are in encoding.py, folds in folds.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapers.extraction.claims import CLAIM
from scrapers.extraction.document import Document, Item, prepare
from scrapers.extraction.features import Place, places
from scrapers.extraction.periods import kind_of
from scrapers.extraction.training.labelled_texts import Label, LabelledText

KIND_OF = {"date": "day", "mediator": "mediator"}
NONE = "none"


@dataclass(frozen=True, slots=True)
class Example:
    """``measures``, ``roles`` and ``labels`` are aligned with ``document.items``; None where unlabelled."""

    text: LabelledText
    document: Document
    places: list[Place]
    measures: list[str]
    roles: list[str]
    labels: list[Label | None]


def example(text: LabelledText) -> Example:
    document = prepare(text.text, text.title, text.published_at)
    labels = [_label_of(item, document, text) for item in document.items]
    return Example(
        text,
        document,
        places(document),
        [NONE if label is None else measure_of(label) for label in labels],
        [NONE if label is None else role_of(label, text) for label in labels],
        labels,
    )


def measure_of(label: Label) -> str:
    """The model's target for an item: a part with its kind, a branch only as within another or not."""
    if label.measure == "part":
        return f"part.{label.category}"
    if label.measure == "by_service" and label.within:
        return "by_service.within"
    return label.measure


def role_of(label: Label, text: LabelledText) -> str:
    if label.measure == NONE:
        return NONE
    if label.event is None:
        return CLAIM + kind_of(label.period or "", text.published_at)
    return text.events[label.event].role


def _label_of(item: Item, document: Document, text: LabelledText) -> Label | None:
    field, start, end, _ = document.place(item.first, item.last)
    for label in text.labels:
        overlaps = label.field == field and label.start < end and label.end > start
        if overlaps and (label.measure == NONE or KIND_OF.get(label.measure, "number") == item.kind):
            return label
    return None
