"""The number that officials give an exchange, and the stage of one that lasted several days."""

from __future__ import annotations

from scrapers.reading.sentences import View

# Below this an ordinal counts the exchanges of a year or a week, not of the war.
LEAST_OFFICIAL_NUMBER = 20
# Four years brought 72; a larger number names an exchange by its people.
MOST_OFFICIAL_NUMBER = 200
SINGULAR = frozenset({"обмін", "обміну", "обміні", "обміном", "exchange", "swap", "обмен", "обмена", "обмене"})


def official_number(view: View) -> tuple[int, int, int] | None:
    """The exchange's number in the officials' row, with its tokens: "59-й обмін", "58 обмін"."""
    if not view.has("exchange") or view.has("other_exchange"):
        return None
    marks = view.of("exchange")
    for number in view.numbers:
        if not LEAST_OFFICIAL_NUMBER < number.value < MOST_OFFICIAL_NUMBER:
            continue
        if _is_in_formula(view, number.first):
            continue  # "a 95-for-95 exchange"
        ahead = [m for m in marks if 0 <= m.first - number.last <= 2]
        behind = [m for m in marks if 0 <= number.first - m.last <= 14]
        if number.is_ordinal and (ahead or behind) and not _counts_other(view, number.last):
            return number.value, number.first, (ahead[0].last if ahead else number.last)
        singular = [m for m in ahead if m.first == number.last and view.tokens[m.first].text in SINGULAR]
        if not number.is_ordinal and singular and number.value % 10 != 1:
            return number.value, number.first, singular[0].last
    return None


def _is_in_formula(view: View, at: int) -> bool:
    before = view.tokens[at - 1] if at else None
    if before is None:
        return False
    hyphen = before.text == "-" and before.end == view.tokens[at].start
    return hyphen or before.text in ("for", "на")


def stage_number(view: View) -> tuple[int, int, int] | None:
    """The stage of an exchange that lasted several days: "перший етап", "третю частину"."""
    for number in view.numbers:
        for mark in view.of("stage"):
            if number.is_ordinal and number.value <= 30 and 0 <= mark.first - number.last <= 1:
                return number.value, number.first, mark.last
    return None


def _counts_other(view: View, after: int) -> bool:
    """An ordinal whose noun is a brigade, a year or a person's age."""
    return any(m.concept == "units" and 0 <= m.first - after <= 2 for m in view.marks) and not any(
        0 <= m.first - after <= 2 for m in view.of("exchange")
    )
