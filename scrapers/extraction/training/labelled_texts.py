"""Parses labelled texts from corpus/*.yaml and rejects malformed ones with file and line.

docs/label-a-text.md has the format and the rules. Turning labels into training targets is in examples.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from scrapers.extraction.language import LANGUAGES
from scrapers.extraction.measures import not_stated, single_figures
from scrapers.extraction.training.sums import LabelledFigure, contradictions
from scrapers.extraction.vocabulary import codes
from scrapers.yaml_file import read_items

NEWS = ("exchange", "repatriation", "exchange_and_repatriation")
KINDS = (*NEWS, "summary", "plan", "other")
EVENT_KINDS = ("exchange", "repatriation", "release_outside_exchange")
ROLES = ("main", "recap", "planned", "foreign", "denied")
# The last three are labels only: the event's day, and a number that gives two figures.
MEASURES = (*single_figures(), *not_stated(), "date", "each_side", "each_side_military")
_DAY = r"\d{4}(?:-\d\d){0,2}"
_CLAIM = re.compile(rf"claim\.(released|exchanges|bodies|civilians|released_change)\.((?:since )?{_DAY}(?:/{_DAY})?)")
_OF_EVENT = re.compile(r"(\d+)\.(?:(by_service|part|mediator)\.)?(\w+)(?:<(\w+))?")
_LABELLED = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
PARTS = ("azovstal", "mariupol", "wounded", "chornobyl", "other")
_BOUNDS = {"": "exact", ">=": "at_least", "~": "about"}
_OF_PEOPLE = ("released_total", "military", "civilians", "returned_to_russia", "by_service", "each_side")
SUFFIXES = (".yaml", ".yml")  # of files of labelled texts, in any letters
_EVENT_KEYS = {"kind", "role", "date"}
_KEYS = {"id", "published_at", "kind", "after", "invented", "contradicts_itself", "events", "title", "text"}


class Label(NamedTuple):
    """The label of the span ``field``[start:end]. ``measure`` is "none" for a number that is no figure of an event or
    claim; ``event`` the number of an event in LabelledText.events, None for a claim, whose ``period`` is then given.
    """

    field: str
    start: int
    end: int
    measure: str
    event: int | None = None
    category: str | None = None
    within: str | None = None
    bound: str = "exact"
    period: str | None = None


class LabelledEvent(NamedTuple):
    """``date`` is an ISO day or month, None when the text does not give it."""

    kind: str
    role: str
    date: str | None


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text without its markup, and its labels. ``place`` is "file:line", ``after`` the address of the report that
    the text was written after, if any.
    """

    id: str
    place: str
    kind: str
    published_at: date | None
    title: str | None
    text: str
    events: dict[int, LabelledEvent]
    labels: list[Label]
    after: str | None = None

    @property
    def language(self) -> str:
        return self.id[:2]


class MalformedLabelError(ValueError):
    """A labelled text that can't be used; the message begins with file and line."""


def labelled_files(folder: Path) -> list[Path]:
    """The files of labelled texts in a folder and its folders, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def load_texts(paths: Iterable[Path]) -> list[LabelledText]:
    """All texts of the files, in order.

    Raises MalformedLabelError for a text that breaks the format, or whose figures contradict each other, BrokenYaml
    for a file that can't be used at all.
    """
    texts: list[LabelledText] = []
    places: dict[str, str] = {}
    for path in paths:
        for item, line in read_items(path):
            text = _labelled_text(item, f"{path.name}:{line}")
            if text.id in places:
                raise MalformedLabelError(f"{text.place}: the id {text.id} is used at {places[text.id]} too")
            places[text.id] = text.place
            texts.append(text)
    return texts


def _labelled_text(item: Any, place: str) -> LabelledText:
    def refuse(why: str) -> MalformedLabelError:
        return MalformedLabelError(f"{place}: {why}")

    _check_keys(item, refuse)
    published = item.get("published_at")
    if published is not None and type(published) is not date:
        raise refuse(f"published_at {published!r} is no day such as 2024-12-30")
    events = _events(item.get("events") or {}, refuse)
    labels: list[Label] = []
    plain: dict[str, str | None] = {"title": None, "text": None}
    for field in plain:
        value = item.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise refuse(f"{field} is no text; quote it")
        try:
            plain[field], found = _without_marks(value, field, events)
        except ValueError as error:
            raise refuse(f"{field}: {error}") from None
        labels += found
    _check_whole(item, events, labels, refuse)
    if not item.get("contradicts_itself"):
        for contradiction in contradictions(_figures(plain, labels)):
            raise refuse(f"{contradiction}; fix the labels, or say that the text contradicts_itself: true")
    after = item.get("after")
    if after is not None and not isinstance(after, str):
        raise refuse(f"after {after!r} is no address of a report")
    return LabelledText(
        str(item["id"]), place, item["kind"], published, plain["title"], plain["text"] or "", events, labels, after
    )


def _check_keys(item: Any, refuse: Callable[[str], MalformedLabelError]) -> None:
    if not isinstance(item, dict) or not {"id", "kind", "text"} <= item.keys():
        raise refuse("a text has at least id, kind and text")
    if str(item["id"])[:3] not in [f"{language}-" for language in LANGUAGES]:
        raise refuse(f"the id {item['id']!r} does not begin with a language: {', '.join(LANGUAGES)}")
    if unknown := item.keys() - _KEYS:
        raise refuse(f"unknown keys: {', '.join(sorted(map(str, unknown)))}")
    if item["kind"] not in KINDS:
        raise refuse(f"kind {item['kind']!r} is none of {', '.join(KINDS)}")


def _check_whole(
    item: dict[str, Any],
    events: dict[int, LabelledEvent],
    labels: list[Label],
    refuse: Callable[[str], MalformedLabelError],
) -> None:
    """Whether kind, events and labels fit one another."""
    if not str(item["text"]).strip():
        raise refuse("the text is empty")
    if type(item.get("contradicts_itself", False)) is not bool:
        raise refuse(f"contradicts_itself is true or false, not {item['contradicts_itself']!r}")
    main = {event.kind for event in events.values() if event.role == "main"} & set(NEWS)
    told = set(NEWS[:2]) if item["kind"] == NEWS[2] else {item["kind"]} & set(NEWS)
    # A plan may tell of a repatriation by the way.
    if told != main and not (item["kind"] == "plan" and main == {"repatriation"}):
        raise refuse(f"the kind {item['kind']} and the main events, {', '.join(sorted(main)) or 'none'}, do not fit")
    for label in labels:
        if label.event is not None and (why := _misfit(label, events[label.event])) is not None:
            raise refuse(why)


def _misfit(label: Label, event: LabelledEvent) -> str | None:
    """Why an event can't have a figure, if so."""
    is_of_bodies, is_of_people = label.measure.startswith("bodies"), label.measure in _OF_PEOPLE
    if event.role == "foreign" and (is_of_bodies or is_of_people):
        return f"event {label.event} is another country's, and has the figure {label.measure}"
    if is_of_people if event.kind == "repatriation" else is_of_bodies:
        return f"event {label.event} ({event.kind}) has the figure {label.measure}"
    return None


