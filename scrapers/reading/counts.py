"""What each number counts, within what bound, and whether it is part of another count.

Which label a number has is for labels.py; which event a count belongs to is for events.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapers.extraction.numbers import Number
from scrapers.extraction.tokens import Sentence, Token
from scrapers.reading.dates import Day
from scrapers.reading.debris import is_debris, is_year
from scrapers.reading.labels import DELIMITERS, WHOLE_NOUNS, Labeller
from scrapers.reading.lexicon import Lexicon
from scrapers.reading.marks import Marks

# What joins a part to its whole; the noun of such a whole is its own.
WHOLES = (["of", "the"], ["of"], ["з"], ["із"], ["зі"], ["из"])


LISTED = 2  # branches that make a list
# "Серед них" rules a number so many tokens after it.
PART_WITHIN = 10


@dataclass(slots=True)
class Count:
    """A cardinal number of a sentence.

    ``kind``: "service" (``code`` is the branch), "noun" (``code`` as in the lexicon), "exchange",
    "unit", "place", "year", or "" when nothing says what is counted. ``at_place`` and ``of_unit`` when a
    place or a unit beside the label narrows it. Tokens first..last (excluded)
    cover number and label. ``nested_in`` is the count that this one is said to be part of.
    """

    value: int
    number: Number
    first: int
    last: int
    kind: str = ""
    code: str = ""
    bound: str = "exact"
    is_subset: bool = False
    at_place: bool = False
    of_unit: bool = False
    nested_in: Count | None = None


def find_counts(
    tokens: list[Token],
    sentence: Sentence,
    numbers: list[Number],
    days: list[Day],
    marks: Marks,
    lexicon: Lexicon,
) -> list[Count]:
    """Counts of one sentence in order; ``numbers``, ``days`` and ``marks`` are the sentence's own."""
    if not numbers:
        return []
    in_days = {index for day in days for index in range(day.first, day.last)}
    ages = {mark.last for mark in marks.of("age")}
    cardinals = [n for n in numbers if not n.is_ordinal and n.first not in ages and not is_debris(tokens, n, in_days)]
    if not cardinals:
        return []
    labeller = Labeller(tokens, sentence, marks, lexicon)
    begins = [n.first for n in numbers if n.first not in in_days]
    counts: list[Count] = []
    for number in cardinals:
        next_number = next((first for first in begins if first >= number.last), sentence.last)
        count = _count(tokens, number, next_number, labeller, counts)
        _bound(count, marks)
        _nest(count, counts, tokens, marks, lexicon)
        if counts and count.kind == "" and counts[-1].code == "russians" and _is_other_side(tokens, count, marks):
            count.kind, count.code, count.last = "noun", "person", count.number.last + 1
        if counts and _is_whole_of(tokens, counts[-1], count):
            _lend_whole(counts[-1], count)
        counts.append(count)
        counts += _distributed(tokens, sentence, count, marks)
    _name_branches(counts, marks)
    return counts


def _name_branches(counts: list[Count], marks: Marks) -> None:
    """ "87 военнослужащих ВСУ, 43 нацгвардейца…": in a list of branches the army is one of them."""
    if sum(c.kind == "service" for c in counts) < LISTED:
        return
    for count in counts:
        if count.kind == "noun" and count.code == "military":
            branch = next((m for m in marks.of("services") if count.first <= m.first and m.last <= count.last), None)
            if branch is not None:
                count.kind, count.code = "service", branch.code


def _count(tokens: list[Token], number: Number, next_number: int, labeller: Labeller, earlier: list[Count]) -> Count:
    count = Count(number.value, number, number.first, number.last)
    if is_year(tokens, number, labeller.marks):
        count.kind = "year"
        return count
    floor = earlier[-1].number.last if earlier else labeller.sentence.first
    count.kind, count.code, mark, count.at_place, count.of_unit = labeller.label(number, next_number, floor)
    if mark is not None:
        count.first, count.last = min(count.first, mark.first), max(count.last, mark.last)
    return count


def _is_other_side(tokens: list[Token], count: Count, marks: Marks) -> bool:
    """ "100 российских военнослужащих и 100 украинских": the adjective alone stands for the people."""
    after = count.number.last
    ends = after + 1 >= len(tokens) or tokens[after + 1].kind in ("mark", "line")
    return ends and any(m.first == after for m in marks.of("ukraine"))


