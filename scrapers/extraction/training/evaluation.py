"""Scores readings against the labels of their texts, field by field.

Scores are per text: a repeated figure counts once. Not scored: bounds, the branch that holds another one, parts, and
the figures beside the totals of several exchanges. How a reading was produced is not considered here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import multimode

from scrapers.extraction.as_many import OTHER_SIDE
from scrapers.extraction.decoding import BODIES, BOTH_SIDES, EXCHANGES
from scrapers.extraction.measures import single_figures
from scrapers.extraction.periods import same_start
from scrapers.extraction.records import Event, Reading, Statement
from scrapers.extraction.training.examples import Example
from scrapers.extraction.training.labelled_texts import Label, LabelledEvent

# A field is "exchange.officers", "recap.released_total", "claims.released"; a key adds the event or period.
Key = tuple[str, str]
Facts = dict[Key, object]
SEVERAL: Key = ("exchanges.totals", "")  # the totals, in order of size, of a text that announces several exchanges
DATES = ("exchange.date", "repatriation.date")
FIGURES = tuple(name for name in single_figures() if name not in BODIES)


LabelsByMeasure = dict[str, list[tuple[Label, int]]]


def expected(example: Example) -> Facts:
    """The labelled values of a text, in the fields that are scored."""
    text, (by_event, facts) = example.text, _labels_by_event(example)
    mains = [number for number, event in text.events.items() if event.role == "main"]
    exchanges = [number for number in mains if text.events[number].kind == "exchange"]
    if len(exchanges) == 1:
        _add(facts, "exchange", "", by_event[exchanges[0]], text.events[exchanges[0]].date)
    elif exchanges:
        facts[SEVERAL] = _in_order(_total(by_event[number]) for number in exchanges)
    for number in mains:
        _add_other_news(facts, text.events[number], by_event[number])
    for number, event in text.events.items():
        if event.role == "recap" and event.date and len(event.date) == 10 and event.kind == "exchange":
            _add(facts, "recap", event.date, by_event[number], None)
    return facts


def _add_other_news(facts: Facts, event: LabelledEvent, labels_of: LabelsByMeasure) -> None:
    if event.kind == "repatriation":
        _add_bodies(facts, "repatriation", labels_of)
        if event.date and len(event.date) == 10:
            facts["repatriation.date", ""] = event.date
    elif event.kind == "release_outside_exchange" and (total := _total(labels_of)) is not None:
        facts["outside.released_total", ""] = total


def _in_order(totals: Iterable[int | None]) -> tuple[int | None, ...]:
    return tuple(sorted(totals, key=lambda total: (total is None, total or 0)))


def _labels_by_event(example: Example) -> tuple[dict[int, LabelsByMeasure], Facts]:
    """The figures and mediators of each event, and the claims. A number that can't be parsed is left out."""
    by_event: dict[int, LabelsByMeasure] = {number: defaultdict(list) for number in example.text.events}
    claims = Facts()
    for label, item in zip(example.labels, example.document.items, strict=True):
        value = item.number.value if item.number is not None else 0
        is_unreadable = item.number is not None and not value
        if label is None or label.measure in ("none", "date") or is_unreadable:
            continue
        if label.event is None:
            _add_claim(claims, label.measure.removeprefix("claim."), value, label.period)
            continue
        is_named = label.measure in ("by_service", "mediator")
        group = f"{label.measure}.{label.category}" if is_named else label.measure
        for stated in BOTH_SIDES.get(group, (group,)):
            by_event[label.event][stated].append((label, value))
    _repeat_all(example, by_event)
    return by_event, claims


def _add_claim(facts: Facts, measure: str, value: int, period: str | None) -> None:
    """A claimed number, and on its own the period that it is for: the number may be stated without it."""
    facts[f"claims.{measure}", str(value)] = value
    if period is not None:
        facts["claims.period", f"{measure} {value}"] = same_start(period)


def _repeat_all(example: Example, by_event: dict[int, LabelsByMeasure]) -> None:
    for label in example.text.labels:
        if label.event is not None and label.measure in OTHER_SIDE and label not in example.labels:
            _repeat(by_event[label.event], label)


def _repeat(labels_of: LabelsByMeasure, label: Label) -> None:
    """ "As many": the label takes the number of the other side."""
    for measure in (OTHER_SIDE[label.measure], "military"):
        if measure in labels_of and label.measure not in labels_of:
            labels_of[label.measure] = [(label, labels_of[measure][0][1])]


def _total(labels_of: LabelsByMeasure) -> int | None:
    facts = Facts()
    _add(facts, "", "", labels_of, None)
    total = facts.get((".released_total", ""))
    return total if isinstance(total, int) else None


def _add(facts: Facts, where: str, key: str, labels_of: LabelsByMeasure, day: str | None) -> None:
    values = {measure: _value(labels) for measure, labels in labels_of.items()}
    if "released_total" not in values and {"military", "civilians"} <= values.keys():
        values["released_total"] = values["military"] + values["civilians"]
    for measure in FIGURES:
        if measure in values:
            facts[f"{where}.{measure}", key] = values[measure]
    branches = {m.removeprefix("by_service."): v for m, v in values.items() if m.startswith("by_service.")}
    if branches:
        facts[f"{where}.by_service", key] = branches
    mediators = frozenset(m.removeprefix("mediator.") for m in values if m.startswith("mediator."))
    if mediators:
        facts[f"{where}.mediators", key] = mediators
    if day and len(day) == 10:
        facts[f"{where}.date", key] = day


def _add_bodies(facts: Facts, where: str, labels_of: LabelsByMeasure) -> None:
    for measure in BODIES:
        if measure in labels_of:
            facts[f"{where}.{measure}", ""] = _value(labels_of[measure])
    named = frozenset(m.removeprefix("mediator.") for m in labels_of if m.startswith("mediator."))
    if named:
        facts[f"{where}.mediators", ""] = named


