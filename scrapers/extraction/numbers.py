"""Numbers in a text: digits with group separators, number words of three languages, and ordinals.

What a number counts is predicted by model.py.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from scrapers.extraction.tokens import Token

PARTS_OF_A_RUN = ("word", "number")  # of tokens without a space between them
MOST_MULTIPLIED = 100  # "2 сотні", "12 dozen"; a larger number before such a word is a slip
LEAST_OF_HALVES = 100  # from here on "and a half" may be half of the number itself


class NumberWords(Protocol):
    """The vocabulary of number words, from words/numbers.yaml."""

    number_words: dict[str, int]
    thousands: frozenset[str]
    abbreviations: frozenset[str]
    exact_after: frozenset[str]
    vague: frozenset[str]
    multiples: dict[str, int]
    one_and_a_half: frozenset[str]
    and_a_half: tuple[tuple[str, ...], ...]
    half: tuple[tuple[str, ...], ...]
    several: frozenset[str]
    couple_of: tuple[tuple[str, ...], ...]
    plural_multiples: frozenset[str]
    genitives: frozenset[str]
    formula_joins: frozenset[str]
    joins: frozenset[str]
    hundred: frozenset[str]
    ordinal_suffixes: frozenset[str]
    cardinal_suffixes: frozenset[str]

    def is_misspelt_number(self, word: str) -> bool: ...

    def ordinal(self, word: str) -> int | None: ...

    def begins_number(self, word: str) -> bool: ...


class Number(NamedTuple):
    """A number's ``value`` and tokens first..last (excluded); the value is 0 when it can't be parsed."""

    value: int
    first: int
    last: int
    is_ordinal: bool
    in_words: bool


def find_numbers(tokens: list[Token], vocabulary: NumberWords) -> list[Number]:
    """All numbers of a text in order, including the digits of dates and ages."""
    found: list[Number] = []
    taken = 0
    begins, mixed = vocabulary.begins_number, _mixed(tokens, vocabulary)
    for index, token in enumerate(tokens):
        kind = token.kind
        if index < taken or (kind != "number" and (kind != "word" or not begins(token.text))):
            continue
        if kind == "number":
            number: Number | None = _digits(tokens, index, vocabulary, index in mixed)
        else:
            number = _halves(tokens, index, vocabulary) or _words(tokens, index, vocabulary)
            number = _without_several(tokens, number, vocabulary)
            if number is not None and not number.is_ordinal and _is_unclear(tokens, number, vocabulary):
                number = number._replace(value=0)
        if number is not None:
            found.append(number)
            taken = number.last
    return found


def _without_several(tokens: list[Token], number: Number | None, vocabulary: NumberWords) -> Number | None:
    """ "Several dozen", "a few hundred", "a couple of thousand" are of no known number."""
    if number is None or number.is_ordinal:
        return number
    last = _end_of_phrase(tokens, number.first, vocabulary.couple_of)
    if last is not None and last < len(tokens) and _is_multiple(tokens[last].text, vocabulary):
        return number._replace(value=0, last=last + 1)
    is_after = number.first > 0 and tokens[number.first - 1].text in vocabulary.several
    is_multiple = number.value >= 10 and number.last == number.first + 1
    return number._replace(value=0) if is_after and is_multiple else number


def _is_multiple(text: str, vocabulary: NumberWords) -> bool:
    """Whether a word names dozens, hundreds or thousands, also of a number that is not known: "thousands"."""
    known = (vocabulary.thousands, vocabulary.hundred, vocabulary.multiples, vocabulary.plural_multiples)
    return any(text in words for words in known)


def _digits(tokens: list[Token], index: int, vocabulary: NumberWords, is_mixed: bool) -> Number:
    token = tokens[index]
    plain = token.text.replace(" ", "").replace(",", "").replace(".", "")
    if len(plain) > 9 or is_mixed:
        return Number(0, index, index + 1, False, False)
    rounded = _decimal_thousands(tokens, index, vocabulary)
    if rounded is not None:
        return rounded
    value, last = int(plain), index + 1
    # "6000 тисячі" is a typo for 6000.
    if value < 1000 and last < len(tokens) and tokens[last].text in vocabulary.thousands:
        return _thousands(tokens, index, value, vocabulary)
    # "2 сотні", "3 hundred", "2 dozen".
    of = _multiple(tokens, last, vocabulary)
    if value < MOST_MULTIPLIED and of is not None:
        return Number(value * of, index, last + 1, False, False)
    if last < len(tokens) and tokens[last].start == token.end:
        return _with_suffix(tokens, index, value, vocabulary)
    return Number(value, index, last, False, False)


def _multiple(tokens: list[Token], at: int, vocabulary: NumberWords) -> int | None:
    """What a word multiplies the number before it by: dozens, hundreds."""
    text = tokens[at].text if at < len(tokens) else ""
    return 100 if text in vocabulary.hundred else vocabulary.multiples.get(text)


def _thousands(tokens: list[Token], index: int, thousands: int, vocabulary: NumberWords) -> Number:
    """ "6 тисяч", "6 тисяч 20", "6 тис. 200". After a whole word the full stop ends the sentence, and after "6 тис."
    two digits may be those of a day.
    """
    value, last = thousands * 1000, index + 2
    digits: tuple[int, ...] = (1, 2, 3)
    if tokens[index + 1].text in vocabulary.abbreviations and last < len(tokens) and tokens[last].text == ".":
        last, digits = last + 1, (3,)
    if last < len(tokens) and tokens[last].kind == "number" and len(tokens[last].text) in digits:
        return Number(value + int(tokens[last].text), index, last + 1, False, False)
    return Number(value, index, index + 2, False, False)


def _with_suffix(tokens: list[Token], index: int, value: int, vocabulary: NumberWords) -> Number:
    """ "65th", "65-й", "103-х": digits with a suffix; the value is 0 where the suffix can't be understood."""
    last = index + 1
    if tokens[last].text in vocabulary.ordinal_suffixes:
        return Number(value, index, last + 1, True, False)
    after = tokens[last + 1] if tokens[last].text == "-" and last + 1 < len(tokens) else None
    if after is None or after.start != tokens[last].end or after.kind != "word":
        return Number(value, index, last, False, False)
    if after.text in vocabulary.formula_joins:
        return Number(value, index, last, False, False)
    if after.text in vocabulary.cardinal_suffixes:
        return Number(value, index, last + 2, False, False)
    return Number(value if after.text in vocabulary.ordinal_suffixes else 0, index, last + 2, True, False)