def _events(written: Any, refuse: Callable[[str], MalformedLabelError]) -> dict[int, LabelledEvent]:
    events: dict[int, LabelledEvent] = {}
    if not isinstance(written, dict) or not all(isinstance(number, int) for number in written):
        raise refuse("events are numbered, such as 1: {kind: exchange, role: main, date: 2024-12-30}")
    for number, event in written.items():
        if not isinstance(event, dict) or event.get("kind") not in EVENT_KINDS or event.get("role") not in ROLES:
            raise refuse(f"event {number}: {event!r} has no kind and role that are known")
        if unknown := event.keys() - _EVENT_KEYS:
            raise refuse(f"event {number}: unknown keys: {', '.join(sorted(map(str, unknown)))}")
        day = event.get("date")
        if day is not None and not _is_day(str(day)):
            raise refuse(f"event {number}: {day!r} is no day")
        events[number] = LabelledEvent(event["kind"], event["role"], None if day is None else str(day))
    return events


def _is_period(written: str) -> bool:
    first, _, last = written.removeprefix("since ").partition("/")
    return _is_day(first) and (not last or (_is_day(last) and last >= first[: len(last)]))


def _is_day(written: str) -> bool:
    """Whether it is a year, a month or a day that there is."""
    if re.fullmatch(_DAY, written) is None:
        return False
    try:
        date(*(int(part) for part in f"{written}-01-01".split("-")[:3]))
    except ValueError:
        return False
    return True


def _figures(plain: dict[str, str | None], labels: list[Label]) -> list[LabelledFigure]:
    """Exact figures of events, with the text of their spans."""
    return [
        (
            label.event,
            label.measure,
            label.category,
            label.within,
            (plain[label.field] or "")[label.start : label.end],
        )
        for label in labels
        if label.event is not None and label.bound == "exact" and label.measure not in ("date", "mediator", "part")
    ]


def _without_marks(marked: str, field: str, events: dict[int, LabelledEvent]) -> tuple[str, list[Label]]:
    """The text without ``{words|label}`` markup, and the labels with their spans."""
    pieces: list[str] = []
    labels: list[Label] = []
    taken = length = 0
    for match in _LABELLED.finditer(marked):
        before, words = marked[taken : match.start()], match[1]
        if not words or words != words.strip():
            raise ValueError(f"{match[0]!r} marks no words, or blanks next to them")
        start = length + len(before)
        labels.append(parse_label(match[2], field, start, start + len(words), events))
        pieces += [before, words]
        length = start + len(words)
        taken = match.end()
    pieces.append(marked[taken:])
    plain = "".join(pieces)
    if stray := re.search(r".{0,20}[{}].{0,20}", plain):
        raise ValueError(f"a brace without its pair at {stray[0]!r}")
    return plain, labels


def parse_label(written: str, field: str, start: int, end: int, events: dict[int, LabelledEvent]) -> Label:
    """Parse a label such as ">=1.by_service.navy<armed_forces". Raises ValueError when it is invalid."""
    sign = next((sign for sign in (">=", "~") if written.startswith(sign)), "")
    name, bound = written[len(sign) :], _BOUNDS[sign]
    if name == "none":
        return Label(field, start, end, "none")
    if claim := _CLAIM.fullmatch(name):
        if not _is_period(claim[2]):
            raise ValueError(f"{written!r}: {claim[2]!r} is no period")
        return Label(field, start, end, f"claim.{claim[1]}", bound=bound, period=claim[2])
    match = _OF_EVENT.fullmatch(name)
    if match is None:
        raise ValueError(f"no label: {written!r}")
    number, group, code, within = int(match[1]), match[2], match[3], match[4]
    if number not in events:
        raise ValueError(f"{written!r}: there is no event {number}")
    services = codes("services")
    allowed = {"by_service": services, "part": PARTS, "mediator": (*codes("mediators"), "other"), None: MEASURES}[
        group
    ]
    if code not in allowed or (within is not None and (group != "by_service" or within not in services)):
        raise ValueError(f"no label: {written!r}")
    if group is None:
        return Label(field, start, end, code, number, bound=bound)
    return Label(field, start, end, group, number, code, within, bound)
