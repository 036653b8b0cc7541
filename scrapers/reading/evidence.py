"""Whether a sentence says that an exchange took place, or that people came home.

What the sentence says of itself is in sentences.py; here it is weighed in the light of the whole text.
"""

from __future__ import annotations

from scrapers.reading.claims import LARGEST_DAY
from scrapers.reading.counts import Count
from scrapers.reading.sentences import PEOPLE, View

# Nouns of those who can come home.
RETURNED = (*PEOPLE, "civilian", "women", "men", "officers", "privates_and_sergeants", "russians")
# Without one of these no sentence proves anything, unless it is a formula.
PROVING = frozenset(
    {"release", "release_infinitive", "release_noun", "happened", "exchange", "exchange_verbs", "handed", "received"}
)
HEADING = 8  # tokens of a line that is no full sentence
# How many sentences before an event's own may already count its people.
LEAD = 4


def is_noun(count: Count, *codes: str) -> bool:
    """The count is of one of these nouns."""
    return count.kind == "noun" and count.code in codes


class Evidence:
    """What all sentences of a text together are about."""

    def __init__(self, views: list[View]) -> None:
        self.of_captives = any(v.has("captivity", "captives", "institutions", "from_ukraine") for v in views)
        self.tells_of_exchange = any(
            (v.names_exchange or v.exchanges_captives) and not v.has("over_time") for v in views
        )
        self.names_outside = any(v.has("outside") for v in views)
        self.has_breakdown = sum(c.kind == "service" for v in views for c in v.counts) >= 2
        self.somebody_returned = any(v.is_released for v in views)
        soldiers = (*RETURNED, "health")
        self.of_people = self.of_captives or any(
            v.is_released and (v.has("services") or any(m.code in soldiers for m in v.of("nouns"))) for v in views
        )

    def is_in(self, view: View, own: list[int], claims: bool, begun: bool) -> bool:
        """The sentence says of itself that people came home or that an exchange took place.

        ``own`` are the positions of its counts that no claim took; ``claims`` whether it claims a total;
        ``begun`` whether an event was told before it.
        """
        if view.found.is_disjoint(PROVING) and not view.has_formula:
            return False
        if view.is_tally or view.is_of_bodies or view.has("on_shield", "other_exchange"):
            return False
        people = self._counts_people(view, own)
        if view.is_exchange_done and self.of_people and not claims:
            return True
        unplanned = not view.has("plan", "suspended", "recap")
        if unplanned and self._is_news(view, people, claims):
            return True
        if view.is_russia_receiving and people and (self.of_captives or self.tells_of_exchange or view.own_days()):
            return True
        return self._tells_of_return(view, people, claims, begun)

    def _counts_people(self, view: View, own: list[int]) -> bool:
        return any(
            position not in view.is_held
            and view.counts[position].value <= LARGEST_DAY
            and (is_noun(view.counts[position], *RETURNED) or view.counts[position].kind == "service")
            for position in own
        )

    def _is_news(self, view: View, people: bool, claims: bool) -> bool:
        """Said without a finished verb: by a formula, the noun of a report, a heading, footage of a stage."""
        if view.has_formula and (view.names_exchange or view.is_released):
            return all(count.value <= LARGEST_DAY for count in view.counts if count.kind != "year")
        if view.names_exchange and people and view.has("today"):
            return True
        if _reports_return(view) and not claims:
            return True
        if _is_heading(view) and (self.has_breakdown or (people and not view.is_released)):
            return True
        if view.has("footage") and view.names_exchange and self.somebody_returned and view.own_days():
            return True
        shown = view.has("release_noun") and view.has("footage") and view.has("nouns", "services")
        return shown and view.order <= 1 and view.names_exchange

    def _tells_of_return(self, view: View, people: bool, claims: bool, begun: bool) -> bool:
        """Somebody came home, by a finished verb."""
        if not view.is_released or view.is_released_aside or view.is_of_court:
            return False
        if not (self.of_captives or self.tells_of_exchange):
            return people and (self.has_breakdown or self.names_outside)
        near = view.has("captivity", "exchange", "stage") or begun
        if view.frees_a_group and view.order <= 1 and not claims:
            return True
        if people:
            return near or self.tells_of_exchange or view.order <= 3
        if claims or not self.tells_of_exchange or not view.has("nouns", "services"):
            return False
        dated = bool(view.own_days())
        if view.has("today") and len({m.code for m in view.of("services")}) > 1 and view.order <= LEAD + 1:
            return True
        named = view.names_exchange or view.has("stage")
        return (named and (dated or view.order <= 1)) or (dated and view.order <= 2)


def _is_heading(view: View) -> bool:
    """A short opening line that names the exchange: "Великодній обмін.", "A new exchange, 84 people"."""
    if view.order > 1 or not view.names_exchange:
        return False
    opens = any(m.first - view.sentence.first <= 3 for m in view.of("exchange"))
    longest = HEADING + 6 if view.counts and opens else HEADING
    return view.sentence.last - view.sentence.first <= longest


def _reports_return(view: View) -> bool:
    """ "Reported the return of 185 soldiers": the noun, said as news."""
    reports = view.of("reports")
    people = [c for c in view.counts if is_noun(c, *RETURNED) and c.value <= LARGEST_DAY]
    return not view.has("talks") and any(
        r.last <= noun.first and any(0 <= c.first - noun.last <= 1 for c in people)
        for noun in view.of("release_noun")
        for r in reports
    )
