"""What a sentence is about: a completed exchange, a plan, a recap, another country's exchange.

Judgements on one sentence belong here; what they add up to is for events.py.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Sentence, Token
from scrapers.reading.counts import Count
from scrapers.reading.dates import Day
from scrapers.reading.lazy import lazy
from scrapers.reading.lexicon import Mark
from scrapers.reading.marks import Marks

# How far before a verb a word such as "will" or "plans" still governs it, in tokens.
GOVERNS = 6
# How far its object may stand from "обміняли" when the case doesn't tell, in tokens.
OBJECT = 3
# How far a verb may stand from the exchange that it tells of, in tokens.
NEAR = 16
# So many exchanges there never were: a larger number names an exchange, "1000 на 1000".
MANY = 200
ONE_OF = frozenset({("one", "of"), ("один", "з"), ("один", "із"), ("одним", "з"), ("одним", "із"), ("один", "из")})
RELATIVE = frozenset(
    ("які", "яких", "яку", "який", "яка", "котрі", "котрих", "що", "who", "that", "which", "которые", "которых")
)
PEOPLE = frozenset({"person", "military", "ours"})


@dataclass
class View:
    """One sentence with all that was found in it; token indexes are the text's."""

    tokens: list[Token]
    sentence: Sentence
    found: Marks
    numbers: list[Number]
    days: list[Day]
    counts: list[Count]
    order: int

    def __post_init__(self) -> None:
        self.has = self.found.has
        self.of = self.found.of

    @property
    def marks(self) -> list[Mark]:
        return self.found.all

    @lazy
    def is_released(self) -> bool:
        """Somebody came home, said as done: a finished verb, or "managed to" with an infinitive."""
        if self.has("denied"):
            return False
        verbs = self.of("release") + (self.of("handed") if self.has("in_exchange", "exchange") else [])
        finished = [m for m in verbs if not (self._is_governed(m) or self._is_negated(m) or self._hands_papers(m))]
        return bool(finished) or (self.has("release_infinitive") and self.has("managed"))

    @lazy
    def is_released_aside(self) -> bool:
        """Coming home is said in passing: "санаторій прийняв 120 військових, які повернулися з полону"."""
        verbs = self.of("release", "handed", "happened", "received", "exchange_verbs")
        before = [{t.text for t in self.tokens[max(self.sentence.first, v.first - 2) : v.first]} for v in verbs]
        return bool(verbs) and all(words & RELATIVE for words in before) and not self.has("today", "exchange")

    @lazy
    def is_of_court(self) -> bool:
        """A court or a parliament is what the sentence opens with: what it did frees nobody."""
        return any(m.first <= self.sentence.first + 4 for m in self.of("court"))

    @lazy
    def is_exchange_done(self) -> bool:
        """An exchange took place, said as done: verb and noun stand near, and nothing plans either."""
        if self.has("other_exchange", "suspended", "denied") or self.is_tally:
            return False
        # "Пройшли успішні обміни" tells of no one exchange.
        many = {m.first for m in self.of("exchanges_many") if not self._is_one_of(m)}
        named = [m for m in self.of("exchange", "stage") if not self._is_outside(m) and m.first not in many]
        told = any(self._is_told_of(noun, verb) for verb in self.of("happened") for noun in named)
        staged = self.has("stage") and self.has("captivity")  # "the second stage of the return from captivity"
        if told and (staged or self.has("exchange")) and not self.is_of_bodies:
            return True
        return self.exchanges_captives and any(not self._is_governed(m) for m in self.of("exchange_verbs"))

    def _is_one_of(self, many: Mark) -> bool:
        """ "One of the war's largest prisoner swaps" is one."""
        words = [self.tokens[i].text for i in range(max(self.sentence.first, many.first - NEAR), many.first)]
        return any(pair in ONE_OF for pair in itertools.pairwise(words))

    def _is_told_of(self, noun: Mark, verb: Mark) -> bool:
        """Verb and noun belong together: near, unplanned, and no talks between them."""
        first, last = min(noun.first, verb.first), max(noun.first, verb.first)
        if last - first > NEAR or any(first < m.first < last for m in self.of("talks")):
            return False
        if any(self.tokens[i].text in ":;" for i in range(first, last)):
            return False
        return not (self._is_governed(verb) or self._is_governed(noun) or self._is_negated(verb))

    @lazy
    def is_of_bodies(self) -> bool:
        """The sentence is about the dead, so its exchange is one of bodies."""
        people = any(c.kind == "service" or c.code in PEOPLE for c in self.counts)
        bodies = any(m.code == "bodies" for m in self.of("nouns"))
        return bodies and not people and not self.has("captives", "captivity")

    @lazy
    def is_tally(self) -> bool:
        """No single exchange is told: "проведено 51 обмін", "they have exchanged prisoners several times"."""
        tallied = any(c.kind in ("exchange", "stage") and 1 < c.value < MANY for c in self.counts)
        return tallied or self.has("over_time")

    @lazy
    def has_formula(self) -> bool:
        """ "157 на 157", told as done."""
        return any(
            a.number.last == m.first and b.number.first == m.last and not self.plans_formula(a.first)
            for m in self.of("formula")
            for a, b in zip(self.counts, self.counts[1:], strict=False)
        )

    def plans_formula(self, at: int) -> bool:
        """ "Announced an exchange of 500 for 500", "agreed on 1,000 for 1,000, plus 200 for 200"."""
        plans = [m for m in self.of("plan") if m.first < at]
        told = [m for m in self.of("happened", "release", "exchange_verbs") if m.first < at]
        return bool(plans) and not any(m.first > plans[-1].first for m in told)

    @lazy
    def is_russia_receiving(self) -> bool:
        return self.has("russian_side") and self.has("received")

    def _is_outside(self, mark: Mark) -> bool:
        return any(m.first <= mark.first < m.last for m in self.of("outside"))

    @lazy
    def names_exchange(self) -> bool:
        """An exchange of captives is named, other than to say that something was none."""
        if self.has("other_exchange") or self.is_of_bodies:
            return False
        return any(not self._is_outside(m) for m in self.of("exchange"))

    @lazy
    def exchanges_captives(self) -> bool:
        """The verb instead of the noun: "обменялись пленными"."""
        objects = self.of("captives", "captivity")
        verbs = [v for v in self.of("exchange_verbs") if any(self._is_object(v, m) for m in objects)]
        return bool(verbs) and not self.has("other_exchange")

    def _is_object(self, verb: Mark, noun: Mark) -> bool:
        """ "Обмінялися полоненими", not "обмінялися посилками та листами для полонених"."""
        near = abs(noun.first - verb.first)
        instrumental = self.tokens[noun.first].text.endswith("ми") or self.tokens[noun.first].text.isascii()
        return near <= (GOVERNS if instrumental else OBJECT)

    @lazy
    def frees_a_group(self) -> bool:
        """ "Brought back another group of defenders from captivity": uncounted, and the object of its verb."""
        near = any(0 <= group.first - verb.last <= 3 for group in self.of("groups") for verb in self.of("release"))
        return near and self.has("captivity")

    @lazy
    def is_recap(self) -> bool:
        """The sentence opens by looking back: "Нагадаємо", "Earlier", "the previous exchange"."""
        opening = self.sentence.first + 5
        return any(m.first <= opening for m in self.of("recap"))

    @lazy
    def is_anniversary(self) -> bool:
        """A day of years ago is told; "since the invasion nearly four years ago" only dates the war."""
        beginnings = self.of("since_invasion")
        return any(
            not any(0 <= mark.first - war.last <= GOVERNS for war in beginnings) for mark in self.of("anniversary")
        )

    @lazy
    def is_foreign(self) -> bool:
        return self.has("foreign") and not self.has("ukraine", "our")

    @lazy
    def is_held(self) -> frozenset[int]:
        """Counts (by position) whose clause tells of captivity, wounds or capture, not of coming home."""
        held = set()
        for position, count in enumerate(self.counts):
            if self._is_object_of_release(count):
                continue
            for mark in self.marks:
                if mark.first < count.number.last or mark.concept not in ("state", "release"):
                    continue
                between = range(count.number.last, mark.first)
                if any(self.tokens[i].text in ",;()" for i in between):
                    break
                if any(n.number.first in between for n in self.counts[position + 1 :]):
                    break
                relative = any(self.tokens[i].text in RELATIVE for i in between)
                returned = any(self._is_one_clause(mark.last, m.first) for m in self.of("release"))
                if mark.concept == "state" and not (relative and self.is_released) and not returned:
                    held.add(position)
                break
        return frozenset(held)

    def _is_one_clause(self, first: int, last: int) -> bool:
        return first <= last and not any(self.tokens[i].text in ",;()" for i in range(first, last))

    def _is_object_of_release(self, count: Count) -> bool:
        """ "We have returned 106 warriors …": the verb stands before its number."""
        return any(
            0 <= count.first - m.last <= 3
            and not any(self.tokens[i].text in ",;()" for i in range(m.last, count.first))
            for m in self.of("release", "release_infinitive")
        )

    def is_planned(self, at: int) -> bool:
        """A word of planning stands in the clause of token ``at``: "the third stage will take place"."""
        for mark in self.of("plan"):
            between = range(min(at, mark.first), max(at, mark.first))
            if len(between) <= 14 and not any(self._delimits(i) or self.tokens[i].text in RELATIVE for i in between):
                return True
        return False

    def _delimits(self, index: int) -> bool:
        """A comma, semicolon, colon or a dash between words; a hyphen within a word is none."""
        token = self.tokens[index]
        return token.text in ",;:" or (token.text == "-" and index > 0 and self.tokens[index - 1].end < token.start)

    def is_party(self, mark: Mark) -> bool:
        """ "Talks between Russia, Ukraine and the United States": a party, no mediator."""
        return any(0 <= mark.first - m.last <= 8 for m in self.of("between"))

    def own_days(self) -> list[Day]:
        """Days that can be an event's: not a day of talks, of capture, or the start of a period."""
        talks = self.of("talks")
        states = self.of("state")
        beginnings = self.of("since_invasion")
        days = []
        for day in self.days:
            before = self.tokens[day.first - 1].text if day.first > self.sentence.first else ""
            if before in ("з", "із", "від", "since", "from", "с", "от", "до", "until"):
                continue
            if self._is_dateline(day):
                continue
            near = any(-6 <= m.first - day.last <= 1 or 0 <= day.first - m.last <= 4 for m in talks)
            if any(m.first == day.last for m in talks):
                continue  # "a Tuesday call"
            # "since the start of the conflict on February 24" dates the war.
            if any(m.first <= day.first and self._is_one_phrase(m.last, day.first) for m in beginnings):
                continue
            taken = any(0 <= day.first - m.last <= 3 for m in states)
            if not (near and day.basis == "written") and not taken and not self._is_of_other(day):
                days.append(day)
        return days

    def _is_dateline(self, day: Day) -> bool:
        """ "Москва, 9 февраля - ": where and when the report was filed."""
        if self.order > 1 or not 0 < day.first - self.sentence.first <= GOVERNS or day.last >= self.sentence.last:
            return False
        place = self.tokens[self.sentence.first].capital and self.tokens[day.first - 1].text == ","
        return place and day.basis == "written" and self.tokens[day.last].text == "-"

    def _is_of_other(self, day: Day) -> bool:
        """ "…на репатріацію, яку здійснила 24 березня": the clause's day is the other event's."""
        pronouns = [i for i in range(self.sentence.first, day.first) if self.tokens[i].text in RELATIVE]
        if not pronouns:
            return False
        named = [m for m in self.of("exchange", "stage", "repatriation", "talks") if m.first < pronouns[-1]]
        return bool(named) and named[-1].concept in ("repatriation", "talks")

    def _is_one_phrase(self, first: int, last: int) -> bool:
        """At most a few tokens, none of them a finished verb."""
        return last - first <= 6 and not any(first <= m.first < last for m in self.of("happened", "release"))

    def _hands_papers(self, verb: Mark) -> bool:
        """ "Передала список військових": a list changed hands, nobody came home."""
        return verb.concept == "handed" and any(0 <= m.first - verb.last <= 6 for m in self.of("papers"))

    def _is_negated(self, verb: Mark) -> bool:
        return any(0 <= verb.first - m.last <= 1 for m in self.of("negations"))

    def _is_governed(self, verb: Mark) -> bool:
        """A word of planning stands shortly before the verb, with no clause between them."""
        for mark in self.of("plan", "suspended"):
            if 0 <= verb.first - mark.last <= GOVERNS:
                between = range(mark.last, verb.first)
                if not any(self.tokens[i].text in ",;:-" for i in between):
                    return True
        return False
