"""docs/queries.md and docs/more-queries.md: each question's SQL returns the answer printed under it, on the sample."""

from __future__ import annotations

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
