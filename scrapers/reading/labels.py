"""What says what a number counts: the label right of it, or joined to it from the left.

One grammar for all sentences: the label stands right of its number up to the next delimiter, or,
joined by a dash or colon, left of it. Bounds, parts and wholes are for counts.py.
"""

from __future__ import annotations

from typing import NamedTuple

from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Sentence, Token
from scrapers.reading.lexicon import Lexicon, Mark
from scrapers.reading.marks import Marks

DELIMITERS = frozenset(",;()")
RANKS = frozenset({"officers", "privates_and_sergeants", "privates", "sergeants"})
# Nouns of people as such; a more telling label beats them.
WHOLE_NOUNS = frozenset({"person", "military", "ours"})
# A head noun of these decides what is counted, whatever service is named after it.
HEADS = frozenset(
    {"health", "civilian", "women", "men", "children", "families", "participants", "russians", "foreigners"}
)
COUNTRY = frozenset(["україни", "ukraine", "of", "украины"])
INVERTIBLE = frozenset({"women", "men", "civilian"})
CUTTING = frozenset({"on", "to", "for", "by", "in", "at", "на", "про", "для", "щодо", "о", "об"})
VERBS = ("managed", "release", "release_infinitive")
PREPOSITIONS = frozenset(
    {"у", "в", "під", "з", "із", "зі", "по", "на", "за", "з-під", "до", "от", "из"}
    | {"поза", "без", "вне", "outside", "without", "besides"}
    | {"within", "in", "of", "for", "from", "during", "with", "by"}
)
LABELS = frozenset({"services", "nouns", "units", "exchange", "stage"})
KINDS = {"services": "service", "nouns": "noun", "units": "unit", "places": "place"}
# A branch further than this from the noun before it, in tokens, is not that noun's.
APART = 6


class Label(NamedTuple):
    """``kind`` and ``code`` as in Count; ``mark`` is what said it, None when only the grammar does."""

    kind: str
    code: str
    mark: Mark | None
    at_place: bool
    of_unit: bool


