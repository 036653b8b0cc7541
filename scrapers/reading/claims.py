"""Totals that officials claim for a period: a year, or all the time since 24 February 2022.

A number with a period is a claim and never part of a day's exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from scrapers.reading.counts import Count
from scrapers.reading.lexicon import Mark
from scrapers.reading.sentences import PEOPLE, View

SINCE_INVASION = "since 2022-02-24"
# No single day's handover came near this; a larger number of people is a running total.
LARGEST_DAY = 600
# Tokens of a sentence that says only a period and a number.
BARE_TOTAL = 10
PERIODS = ("since_invasion", "this_year", "that_year", "last_year")


@dataclass(frozen=True, slots=True)
class Claim:
    """``measure``: released, exchanges, bodies or released_change; ``scope``: all, exchange, outside."""

    measure: str
    count: Count
    period: str
    scope: str = "all"


def find_claims(view: View, published: date | None, before: Claim | None) -> dict[int, Claim]:
    """Claims of a sentence by the position of their count; ``before`` is the last sentence's claim."""
    claims: dict[int, Claim] = {}
    counted = before is not None and any(c.kind == "exchange" for c in view.counts)
    if not (counted or view.has(*PERIODS) or any(c.kind == "year" or c.value > LARGEST_DAY for c in view.counts)):
        return claims
    if view.has("mediation") and view.has("mediators"):
        return claims  # a mediator counts its own exchanges, and the captives of both sides
    year = published.year if published else None
    for position, count in enumerate(view.counts):
        measure = _measure(view, position, count, before)
        if measure is None or count.value < 2 or (measure == "released" and _is_no_release(view, count)):
            continue
        period = _period(view, position, published, before)
        change = _compared_period(view, count, year)
        if measure == "released" and change is not None:
            claims[position] = Claim("released_change", count, change)
        elif period is not None:
            claims[position] = Claim(measure, _with_civilians(view, position), period, _scope(view, position))
        elif measure == "exchanges" and before is not None:
            claims[position] = Claim(measure, count, before.period)
        elif measure == "released" and count.value > LARGEST_DAY and (before or _runs_on(view, position)):
            going_on = before.period if before is not None else SINCE_INVASION
            claims[position] = Claim(measure, count, going_on, _scope(view, position))
    return claims


def _runs_on(view: View, position: int) -> bool:
    count = view.counts[position]
    if view.has("cumulative") or _is_running_total(view, position):
        return True
    # More people than any day brought home, told as done.
    told = view.is_released and view.has("captivity") and not view.has("plan", "both_countries", "stage")
    return told and not view.has_formula and count.value % 1000 != 0


def _is_no_release(view: View, count: Count) -> bool:
    """The dead, the merely planned, and the people of a single day that is told again."""
    if view.has("died") or (view.has("plan") and not view.is_released):
        return True
    return view.is_recap and bool(view.own_days()) and count.value <= LARGEST_DAY


def _with_civilians(view: View, position: int) -> Count:
    """ "2080 військових та 230 цивільних": the claim is for both."""
    count = view.counts[position]
    following = view.counts[position + 1] if position + 1 < len(view.counts) else None
    if count.code != "military" or following is None or following.code != "civilian" or following.is_subset:
        return count
    return replace(count, value=count.value + following.value, last=following.last)


def _measure(view: View, position: int, count: Count, before: Claim | None) -> str | None:
    if count.kind == "exchange":
        return "exchanges" if count.value > 1 else None
    if count.kind == "noun" and count.code == "bodies":
        return "bodies"
    if any(c.code == "bodies" for c in view.counts[:position]) and not view.has("captivity", "captives"):
        return None  # "1,245 bodies, bringing the number of soldiers returned these days to 6,057"
    if position in view.is_held or count.kind in ("service", "unit", "year", "place"):
        return None
    if count.kind == "noun" and count.code in PEOPLE:
        goes_on = before is not None and before.measure == "released"
        goes_on = goes_on or _is_bare_total(view, count)
        return "released" if _speaks_of_release(view) or goes_on else None
    # A year that no word calls one is no total either.
    bare = count.kind == "" and not count.at_place and not 2000 <= count.value <= 2100
    # "3956 людей, з них 1358 – у 2024 році": the second number borrows the first one's noun.
    previous = view.counts[position - 1].last if position else 0
    goes_on = any(previous <= m.first < count.first for m in view.of("since_invasion", "cumulative"))
    beside = goes_on or count.is_subset or any(m.first - count.number.last in (0, 1) for m in view.of("outside"))
    if bare and position and view.counts[position - 1].code in PEOPLE and beside:
        return "released"
    if bare and (_is_change(view, count) or _is_running_total(view, position)):
        return "released"
    return None


def _is_running_total(view: View, position: int) -> bool:
    """ "Bringing the total of those freed to 3,672", "the return of 3,672 through 57 exchanges".

    A round thousand is more often the name of an exchange.
    """
    count = view.counts[position]
    if count.value <= LARGEST_DAY or count.value % 1000 == 0 or not _speaks_of_release(view):
        return False
    following = view.counts[position + 1 :][:1]
    if not view.has_formula and any(c.kind == "exchange" and c.first - count.last <= 2 for c in following):
        return True
    reached = any(m.last == count.first for m in view.of("reaches"))
    return reached and any(m.first < count.first for m in view.of("cumulative"))


