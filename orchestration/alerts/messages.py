"""An alert's text in the channel's language, made from its payload. The words are in words/*.yaml (wording.py).

Every value passes through sanitize.for_message, so that no text of a post can be markup, a mention or a link; the
only links are the announcements' addresses. Payloads of version 1, which may still wait in an outbox, have no quotes,
publishers and branches: their messages do without.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from orchestration.alerts.config import Language
from orchestration.alerts.corrections import TO_BE_CONFIRMED
from orchestration.alerts.wording import Message, Wording, wording
from orchestration.output.sanitize import for_url
from scrapers.extraction.measures import load_measures

SHOWN = sorted((one.shown, name) for name, one in load_measures().items() if one.shown is not None)
TOTAL = ("released_total", "released_is_lower_bound", "released_bound")
DAY_OF_ID = re.compile(r"exchange-([0-9]{4}-[0-9]{2}-[0-9]{2})")


def compose(kind: str, payload: dict[str, Any], language: Language) -> Message:
    """The message of an alert. Raises KeyError for a kind or payload that is not in docs/webhook.md."""
    words = wording(language)
    if kind in ("problem", "recovery"):
        problem = payload["problem"]
        return words.message(kind, {**problem, "since": words.moment(problem["since"])})
    if kind == "digest":
        digest = payload["digest"]
        return words.message(kind, {"waiting": digest["waiting"], "link": _link(digest["newest"])})
    exchange = payload["exchange"]
    values = {
        "day": words.day(exchange["exchanged_on"]),
        "link": _link(_address(exchange)),
        "refers_to": payload["refers_to"],
    }
    if kind == "exchange_withdrawn":
        return words.message(kind, values | _withdrawn(words, payload))
    values |= {
        "released": _released(words, payload),
        "reasons": _reasons(words, payload),
        "conflicts": [_conflict(words, payload, one) for one in payload.get("conflicts", ())],
    }
    if kind == "new_exchange":
        values |= _new(words, payload)
    elif kind == "figure_corrected":
        values |= _corrected(words, payload)
    return words.message(kind, values)


def compose_test(channel: str, language: Language) -> Message:
    """The message that `obmin alerts test` sends."""
    return wording(language).message("test", {"channel": channel})


def _new(words: Wording, payload: dict[str, Any]) -> dict[str, Any]:
    exchange = payload["exchange"]
    parts, others = _counted(words, payload)
    publishers = payload.get("publishers", [])
    announced_by = payload.get("announced_by") or {}
    mediators = [_name(words, payload, "mediators", code) for code in exchange.get("mediators") or ()]
    return {
        "said": _said(words, announced_by, payload),
        # One publisher is already named with its words.
        "publishers": len(publishers) if publishers not in ([], [announced_by.get("publisher")]) else 0,
        "publishers_named": words.joined(words.publisher(one) for one in publishers),
        "parts": words.joined(parts, ", "),
        "branches": words.joined(_branches(words, payload), ", "),
        "others": others,
        "number": exchange.get("official_number"),
        "mediators": len(mediators),
        "mediators_named": words.joined(mediators, ", "),
    }


def _counted(words: Wording, payload: dict[str, Any]) -> tuple[list[Markup], list[Markup]]:
    """The figures besides the total and the branches: those that are part of the total, and the others."""
    exchange, figures = payload["exchange"], payload.get("figures", ())
    bounds = {one["measure"]: one["bound"] for one in figures if one["category"] is None}
    parts: list[Markup] = []
    others: list[Markup] = []
    for _, name in SHOWN:
        if (value := exchange.get(name)) is not None:
            text = words.counted(name, value, _bounded(words, value, bounds.get(name)))
            (parts if load_measures()[name].part_of else others).append(text)
    parts += [
        words.counted(one["category"], one["value"], _bounded(words, one["value"], one["bound"]))
        for one in figures
        if one["measure"] == "part"
    ]
    return parts, others


def _branches(words: Wording, payload: dict[str, Any]) -> list[Markup]:
    """Each branch with its number, and behind it the branches that its number already counts."""
    figures = [one for one in payload.get("figures", ()) if one["measure"] == "by_service"]

    def shown(parent: str | None) -> list[Markup]:
        found: list[Markup] = []
        for one in figures:
            if one["parent_branch"] == parent:
                inner: list[Markup] = [] if parent else shown(one["category"])
                found.append(
                    words.phrase(
                        "branch",
                        name=_name(words, payload, "branches", one["category"]),
                        value=_bounded(words, one["value"], one["bound"]),
                        inner=words.joined(inner, ", "),
                    )
                )
        return found

    return shown(None)


def _corrected(words: Wording, payload: dict[str, Any]) -> dict[str, Any]:
    before = payload.get("before")
    changes = payload["changes"]
    totals = [change for change in changes if change["figure"] in TOTAL]
    if before:
        # With what the alert before said, a bound is told together with its total.
        changes = totals[:1] + [change for change in changes if change["figure"] not in TOTAL]
    elif any(change["figure"] == "released_bound" for change in totals):
        changes = [change for change in changes if change["figure"] != "released_is_lower_bound"]
    return {
        "changes": [_change(words, payload, change) for change in changes],
        "corrected_by": payload.get("corrected_by"),
        "before": before and {**before, "day": words.day_in_kyiv(before["decided_at"])},
        "before_said": before and _said_before(words, before["figures"]),
    }


def _change(words: Wording, payload: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    said = _said(words, change.get("said_by") or {}, payload)
    figure, before = change["figure"], payload.get("before")
    if figure == "status":
        return {"text": words.phrase("stands_again"), "said": said}
    if before and figure in TOTAL:
        was, now = before["figures"], payload["exchange"]["released_total"]
        values: list[str] = [
            _bounded(words, was["released_total"], _bound_of(was), was.get(TO_BE_CONFIRMED)),
            _bounded(words, now, _bound(payload), payload["exchange"].get(TO_BE_CONFIRMED)),
        ]
        name = words.figure("released_total")
    elif figure in ("released_is_lower_bound", "released_bound"):
        bound = {True: "at_least", False: "exact"}.get(change["new"], change["new"])
        return {"text": words.phrase(f"bound_{bound}" if bound else "number_unknown"), "said": said}
    elif figure == "exchanged_on":
        values = [words.day(change["old"]), words.day(change["new"])]
        name = _label(words, payload, figure, None)
    else:
        values = [_bounded(words, change[side], bound) for side, bound in _bounds_of(payload, change).items()]
        name = _label(words, payload, figure, change.get("category"), change.get("parent_branch"))
    return {"text": words.phrase("change", name=name, old=values[0], new=values[1]), "said": said}


def _said_before(words: Wording, figures: dict[str, Any]) -> Markup:
    """The figures of the alert before, in the order of a new exchange's."""
    total = figures["released_total"]
    doubtful = figures.get(TO_BE_CONFIRMED)
    first = _unknown(words, doubtful) if total is None else _people(words, total, _bound_of(figures))
    parts = [first]
    bounds = figures.get("bounds") or {}
    parts += [
        words.counted(name, figures[name], _bounded(words, figures[name], bounds.get(name)))
        for _, name in SHOWN if figures.get(name) is not None
    ]  # fmt: skip
    return words.joined(parts, ", ")


