"""docs/queries.md: each question's SQL returns the answer printed under it, on the sample."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import PROJECT, Settings

PAGE = (PROJECT / "docs" / "queries.md").read_text("utf-8")


class Question(NamedTuple):
    words: str
    query: str
    answer: list[list[str]]


def cells(lines: list[str]) -> list[list[str]]:
    """A Markdown table's cells, without the line under its heading."""
    split = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [split[0], *split[2:]]


def questions() -> list[Question]:
    found = []
    for part in PAGE.split("### ")[1:]:
        heading, *lines = part.strip().splitlines()
        query = "\n".join(line.strip() for line in lines if line.startswith("    "))
        found.append(Question(heading, query, cells([line for line in lines if line.startswith("|")])))
    return found


def test_there_are_twelve() -> None:
    assert len(questions()) == 12


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.words)
def test_the_answer_is_true(built_sample: Settings, question: Question) -> None:
    result = CliRunner().invoke(
        main, ["sql", question.query, "--format", "markdown"], env={"OBMIN_DATA": str(built_sample.data.parent)}
    )
    assert result.exit_code == 0, result.output
    assert cells(result.stdout.splitlines()) == question.answer
