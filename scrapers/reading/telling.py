"""What one sentence, or one draft, tells by itself: its day, its sums, and what in it is beside the exchange.

Questions that need more than the sentence are in events.py.
"""

from __future__ import annotations

from scrapers.reading.dates import Day
from scrapers.reading.drafts import Draft
from scrapers.reading.evidence import RETURNED, is_noun
from scrapers.reading.labels import RANKS
from scrapers.reading.sentences import View


def event_day(view: View) -> Day | None:
    """The day that the sentence dates its event with: written before relative, relative before a weekday."""
    days = [d for d in view.own_days() if d.value is not None]
    for basis in ("written", "relative", "weekday"):
        for day in days:
            if day.basis == basis:
                return day
    return None


def dates_report(view: View, day: Day) -> bool:
    """ "The headquarters said on May 26": the report's day, and the event's only while no other is named."""
    return any(0 <= day.first - m.last <= 1 for m in view.of("reports"))


def sums_days(view: View) -> bool:
    """ "За два дні повернулося 500"; "другий обмін за два дні" counts the day's own."""
    return view.has("over_days") and not any(n.is_ordinal for n in view.numbers)


def counts_exchanges(view: View) -> bool:
    """ "Перший обмін відбувся…": an ordinal sets the exchange apart from the text's own."""
    near = view.of("exchange")
    return any(n.is_ordinal and n.value < 20 and 0 <= m.first - n.last <= 2 for n in view.numbers for m in near)


def counts_russians_only(view: View) -> bool:
    """All the people it counts are the other side's."""
    people = [c for c in view.counts if is_noun(c, *RETURNED) or c.kind == "service"]
    return bool(people) and all(is_noun(c, "russians") for c in people)


def is_told(draft: Draft) -> bool:
    """An exchange without a count must at least be called one."""
    return any(
        v.is_exchange_done
        or (v.has("exchange", "stage") and v.is_released)
        or v.frees_a_group
        or (v.names_exchange and v.has("footage") and v.own_days())
        for v in draft.views
    )


def is_outside(view: View, position: int) -> bool:
    """A count beside the exchange: the mark stands after it, up to the next count, or opens its clause."""
    count = view.counts[position]
    if count.code in RANKS or count.kind in ("service", "exchange", "stage", "year", "unit"):
        return False
    following = [c.first for c in view.counts[position + 1 :] if c.kind != "year"]
    stop = min(following, default=view.sentence.last)
    marks = view.of("outside")
    if any(count.number.last <= m.first < stop for m in marks):
        return True
    floor = max([c.number.last for c in view.counts[:position]], default=view.sentence.first)
    return any(floor <= m.first and m.last <= count.first for m in marks) and position == 0
