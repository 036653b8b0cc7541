"""The report's texts in one language: sentences with their plurals, numbers, days, times.

The texts are in words/*.yaml; what is said where is in pages.py and templates/.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Literal, get_args

from scrapers.registry import publisher_in
from scrapers.yaml_file import read_shipped

Language = Literal["en", "uk"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
# A number or a day that ends a reason, which the words write as {}.
LAST_VALUE = re.compile(r"(?<= )[0-9-]+$")


class Words:
    """Texts by dotted key: ``words("front.days_ago", n=3)``."""

    def __init__(self, language: Language) -> None:
        from babel import Locale

        self.language = language
        self._locale = Locale.parse(language)
        self._texts: dict[str, Any] = read_shipped("orchestration.report", f"words/{language}.yaml")

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key with its values. Raises KeyError for a key or a value that is missing."""
        text = self._held(key)
        if isinstance(text, dict):
            text = text[self._locale.plural_form(values["n"])]
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return str(text).format(**shown)

    def plurals(self, key: str) -> dict[str, str]:
        """All forms of a text, with the number as "{n}", for a script in the page."""
        return dict(self._held(key))

    def _held(self, key: str) -> Any:
        text: Any = self._texts
        for part in key.split("."):
            text = text[part]
        return text

    def number(self, value: int) -> str:
        """A whole number with the language's separators."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self._locale)

    def bounded(self, value: int | None, bound: str | None, is_short: bool = False) -> str:
        """A number of people with its bound, of fct_figures or of a sum, in words before it; in signs when short."""
        if value is None:
            return self("value.no_number")
        if bound == "exact":
            return self.number(value)
        return self(f"value.{bound}_short" if is_short else f"value.{bound}", n=value)

    def percent(self, share: float) -> str:
        """A share from 0 to 1 in whole percent, rounded down: 0.996 is not certain."""
        # 0.58 * 100 is a little less than 58.
        return self("value.percent", n=int(round(share * 100, 6)))

    def day(self, day: date) -> str:
        """A day in words: 30 December 2024."""
        return self._date(day, self("names.day_pattern"))

    def short_day(self, day: date) -> str:
        """A day for a table: 30 Dec 2024."""
        return self._date(day, self("names.short_day_pattern"))

    def month(self, day: date) -> str:
        """The month of a day, as a heading: December 2024."""
        return self._date(day, "LLLL y")

    def _date(self, day: date, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(day, pattern, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """A time in UTC (naive), to the minute."""
        return f"{self.day(moment.date())}, {moment:%H:%M} UTC"

    def publisher(self, name: str) -> str:
        """A publisher's name in this language."""
        return publisher_in(self.language, name)

    def reason(self, sentence: str) -> tuple[str, bool]:
        """A reason that the tables hold in English, and whether it is in this language. One of several parts,
        separated by semicolons, is translated part by part.
        """
        if self.language == "en":
            return sentence, True
        whole = self._reason(sentence)
        if whole is not None:
            return whole, True
        parts = [self._reason(part) for part in sentence.split("; ")]
        return ("; ".join(filter(None, parts)), True) if all(parts) else (sentence, False)

    def _reason(self, sentence: str) -> str | None:
        sentences: dict[str, str] = self._texts["sentences"]
        found = LAST_VALUE.search(sentence)
        if found is None:
            return sentences.get(sentence)
        text = sentences.get(LAST_VALUE.sub("{}", sentence))
        return text.format(found[0]) if text is not None else None
