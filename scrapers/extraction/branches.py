"""Which service branch a count refers to: the name next to it, before or after, as lists are written.

Whether a number counts a branch's people is predicted by model.py; how branches nest is decided in figures.py.
"""

from __future__ import annotations

from bisect import bisect_left

from scrapers.extraction.document import SHORT_NAME, Document, Item
from scrapers.extraction.vocabulary import Mark, load_vocabulary

REACH = 10  # tokens between a count and its branch
CLAUSE_ENDS = frozenset(",;.\n(")
JOINED_BEFORE = frozenset("-:")
LONGEST_PREPOSITION = 3  # letters
QUOTATION_MARKS = frozenset('«“„"')
APART = frozenset(",(")  # what may stand between a name and its count where nothing else is near


def branches_of(document: Document, item: Item) -> list[str]:
    """Codes of the branches that a count refers to: one, or several after "eight each"; none where no name is near.

    "ЗСУ – 87", "ЗСУ: 87" and "ЗСУ (87)" have the name before the number, and so have "ЗСУ 87 (ТрО 17)" and "police 2
    and border guards 8"; else the name after it is used, else before, at last that of "ЗСУ, 87; НГУ, 43".
    A speaker before the colon is no count's branch where the count has one of its own: "Press office of the National
    Guard: 87 soldiers of the ground forces".
    """
    tokens = document.tokens
    before = tokens[item.first - 1].text if item.first else ""
    is_enclosed = before == "(" and item.last < len(tokens) and tokens[item.last].text == ")"
    left, right = _left_of(document, item, is_enclosed), _right_of(document, item)
    if left and (is_enclosed or before == "-" or (before == ":" and not _has_own_name(document, item, left))):
        return [left.code]
    if left and _is_closed_behind(document, item):
        return [left.code]
    if right:
        return right if _is_each(document, item) else right[:1]
    found = left or _apart_before(document, item)
    return [found.code] if found else []


def branches_meant(document: Document, item: Item) -> list[str]:
    """The same for a count of a branch's people; with no name near, the one branch that the text names at all: "The
    National Guard has 310 back, 17 of them today". None where the count has an unknown name.
    """
    near = branches_of(document, item)
    if near or document.only_branch is None or _has_unknown_name(document, item):
        return near
    return [document.only_branch]


def _has_unknown_name(document: Document, item: Item) -> bool:
    """Whether an unknown noun, a capital letter or a quotation mark stands behind a count: "12 couriers", "30 men of
    Karpatska Sich". "17 of them" and "17 returned" have none.
    """
    if item.last < len(document.tokens):
        following = document.tokens[item.last]
        is_known = document.words[item.last].concepts or len(following.text) <= LONGEST_PREPOSITION
        if following.kind == "word" and not is_known:
            return True
    for at in range(item.last, min(len(document.tokens), item.last + REACH)):
        token = document.tokens[at]
        if _item_at(document, at) is not None or token.text in CLAUSE_ENDS:
            return False
        if token.capital or token.text in QUOTATION_MARKS:
            return True
    return False


def _has_own_name(document: Document, item: Item, heading: Mark) -> bool:
    """Whether a branch is told behind what a count counts, "87 soldiers of the ground forces", and neither begins the
    list's next entry, as in "ЗСУ: 87 ВМС: 20", nor holds the branch of the heading. A short name yields to any:
    "an exchange on the border: 2 airmen".
    """
    tokens = document.tokens
    for at in range(item.last, min(len(tokens), item.last + REACH)):
        if _is_number(document, at) or tokens[at].text in CLAUSE_ENDS:
            return False
        if at in document.beside_counts:
            mark = document.beside_counts[at]
            if heading.concept == SHORT_NAME:
                return True
            is_next = at == item.last or (mark.last < len(tokens) and tokens[mark.last].text in JOINED_BEFORE)
            return not is_next and heading.code not in load_vocabulary().holds.get(mark.code, ())
    return False


def _is_closed_behind(document: Document, item: Item) -> bool:
    """Whether a name stands right before the number, and what follows it begins something new: a parenthesis, "of
    these:" or the next entry.
    """
    if item.first - 1 not in document.beside_counts or item.last >= len(document.tokens):
        return False
    return document.tokens[item.last].text in "(:" or "conjunction" in document.words[item.last].concepts


def _is_each(document: Document, item: Item) -> bool:
    near = (item.first - 1, item.last)
    return any("each" in document.words[at].concepts for at in near if 0 <= at < len(document.words))


def _is_number(document: Document, at: int) -> bool:
    """Whether a token is a number, in digits or words."""
    item = _item_at(document, at)
    return document.tokens[at].kind == "number" or (item is not None and item.kind == "number")


def _item_at(document: Document, at: int) -> Item | None:
    """The item that begins at a token."""
    place = bisect_left(document.items, at, key=lambda item: item.first)
    is_there = place < len(document.items) and document.items[place].first == at
    return document.items[place] if is_there else None


def _right_of(document: Document, item: Item) -> list[str]:
    found: list[str] = []
    opened = False
    for at in range(item.last, min(len(document.tokens), item.last + REACH)):
        token = document.tokens[at]
        if token.text == "(" and at == item.last:
            opened = True  # "87 (ЗСУ)"
        elif _is_number(document, at):
            return [] if opened else found  # "87 (ТрО 17, ВМС 5)"
        elif token.text in CLAUSE_ENDS or (token.text == ")" and not opened):
            break
        elif at in document.beside_counts and document.beside_counts[at].code not in found:
            found.append(document.beside_counts[at].code)
    return found


def _left_of(document: Document, item: Item, is_enclosed: bool) -> Mark | None:
    nearest = item.first - (2 if is_enclosed else 1)
    for at in range(nearest, max(-1, nearest - REACH), -1):
        if at in document.beside_counts:
            return _of_the_whole_name(document, document.beside_counts[at])
        if _is_number(document, at) or document.tokens[at].text in CLAUSE_ENDS:
            break
    return None


def _of_the_whole_name(document: Document, mark: Mark) -> Mark:
    """The first of two names in a row where the second holds it, "ВМС ЗСУ", or is short, "state border guard"."""
    first = document.beside_counts.get(mark.first - 1)
    if first is None:
        return mark
    is_held = first.code in load_vocabulary().holds.get(mark.code, ())
    return first if is_held or (mark.concept == SHORT_NAME and first.concept != SHORT_NAME) else mark


def _apart_before(document: Document, item: Item) -> Mark | None:
    """The name before the comma or parenthesis before the number: "ЗСУ, 87; НГУ, 43", "ЗСУ (87, з них 17 – ТрО)"."""
    if item.first < 2 or document.tokens[item.first - 1].text not in APART:
        return None
    mark = document.beside_counts.get(item.first - 2)
    return None if mark is None else _of_the_whole_name(document, mark)
