"""Number words in every case and gender, against a library that generates them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import pytest
from num2words import num2words

from scrapers.extraction.numbers import find_numbers
from scrapers.extraction.tokens import tokenize
from scrapers.extraction.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
LARGEST = 1999
# Forms that the library generates and Ukrainian doesn't have (the instrumental "сьома" exists, but is the ordinal far
# more often).
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
    """An O or l in place of a digit: neither part is the intended number."""
    for written in ("2О5", "2l6", "1о3о7"):
        assert {number.value for number in find_numbers(tokenize(f"повернулися {written} людей"), VOCABULARY)} == {0}
    for written, value in (("103х", 103), ("5км", 5), ("30", 30)):
        assert [number.value for number in find_numbers(tokenize(f"було {written} там"), VOCABULARY)] == [value]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("півтори тисячі", 1500), ("полторы тысячи", 1500), ("полтора десятка", 15), ("дві з половиною тисячі", 2500),
        ("две с половиной тысячи", 2500), ("two and a half thousand", 2500), ("half a thousand", 500),
        ("півтисячі", 500), ("полсотни", 50), ("1,2 тис.", 1200), ("2,4 тысячи", 2400), ("3.25 thousand", 3250),
        ("трьома десятками", 30), ("три десятка", 30),
    ],
)  # fmt: skip
def test_halves_and_parts_of_thousands(words: str, value: int) -> None:
    assert [n.value for n in find_numbers(tokenize(words), VOCABULARY)] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("понад 6 тисяч. 205 захисників удома", [6000, 205]),  # the stop ends a sentence
        ("over 7 thousand. 300 soldiers came home", [7000, 300]),
        ("понад 6 тис. 205 осіб", [6205]),  # and that of an abbreviation does not
        ("вже 6 тис. 24 травня вернули ще", [6000, 24]),
        ("6 тисяч 20 людей", [6020]),
    ],
)
def test_a_full_stop_joins_no_two_numbers(text: str, values: list[int]) -> None:
    assert [n.value for n in find_numbers(tokenize(text), VOCABULARY)] == values


@pytest.mark.parametrize(
    "text",
    [
        "від початку вторгнення",
        "с начала вторжения",
        "передали друг другу",
        "другой обмен",
        "третина з них",
        "першочергово",
    ],
)
def test_words_that_begin_like_an_ordinal_are_none(text: str) -> None:
    # "другу" alone may be a Ukrainian ordinal.
    assert [n.value for n in find_numbers(tokenize(text.replace("другу", "")), VOCABULARY)] == []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("сто чотирнадцятий", 114), ("другого", 2), ("второй", 2), ("третьего", 3), ("третьої", 3), ("четвёртая", 4),
        ("шосте", 6), ("седьмым", 7), ("перших", 1), ("сто первый", 101), ("one hundred and first", 101), ("п'ятдесят перший", 51),
        ("сотий", 100), ("дев'яносто дев'ятий", 99), ("тринадцятий", 13), ("двенадцатый", 12), ("seventieth", 70),
    ],
)  # fmt: skip
def test_ordinals(words: str, value: int) -> None:
    assert [(n.value, n.is_ordinal) for n in find_numbers(tokenize(words), VOCABULARY)] == [(value, True)]


@pytest.mark.parametrize("words", ["30-for-30", "146х146", "146x146", "1,000-for-1,000", "103 на 103"])
def test_both_numbers_of_a_formula(words: str) -> None:
    first, second = find_numbers(tokenize(words), VOCABULARY)
    assert first.value == second.value > 0
    assert not first.is_ordinal


@pytest.mark.parametrize(
    "words",
    ["пятдесять сім", "one hundered and six", "Fourty-one", "тисача двісті", "2О5", "a hundred and a half"],
)
def test_a_misspelt_number_is_no_other_number(words: str) -> None:
    assert {n.value for n in find_numbers(tokenize(words), VOCABULARY)} == {0}


@pytest.mark.parametrize(
    ("words", "value"), [("в четверг сорок", 40), ("two serve in the navy", 2), ("у неділю сто", 100)]
)
def test_words_that_only_look_like_numbers_harm_none(words: str, value: int) -> None:
    assert [n.value for n in find_numbers(tokenize(words), VOCABULARY)] == [value]


def test_a_long_run_of_digits_and_letters_costs_no_more_by_the_token() -> None:
    def lines(text: str) -> int:
        """Lines of Python run: a measure of work that machine load does not change."""
        run, tokens = 0, tokenize(text)

        def count(_frame: object, event: str, _argument: object) -> object:
            nonlocal run
            run += event == "line"
            return count

        sys.settrace(count)
        try:
            find_numbers(tokens, VOCABULARY)
        finally:
            sys.settrace(None)
        return run

    assert lines("1q" * 800) < 5 * lines("1q" * 200)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2 сотні захисників", [200]), ("3 сотни военных", [300]), ("3 hundred soldiers", [300]), ("2 dozen", [24]),
        ("1,5 сотні", [150]), ("пів десятка цивільних", [5]), ("пів тисячі", [500]),
        ("several dozen defenders", [0]), ("a few hundred", [0]), ("several thousand", [0]), ("several 20 mm guns", [20]),
        ("thirty – three of them women", [30, 3]), ("between one hundred and two hundred", [100, 200]),
        ("one thousand and two hundred", [1200]), ("a couple of hundred soldiers", [0]), ("a couple of soldiers", [2]),
        ("a couple hundred soldiers", [0]), ("a couple of hundreds", [0]), ("більше тисяч полонених", []),
        ("понад сотню полонених", [100]), ("більше сотні людей", [100]), ("сотні людей чекали", []),
        ("более сотни военных", [100]), ("сотни семей", []), ("передали більше тисячі тіл", [1000]),
        ("около тысячи тел", [1000]), ("тысячи тел", []), ("полтораста пленных", [150]), ("дві сотні", [200]),
    ],
)  # fmt: skip
def test_multiples_and_vague_ones(text: str, values: list[int]) -> None:
    """What is of no known number is 0: it becomes an issue where it counts people."""
    assert [number.value for number in find_numbers(tokenize(text), VOCABULARY)] == values
