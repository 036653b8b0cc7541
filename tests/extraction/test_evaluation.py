"""Scores: exchanges that are read and are not there count against the reader, and those that are missed, too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scrapers.extraction.records import Event, Reading, Statement
from scrapers.extraction.training import __main__
from scrapers.extraction.training.commands import main
from scrapers.extraction.training.evaluation import judge
from scrapers.extraction.training.examples import Example, example
from scrapers.extraction.training.labelled_texts import load_texts

DAY = date(2027, 6, 8)
ONE = "Сьогодні вдома {50|1.released_total} людей, 70 родин чекають."
TWO = "Вранці вдома {50|1.released_total} людей, увечері ще {70|2.released_total}."


def labelled(folder: Path, text: str, dates: tuple[str, ...] = ("2027-06-08", "2027-06-08")) -> Example:
    events = "".join(
        f"    {number}: {{kind: exchange, role: main{f', date: {day}' if day else ''}}}\n"
        for number, day in enumerate(dates[: 1 + ("2." in text)], 1)
    )
    (folder / "one.yaml").write_text(
        f"- id: uk-1\n  published_at: 2027-06-08\n  kind: exchange\n  invented: true\n  events:\n{events}  text: {text!r}\n"
    )
    return example(load_texts([folder / "one.yaml"])[0])


def reading(*totals: int) -> Reading:
    return Reading(
        "exchange", "uk", events=[Event("exchange", DAY, "text", False) for _ in totals],
        statements=[Statement("released_total", total, str(total), 0, 1, place) for place, total in enumerate(totals)],
    )  # fmt: skip


def test_each_total_of_exchanges_that_are_not_there_counts_as_stated(tmp_path: Path) -> None:
    score = judge([(labelled(tmp_path, ONE), reading(50, 70))]).fields["exchange.released_total"]
    assert (score.expected, score.stated, score.right) == (1, 2, 0)


def test_one_exchange_read_in_place_of_two_counts_as_stated(tmp_path: Path) -> None:
    score = judge([(labelled(tmp_path, TWO), reading(120))]).fields["exchanges.totals"]
    assert (score.expected, score.stated, score.right) == (1, 1, 0)
    score = judge([(labelled(tmp_path, TWO), reading(50, 70))]).fields["exchanges.totals"]
    assert (score.expected, score.stated, score.right) == (1, 1, 1)


def test_two_exchanges_of_as_many_people_are_two(tmp_path: Path) -> None:
    twice = TWO.replace("{70|", "{50|")
    score = judge([(labelled(tmp_path, twice), reading(50))]).fields["exchanges.totals"]
    assert (score.expected, score.stated, score.right) == (1, 1, 0)
    score = judge([(labelled(tmp_path, twice), reading(50, 50))]).fields["exchanges.totals"]
    assert (score.expected, score.stated, score.right) == (1, 1, 1)


def test_options_that_cannot_be_are_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["train", "--every", "0"], "--every is at least 1"),
        (["evaluate", "--folds", "1"], "--folds is at least 2"),
        (["evaluate", "--shares", "3"], "--shares are more than 0 and at most 1"),
        (["train", "--corpus", str(tmp_path)], "is no folder with labelled texts"),
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("sys.argv", ["training", *arguments])
            with pytest.raises(SystemExit, match=said):
                main()


def test_without_what_training_needs_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "find_spec", lambda name: None)
    assert __main__.main() == 1
    assert (
        capsys.readouterr().err == "Training needs jax and sklearn, which are not installed: run `make setup-dev`.\n"
    )
