"""Queries that people are given: each question's SQL in docs/queries.md and docs/more-queries.md returns the answer
printed under it, on the sample; the report's queries can be asked again from their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import Settings
from tests.support.documented_queries import Question, cells, questions


def test_there_are_twenty() -> None:
    assert len(questions()) == 20


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.words)
def test_the_answer_is_true(built_sample: Settings, question: Question) -> None:
    result = CliRunner().invoke(
        main, ["sql", question.query, "--format", "markdown"], env={"OBMIN_DATA": str(built_sample.data.parent)}
    )
    assert result.exit_code == 0, result.output
    assert cells(result.stdout.splitlines()) == question.answer


def test_the_query_behind_a_chart_can_be_asked_again_from_its_file(built_sample: Settings) -> None:
    queries = sorted(Path(built_sample.report / "sql").glob("*.sql"))
    assert "by_year.sql" in [query.name for query in queries]
    for query in queries:
        result = CliRunner().invoke(
            main, ["sql", "-", "--json"], env={"OBMIN_DATA": str(built_sample.data.parent)}, input=query.read_text()
        )
        assert result.exit_code == 0, result.output
        assert isinstance(json.loads(result.stdout), list)
