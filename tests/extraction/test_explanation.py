"""Why a text was read as it was: the explanation must show the evidence that decided."""

from __future__ import annotations

from datetime import date

from scrapers.extraction.explanation import explain
from scrapers.extraction.model import STRETCH
from scrapers.extraction.reading import read_all

DAY = date(2026, 3, 5)
TEXT = (
    "Сьогодні відбувся обмін полоненими. Додому повернулися 157 людей: 150 військових і 7 цивільних. "
    "Погода на вихідні буде тепла, до 12 градусів."
)


def test_each_number_is_explained_and_the_sum_that_closed_is_shown() -> None:
    explained = explain(TEXT, None, DAY)
    assert [number.quote for number in explained.numbers] == ["157", "150", "7", "12"]
    assert [number.labels[0][0].split()[0] for number in explained.numbers] == [
        "released_total", "military", "civilians", "none",
    ]  # fmt: skip
    assert explained.sums == ["released_total 157 = military 150 + civilians 7"]
    assert all(TEXT[number.start : number.end] == number.quote for number in explained.numbers)


def test_what_makes_it_an_exchange_is_the_sentence_that_says_so() -> None:
    explained = explain(TEXT, None, DAY)
    assert explained.kinds[0][0] == "exchange"
    assert "Погода" not in explained.sentences[0][0]


def test_words_that_weighed_stand_beside_the_number() -> None:
    """Also where the label is all but certain: a drop of its probability would be 0.00."""
    officers, women = explain("Обмін завершено. Серед звільнених 12 офіцерів і 7 жінок.", None, DAY).numbers
    for number, word in ((officers, "офіце"), (women, "жінок")):
        assert number.labels[0][1] > 0.9
        assert all(weight > 1 for _, weight in number.weights)
        assert number.weights[0][0] == f"word {word}"


def test_each_named_day_says_whose_day_it_is() -> None:
    explained = explain(
        "4 березня відбувся обмін: додому повернулися 93 захисники. 1 березня визволили 50.", None, DAY
    )
    assert [(day.quote, day.day) for day in explained.days] == [
        ("4 березня", date(2026, 3, 4)), ("1 березня", date(2026, 3, 1)),
    ]  # fmt: skip
    assert [day.labels[0][0] for day in explained.days] == [
        "date of an event that is main", "date of an event that is recap",
    ]  # fmt: skip


def test_a_text_ruled_out_says_so() -> None:
    assert explain("У Києві 12 градусів тепла, вітер слабкий.", None, DAY).ruled_out


def test_a_number_far_down_a_long_text_is_explained_as_it_was_read() -> None:
    text = "Сьогодні відбувся обмін полоненими. " + "Родини чекали. " * STRETCH + "Додому повернулися 93 захисники."
    (number,) = explain(text, None, DAY).numbers
    (rejected_or_stated,) = [
        *(s for s in read_all(text, None, DAY).statements if s.value == 93),
        *(r for r in read_all(text, None, DAY).rejected if r.quote == "93"),
    ]
    is_stated = hasattr(rejected_or_stated, "measure")
    assert is_stated == (number.labels[0][0].startswith("released_total"))