def _is_whole_of(tokens: list[Token], part: Count, whole: Count) -> bool:
    """ "Two of the 116 were officers": what stands right of the whole tells of the part."""
    if part.kind != "" or part.value >= whole.value:
        return False
    return [tokens[i].text for i in range(part.number.last, whole.number.first)] in WHOLES


def _lend_whole(part: Count, whole: Count) -> None:
    if whole.kind in ("noun", "service") and whole.code not in WHOLE_NOUNS:
        part.kind, part.code, part.last = whole.kind, whole.code, whole.last
        whole.kind, whole.code, whole.last = "", "", whole.number.last
    part.is_subset, whole.is_subset = True, False


def _distributed(tokens: list[Token], sentence: Sentence, count: Count, marks: Marks) -> list[Count]:
    """ "По двоє представників ВМС та ДССТ": the same number for each branch named."""
    if count.kind != "service" or not count.number.first or tokens[count.number.first - 1].text != "по":
        return []
    end = next((i for i in range(count.last, sentence.last) if tokens[i].text in DELIMITERS), sentence.last)
    others = [m for m in marks.of("services") if count.last <= m.first and m.last <= end]
    return [Count(count.value, count.number, count.first, m.last, "service", m.code) for m in others]


def _bound(count: Count, marks: Marks) -> None:
    for mark in marks.of("bounds"):
        # "Handed over 95 prisoners" bounds nothing.
        if mark.last == count.number.first and not any(m.first <= mark.first < m.last for m in marks.of("handed")):
            count.bound, count.first = mark.code, min(count.first, mark.first)


def _nest(count: Count, earlier: list[Count], tokens: list[Token], marks: Marks, lexicon: Lexicon) -> None:
    """Mark subsets, and the service count that a part is said to belong to."""
    previous = earlier[-1] if earlier else None
    before, after = _is_said_part(count, previous, marks)
    depth = _depth(tokens, previous.number.last, count.number.first) if previous else 0
    count.is_subset = after or before or depth > 0
    if previous is None or depth < 0:
        return
    word = tokens[count.number.first - 1].text
    if count.at_place and previous.at_place and previous.is_subset and (word == "," or word in lexicon.conjunctions):
        count.is_subset = True  # "included 19 fighters from the island, 10 from Mariupol"
    services = [c for c in earlier if c.kind == "service" and c.nested_in is None]
    opening = [c for c in services if tokens[c.last].text == ":" and c.value >= count.value]
    if opening:  # "воїнів ЗСУ вдалося повернути 28: троє із ССО…": what the colon opens is of them
        count.nested_in, count.is_subset = opening[-1], True
    elif count.is_subset and services and not (before and not after and previous.kind != "service"):
        count.nested_in = services[-1]
    elif previous.nested_in is not None and _is_coordinated(tokens, previous, count, lexicon):
        count.nested_in, count.is_subset = previous.nested_in, True


def _is_said_part(count: Count, previous: Count | None, marks: Marks) -> tuple[bool, bool]:
    """Whether words before the number, or right after it, call it a part: "з них 14", "14 з них"."""
    number = count.number
    begin = previous.number.last if previous else 0
    before = after = False
    if any(mark.last == number.first for mark in marks.of("among")):
        begin = number.first  # "серед 215 звільнених": the number is the whole
    for mark in marks.of("subset"):
        behind = mark.first - number.last
        after = after or behind == 0 or (behind == 1 and mark.last - mark.first > 1)
        if begin <= mark.first and 0 <= number.first - mark.last <= PART_WITHIN:
            taken = previous is not None and mark.first - previous.number.last <= 1 and mark.first < previous.last
            before = before or not taken
    return before, after


def _depth(tokens: list[Token], first: int, last: int) -> int:
    texts = [tokens[i].text for i in range(first, last)]
    return texts.count("(") - texts.count(")")


def _is_coordinated(tokens: list[Token], previous: Count, count: Count, lexicon: Lexicon) -> bool:
    """Still inside the same parentheses, or joined by a bare conjunction."""
    between = [tokens[i].text for i in range(previous.last, count.first)]
    inside = _depth(tokens, max(0, previous.first - 40), previous.first) > 0 and ")" not in between
    return inside or (bool(between) and all(text in lexicon.conjunctions for text in between))
