"""What a sentence is about: a completed exchange, a plan, a recap, another country's exchange.

Judgements on one sentence belong here; what they add up to is for events.py.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from scrapers.reading.clauses import borrowed, lend_label, split_by_day
from scrapers.reading.counts import Count, find_counts
from scrapers.reading.dates import Day, find_days
from scrapers.reading.lexicon import Lexicon, Mark
from scrapers.reading.numbers import Number, find_numbers
from scrapers.reading.text import Sentence, Token, split_sentences

T = TypeVar("T", Mark, Number, Day)

# How far before a verb a word such as "will" or "plans" still governs it, in tokens.
GOVERNS = 6
# How far a verb may stand from the exchange that it tells of, in tokens.
NEAR = 12
# What an institution's name doesn't say, though its words do.
MASKED = frozenset({"exchange", "captives", "captivity", "nouns"})
# So many exchanges there never were: a larger number names an exchange, "1000 на 1000".
MANY = 500
ONE_OF = frozenset({("one", "of"), ("один", "з"), ("один", "із"), ("одним", "з"), ("одним", "із"), ("один", "из")})
INFINITIVES = ("ти", "тися", "тись")
RELATIVE = frozenset(
    ("які", "яких", "яку", "який", "яка", "котрі", "котрих", "що", "who", "that", "which", "которые", "которых")
)
PEOPLE = frozenset({"person", "military", "ours"})


@dataclass
class View:
    """One sentence with all that was found in it; token indexes are the text's."""

    tokens: list[Token]
    sentence: Sentence
    marks: list[Mark]
    numbers: list[Number]
    days: list[Day]
    counts: list[Count]
    order: int

    def __post_init__(self) -> None:
        # Asked for dozens of times a sentence.
        self._concepts = {m.concept for m in self.marks}

    def has(self, *concepts: str) -> bool:
        return not self._concepts.isdisjoint(concepts)

    def of(self, *concepts: str) -> list[Mark]:
        if self._concepts.isdisjoint(concepts):
            return []
        return [m for m in self.marks if m.concept in concepts]

    @cached_property
    def is_released(self) -> bool:
        """Somebody came home, said as done: a finished verb, or "managed to" with an infinitive."""
        if self.has("denied"):
            return False
        verbs = self.of("release") + (self.of("handed") if self.has("in_exchange", "exchange") else [])
        finished = [m for m in verbs if not (self._is_governed(m) or self._is_negated(m) or self._hands_papers(m))]
        return bool(finished) or (self.has("release_infinitive") and self.has("managed"))

    @cached_property
    def is_released_aside(self) -> bool:
        """Coming home is said in passing: "санаторій прийняв 120 військових, які повернулися з полону"."""
        verbs = self.of("release", "handed", "happened", "received", "exchange_verbs")
        before = [{t.text for t in self.tokens[max(self.sentence.first, v.first - 2) : v.first]} for v in verbs]
        return bool(verbs) and all(words & RELATIVE for words in before) and not self.has("today", "exchange")

    @cached_property
    def is_of_court(self) -> bool:
        """A court or a parliament is what the sentence opens with: what it did frees nobody."""
        return any(m.first <= self.sentence.first + 4 for m in self.of("court"))

    @cached_property
    def is_exchange_done(self) -> bool:
        """An exchange took place, said as done: verb and noun stand near, and nothing plans either."""
        if self.has("other_exchange", "suspended", "denied") or self.is_tally:
            return False
        # "Пройшли успішні обміни" tells of no one exchange.
        many = {m.first for m in self.of("exchanges_many") if not self._is_one_of(m)}
        named = [m for m in self.of("exchange", "stage") if not self._is_outside(m) and m.first not in many]
        told = any(self._is_told_of(noun, verb) for verb in self.of("happened") for noun in named)
        if told and self.has("exchange") and not self.is_of_bodies:
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

    @cached_property
    def is_of_bodies(self) -> bool:
        """The sentence is about the dead, so its exchange is one of bodies."""
        people = any(c.kind == "service" or c.code in PEOPLE for c in self.counts)
        bodies = any(m.code == "bodies" for m in self.of("nouns"))
        return bodies and not people and not self.has("captives", "captivity")

    @cached_property
    def is_tally(self) -> bool:
        """Exchanges or stages are counted, so no single one is told: "проведено 51 обмін"."""
        return any(c.kind in ("exchange", "stage") and 1 < c.value < MANY for c in self.counts)

    @cached_property
    def has_formula(self) -> bool:
        """ "157 на 157"."""
        return any(
            m.concept == "formula" and a.number.last == m.first and b.number.first == m.last
            for m in self.of("formula")
            for a, b in zip(self.counts, self.counts[1:], strict=False)
        )

    @cached_property
    def is_russia_receiving(self) -> bool:
        return self.has("russian_side") and self.has("received")

    def _is_outside(self, mark: Mark) -> bool:
        return any(m.first <= mark.first < m.last for m in self.of("outside"))

    @cached_property
    def names_exchange(self) -> bool:
        """An exchange of captives is named, other than to say that something was none."""
        if self.has("other_exchange") or self.is_of_bodies:
            return False
        return any(not self._is_outside(m) for m in self.of("exchange"))

    @cached_property
    def exchanges_captives(self) -> bool:
        """The verb instead of the noun: "обменялись пленными"."""
        objects = self.of("captives", "captivity")
        verbs = [v for v in self.of("exchange_verbs") if any(abs(m.first - v.first) <= GOVERNS for m in objects)]
        return bool(verbs) and not self.has("other_exchange")

    @cached_property
    def is_recap(self) -> bool:
        """The sentence opens by looking back: "Нагадаємо", "Earlier", "the previous exchange"."""
        opening = self.sentence.first + 5
        return any(m.first <= opening for m in self.of("recap"))

    @cached_property
    def is_foreign(self) -> bool:
        return self.has("foreign") and not self.has("ukraine", "our")

    @cached_property
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
                if mark.concept == "state" and not (relative and self.is_released):
                    held.add(position)
                break
        return frozenset(held)

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


