"""What each number counts: its label, bound, and whether it is part of another count.

One grammar for all sentences: the label stands right of its number up to the next delimiter, or,
joined by a dash or colon, left of it. Which event a count belongs to is for events.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapers.reading.dates import Day
from scrapers.reading.debris import is_debris, is_year
from scrapers.reading.lexicon import Lexicon, Mark
from scrapers.reading.numbers import Number
from scrapers.reading.text import Sentence, Token

DELIMITERS = frozenset(",;()")
RANKS = frozenset({"officers", "privates_and_sergeants", "privates", "sergeants"})
# A head noun of these decides what is counted, whatever service is named after it.
HEADS = frozenset({"health", "civilian", "women", "men", "children", "families", "russians", "foreigners"})
COUNTRY = frozenset(["україни", "ukraine", "of", "украины"])
INVERTIBLE = frozenset({"women", "men", "civilian"})
# What joins a part to its whole; the noun of such a whole is its own.
WHOLES = (["of", "the"], ["of"], ["з"], ["із"], ["зі"], ["из"])
WHOLE_NOUNS = frozenset({"person", "military", "ours"})
CUTTING = frozenset({"on", "to", "for", "by", "in", "at", "на", "про", "для", "щодо", "о", "об"})
VERBS = frozenset({"managed", "release", "release_infinitive"})
PREPOSITIONS = frozenset(
    {"у", "в", "під", "з", "із", "зі", "по", "на", "за", "з-під", "до", "от", "из"}
    | {"поза", "без", "вне", "outside", "without", "besides"}
    | {"within", "in", "of", "for", "from", "during", "with", "by"}
)


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
    marks: list[Mark],
    lexicon: Lexicon,
) -> list[Count]:
    """Counts of one sentence in order; ``numbers``, ``days`` and ``marks`` are the sentence's own."""
    in_days = {index for day in days for index in range(day.first, day.last)}
    cardinals = [n for n in numbers if not n.is_ordinal and not is_debris(tokens, n, in_days)]
    counts: list[Count] = []
    for position, number in enumerate(cardinals):
        following = [n.first for n in numbers if n.first >= number.last and n.first not in in_days]
        count = _label(tokens, sentence, number, min(following, default=sentence.last), marks, counts, lexicon)
        _bound(count, marks)
        _nest(count, counts, tokens, marks, lexicon, position)
        if counts and _is_whole_of(tokens, counts[-1], count):
            _lend_whole(counts[-1], count)
        counts.append(count)
        counts += _distributed(tokens, sentence, count, marks)
    return counts


def _is_whole_of(tokens: list[Token], part: Count, whole: Count) -> bool:
    """ "Two of the 116 were officers": what stands right of the whole tells of the part."""
    between = [tokens[i].text for i in range(part.number.last, whole.number.first)]
    return part.kind == "" and between in WHOLES and part.value < whole.value


def _lend_whole(part: Count, whole: Count) -> None:
    if whole.kind in ("noun", "service") and whole.code not in WHOLE_NOUNS:
        part.kind, part.code, part.last = whole.kind, whole.code, whole.last
        whole.kind, whole.code, whole.last = "", "", whole.number.last
    part.is_subset, whole.is_subset = True, False


def _distributed(tokens: list[Token], sentence: Sentence, count: Count, marks: list[Mark]) -> list[Count]:
    """ "По двоє представників ВМС та ДССТ": the same number for each branch named."""
    before = tokens[count.number.first - 1].text if count.number.first else ""
    if before != "по" or count.kind != "service":
        return []
    end = next((i for i in range(count.last, sentence.last) if tokens[i].text in DELIMITERS), sentence.last)
    others = [m for m in marks if m.concept == "services" and count.last <= m.first and m.last <= end]
    return [Count(count.value, count.number, count.first, m.last, "service", m.code) for m in others]