def parts_of(example: Example) -> set[tuple[str, str, int]]:
    """Each labelled part: "exchange" or "recap", its measure, and its number."""
    return {
        ("recap" if role == "recap" else "exchange", measure, item.number.value)
        for item, measure, role in zip(example.document.items, example.measures, example.roles, strict=True)
        if item.number is not None and measure.startswith("part.")
    }


def _value(labels: list[tuple[Label, int]]) -> int:
    """The commonest exact value, or the commonest bound where no value is exact."""
    exact = [value for label, value in labels if label.bound == "exact"]
    return multimode(exact or [value for _, value in labels])[0]


def stated(reading: Reading) -> Facts:
    """The stated values of a reading, in the same fields."""
    facts = Facts()
    own: dict[int, list[Statement]] = defaultdict(list)
    for statement in reading.statements:
        if statement.event is not None:
            own[statement.event].append(statement)
        else:
            _add_claim(facts, statement.measure.removeprefix("total_"), statement.value or 0, statement.period)
    exchanges = [i for i, event in enumerate(reading.events) if event.kind == "exchange" and not event.is_recap]
    if len(exchanges) > 1:
        facts[SEVERAL] = _in_order(_stated_total(own[i]) for i in exchanges)
    for index, event in enumerate(reading.events):
        if index not in exchanges or len(exchanges) == 1:
            _state_event(facts, event, own[index])
    return facts


def _state_event(facts: Facts, event: Event, statements: list[Statement]) -> None:
    if event.kind == "exchange":
        where, key = ("recap", str(event.date)) if event.is_recap else ("exchange", "")
        _state(facts, where, key, statements)
        if not event.is_recap and event.date is not None:
            facts["exchange.date", ""] = event.date.isoformat()
    elif event.kind == "repatriation" and not event.is_recap:
        _state_bodies(facts, statements)
        if event.date is not None:
            facts["repatriation.date", ""] = event.date.isoformat()
    elif event.kind == "release_outside_exchange" and (total := _stated_total(statements)) is not None:
        facts["outside.released_total", ""] = total


def _stated_total(statements: list[Statement]) -> int | None:
    return next((statement.value for statement in statements if statement.measure == "released_total"), None)


def _state_bodies(facts: Facts, statements: list[Statement]) -> None:
    for statement in statements:
        if statement.measure in BODIES:
            facts[f"repatriation.{statement.measure}", ""] = statement.value
    named = frozenset(s.category for s in statements if s.measure == "mediator")
    if named:
        facts["repatriation.mediators", ""] = named


def _state(facts: Facts, where: str, key: str, statements: list[Statement]) -> None:
    for statement in statements:
        if statement.measure in FIGURES:
            facts[f"{where}.{statement.measure}", key] = statement.value
    branches = {s.category: s.value for s in statements if s.measure == "by_service"}
    if branches:
        facts[f"{where}.by_service", key] = branches
    named = frozenset(s.category for s in statements if s.measure == "mediator")
    if named:
        facts[f"{where}.mediators", key] = named


@dataclass(slots=True)
class Score:
    """How often one field was expected, stated, and stated correctly."""

    expected: int = 0
    stated: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.stated if self.stated else 1.0


@dataclass(slots=True)
class Report:
    """Scores by field; ``confused`` is the confusion matrix of kinds, counts of (expected, decoded)."""

    fields: dict[str, Score] = field(default_factory=dict)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def texts(self) -> int:
        return self.confused.total()

    @property
    def kinds_right(self) -> float:
        return sum(n for (want, got), n in self.confused.items() if want == got) / max(1, self.texts)

    @property
    def traps(self) -> int:
        return sum(n for (want, _), n in self.confused.items() if want not in EXCHANGES)

    @property
    def false_exchanges(self) -> int:
        return sum(n for (want, got), n in self.confused.items() if want not in EXCHANGES and got in EXCHANGES)

    @property
    def missed_exchanges(self) -> int:
        return sum(n for (want, got), n in self.confused.items() if want in EXCHANGES and got not in EXCHANGES)


def has_several_exchanges(example: Example) -> bool:
    """Whether a text announces more than one exchange: its kind and its totals are scored, no other figure."""
    return len([e for e in example.text.events.values() if e.role == "main" and e.kind == "exchange"]) > 1


def judge(pairs: Iterable[tuple[Example, Reading]]) -> Report:
    """Compare readings with labels. A date is scored only where the labels give one."""
    report = Report()
    for example, reading in pairs:
        want, got = expected(example), stated(reading)
        report.confused[example.text.kind, reading.kind] += 1
        if has_several_exchanges(example):
            want, got = _totals_of_several(want), _totals_of_several(got)
        elif SEVERAL in got:
            report.fields.setdefault("exchange.released_total", Score()).stated += _count_of_totals(got)
        for key, value in want.items():
            score = report.fields.setdefault(key[0], Score())
            score.expected += 1
            score.right += got.get(key) == value
        for key in got:
            if key[0] not in DATES or key in want:
                report.fields.setdefault(key[0], Score()).stated += 1
    return report


def _totals_of_several(facts: Facts) -> Facts:
    """The totals of a text with several exchanges, also where one alone was read."""
    if SEVERAL in facts:
        return Facts({SEVERAL: facts[SEVERAL]})
    total = facts.get(("exchange.released_total", ""))
    return Facts() if total is None else Facts({SEVERAL: (total,)})


def _count_of_totals(facts: Facts) -> int:
    """How many totals are stated of several exchanges that were read."""
    totals = facts[SEVERAL]
    return len([total for total in totals if total is not None]) if isinstance(totals, tuple) else 0