def _bounds_of(payload: dict[str, Any], change: dict[str, Any]) -> dict[str, str | None]:
    """The bounds of a changed figure, "old" and "new"; payloads of older versions do not tell the old one."""
    figure, category, parent = change["figure"], change.get("category"), change.get("parent_branch")
    before = ((payload.get("before") or {}).get("figures") or {}).get("bounds") or {}
    wanted = (figure, category, parent)
    new = (
        one["bound"] for one in payload.get("figures", ())
        if (one["measure"], one["category"], one["parent_branch"]) == wanted
    )  # fmt: skip
    return {"old": before.get("/".join(filter(None, (parent, category))) or figure), "new": next(new, None)}


def _conflict(words: Wording, payload: dict[str, Any], conflict: dict[str, Any]) -> Markup:
    """A figure and its two sides. Those of version 1 have no publisher, quote and rule, but the source's id."""
    sides: dict[str, Any] = {}
    for side in ("standing", "differing"):
        value = conflict[f"{side}_value"]
        said = {key: conflict.get(f"{side}_{key}") for key in ("publisher", "quote", "url")}
        said["publisher"] = said["publisher"] or conflict[f"{side}_source"]
        sides[side] = (
            words.phrase("nothing") if value is None else _bounded(words, value, conflict.get(f"{side}_bound"))
        )
        sides[f"{side}_said"] = value is not None and _said(words, said, payload)
    rule = conflict.get("rule")
    return words.phrase(
        "conflict",
        **sides,
        name=_label(words, payload, conflict["measure"], conflict["category"]),
        rule=rule and words.rule(rule, sides["standing"], sides["differing"]),
        stands=conflict["standing_value"] is not None,
    ).rstrip()