def _label(
    tokens: list[Token],
    sentence: Sentence,
    number: Number,
    next_number: int,
    marks: list[Mark],
    earlier: list[Count],
    lexicon: Lexicon,
) -> Count:
    count = Count(number.value, number, number.first, number.last)
    if is_year(tokens, number, marks):
        count.kind = "year"
        return count
    # "рядові, сержанти": a comma inside a label delimits nothing.
    inside = {i for m in marks if m.concept == "nouns" for i in range(m.first + 1, m.last)}
    stop = next(
        (
            i
            for i in range(number.last, min(next_number, sentence.last))
            if tokens[i].text in DELIMITERS and i not in inside
        ),
        min(next_number, sentence.last),
    )
    right = [m for m in marks if number.last <= m.first and m.last <= stop]
    if stop == next_number and stop < sentence.last:
        right = [m for m in right if not _leads_to(tokens, number, m, next_number, lexicon)]
    distributed = number.first > 0 and tokens[number.first - 1].text == "по"
    listed = right if distributed else right + _listed_services(tokens, sentence, right, marks, stop, lexicon)
    chosen = _choose(tokens, number, listed if not distributed else right[:2], lexicon)
    left = _left_label(tokens, sentence, number, marks, earlier)
    if left is not None and (chosen is None or (_is_joined(tokens, number) and _is_weaker(chosen, left))):
        chosen = left
    chosen = _bodies_of(tokens, number, marks) or chosen
    if chosen is None and _is_more_of_them(number, marks):
        count.kind, count.code = "noun", "person"
    if chosen is not None:
        count.kind, count.code = _kind_of(chosen), chosen.code
        count.first, count.last = min(count.first, chosen.first), max(count.last, chosen.last)
    count.at_place = any(m.concept == "places" for m in right)
    count.of_unit = any(m.concept == "unit_names" for m in right)
    if count.kind == "" and count.at_place:
        count.kind = "place"
    return count


def _is_more_of_them(number: Number, marks: list[Mark]) -> bool:
    """ "Another 303 came home": people, though no noun says so."""
    added = any(m.concept == "addition" and m.last == number.first for m in marks)
    return added and any(m.concept == "release" and m.first == number.last for m in marks)


def _bodies_of(tokens: list[Token], number: Number, marks: list[Mark]) -> Mark | None:
    """ "Тіла 66 оборонців", "bodies of 66 soldiers": what is counted stands before the number."""
    genitive = tokens[number.first - 1].text == "of" if number.first else False
    end = number.first - genitive
    return next((m for m in marks if m.code == "bodies" and m.last == end), None)


def _listed_services(
    tokens: list[Token], sentence: Sentence, right: list[Mark], marks: list[Mark], stop: int, lexicon: Lexicon
) -> list[Mark]:
    """A branch that goes on the list after the delimiter: "воїнів ЗСУ, Нацгвардії", with no number."""
    services = [m for m in right if m.concept == "services"]
    if not services or stop >= sentence.last or tokens[stop].text != ",":
        return []
    return [
        m
        for m in marks
        if m.concept == "services"
        and m.first > stop
        and m.first - stop <= 2
        and not any(
            tokens[i].kind == "number" or tokens[i].text in lexicon.number_words for i in range(stop, m.first)
        )
        and not any(n.concept == "subset" and stop <= n.first < m.first for n in marks)
    ]


def _choose(tokens: list[Token], number: Number, right: list[Mark], lexicon: Lexicon) -> Mark | None:
    """The mark right of a number that names what is counted."""
    labels = [m for m in right if m.concept in ("services", "nouns", "units", "exchange", "stage")]
    for mark in labels:
        near = mark.first - number.last
        if mark.concept == "units" and near <= 1:
            return mark
        if mark.concept in ("exchange", "stage") and near <= 2:
            between = {tokens[i].text for i in range(number.last, mark.first)}
            people = any(m.concept == "nouns" and m.last < mark.first for m in labels)
            if not people and not between & PREPOSITIONS:
                return mark
    nouns = [m for m in labels if m.concept == "nouns"]
    # "военнопленных ВСУ" are people; the branch inside that phrase is no label of its own.
    covered = {i for m in nouns if m.last - m.first > 1 for i in range(m.first, m.last)}
    services = [m for m in labels if m.concept == "services" and m.first not in covered]
    ranks = [m for m in nouns if m.code in RANKS or m.code == "bodies"]
    nouns = [m for m in nouns if m.code not in WHOLE_NOUNS or not _is_cut_off(tokens, number, m)]
    head = next((m for m in nouns if m.code != "ours"), nouns[0] if nouns else None)
    # "полонених російських військових": whose captives they are decides.
    russians = [m for m in nouns if m.code == "russians" and head is not None and 0 <= m.first - head.last <= 1]
    if russians and head is not None and head.code != "bodies":
        return russians[0]
    if head is not None and head.code in HEADS and not (services and services[0].first < head.first):
        return head
    strong = sorted(services + ranks, key=lambda m: m.first)
    if strong and head is not None and _is_apart(tokens, head, strong[0], services, nouns, lexicon):
        return head
    return strong[0] if strong else head


