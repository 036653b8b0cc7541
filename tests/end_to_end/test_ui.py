"""Dagster's pages as an operator sees them after a real run on the sample, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orchestration.defs.refresh_run import refresh
from orchestration.settings import Settings
from scrapers.sample.archive import DEFAULT_FOLDER
from tests.support.browser import browser_page
from tests.support.running_deployment import REFRESH, RunningDeployment, running_deployment, until

RUNS = """{ runsOrError { ... on Runs { results {
    runId status repositoryOrigin { repositoryName repositoryLocationName }
} } } }"""
JOBS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { pipelines { name runs { runId } } } } } }"
ASSETS = "{ assetNodes { assetKey { path } staleStatus staleCauses { reason key { path } } description } }"
CHECKS = """{ assetNodes { assetChecksOrError { ... on AssetChecks { checks {
    name executionForLatestMaterialization { status }
} } } } }"""
SECONDS = 1_000
expect.set_options(timeout=60 * SECONDS)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningDeployment, str]]:
    """A deployment that has run once, and the run's id."""
    folder = tmp_path_factory.mktemp("sample")
    with running_deployment(folder, lambda _: None, OBMIN_SAMPLE_ARCHIVE=str(DEFAULT_FOLDER)) as deployment:
        until(deployment.answers)
        assert deployment.ask(REFRESH)["launchPipelineExecution"]["__typename"] == "LaunchRunSuccess"
        until(lambda: deployment.ask(RUNS)["runsOrError"]["results"][0]["status"] in ("SUCCESS", "FAILURE"))
        yield deployment, deployment.ask(RUNS)["runsOrError"]["results"][0]["runId"]
        assert "Warning" not in deployment.log.read_text()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page() as page:
        yield page


def picture(page: Page, name: str) -> None:
    """Save a screenshot if `make pictures` asks for it."""
    if folder := os.environ.get("OBMIN_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


def test_the_graph_reads_as_the_layers(refreshed: tuple[RunningDeployment, str], page: Page) -> None:
    deployment, _ = refreshed
    page.goto(f"{deployment.address}/asset-groups")
    for room in (
        "pages",
        "history",
        "announcements",
        "statements",
        "staging",
        "intermediate",
        "marts",
        "reports",
        "publication",
    ):
        # Once in the list at the left, once in the graph.
        expect(page.get_by_text(room, exact=True).filter(visible=True).nth(1)).to_be_visible()
    picture(page, "graph")


def test_a_run_shows_its_steps(refreshed: tuple[RunningDeployment, str], page: Page) -> None:
    deployment, run_id = refreshed
    page.goto(f"{deployment.address}/runs/{run_id}")
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    expect(page.get_by_text("Finished execution of run for")).to_be_visible()
    for step in ("pages", "warehouse"):
        expect(page.get_by_text(step, exact=True).first).to_be_visible()
    picture(page, "run")


def test_an_asset_shows_its_rows_what_is_new_and_a_chart(
    refreshed: tuple[RunningDeployment, str], page: Page
) -> None:
    deployment, _ = refreshed
    page.goto(f"{deployment.address}/assets/publication/obmin_duckdb")
    # The sample has 81 exchanges, the last of them on 15 May 2026.
    expect(page.get_by_text("81", exact=True).first).to_be_visible()
    expect(page.get_by_role("cell", name="https://t.me/Koord_shtab/2628", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("^[0-9a-z]+ (second|minute)s? ago$")).first).to_be_visible()
    picture(page, "asset")
    page.get_by_text("[Show Markdown]").click()
    chart = page.get_by_role("img", name="People released, by month")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.complete && image.naturalWidth > 0")
    picture(page, "chart")


def test_an_asset_shows_its_checks(refreshed: tuple[RunningDeployment, str], page: Page) -> None:
    deployment, _ = refreshed
    page.goto(f"{deployment.address}/assets/marts/fct_exchanges?view=checks")
    expect(page.get_by_text("Checks (8)")).to_be_visible()
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(8)
    page.get_by_text("every_figure_has_a_quote").first.click()
    expect(page.get_by_text("Each figure of an exchange is backed by a statement")).to_be_visible()
    picture(page, "checks")


def test_a_run_from_the_terminal_with_nothing_new_shows_and_leaves_nothing_out_of_date(
    refreshed: tuple[RunningDeployment, str], page: Page
) -> None:
    deployment, _ = refreshed
    outcome = refresh(Settings("sample", deployment.data, DEFAULT_FOLDER), lambda _: None)
    assert (outcome.failures, outcome.has_published) == ([], False)
    (repository,) = deployment.ask(JOBS)["repositoriesOrError"]["nodes"]
    runs = {job["name"]: len(job["runs"]) for job in repository["pipelines"]}
    assert runs["refresh"] == 2  # the one that the fixture launched, and this one
    results = deployment.ask(RUNS)["runsOrError"]["results"]
    assert [run["repositoryOrigin"] for run in results] == [
        {"repositoryName": "__repository__", "repositoryLocationName": "obmin"}
    ] * 2
    page.goto(f"{deployment.address}/overview/activity/timeline")
    expect(page.get_by_text("refresh", exact=True).first).to_be_visible()
    states = {"/".join(node["assetKey"]["path"]): node for node in deployment.ask(ASSETS)["assetNodes"]}
    stale = {name: node["staleCauses"] for name, node in states.items() if node["staleStatus"] != "FRESH"}
    assert stale.keys() <= {"pages/history"}, stale
    assert "Raw SQL" not in str(states)
    nodes = deployment.ask(CHECKS)["assetNodes"]
    checks = [check for node in nodes for check in node["assetChecksOrError"].get("checks", ())]
    assert len(checks) > 50
    # Doubts of the sample wait for a person; everything else holds.
    assert {check["name"]: status for check in checks if (status := status_of(check)) != "SUCCEEDED"} == {
        "nothing_waits_for_review": "FAILED"
    }


def status_of(check: dict[str, Any]) -> str:
    return str(check["executionForLatestMaterialization"]["status"])
