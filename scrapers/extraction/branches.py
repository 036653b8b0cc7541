"""Which service branch a count refers to: the name next to it, before or after, as lists are written.

Whether a number counts a branch's people is predicted by model.py; how branches nest is decided in figures.py.
"""

from __future__ import annotations

from scrapers.extraction.document import Document, Item
from scrapers.extraction.vocabulary import load_vocabulary

REACH = 10  # tokens between a count and its branch
CLAUSE_ENDS = frozenset(",;.\n(")
JOINED_BEFORE = frozenset("-:")


def branches_of(document: Document, item: Item) -> list[str]:
    """Codes of the branches that a count refers to: one, or several after "eight each"; none where no name is near.

    "ЗСУ – 87", "ЗСУ: 87" and "ЗСУ (87)" have the name before the number; else the name after it is used, else before.
    A speaker before the colon is no count's branch where the count has one of its own: "Press office of the National
    Guard: 87 soldiers of the ground forces".
    """
    tokens = document.tokens
    before = tokens[item.first - 1].text if item.first else ""
    is_enclosed = before == "(" and item.last < len(tokens) and tokens[item.last].text == ")"
    left, right = _left_of(document, item, is_enclosed), _right_of(document, item)
    if left and (is_enclosed or before == "-" or (before == ":" and not _has_own_name(document, item, left[0]))):
        return left
    if not right:
        return left
    return right if _is_each(document, item) else right[:1]


def _has_own_name(document: Document, item: Item, heading: str) -> bool:
    """Whether a branch is told behind what a count counts, "87 soldiers of the ground forces", and neither begins the
    list's next entry, as in "ЗСУ: 87 ВМС: 20", nor holds the branch of the heading.
    """
    tokens = document.tokens
    for at in range(item.last, min(len(tokens), item.last + REACH)):
        if tokens[at].kind == "number" or tokens[at].text in CLAUSE_ENDS:
            return False
        if at in document.services:
            mark = document.services[at]
            is_next = at == item.last or (mark.last < len(tokens) and tokens[mark.last].text in JOINED_BEFORE)
            return not is_next and heading not in load_vocabulary().holds.get(mark.code, ())
    return False


def _is_each(document: Document, item: Item) -> bool:
    near = (item.first - 1, item.last)
    return any("each" in document.words[at].concepts for at in near if 0 <= at < len(document.words))


def _right_of(document: Document, item: Item) -> list[str]:
    found: list[str] = []
    opened = False
    for at in range(item.last, min(len(document.tokens), item.last + REACH)):
        token = document.tokens[at]
        if token.text == "(" and at == item.last:
            opened = True  # "87 (ЗСУ)"
        elif token.kind == "number" or token.text in CLAUSE_ENDS or (token.text == ")" and not opened):
            break
        elif at in document.services and document.services[at].code not in found:
            found.append(document.services[at].code)
    return found


def _left_of(document: Document, item: Item, is_enclosed: bool) -> list[str]:
    nearest = item.first - (2 if is_enclosed else 1)
    for at in range(nearest, max(-1, nearest - REACH), -1):
        if at in document.services:
            return [document.services[at].code]
        if document.tokens[at].kind == "number" or document.tokens[at].text in CLAUSE_ENDS:
            break
    return []
