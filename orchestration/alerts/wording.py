"""One language of the alerts: the templates and names of words/*.yaml, dates in words, and plural forms.

Which words an alert is made of is decided in messages.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from orchestration.alerts.config import Language
from orchestration.alerts.payload import utc_of
from orchestration.output.sanitize import for_message
from orchestration.settings import KYIV
from scrapers.extraction.measures import load_measures
from scrapers.registry import publisher_in
from scrapers.yaml_file import read_shipped

# A message of Telegram has 4,096 characters, counted in UTF-16; title and mark-up of the service need some.
LONGEST_BODY = 3500


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, a title of one line and a body of several."""

    title: str
    body: str


class Wording:
    """One language's words. Every value that a template shows is made harmless, unless it is Markup."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words: dict[str, Any] = read_shipped("orchestration.alerts", f"words/{language}.yaml")
        self._names = {name: one.names[language] for name, one in load_measures().items() if one.names}
        self._names |= self._words["figures"]
        self._environment = Environment(  # noqa: S701 - plain text; `finalize` makes values harmless
            undefined=StrictUndefined, finalize=_harmless, keep_trailing_newline=False, trim_blocks=True
        )
        self._environment.filters["sentence"] = _sentence
        self._environment.globals["counted"] = self.counted

    def figure(self, name: str) -> str:
        """A figure's name in this language; an unknown figure is returned unchanged."""
        return str(self._names.get(name, name))

    def group(self, code: str) -> str:
        """The name of a group such as azovstal, in the plural; an unknown code is returned unchanged."""
        return str(self._words["groups"].get(code, code))

    def listed(self, kind: str, text: str) -> str:
        """A reason in this language: the data has it in English, or as a code."""
        return str(self._words[kind].get(text, text))

    def publisher(self, name: str) -> str:
        """A publisher's name in this language."""
        return publisher_in(self.language, name)

    def phrase(self, key: str, **values: Any) -> Markup:
        return self._rendered(self._words["phrases"][key], values)

    def rule(self, text: str, standing: Markup, differing: Markup) -> Markup:
        """Why the figure ``standing`` stands and ``differing`` does not."""
        known = self._words["rules"].get(text)
        values = {"standing": standing, "differing": differing}
        return self.phrase("plain", text=text) if known is None else self._rendered(known, values)

    def joined(self, parts: Iterable[str], by: str = "; ") -> Markup:
        """Parts of one line; what may have commas in it is joined by semicolons."""
        return Markup(by).join(_harmless(part) for part in parts)  # noqa: S704

    def counted(self, name: str, number: int, shown: Markup | None = None) -> Markup:
        """A number, ``shown`` as it is or otherwise, with its noun in the right form, such as "2 officers". A measure
        without forms has its name instead.
        """
        from babel import Locale  # slow, and a run with nothing new writes no message

        forms = self._words["counted"].get(name)
        if forms is None:
            return self.phrase("figure", name=self.figure(name), value=shown or number)
        form = forms.get(Locale.parse(self.language).plural_form(number), forms["other"])
        return self._rendered(form, {"n": shown or number})

    def day(self, written: str) -> str:
        """A day in words, such as "30 December 2024"; what is none is returned unchanged."""
        from babel.dates import format_date

        try:
            return str(format_date(date.fromisoformat(written), self._words["day"], locale=self.language))
        except ValueError:
            return written

    def day_in_kyiv(self, moment: str) -> str:
        """The day in Kyiv of a timestamp, in words."""
        return self.day(utc_of(moment).astimezone(KYIV).date().isoformat())

    def moment(self, written: str) -> str:
        """A timestamp in words, with the hour in UTC; what is none is returned unchanged."""
        from babel.dates import format_datetime

        try:
            moment = utc_of(written)
        except ValueError:
            return written
        return str(format_datetime(moment, self._words["moment"], tzinfo=UTC, locale=self.language))

    def message(self, kind: str, values: dict[str, Any]) -> Message:
        words = self._words["messages"][kind]
        title, body = (self._render(words[part], values).strip() for part in ("title", "body"))
        return Message(title, _shortened(body))

    def _rendered(self, template: str, values: dict[str, Any]) -> Markup:
        return Markup(self._render(template, values))  # noqa: S704 - `_harmless` made its values so

    def _render(self, template: str, values: dict[str, Any]) -> str:
        return self._environment.from_string(template).render(values)


@cache
def wording(language: Language) -> Wording:
    """A language's words, read once."""
    return Wording(language)


def _harmless(value: Any) -> Markup:
    return value if isinstance(value, Markup) else Markup(for_message(str(value)))  # noqa: S704 - made so here


def _sentence(text: str) -> Markup:
    """Text that begins with a capital letter."""
    words = _harmless(text)
    return words[:1].upper() + words[1:]


def _shortened(body: str) -> str:
    """A body of at most LONGEST_BODY characters: lines are left out before the last, which is the link."""
    if _length(body) <= LONGEST_BODY:
        return body
    *lines, last = body.splitlines()
    free = LONGEST_BODY - _length(last) - 4
    kept: list[str] = []
    for line in lines:
        if _length(line) > free:
            kept.append(line[: max(free, 0) // 2].rstrip() + "…")
            break
        kept.append(line)
        free -= _length(line) + 1
    return "\n".join([*kept, last])


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
