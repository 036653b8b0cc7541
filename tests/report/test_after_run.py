"""The report after a run: renewed with news, drawn when it is missing, its page of sources kept up to date."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestration.report.site_folder import MARK
from orchestration.settings import Settings
from tests.conftest import deployment, run
from tests.support.channel_posts import CHANNEL, OTHER, POSTS, show


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A deployment with two channels that draws its report."""
    for source in (CHANNEL, OTHER):
        show(tmp_path, source, POSTS)
    return deployment(tmp_path, tmp_path / "archive", draws_report=True)


def publication(settings: Settings) -> str:
    return str(json.loads((settings.report / MARK).read_text())["publication_id"])


def test_a_run_with_news_renews_the_report_and_one_without_leaves_it(small: Settings, tmp_path: Path) -> None:
    outcome, steps = run(small)
    assert (outcome.failures, steps[-2:]) == ([], ["publication alerts", "publication report"])
    first, front = publication(small), (small.report / "index.html").stat().st_mtime_ns
    run(small)
    assert (publication(small), (small.report / "index.html").stat().st_mtime_ns) == (first, front)
    show(tmp_path, CHANNEL, POSTS[:-1])
    run(small)
    assert publication(small) != first


def test_a_missing_report_is_drawn_without_news(small: Settings) -> None:
    run(small)
    shutil.rmtree(small.report)
    outcome, _ = run(small)
    assert (outcome.has_published, outcome.failures) == (False, [])
    assert (small.report / "index.html").is_file()


def test_a_source_that_breaks_shows_without_news(small: Settings, tmp_path: Path) -> None:
    run(small)
    page = small.report / "sources.html"
    assert page.read_text("utf-8").count("did not answer the last time") == 0
    show(tmp_path, OTHER, [])
    run(small)
    assert page.read_text("utf-8").count("did not answer the last time") == 1
    assert f"<code>{OTHER}</code>" in page.read_text("utf-8")


def test_a_report_that_can_not_be_drawn_is_one_problem_and_ends(
    small: Settings, tmp_path: Path, alert_bodies: list[dict[str, Any]]
) -> None:
    """Whether a run has news or not; the facts are published and alerts delivered all the same."""
    small.report.mkdir(parents=True)
    (small.report / "mine.txt").write_text("not a report")
    for has_published in (True, False):
        outcome, _ = run(small)
        assert outcome.has_published is has_published
        assert [sentence for sentence in outcome.failures if "holds other files" in sentence] == outcome.failures
        assert len(outcome.failures) == 1
    assert [(body["kind"], body["problem"]["cause"]) for body in alert_bodies] == [
        ("problem", "step publication__report")
    ]
    (small.report / "mine.txt").unlink()
    outcome, _ = run(small)
    assert outcome.failures == []
    assert [body["kind"] for body in alert_bodies] == ["problem", "recovery"]


def test_a_deployment_can_do_without_a_report(small: Settings, tmp_path: Path) -> None:
    without = deployment(tmp_path, tmp_path / "archive")
    _, steps = run(without)
    assert "publication report" not in steps
    assert not without.report.exists()
