"""Number words in every case and gender, against a library that writes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from num2words import num2words

from scrapers.extraction.numbers import find_numbers
from scrapers.extraction.tokens import tokenize
from scrapers.extraction.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
LARGEST = 1999
# Forms that the library writes and Ukrainian doesn't have (the instrumental "сьома" exists, but reads as
# the ordinal far more often).
MENDED = {
    "двохста": "двохсот",
    "трьохста": "трьохсот",
    "чотирьохста": "чотирьохсот",
    **{f"{stem}ста": f"{stem}сот" for stem in ("п'яти", "шести", "семи", "восьми", "дев'яти")},
    "дев'яностами": "дев'яноста",
    "тисячи": "тисячі",
    "сьома": "сімома",
}
UKRAINIAN_CASES = ("nominative", "genitive", "dative", "accusative", "instrumental", "locative")


def _written(language: str, value: int) -> Iterator[str]:
    if language == "en":
        words = num2words(value, lang="en").replace(",", "")
        yield from (words, words.replace(" and ", " ").replace("-", " "))
    elif language == "uk":
        for case, gender in itertools.product(UKRAINIAN_CASES, ("masculine", "feminine")):
            words = num2words(value, lang="uk", case=case, gender=gender)
            yield " ".join(MENDED.get(word, word) for word in words.split())
    else:
        for case, gender in itertools.product("ngdaip", "mfn"):
            yield num2words(value, lang="ru", case=case, gender=gender)


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
def test_every_number_word_is_read_back(language: str) -> None:
    wrong = {}
    for value in range(1, LARGEST + 1):
        for words in _written(language, value):
            found = [(n.value, n.is_ordinal) for n in find_numbers(tokenize(words), VOCABULARY)]
            if found != [(value, False)]:
                wrong[words] = found
    assert not wrong, f"{len(wrong)} misread, such as {list(wrong.items())[:30]}"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("двоє", 2), ("двох", 2), ("двом", 2), ("обмін на трьома", 3), ("четверо", 4), ("п'ятеро", 5), ("шестеро", 6),
        ("семеро", 7), ("восьмеро", 8), ("дев'ятеро", 9), ("десятеро", 10), ("одинадцятеро", 11),
        ("п'ятнадцятеро", 15), ("двадцятеро", 20), ("тридцятеро", 30), ("сорок п'ятеро", 45), ("сто двоє", 102),
        ("двое", 2), ("троих", 3), ("четверых", 4), ("пятеро", 5), ("шестерых", 6), ("девятерых", 9),
        ("сто пятьдесят двое", 152), ("a hundred and six", 106), ("one thousand two hundred", 1200),
    ],
)  # fmt: skip
def test_people_are_counted_in_collective_forms_too(words: str, value: int) -> None:
    assert [n.value for n in find_numbers(tokenize(words), VOCABULARY)] == [value]


def test_digits_with_letters_among_them_are_no_number() -> None:
    """An O or l in place of a digit: neither part is what was meant."""
    for written in ("2О5", "2l6", "1о3о7"):
        assert {number.value for number in find_numbers(tokenize(f"повернулися {written} людей"), VOCABULARY)} == {0}
    for written, value in (("103х", 103), ("5км", 5), ("30", 30)):
        assert [number.value for number in find_numbers(tokenize(f"було {written} там"), VOCABULARY)] == [value]
