"""An alert's text in the channel's language: templates from words/*.yaml, values from the payload.

Every value passes through sanitize.for_message, so that no text of a post can be markup, a mention or a link; the
only link is the announcement's address.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from orchestration.alerts.config import Language
from orchestration.output.sanitize import for_message, for_url
from scrapers.extraction.measures import load_measures
from scrapers.yaml_file import read_shipped

SHOWN = sorted((one.shown, name) for name, one in load_measures().items() if one.shown is not None)


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, a title of one line and a body of several."""

    title: str
    body: str


class _Words:
    """One language's templates and names."""

    def __init__(self, language: Language) -> None:
        self._words: dict[str, Any] = read_shipped("orchestration.alerts", f"words/{language}.yaml")
        self._names = {name: one.names[language] for name, one in load_measures().items() if one.names}
        self._names |= self._words["figures"]
        self._environment = Environment(  # noqa: S701 - plain text; `finalize` makes values harmless
            undefined=StrictUndefined, finalize=_harmless, keep_trailing_newline=False
        )

    def figure(self, name: str) -> str:
        """A figure's name in this language; an unknown figure is returned unchanged."""
        return self._names.get(name, name)

    def phrase(self, key: str, **values: Any) -> str:
        return self._render(self._words["phrases"][key], values)

    def message(self, kind: str, values: dict[str, Any]) -> Message:
        words = self._words["messages"][kind]
        return Message(self._render(words["title"], values).strip(), self._render(words["body"], values).strip())

    def _render(self, template: str, values: dict[str, Any]) -> str:
        return self._environment.from_string(template).render(values)


@cache
def _words(language: Language) -> _Words:
    return _Words(language)


def _harmless(value: Any) -> Any:
    return value if isinstance(value, Markup) else for_message(str(value))


def compose(kind: str, payload: dict[str, Any], language: Language) -> Message:
    """The message of an alert. Raises KeyError for a kind or payload that is not in docs/alerts.md."""
    words = _words(language)
    if kind in ("problem", "recovery"):
        return words.message(kind, payload["problem"])
    if kind == "digest":
        digest = payload["digest"]
        return words.message(kind, {"waiting": digest["waiting"], "link": Markup(for_url(digest["newest"]))})  # noqa: S704
    exchange = payload["exchange"]
    values = {
        "day": exchange["exchanged_on"],
        "released": _released(words, exchange),
        "link": Markup(for_url(exchange.get("announcement_url") or exchange["url"])),  # noqa: S704 - made harmless
        "refers_to": payload["refers_to"],
        "is_announced": exchange.get("status") == "announced",
        "has_conflict": exchange.get("has_conflict"),
        "number": exchange.get("official_number"),
        "figures": [
            words.phrase("figure", name=words.figure(name), value=exchange[name])
            for _, name in SHOWN
            if exchange.get(name) is not None
        ],
        "changes": [_change(words, change) for change in payload.get("changes", ())],
        "corrected_by": payload.get("corrected_by"),
        "conflicts": [_conflict(words, conflict) for conflict in payload.get("conflicts", ())],
        "reason": payload.get("reason"),
        "replaced_by": payload.get("replaced_by"),
    }
    return words.message(kind, values)


def compose_test(channel: str, language: Language) -> Message:
    """The message that `obmin alerts test` sends."""
    return _words(language).message("test", {"channel": channel})


def _released(words: _Words, exchange: dict[str, Any]) -> str:
    total = exchange["released_total"]
    if total is None:
        doubtful = exchange.get("released_is_to_be_confirmed")
        return words.phrase("number_to_be_confirmed" if doubtful else "number_unknown")
    return words.phrase("more_than", total=total) if exchange.get("released_is_lower_bound") else str(total)


def _change(words: _Words, change: dict[str, Any]) -> str:
    if change["figure"] == "released_is_lower_bound":
        return words.phrase("bound_yes" if change["new"] else "bound_no")
    if change["figure"] == "status":
        return words.phrase("stands_again")
    old, new = (words.phrase("nothing") if value is None else value for value in (change["old"], change["new"]))
    return f"{words.figure(change['figure'])}: {old} → {new}"


def _conflict(words: _Words, conflict: dict[str, Any]) -> str:
    name = words.figure(conflict["category"] or conflict["measure"])
    sides = [
        f"{words.phrase('nothing') if value is None else value} ({source})" if source else words.phrase("nothing")
        for value, source in (
            (conflict["standing_value"], conflict["standing_source"]),
            (conflict["differing_value"], conflict["differing_source"]),
        )
    ]
    return f"{name}: {sides[0]} ≠ {sides[1]}"
