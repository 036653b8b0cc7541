"""The state of an exchange that was alerted, and what of it a later state corrects.

Comparing only: states are read and stored in news.py.
"""

from __future__ import annotations

from typing import Any

from scrapers.extraction.measures import load_measures

# The figures that can be corrected, besides those of the branches. A figure's first value is no correction, except
# for the total.
FIGURES = (
    "exchanged_on", *(name for name, one in load_measures().items() if one.is_alerted), "released_is_lower_bound",
    "released_bound",
)  # fmt: skip


TO_BE_CONFIRMED = "released_is_to_be_confirmed"


def state_of(
    exchange: dict[str, Any],
    branches: dict[str, int],
    bounds: dict[str, str],
    parts: dict[str, int],
    before: dict[str, Any] | None,
) -> dict[str, Any]:
    """What is remembered of an alerted exchange. ``branches``: persons by branch, such as "navy" or, for those whom
    another branch already counts, "armed_forces/navy"; ``bounds``: of the figures that are not exact, by measure or
    branch, "at_least" or "about"; ``parts``: such as the defenders of Azovstal. Figures that were taken back since
    the state ``before`` or earlier are remembered, too: when they are told again, that is a correction.
    """
    figures = {name: exchange[name] for name in FIGURES}
    earlier = before or {}
    told = {name for name in FIGURES if earlier.get(name) is not None} | set(earlier.get("taken_back") or ())
    taken_back = sorted(name for name in told if figures[name] is None)
    return {**figures, "bounds": bounds, "branches": branches, "parts": parts, "taken_back": taken_back}


def told_in(payload: dict[str, Any]) -> dict[str, Any]:
    """The figures that an alert told, and their bounds; null where it told none."""
    exchange = payload["exchange"]
    bounds = {
        "/".join(filter(None, (one.get("parent_branch"), one.get("category")))) or one["measure"]: one["bound"]
        for one in payload.get("figures", ())
        if one.get("bound", "exact") != "exact" and one["measure"] != "part"
    }
    return {**{name: exchange.get(name) for name in (*FIGURES, TO_BE_CONFIRMED)}, "bounds": bounds}


def corrections(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures that differ from what was alerted: ``figure``, ``category`` and ``parent_branch`` of a branch or
    part, ``old``, ``new``. A state of an older Obmin has no branches or parts. Only for the total is another bound a
    correction.
    """
    told_once = {"released_total", *(before.get("taken_back") or ())}
    found = [
        change(name, before.get(name), after[name])
        for name in FIGURES
        if before.get(name) != after[name] and (before.get(name) is not None or name in told_once)
    ]
    if after["released_bound"] is not None and before.get("released_bound") == after["released_bound"]:
        # An older Obmin called "about" a lower bound, too: that is no correction.
        found = [one for one in found if one["figure"] != "released_is_lower_bound"]
    for figure, group in (("by_service", "branches"), ("part", "parts")):
        for name, persons in (before.get(group) or {}).items():
            if after[group].get(name) != persons:
                parent, _, category = name.rpartition("/")
                found.append(change(figure, persons, after[group].get(name), category, parent or None))
    return found


def change(
    figure: str, old: Any, new: Any, category: str | None = None, parent_branch: str | None = None
) -> dict[str, Any]:
    return {"figure": figure, "category": category, "parent_branch": parent_branch, "old": old, "new": new}