def _is_bare_total(view: View, count: Count) -> bool:
    """ "Від початку вторгнення — 6922 українці": a period and a number, and no verb between them."""
    if count.value <= LARGEST_DAY or not view.has("since_invasion"):
        return False
    short = view.sentence.last - view.sentence.first <= BARE_TOTAL
    return short and not view.has("state", "died", "plan", "denied")


def _speaks_of_release(view: View) -> bool:
    if view.has("release", "release_infinitive", "release_noun", "exchange", "outside"):
        return True
    return view.has("captivity") and not view.has("state")


def _period(view: View, position: int, published: date | None, before: Claim | None) -> str | None:
    """The period nearest to a count: right of it up to the next count, else left of it."""
    count = view.counts[position]
    following = [c.first for c in view.counts[position + 1 :] if c.kind != "year"]
    stop = min(following, default=view.sentence.last)
    marks = _periods(view, published, before)
    # "596 українців, а всього від початку вторгнення — 4552": past a comma a period is the next count's.
    stop = next((i for i in range(count.number.last, stop) if view.tokens[i].text == ","), stop)
    right = [text for at, text in marks if count.number.last <= at < stop]
    left = [text for at, text in marks if at < count.number.first]
    return next(iter(right or left[-1:]), None)


def _periods(view: View, published: date | None, before: Claim | None) -> list[tuple[int, str]]:
    found = [(m.first, SINCE_INVASION) for m in view.of("since_invasion") if not _is_taken(view, m)]
    if published is not None:
        year = published.year
        found += [(m.first, str(year)) for m in view.of("this_year") if not _is_taken(view, m)]
        found += [
            (m.first, str(year - 1))
            for m in view.of("last_year")
            if not _after_than(view, m.first) and not _is_taken(view, m)
        ]
        # "За рік" is the year just spoken of, else the one that ends or has just ended.
        spoken = before.period if before is not None and before.period.isdecimal() else None
        ending = spoken or str(year if published.month >= 11 else year - 1)
        found += [(m.first, ending) for m in view.of("that_year")]
    for count in view.counts:
        at = count.number.first
        if count.kind != "year" or _after_than(view, at) or _numbers_an_exchange(view, at):
            continue
        if any(0 <= at - m.last <= 5 for m in view.of("since_invasion")):
            continue  # "since the start of the invasion in 2022"
        preposed = any(m.last == at for m in view.of("period_prepositions"))
        if preposed and not any(m.first <= at < m.last for m in view.of("since_invasion")):
            found.append((at, str(count.value)))
    return sorted(found)


def _is_taken(view: View, mark: Mark) -> bool:
    """The period belongs to a day, an ordinal or a superlative, not to a count.

    "52-й обмін від початку вторгнення", "найбільший за час війни", "30 грудня минулого року".
    """
    beside_day = any(0 <= mark.first - d.last <= 1 or 0 <= d.first - mark.last <= 1 for d in view.days)
    if beside_day and mark.concept != "since_invasion":
        return True
    if any(0 <= mark.first - m.last <= 3 for m in view.of("largest")):
        return True
    near = [n for n in view.numbers if n.is_ordinal and 0 <= mark.first - n.last <= 4]
    return bool(near) and view.has("exchange")


def _numbers_an_exchange(view: View, at: int) -> bool:
    """ "Одинадцятий у 2024 році обмін": the year belongs to the ordinal."""
    ordinals = [n for n in view.numbers if n.is_ordinal and abs(n.first - at) <= 8]
    return bool(ordinals) and any(abs(m.first - at) <= 8 for m in view.of("exchange"))


def _after_than(view: View, at: int) -> bool:
    """ "Than in 2023", "compared to the previous year": what is compared with, not the period."""
    words = {view.tokens[i].text for i in range(max(view.sentence.first, at - 4), at)}
    return bool(words & {"ніж", "than", "чем", "compared", "порівняно", "порівнянні", "сравнению"})


def _is_change(view: View, count: Count) -> bool:
    near = range(count.number.first - 2, count.number.last + 2)
    more = any(m.first in near for m in view.of("more"))
    words = {view.tokens[i].text for i in range(view.sentence.first, count.number.first)}
    grew = bool(words & {"increased", "зросла", "зросло", "збільшилась", "збільшилася", "выросло"})
    return more or grew


def _compared_period(view: View, count: Count, year: int | None) -> str | None:
    """The year that grew over the one it is compared with, or None when nothing is compared."""
    if not _is_change(view, count):
        return None
    for other in view.counts:
        if other.kind == "year" and _after_than(view, other.number.first):
            return str(other.value + 1)
    compared = [m for m in view.of("last_year") if _after_than(view, m.first)]
    return str(year - 1) if compared and year is not None else None


def _scope(view: View, position: int) -> str:
    count = view.counts[position]
    stop = min([c.first for c in view.counts[position + 1 :]], default=view.sentence.last)

    def near(marks: list[Mark]) -> bool:
        return any(count.number.last <= m.first < stop for m in marks)

    if near(view.of("outside")):
        return "outside"
    return "exchange" if near(view.of("exchange")) and not near(view.of("outside")) else "all"
