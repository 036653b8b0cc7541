"""Which fold of a cross-validation each labelled text is in: texts of one day or one report are never apart.

What is learned and judged fold by fold is in cross_validation.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from scrapers.extraction.training.labelled_texts import NEWS, LabelledText

DAY = len("2027-06-08")


def folds_of(texts: Sequence[LabelledText], folds: int) -> list[int]:
    """The fold, from 0, of each text. Texts are together that tell of main events of one day, or were written after
    one report; the largest of these groups first, each goes to the fold that has the fewest texts.
    """
    days = {day for text in texts for day in _main_days(text)}
    groups = _Groups()
    for text in texts:
        for key in _keys(text, days):
            groups.join(text.id, key)
    members: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        members[groups.of(text.id)].append(text.id)
    fold_by_id: dict[str, int] = {}
    sizes = [0] * folds
    for own in sorted(members.values(), key=lambda own: (-len(own), min(own))):
        fold = sizes.index(min(sizes))
        sizes[fold] += len(own)
        fold_by_id |= dict.fromkeys(own, fold)
    return [fold_by_id[text.id] for text in texts]


def _keys(text: LabelledText, days: set[date]) -> Iterator[str]:
    """What a text shares with those that it may not be parted from."""
    if text.after is not None:
        yield f"report {text.after}"
    own = _main_days(text)
    if not own and text.published_at is not None:
        # News without a day is of the day of publication, or of the evening before.
        before = text.published_at - timedelta(days=1)
        is_of_before = text.kind in NEWS and text.published_at not in days and before in days
        own = [before if is_of_before else text.published_at]
    for day in own:
        yield f"day {day}"


def _main_days(text: LabelledText) -> list[date]:
    written = [event.date for event in text.events.values() if event.role == "main" and event.date is not None]
    return [date.fromisoformat(day) for day in written if len(day) == DAY]


class _Groups:
    """Disjoint sets of ids and keys."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The name that stands for a name's group."""
        self._parents.setdefault(name, name)
        while self._parents[name] != name:
            self._parents[name] = self._parents[self._parents[name]]
            name = self._parents[name]
        return name

    def join(self, one: str, other: str) -> None:
        self._parents[self.of(one)] = self.of(other)
