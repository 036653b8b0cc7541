"""How well the reader does on labelled texts: judgements field by field, precision and recall.

Scoring only: where labelled texts come from and how the result is printed is the command's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scrapers.reading.interface import CLAIMS, SINGLE

KINDS = ("exchange", "release_outside_exchange", "repatriation")
LISTED = ("by_service", "within", "mediators")
# In the order in which a person wants to see them.
FIELDS = (
    "kind", *KINDS, "date", "is_recap", *SINGLE, "released_is_lower_bound", *LISTED,
    *(f"claim_{key}" for key in CLAIMS.values()),
)  # fmt: skip
CONTEXT = 40


@dataclass(frozen=True, slots=True)
class Judgement:
    """One value expected or given. Right when both are there and equal; None is "nothing"."""

    field: str
    expected: Any
    given: Any
    quote: str = ""

    @property
    def is_right(self) -> bool:
        return bool(self.expected == self.given)


@dataclass(slots=True)
class Score:
    """Counts of one field: values right, given in all, expected in all."""

    right: int = 0
    given: int = 0
    expected: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        return self.right / self.expected if self.expected else None

    def add(self, judgement: Judgement) -> None:
        self.right += judgement.is_right
        self.given += judgement.given is not None
        self.expected += judgement.expected is not None


def judge(text: str, result: Mapping[str, Any], gold: Mapping[str, Any]) -> list[Judgement]:
    """Compare one result of the reader with its label.

    ``result`` is what as_json gives; ``gold`` has the same keys, and one that it leaves out means that
    the text does not say. ``gold["fields"]`` limits the judgement to the fields that were labelled.
    """
    found = [Judgement("kind", gold["kind"], result["kind"], _opening(text))]
    expected = [dict(event, kind=event.get("kind", "exchange")) for event in gold.get("events", [])]
    for given, label in _pairs(list(result["events"]), expected):
        found += _judge_event(text, result, given, label)
    found += _judge_claims(text, result, gold.get("claims", []))
    labelled = gold.get("fields", FIELDS)
    return [judgement for judgement in found if judgement.field in labelled]


def scores(judged: Iterable[tuple[str, Judgement]]) -> dict[str, dict[str, Score]]:
    """Scores by field, then by language; "all" is every language together."""
    table: dict[str, dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
    for language, judgement in judged:
        for column in (language, "all"):
            table[judgement.field][column].add(judgement)
    return {field: dict(table[field]) for field in FIELDS if field in table}


def _pairs(
    given: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> list[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """Events of the same kind and day; then what is left of the same kind, in order; then the rest alone."""
    pairs: list[tuple[dict[str, Any] | None, dict[str, Any] | None]] = []
    for keys in (("kind", "date"), ("kind",)):
        for label in list(expected):
            same = [e for e in given if all(e[key] == _plain(label.get(key)) for key in keys)]
            if same:
                pairs.append((same[0], label))
                given.remove(same[0])
                expected.remove(label)
    return [*pairs, *((event, None) for event in given), *((None, label) for label in expected)]


def _judge_event(
    text: str, result: Mapping[str, Any], given: dict[str, Any] | None, label: dict[str, Any] | None
) -> list[Judgement]:
    """A missed event's figures are all missed, a false event's all false."""
    expected, found = label or {}, given or {}
    quote = _quote(text, result, given, "event", None)
    judged = [Judgement((label or found)["kind"], True if label else None, True if given else None, quote)]
    for name in ("date", "is_recap", *SINGLE, "released_is_lower_bound"):
        pair = _said(expected.get(name)), _said(found.get(name))
        if pair != (None, None):
            judged.append(Judgement(name, *pair, _quote(text, result, given, name, pair[0])))
    for name in LISTED:
        expected_of, found_of = _mapped(expected.get(name)), _mapped(found.get(name))
        for code in sorted(expected_of.keys() | found_of.keys()):
            quote = _quote(text, result, given, name, expected_of.get(code), code)
            judged.append(Judgement(name, _named(code, expected_of), _named(code, found_of), quote))
    return judged


def _judge_claims(text: str, result: Mapping[str, Any], labels: list[dict[str, Any]]) -> list[Judgement]:
    judged = []
    expected_of = {str(claim["period"]): claim for claim in labels}
    found_of = {claim["period"]: claim for claim in result["claims"]}
    for period in sorted(expected_of.keys() | found_of.keys()):
        expected, found = expected_of.get(period, {}), found_of.get(period, {})
        for key in CLAIMS.values():
            if expected.get(key) is None and found.get(key) is None:
                continue
            quote = _around(text, expected.get(key) or found.get(key))
            name = f"claim_{key}"
            judged.append(Judgement(name, _claimed(period, expected, key), _claimed(period, found, key), quote))
    return judged


def _claimed(period: str, claim: Mapping[str, Any], key: str) -> str | None:
    return None if claim.get(key) is None else f"{period}: {claim[key]}"


def _named(code: str, values: Mapping[str, Any]) -> str | None:
    return f"{code}: {values[code]}" if code in values else None


def _said(value: Any) -> Any:
    """False and nothing are the same: neither is a figure that could be right or wrong."""
    return None if value in (None, False) else _plain(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _mapped(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else dict.fromkeys(value or [], "named")


def _quote(
    text: str,
    result: Mapping[str, Any],
    event: dict[str, Any] | None,
    name: str,
    expected: Any,
    code: str | None = None,
) -> str:
    """The words that the reader took the value from, else the words around the expected one."""
    index = next((i for i, other in enumerate(result["events"]) if other is event), None)
    if index is None:
        return _around(text, expected)
    measure = {"date": "event", "is_recap": "event", "mediators": "mediator", "within": "by_service"}.get(name, name)
    for statement in result["statements"]:
        if (statement["event"], statement["measure"]) == (index, measure) and code in (None, statement["category"]):
            return str(statement["quote"])
    return _around(text, expected)


def _around(text: str, value: Any) -> str:
    match = re.search(rf"(?<!\d){re.escape(str(value))}(?!\d)", text) if isinstance(value, int) else None
    if match is None:
        return _opening(text)
    return text[max(0, match.start() - CONTEXT) : match.end() + CONTEXT].replace("\n", " ")


def _opening(text: str) -> str:
    return text[: 2 * CONTEXT].replace("\n", " ")