def _is_cut_off(tokens: list[Token], number: Number, noun: Mark) -> bool:
    """ "275 votes on payments to those freed": past such a preposition the noun is another's."""
    return any(tokens[i].text in CUTTING for i in range(number.last, noun.first))


def _is_apart(
    tokens: list[Token], head: Mark, strong: Mark, services: list[Mark], nouns: list[Mark], lexicon: Lexicon
) -> bool:
    """The head noun counts people of several branches, or the branch stands too far from it.

    "90 військових – з Нацгвардії, ВМС" and "75 воїнів ЗСУ та Нацгвардії" name no branch's share, and "185
    військових – рядових, сержантів та офіцерів" no rank's.
    """
    if strong.first <= head.first:
        return False
    dash = any(tokens[i].text == "-" and tokens[i].start > tokens[i - 1].end for i in range(head.last, strong.first))
    several = len({m.code for m in services}) > 1
    if strong.code == "bodies":
        return any(tokens[i].text in lexicon.conjunctions for i in range(head.last, strong.first))
    if any(tokens[i].text == ":" for i in range(head.last, strong.first)):
        return True
    if strong.code in RANKS:
        ranks_of_all = any(m.code == "officers" and m.first >= strong.last for m in nouns)
        there_are = any(tokens[i].text == "є" for i in range(head.last, strong.first))
        return strong.first - head.last > 6 or there_are or (dash and ranks_of_all)
    return strong.first - head.last > 6 or (strong.concept == "services" and (dash or several))


def _is_weaker(chosen: Mark, left: Mark) -> bool:
    """ "До рядового складу належать 268 звільнених": the generic noun gives way to the left label."""
    stronger = left.code in RANKS or left.code in ("civilian", "women")
    return chosen.concept == "nouns" and chosen.code in ("person", "military") and stronger


def _left_label(
    tokens: list[Token], sentence: Sentence, number: Number, marks: list[Mark], earlier: list[Count]
) -> Mark | None:
    """A label that a dash, a colon or a linking verb joins to the number after it."""
    floor = max([sentence.first] + [c.number.last for c in earlier])
    index = number.first - 1
    joiners = {i for m in marks if m.concept in ("linking", "bounds") for i in range(m.first, m.last)}
    joined = False
    while index >= floor and (tokens[index].text in "-:(" or index in joiners):
        joined = True
        index -= 1
    # "Офіцерів двоє", "жінок серед них три": the noun may stand right before its number.
    before = [m for m in marks if m.concept == "subset" and m.last - 1 == index and m.first >= floor]
    if before:
        index, joined = before[-1].first - 1, False
    inverted = not joined
    # "Воїнів ЗСУ вдалося повернути 28": the verb stands between label and number.
    verbs = {i for m in marks if m.concept in VERBS for i in range(m.first, m.last)}
    across = inverted and index in verbs
    while across and index >= floor and index in verbs:
        index -= 1
    # "Збройних Сил України – 130": the country's name ends the branch's.
    while index > floor and tokens[index].text in COUNTRY:
        index -= 1
    ending = [
        m for m in marks if m.concept in ("services", "nouns", "places") and m.last - 1 == index and m.first >= floor
    ]
    if across:
        ending = [m for m in ending if m.concept == "services"]
    elif inverted:
        ending = [m for m in ending if m.code in RANKS or m.code in INVERTIBLE]
    strong = [m for m in ending if m.concept == "services" or m.code in RANKS] or ending
    return max(strong, key=lambda m: m.last - m.first, default=None)