def _decimal_thousands(tokens: list[Token], index: int, vocabulary: NumberWords) -> Number | None:
    """ "1,2 тис.", "2.4 thousand", "1,5 сотні"."""
    whole, follow = tokens[index], tokens[index + 1 : index + 4]
    if len(follow) < 3 or follow[0].text not in ",.":
        return None
    of = 1000 if follow[2].text in vocabulary.thousands else _multiple(tokens, index + 3, vocabulary)
    if of is None:
        return None
    part = follow[1].text
    joined = whole.end == follow[0].start and follow[0].end == follow[1].start
    if not joined or not whole.text.isdecimal() or not part.isdecimal() or len(part) > 2 or len(whole.text) > 3:
        return None
    value = int(whole.text) * of + int(part.ljust(3, "0")) * of // 1000
    return Number(value, index, index + 4, False, False)


def _mixed(tokens: list[Token], vocabulary: NumberWords) -> set[int]:
    """The tokens of digits with letters among them, as "2О5" with a letter O: no part of it is a number. Not those of
    a formula such as "146х146".
    """
    found: set[int] = set()
    begin = 0
    for index, token in enumerate(tokens):
        ends = index + 1 == len(tokens) or tokens[index + 1].start != token.end
        if token.kind not in PARTS_OF_A_RUN:
            begin = index + 1
        elif ends or tokens[index + 1].kind not in PARTS_OF_A_RUN:
            inner = tokens[begin + 1 : index]
            if any(one.kind == "word" and one.text not in vocabulary.formula_joins for one in inner):
                found.update(range(begin, index + 1))
            begin = index + 1
    return found


