"""`obmin docs`: dbt's documentation as one page that opens on an overview of our own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import DBT_PROJECT
from tests.support.browser import browser_page
from tests.support.scripted_deployment import ScriptedDeployment

OVERVIEW = DBT_PROJECT / "models" / "overview.md"
HEADING = "Obmin: the record of prisoner exchanges between Ukraine and Russia"


@pytest.fixture(scope="module")
def page(one_exchange: ScriptedDeployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documentation")
    environment = {"OBMIN_DATA": str(one_exchange.settings.data.parent), "OBMIN_PROFILE": "sample"}
    result = CliRunner().invoke(main, ["docs", str(folder / "site")], env=environment)
    assert result.exit_code == 0, result.output
    return folder / "site" / "index.html"


def test_the_documentation_has_every_table_our_overview_and_not_dbts(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "fct_exchange_revisions" in text
    assert "Every change of a figure after its exchange was first announced" in text
    assert HEADING in text
    assert "auto-generated documentation" not in text


def test_what_the_overview_links_to_exists() -> None:
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    linked = re.findall(r"\[(\w+)\.(\w+)\]\(#!/model/model\.obmin\.(\w+)\)", OVERVIEW.read_text("utf-8"))
    assert ("marts", "fct_exchanges", "fct_exchanges") in linked
    for schema, named, model in linked:
        assert named == model
        assert (DBT_PROJECT / "models" / schema / f"{model}.sql").exists()
    selected = re.findall(r"`\+?([a-z]+_[a-z_]+)\+?`", OVERVIEW.read_text("utf-8"))
    assert {"fct_exchanges", "stg_statements", "fct_figures"} <= set(selected) <= models


def test_a_browser_opens_it_on_the_overview_and_goes_on_to_a_table(page: Path) -> None:
    with browser_page() as opened:
        opened.goto(page.as_uri())
        opened.get_by_role("heading", name=HEADING).wait_for()
        opened.get_by_role("link", name="marts.fct_figures").click()
        opened.get_by_role("heading", name="fct_figures").wait_for()
        assert opened.get_by_text("the rule that chose it").is_visible()