def view_sentences(tokens: list[Token], lexicon: Lexicon, published: date | None) -> list[View]:
    """All sentences of a text as views. ``published`` is Kyiv's day of publication or None."""
    marks = lexicon.marks(tokens)
    numbers = find_numbers(tokens, lexicon)
    days = find_days(tokens, marks, published)
    in_days = {index for day in days for index in range(day.first, day.last)}
    # "The next day" plans nothing; "мають повернутися" does, "мають поранення" doesn't.
    marks = [m for m in marks if m.concept != "plan" or m.first not in in_days]
    marks = [_planning(m) if m.concept == "modals" and _governs_infinitive(tokens, m) else m for m in marks]
    # The headquarters' name tells of no captives and no exchange.
    named = {i for m in marks if m.concept == "institutions" for i in range(m.first, m.last)}
    marks = [m for m in marks if m.concept not in MASKED or m.first not in named]
    views = []
    mark_at = number_at = day_at = 0
    for order, sentence in enumerate(split_sentences(tokens, lexicon.abbreviations)):
        own_marks, mark_at = _slice(marks, mark_at, sentence)
        own_numbers, number_at = _slice(numbers, number_at, sentence)
        own_days, day_at = _slice(days, day_at, sentence)
        clauses = split_by_day(tokens, sentence, own_numbers, own_days, own_marks, lexicon)
        if len(clauses) == 1:
            counts = find_counts(tokens, sentence, own_numbers, own_days, own_marks, lexicon)
            views.append(View(tokens, sentence, own_marks, own_numbers, own_days, counts, order))
        else:
            views += _view_clauses(tokens, clauses, own_marks, own_numbers, own_days, order, lexicon)
    return views


def _view_clauses(
    tokens: list[Token],
    clauses: list[Sentence],
    marks: list[Mark],
    numbers: list[Number],
    days: list[Day],
    order: int,
    lexicon: Lexicon,
) -> list[View]:
    views: list[View] = []
    for clause in clauses:
        within = range(clause.first, clause.last)
        own_marks = [m for m in marks if m.first in within]
        own_numbers = [n for n in numbers if n.first in within]
        own_days = [d for d in days if d.first in within]
        counts = find_counts(tokens, clause, own_numbers, own_days, own_marks, lexicon)
        if views:
            lend_label(views[0].counts, counts)
        views.append(View(tokens, clause, borrowed(clause, marks), own_numbers, own_days, counts, order))
    return views


def _planning(mark: Mark) -> Mark:
    return Mark("plan", mark.code, mark.first, mark.last)


def _governs_infinitive(tokens: list[Token], mark: Mark) -> bool:
    return any(token.text.endswith(INFINITIVES) for token in tokens[mark.last : mark.last + 3])


def _slice(items: list[T], at: int, sentence: Sentence) -> tuple[list[T], int]:
    """Items of a sentence, and where the next sentence's begin; items are in the text's order."""
    while at < len(items) and items[at].first < sentence.first:
        at += 1
    end = at
    while end < len(items) and items[end].first < sentence.last:
        end += 1
    return items[at:end], end