class Labeller:
    """Finds the labels of one sentence's numbers."""

    def __init__(self, tokens: list[Token], sentence: Sentence, marks: Marks, lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.sentence = sentence
        self.marks = marks
        self.lexicon = lexicon
        # "рядові, сержанти": a comma inside a label delimits nothing.
        self.inside = {i for m in marks.of("nouns") if m.last - m.first > 2 for i in range(m.first + 1, m.last)}
        self.joiners = {i for m in marks.of("linking", "bounds") for i in range(m.first, m.last)}
        self.verbs = {i for m in marks.of(*VERBS) for i in range(m.first, m.last)}
        self.named = marks.of("services", "nouns", "places")

    def label(self, number: Number, next_number: int, floor: int) -> Label:
        """The label of a number; ``next_number`` begins the next one, ``floor`` ends the one before."""
        stop = self._stop(number, next_number)
        right = self.marks.within(number.last, stop)
        if stop == next_number and stop < self.sentence.last:
            right = [m for m in right if not self._leads_to(number, m, next_number)]
        distributed = number.first > 0 and self.tokens[number.first - 1].text == "по"
        listed = right[:2] if distributed else right + self._listed_services(right, stop)
        chosen = self._choose(number, listed) if listed else None
        if chosen is None:
            chosen = self._left(number, floor)
        elif self._is_joined(number) and (left := self._left(number, floor)) and _is_weaker(chosen, left):
            chosen = left
        chosen = self._bodies_of(number) or chosen
        concepts = {m.concept for m in right}
        kind, code = (KINDS.get(chosen.concept, chosen.concept), chosen.code) if chosen else ("", "")
        if chosen is None and self._is_more_of_them(number):
            kind, code = "noun", "person"
        if kind == "" and "places" in concepts:
            kind = "place"
        return Label(kind, code, chosen, "places" in concepts, "unit_names" in concepts)

    def _stop(self, number: Number, next_number: int) -> int:
        last = min(next_number, self.sentence.last)
        for index in range(number.last, last):
            if self.tokens[index].text in DELIMITERS and index not in self.inside:
                return index
        return last

    def _words(self, first: int, last: int) -> list[str]:
        return [token.text for token in self.tokens[first:last]]

    # Right of the number ----------------------------------------------------------------------

    def _listed_services(self, right: list[Mark], stop: int) -> list[Mark]:
        """A branch that goes on the list after the delimiter: "воїнів ЗСУ, Нацгвардії", with no number."""
        if stop >= self.sentence.last or self.tokens[stop].text != ",":
            return []
        if not any(m.concept == "services" for m in right):
            return []
        near = [m for m in self.marks.of("services") if 0 < m.first - stop <= 2]
        return [m for m in near if not self._begins_another(stop, m.first)]

    def _begins_another(self, first: int, last: int) -> bool:
        if any(first <= m.first < last for m in self.marks.of("subset")):
            return True
        words = self.lexicon.number_words
        return any(t.kind == "number" or t.text in words for t in self.tokens[first:last])

    def _choose(self, number: Number, right: list[Mark]) -> Mark | None:
        """The mark right of a number that names what is counted."""
        labels = [m for m in right if m.concept in LABELS]
        if not labels:
            return None
        if (named := self._unit_or_exchange(number, labels)) is not None:
            return named
        nouns = [m for m in labels if m.concept == "nouns"]
        # "военнопленных ВСУ" are people; the branch inside that phrase is no label of its own.
        covered = {i for m in nouns if m.last - m.first > 1 for i in range(m.first, m.last)}
        branches = [m for m in labels if m.concept == "services"]
        services = [m for m in branches if m.first not in covered]
        ranks = [m for m in nouns if m.code in RANKS or m.code == "bodies"]
        nouns = [m for m in nouns if m.code not in WHOLE_NOUNS or not self._is_cut_off(number, m)]
        head = next((m for m in nouns if m.code != "ours"), nouns[0] if nouns else None)
        if head is None:
            return min(services + ranks, key=_first_token, default=None)
        # "полонених російських військових": whose captives they are decides.
        russians = [m for m in nouns if m.code == "russians" and 0 <= m.first - head.last <= 1]
        if russians and head.code != "bodies":
            return russians[0]
        if head.code in HEADS and not (services and services[0].first < head.first):
            return head
        strong = min(services + ranks, key=_first_token, default=None)
        if strong is None or self._is_apart(head, strong, branches, nouns):
            return head
        return strong

    def _unit_or_exchange(self, number: Number, labels: list[Mark]) -> Mark | None:
        for mark in labels:
            near = mark.first - number.last
            before = [m for m in labels if m.concept == "nouns" and m.last <= mark.first]
            if mark.concept == "units" and near <= 1 and not before:
                return mark
            if mark.concept in ("exchange", "stage") and near <= 2:
                people = any(m.last < mark.first for m in before)
                if not people and PREPOSITIONS.isdisjoint(self._words(number.last, mark.first)):
                    return mark
        return None

    def _is_cut_off(self, number: Number, noun: Mark) -> bool:
        """ "275 votes on payments to those freed": past such a preposition the noun is another's."""
        return not CUTTING.isdisjoint(self._words(number.last, noun.first))

    def _is_apart(self, head: Mark, strong: Mark, services: list[Mark], nouns: list[Mark]) -> bool:
        """The head noun counts people of several branches, or the branch stands too far from it.

        "90 військових – з Нацгвардії, ВМС" and "75 воїнів ЗСУ та Нацгвардії" name no branch's share, and "185
        військових – рядових, сержантів та офіцерів" no rank's.
        """
        if strong.first <= head.first:
            return False
        between = self._words(head.last, strong.first)
        if strong.code == "bodies":
            return not self.lexicon.conjunctions.isdisjoint(between)
        if ":" in between or strong.first - head.last > APART:
            return True
        dash = "-" in between and any(self._is_dash(i) for i in range(head.last, strong.first))
        if strong.code in RANKS:
            ranks_of_all = any(m.code == "officers" and m.first >= strong.last for m in nouns)
            return "є" in between or (dash and ranks_of_all)
        return strong.concept == "services" and (dash or len({m.code for m in services}) > 1)

    def _is_dash(self, index: int) -> bool:
        token = self.tokens[index]
        return token.text == "-" and token.start > self.tokens[index - 1].end

    def _leads_to(self, number: Number, mark: Mark, next_number: int) -> bool:
        """ "ЗСУ – 130 та НГУ – 55": after a conjunction, a label with a dash is the next number's."""
        dashes = self._words(mark.last, next_number)
        if not dashes or not all(text in "-:" for text in dashes):
            return False
        return not self.lexicon.conjunctions.isdisjoint(self._words(number.last, mark.first))

    # Left of the number -----------------------------------------------------------------------

    def _left(self, number: Number, floor: int) -> Mark | None:
        """A label that a dash, a colon or a linking verb joins to the number after it."""
        index = number.first - 1
        joined = False
        while index >= floor and (self.tokens[index].text in "-:(" or index in self.joiners):
            joined = True
            index -= 1
        # "Офіцерів двоє", "жінок серед них три": the noun may stand right before its number.
        before = [m for m in self.marks.of("subset") if m.last - 1 == index and m.first >= floor]
        if before:
            index, joined = before[-1].first - 1, False
        # "Воїнів ЗСУ вдалося повернути 28": the verb stands between label and number.
        across = not joined and index in self.verbs
        while across and index >= floor and index in self.verbs:
            index -= 1
        # "Збройних Сил України – 130": the country's name ends the branch's.
        while index > floor and self.tokens[index].text in COUNTRY:
            index -= 1
        ending = [m for m in self.named if m.last - 1 == index and m.first >= floor]
        if not ending:
            return None
        if across:
            ending = [m for m in ending if m.concept == "services"]
        elif not joined:
            ending = [m for m in ending if m.code in RANKS or m.code in INVERTIBLE]
        strong = [m for m in ending if m.concept == "services" or m.code in RANKS] or ending
        return max(strong, key=lambda m: m.last - m.first, default=None)

    def _is_joined(self, number: Number) -> bool:
        before = self.tokens[number.first - 1].text if number.first else ""
        return bool(before) and (before in "-:" or before.startswith("належ"))

    def _bodies_of(self, number: Number) -> Mark | None:
        """ "Тіла 66 оборонців", "тіла ще 58 воїнів", "bodies of 66 soldiers": the noun stands before the number."""
        end = next((m.first for m in self.marks.of("addition") if m.last == number.first), number.first)
        end -= bool(end) and self.tokens[end - 1].text == "of"
        return next((m for m in self.marks.of("nouns") if m.code == "bodies" and m.last == end), None)

    def _is_more_of_them(self, number: Number) -> bool:
        """ "Another 303 came home": people, though no noun says so."""
        added = any(m.last == number.first for m in self.marks.of("addition"))
        return added and any(m.first == number.last for m in self.marks.of("release"))


def _is_weaker(chosen: Mark, left: Mark) -> bool:
    """ "До рядового складу належать 268 звільнених": the generic noun gives way to the left label."""
    stronger = left.concept == "services" or left.code in RANKS or left.code in ("civilian", "women")
    return chosen.concept == "nouns" and chosen.code in ("person", "military") and stronger


def _first_token(mark: Mark) -> int:
    return mark.first