def _is_joined(tokens: list[Token], number: Number) -> bool:
    return number.first > 0 and (
        tokens[number.first - 1].text in "-:" or tokens[number.first - 1].text.startswith("належ")
    )


def _leads_to(tokens: list[Token], number: Number, mark: Mark, next_number: int, lexicon: Lexicon) -> bool:
    """ "ЗСУ – 130 та НГУ – 55": after a conjunction, a label with a dash is the next number's."""
    joined = any(tokens[i].text in lexicon.conjunctions for i in range(number.last, mark.first))
    dashes = [tokens[i].text for i in range(mark.last, next_number)]
    return joined and bool(dashes) and all(text in "-:" for text in dashes)


def _kind_of(mark: Mark) -> str:
    return {"services": "service", "nouns": "noun", "units": "unit", "places": "place"}.get(
        mark.concept, mark.concept
    )


def _bound(count: Count, marks: list[Mark]) -> None:
    # "Handed over 95 prisoners" bounds nothing.
    handed = {i for m in marks if m.concept == "handed" for i in range(m.first, m.last)}
    for mark in marks:
        if mark.concept == "bounds" and mark.last == count.number.first and mark.first not in handed:
            count.bound, count.first = mark.code, min(count.first, mark.first)


def _nest(
    count: Count, earlier: list[Count], tokens: list[Token], marks: list[Mark], lexicon: Lexicon, position: int
) -> None:
    """Mark subsets, and the service count that a part is said to belong to."""
    previous = earlier[-1] if earlier else None
    begin = previous.number.last if previous else 0
    number = count.number
    after = any(m.concept == "subset" and m.first - number.last in (0, 1) and m.last - m.first > 1 for m in marks)
    after = after or any(m.concept == "subset" and m.first == number.last for m in marks)
    before = any(
        m.concept == "subset"
        and begin <= m.first
        and m.last <= number.first
        and not (previous is not None and m.first - previous.number.last <= 1 and m.first < previous.last)
        for m in marks
    )
    opened = previous is not None and _depth(tokens, previous.number.last, number.first) > 0
    closed = previous is not None and _depth(tokens, previous.number.last, number.first) < 0
    count.is_subset = after or before or opened
    if previous is None or closed:
        return
    listed = tokens[number.first - 1].text == "," or tokens[number.first - 1].text in lexicon.conjunctions
    if count.at_place and previous.at_place and previous.is_subset and listed:
        count.is_subset = True  # "included 19 fighters from the island, 10 from Mariupol"
    services = [c for c in earlier if c.kind == "service" and c.nested_in is None]
    opening = [c for c in services if tokens[c.last].text == ":" and c.value >= count.value]
    if opening:  # "воїнів ЗСУ вдалося повернути 28: троє із ССО…": what the colon opens is of them
        count.nested_in, count.is_subset = opening[-1], True
        return
    if count.is_subset and services and not (before and not after and previous.kind != "service"):
        count.nested_in = services[-1]
    elif previous.nested_in is not None and _is_coordinated(tokens, previous, count, lexicon):
        count.nested_in, count.is_subset = previous.nested_in, True


def _depth(tokens: list[Token], first: int, last: int) -> int:
    texts = [tokens[i].text for i in range(first, last)]
    return texts.count("(") - texts.count(")")


def _is_coordinated(tokens: list[Token], previous: Count, count: Count, lexicon: Lexicon) -> bool:
    """Still inside the same parentheses, or joined by a bare conjunction."""
    between = [tokens[i].text for i in range(previous.last, count.first)]
    inside = _depth(tokens, max(0, previous.first - 40), previous.first) > 0 and ")" not in between
    return inside or (bool(between) and all(text in lexicon.conjunctions for text in between))
