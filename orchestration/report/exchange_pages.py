"""A page per exchange with an address that stays, for withdrawn ones too; and the same as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestration.output.strict_json import json_text
from orchestration.report.charts import Cell, Table, people
from orchestration.report.publication import Publication, Rows
from orchestration.report.quotes import after_quote, before_quote
from orchestration.report.rendering import Page, link, render
from orchestration.report.words import Words

OF_EXCHANGES = ("figures", "conflicts", "revisions", "announced")


class ExchangePages:
    """The pages of all exchanges, from the rows of sql/*.sql."""

    def __init__(self, publication: Publication, words: list[Words]) -> None:
        self._publication, self._words = publication, words
        self._of: dict[str, dict[str, Rows]] = {name: defaultdict(list) for name in OF_EXCHANGES}
        for name in OF_EXCHANGES:
            for row in publication.rows[name]:
                self._of[name][row["exchange_id"]].append(row)

    def files(self) -> Iterator[tuple[str, str]]:
        """Path and content of each page, and of the JSON beside it."""
        rows = self._publication.rows["exchanges"]
        for at, one in enumerate(rows):
            later, earlier = rows[at - 1] if at else None, rows[at + 1] if at + 1 < len(rows) else None
            for words in self._words:
                yield self._page(one, earlier, later, words)
            parts = {name: self._of[name][one["exchange_id"]] for name in OF_EXCHANGES}
            yield f"exchanges/{one['exchange_id']}.json", json_text({"exchange": one, **parts}) + "\n"
        for one in self._publication.rows["withdrawn"]:
            for words in self._words:
                yield self._withdrawn(one, words)

    def _page(
        self, one: dict[str, Any], earlier: dict[str, Any] | None, later: dict[str, Any] | None, words: Words
    ) -> tuple[str, str]:
        page = Page(words.language, f"exchanges/{one['exchange_id']}.html")
        parts = {name: self._of[name][one["exchange_id"]] for name in OF_EXCHANGES}
        html = render(
            page, "exchange", words, self._publication,
            one=one,
            released=words.bounded(one["released"], one["released_bound"]),
            facts=self._facts(one, words),
            figures=[self._figure(row, words) for row in parts["figures"]],
            conflicts=[self._conflict(row, words) for row in parts["conflicts"]],
            revisions=self._revisions(parts["revisions"], words),
            announced=_announced(parts["announced"], words),
            previous=earlier,
            next=later,
        )  # fmt: skip
        return page.path, html

    def _facts(self, one: dict[str, Any], words: Words) -> list[tuple[str, str]]:
        facts = [(words("exchange.released"), words.bounded(one["released"], one["released_bound"]))]
        if one["returned"] is not None:
            facts.append((words("exchange.returned"), words.bounded(one["returned"], one["returned_bound"])))
        if one["official_number"] is not None:
            stage = f", {words('exchange.stage', n=str(one['stage']))}" if one["stage"] is not None else ""
            facts.append((words("column.number"), f"{one['official_number']}{stage}"))
        facts.append((words("column.status"), words(f"status.{one['status']}")))
        if one["mediators"]:
            names = self._publication.names(words.language)
            facts.append((words("exchange.mediators"), ", ".join(names[code] for code in one["mediators"])))
        facts.append((words("exchange.first_announced"), words.moment(one["first_announced_at"])))
        if one["last_revised_at"] > one["first_announced_at"]:
            facts.append((words("exchange.last_changed"), words.moment(one["last_revised_at"])))
        if one["reviewed_at"] is not None:
            facts.append((words("exchange.reviewed"), words.moment(one["reviewed_at"])))
        return facts

    def name_of(self, measure: str, category: str | None, words: Words) -> str:
        """The name of a figure: of its branch, group or mediator where it counts one."""
        if category is None:
            return words(f"measures.{measure}")
        if measure == "part":
            return words(f"parts.{category}")
        return self._publication.names(words.language)[category]

    def _figure(self, row: dict[str, Any], words: Words) -> dict[str, Any]:
        rule, is_ours = words.reason(row["rule"])
        agreeing = row["publishers_agreeing"]
        support = words("exchange.agree", n=agreeing) if agreeing else words("exchange.none_agrees")
        if row["publishers_differing"]:
            support += f", {words('exchange.differ', n=row['publishers_differing'])}"
        name = self.name_of(row["measure"], row["category"], words)
        if row["parent_branch"] is not None:
            name = f"{self.name_of('by_service', row['parent_branch'], words)}: {name}"
        return {
            **row, "publisher": words.publisher(row["publisher"]), "name": name, "url": link(row["url"]),
            "value": words.bounded(row["value"], row["bound"]),
            "before": before_quote(row["words_before"]), "after": after_quote(row["words_after"]),
            "checked": words(f"exchange.{row['review_decision']}") if row["review_decision"] else None,
            "is_repeated": row["first_said_at"] < row["said_at"],
            "support": support, "rule": rule, "is_ours": is_ours,
        }  # fmt: skip

    def _conflict(self, row: dict[str, Any], words: Words) -> dict[str, Any]:
        rule, is_ours = words.reason(row["rule"])
        publisher = words.publisher(row["publisher"])
        return {
            **row, "publisher": publisher, "url": link(row["url"]),
            "name": self.name_of(row["measure"], row["category"], words),
            "rule": rule, "is_ours": is_ours,
            "said": words(
                "exchange.conflict_of_none" if row["standing_value"] is None else "exchange.conflict",
                publisher=publisher, value=words.bounded(row["differing_value"], row["differing_bound"]),
                standing=_told(row["standing_value"], row["standing_bound"], words),
            ),
        }  # fmt: skip

    def _revisions(self, rows: Rows, words: Words) -> Table:
        names = ("moment", "figure", "before", "after", "cause", "publisher")
        content = Table([words(f"column.{name}") for name in names])
        for row in rows:
            cause, is_ours = words.reason(row["cause"])
            before, after = (
                Cell(_told(row[f"{side}_value"], row[f"{side}_bound"], words), is_number=True)
                for side in ("old", "new")
            )
            content.rows.append(
                [
                    Cell(f"{row['revised_at']:%Y-%m-%d %H:%M}"),
                    Cell(self.name_of(row["measure"], row["category"], words)),
                    before,
                    after,
                    Cell(cause, is_ours=is_ours),
                    Cell(words.publisher(row["publisher"] or ""), link(row["url"])),
                ]
            )
        return content

    def _withdrawn(self, one: dict[str, Any], words: Words) -> tuple[str, str]:
        page = Page(words.language, f"exchanges/{one['exchange_id']}.html")
        html = render(
            page, "withdrawn", words, self._publication,
            one=one, reason=words.reason(one["reason"])[0], url=link(one["url"]),
        )  # fmt: skip
        return page.path, html


def _told(value: int | None, bound: str | None, words: Words) -> str:
    return words("exchange.nothing") if value is None else words.bounded(value, bound)


def _total(row: Mapping[str, Any], words: Words) -> Cell:
    """The total that a source gives, with a link where another of its announcements gives it than the first."""
    shown = people(row["released_total"], row["released_bound"], words)
    if row["total_url"] in (None, row["url"]):
        return shown
    return replace(shown, href=link(row["total_url"]))


def _announced(rows: Rows, words: Words) -> Table:
    names = ("moment", "publisher", "delay", "total")
    return Table(
        [words(f"column.{name}") for name in names],
        [
            [
                Cell(f"{row['announced_at']:%Y-%m-%d %H:%M}"),
                Cell(words.publisher(row["publisher"]), link(row["url"])),
                Cell(
                    words("value.minutes", n=row["minutes_after_first"])
                    if row["minutes_after_first"]
                    else words("value.first"),
                    is_number=True,
                ),
                _total(row, words),
            ]
            for row in rows
        ],
    )