def _halves(tokens: list[Token], index: int, vocabulary: NumberWords) -> Number | None:
    """ "Півтори тисячі", "дві з половиною тисячі", "half a thousand"; None for any other number."""

    def unit(at: int) -> int | None:
        text = tokens[at].text if at < len(tokens) else ""
        if text in vocabulary.thousands:
            return 1000
        return 100 if vocabulary.number_words.get(text) == 100 else vocabulary.multiples.get(text)

    text, ones = tokens[index].text, vocabulary.number_words.get(tokens[index].text, 0)
    halves, last = 0, None
    if text in vocabulary.one_and_a_half:
        halves, last = 3, index + 1
    elif 0 < ones < 10:
        halves, last = 2 * ones + 1, _end_of_phrase(tokens, index + 1, vocabulary.and_a_half)
    else:
        halves, last = 1, _end_of_phrase(tokens, index, vocabulary.half)
    of = unit(last) if last is not None else None
    return None if last is None or of is None else Number(halves * of // 2, index, last + 1, False, True)


def _end_of_phrase(tokens: list[Token], at: int, phrases: tuple[tuple[str, ...], ...]) -> int | None:
    """The token behind the phrase that begins at a token; None where none does."""
    for words in phrases:
        if tuple(token.text for token in tokens[at : at + len(words)]) == words:
            return at + len(words)
    return None


def _is_unclear(tokens: list[Token], number: Number, vocabulary: NumberWords) -> bool:
    """Whether number words can't be trusted: beside a misspelt one, or "a hundred and a half", which may be 150."""
    has_half = _end_of_phrase(tokens, number.last, vocabulary.and_a_half) is not None
    return (number.value >= LEAST_OF_HALVES and has_half) or _is_beside_a_slip(tokens, number, vocabulary)


def _is_beside_a_slip(tokens: list[Token], number: Number, vocabulary: NumberWords) -> bool:
    """Whether an adjacent token is a misspelt number word: "one hundered and six" is neither 1 nor 6."""
    joins, before, after = vocabulary.joins, number.first - 1, number.last
    before -= before > 0 and tokens[before].text in joins
    after += after < len(tokens) - 1 and tokens[after].text in joins
    return any(
        0 <= at < len(tokens) and tokens[at].kind == "word" and vocabulary.is_misspelt_number(tokens[at].text)
        for at in (before, after)
    )


def _words(tokens: list[Token], index: int, vocabulary: NumberWords) -> Number | None:
    """A descending run of number words: hundreds, tens, units; a hyphen or "and" may join them."""
    total, ceiling, last = 0, 1000, index
    is_exact = bool(index) and tokens[index - 1].text in vocabulary.exact_after
    vague = vocabulary.vague - vocabulary.genitives if is_exact else vocabulary.vague
    while last < len(tokens):
        text = tokens[last].text
        if total and _joins(tokens, last, ceiling, vocabulary) and _goes_on(tokens, last + 1, ceiling, vocabulary):
            last += 1
            continue
        if text in vocabulary.multiples and 0 < total < 10:
            return Number(total * vocabulary.multiples[text], index, last + 1, False, True)
        added = _added(text, total, ceiling, vocabulary) if total or text not in vague else None
        if added is None:
            break
        (total, ceiling), last = added, last + 1
    return _ended(tokens, index, last, total, ceiling, vocabulary)


def _joins(tokens: list[Token], at: int, ceiling: int, vocabulary: NumberWords) -> bool:
    """Whether a word or hyphen joins the words of one number: not a dash, nor the "and" of "one hundred and two
    hundred".
    """
    if tokens[at].text not in vocabulary.joins:
        return False
    if tokens[at].kind != "word":
        return tokens[at - 1].end == tokens[at].start
    of = _multiple(tokens, at + 2, vocabulary)
    return of is None or vocabulary.number_words.get(tokens[at + 1].text, 1) * of < ceiling


def _added(text: str, total: int, ceiling: int, vocabulary: NumberWords) -> tuple[int, int] | None:
    """The total with one more number word, and what the next word must be below; None for any other word."""
    if text in vocabulary.thousands and total < 1000:
        return max(total, 1) * 1000, 1000
    hundreds = total % 1000
    if text in vocabulary.hundred and 0 < hundreds < 10:
        return total + 99 * hundreds, 100
    value = vocabulary.number_words.get(text)
    return (total + value, _floor(value)) if value is not None and _continues(value, ceiling) else None


def _ended(
    tokens: list[Token], index: int, last: int, total: int, ceiling: int, vocabulary: NumberWords
) -> Number | None:
    """The number of a run of number words; an ordinal may end it, or be all of it. None where it is neither."""
    is_run = last > index
    is_word = last < len(tokens) and (is_run or tokens[last].kind == "word")
    ordinal = vocabulary.ordinal(tokens[last].text) if is_word else None
    if ordinal is not None and (not is_run or ordinal < ceiling):
        return Number(total + ordinal, index, last + 1, True, True)
    return Number(total, index, last, False, True) if is_run else None


def _goes_on(tokens: list[Token], at: int, ceiling: int, vocabulary: NumberWords) -> bool:
    """Whether the token is a number word that may follow in the same number."""
    if at >= len(tokens):
        return False
    return _continues(vocabulary.number_words.get(tokens[at].text, vocabulary.ordinal(tokens[at].text)), ceiling)


def _continues(value: int | None, ceiling: int) -> bool:
    return value is not None and value < ceiling


def _floor(value: int) -> int:
    """The next word of the same number must be below this."""
    if value >= 100:
        return 100
    return 10 if value >= 20 else 1