def _withdrawn(words: Wording, payload: dict[str, Any]) -> dict[str, Any]:
    replaced_by, publisher = payload["replaced_by"], payload.get("publisher")
    found = DAY_OF_ID.match(replaced_by or "")
    total = payload["exchange"]["released_total"]
    return {
        "reason": words.listed("reasons_of_withdrawal", payload["reason"]),
        "replaced_by": replaced_by,
        "replaced_day": words.day(found[1]) if found else None,
        "publisher": publisher and words.publisher(publisher),
        "was": None if total is None else _people(words, total, _bound_of(payload["exchange"])),
    }


def _released(words: Wording, payload: dict[str, Any]) -> Markup:
    exchange = payload["exchange"]
    total = exchange["released_total"]
    if total is None:
        return _unknown(words, exchange.get(TO_BE_CONFIRMED))
    return _people(words, total, _bound(payload))


def _unknown(words: Wording, is_doubtful: bool | None) -> Markup:
    return words.phrase("number_to_be_confirmed" if is_doubtful else "number_unknown")


def _people(words: Wording, total: int, bound: str) -> Markup:
    return words.counted(f"released_{bound}", total)


def _bound(payload: dict[str, Any]) -> str:
    """The bound of the total. Version 1 does not tell "about" from "at least"."""
    for figure in payload.get("figures", ()):
        if figure["measure"] == "released_total":
            return str(figure["bound"])
    return _bound_of(payload["exchange"])


def _bound_of(figures: dict[str, Any]) -> str:
    is_bound = figures.get("released_is_lower_bound")
    return figures.get("released_bound") or ("at_least" if is_bound else "exact")


def _bounded(words: Wording, value: int | None, bound: str | None, is_doubtful: bool | None = None) -> Markup:
    if value is None:
        return words.phrase("number_to_be_confirmed" if is_doubtful else "nothing")
    return words.phrase(f"number_{bound or 'exact'}", value=value)


def _reasons(words: Wording, payload: dict[str, Any]) -> Markup:
    """Why a person should confirm it, in words; empty when nothing is known against it."""
    exchange = payload["exchange"]
    of_version_1 = {
        "conflict": exchange.get("has_conflict"),
        "one_publisher": exchange.get("status") == "announced",
    }
    codes = payload.get("to_confirm", [code for code, holds in of_version_1.items() if holds])
    return words.joined(words.listed("reasons_to_confirm", code) for code in codes)


def _said(words: Wording, said: dict[str, Any], payload: dict[str, Any]) -> Markup | None:
    """The quote and who says it, with the address where that is not the alert's own; None when it is not known."""
    if not said.get("publisher"):
        return None
    url = said.get("url")
    return words.phrase(
        "said",
        quote=said.get("quote"),
        publisher=words.publisher(said["publisher"]),
        link=_link(url) if url and url != _address(payload["exchange"]) else None,
        is_corrected=said.get("review_decision") == "corrected",
    )


def _label(
    words: Wording, payload: dict[str, Any], measure: str, category: str | None, parent: str | None = None
) -> Markup | str:
    """The name of a figure, before a colon."""
    if measure == "by_service" and category:
        name = _name(words, payload, "branches", category)
        inside = _name(words, payload, "branches", parent) if parent else None
        return words.phrase("branch_within", name=name, inside=inside)
    return words.group(category) if measure == "part" and category else words.figure(category or measure)


def _name(words: Wording, payload: dict[str, Any], kind: str, code: str) -> Markup:
    """A branch's or a mediator's name; its code where the payload has no name for it."""
    name = payload.get("names", {}).get(kind, {}).get(code, {}).get(words.language, code)
    return words.phrase("plain", text=name)


def _address(exchange: dict[str, Any]) -> str:
    """The announcement's address; a withdrawn exchange has it under another name."""
    return str(exchange.get("announcement_url") or exchange["url"])


def _link(address: str) -> Markup:
    return Markup(for_url(address))  # noqa: S704 - made harmless
