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


def state_of(exchange: dict[str, Any], branches: dict[str, int], bounds: dict[str, str]) -> dict[str, Any]:
    """What is remembered of an alerted exchange. ``branches``: persons by branch, such as "navy" or, for those whom
    another branch already counts, "armed_forces/navy"; ``bounds``: of the figures that are not exact, by measure or
    branch, "at_least" or "about".
    """
    return {**{name: exchange[name] for name in FIGURES}, "bounds": bounds, "branches": branches}


def corrections(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures that differ from what was alerted: ``figure``, ``category`` and ``parent_branch`` of a branch,
    ``old``, ``new``. A state of an older Obmin has no branches. Only for the total is another bound a correction.
    """
    found = [
        change(name, before.get(name), after[name])
        for name in FIGURES
        if before.get(name) != after[name] and (before.get(name) is not None or name == "released_total")
    ]
    if after["released_bound"] is not None and before.get("released_bound") == after["released_bound"]:
        # An older Obmin called "about" a lower bound, too: that is no correction.
        found = [one for one in found if one["figure"] != "released_is_lower_bound"]
    now = after["branches"]
    for branch, persons in (before.get("branches") or {}).items():
        if now.get(branch) != persons:
            parent, _, category = branch.rpartition("/")
            found.append(change("by_service", persons, now.get(branch), category, parent or None))
    return found


def change(
    figure: str, old: Any, new: Any, category: str | None = None, parent_branch: str | None = None
) -> dict[str, Any]:
    return {"figure": figure, "category": category, "parent_branch": parent_branch, "old": old, "new": new}
