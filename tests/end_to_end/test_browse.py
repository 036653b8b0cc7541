"""`obmin browse`: Datasette on the published data, as a browser finds it: the twenty questions, inert texts, no writing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.queries.browser import browsable_data
from orchestration.settings import PROJECT, Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.publish import publish
from tests.conftest import deployment
from tests.support.alerting_deployment import HQ
from tests.support.documented_queries import Question, questions
from tests.support.scripted_deployment import ScriptedDeployment

OBMIN = str(Path(sys.executable).parent / "obmin")
IN_SQLITE: list[dict[str, str]] = yaml.safe_load(
    (PROJECT / "orchestration/queries/questions.yaml").read_text("utf-8")
)


@contextmanager
def browsing(settings: Settings) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running `obmin browse`, and the address that it names."""
    environment = {**os.environ, "OBMIN_DATA": str(settings.data.parent)}
    command = [OBMIN, "browse", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line.startswith("The data on http://127.0.0.1:"), line
            yield line.removeprefix("The data on ").partition(";")[0], process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def sample(built_sample: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The sample's published copy alone, in a folder of its own."""
    settings = deployment(tmp_path_factory.mktemp("browse"))
    settings.data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(built_sample.published, settings.published)
    return settings


@pytest.fixture(scope="module")
def address(sample: Settings) -> Iterator[str]:
    with browsing(sample) as (address, _):
        yield address


def page(address: str, path: str = "") -> BeautifulSoup:
    answer = requests.get(f"{address}{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def plain(value: Any) -> Any:
    """A value of DuckDB as SQLite holds it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def test_the_questions_are_those_of_the_pages() -> None:
    assert [question["words"] for question in IN_SQLITE] == [question.words for question in questions()]


@pytest.mark.parametrize(
    ("number", "question"), list(enumerate(questions(), start=1)), ids=lambda given: str(given)[:3]
)
def test_a_question_has_the_same_answer_as_in_duckdb(
    address: str, sample: Settings, number: int, question: Question
) -> None:
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        cursor = connection.execute(question.query)
        names = [column[0] for column in cursor.description or []]
        expected = [[plain(value) for value in row] for row in cursor.fetchall()]
    answer = requests.get(f"{address}/question_{number}.json?_shape=arrays", timeout=60).json()
    assert answer["columns"] == names
    assert answer["rows"] == expected
    assert expected


def test_the_pages_say_what_they_show(address: str) -> None:
    start = page(address.removesuffix("/obmin"))
    assert start.h1 is not None
    assert start.h1.get_text(strip=True) == "Prisoner exchanges between Ukraine and Russia"
    footer = start.find("footer")
    assert footer is not None
    assert "CC0 1.0 for the facts" in footer.get_text()
    database = page(address).get_text()
    assert "3. Which were the two largest exchanges?" in database
    exchanges = page(address, "/exchanges")
    assert "Every exchange, with its year." in exchanges.get_text()
    facets = {facet.get_text(" ", strip=True).split()[0] for facet in exchanges.select(".facet-info-name")}
    assert facets == {"year", "status", "has_conflict", "mediators"}
    described = {cell.get_text(strip=True): text for cell in exchanges.select("dt") if (text := cell.find_next("dd"))}
    assert described["exchanged_on"].get_text() == "Day of the exchange in Kyiv."
    figures = page(address, "/marts_fct_figures?_facet=source_id")
    assert "Key: exchange_id, measure, category, parent_branch." in figures.get_text()
    # A key leads to the row of the table that it refers to.
    assert figures.select_one('a[href^="/obmin/marts_dim_sources/"]') is not None
    publishers = page(address, "/statements").select('.facet-info[data-column="publisher"] li a')
    assert "President of Ukraine" in [link.get_text() for link in publishers]


def test_every_table_and_column_that_is_named_exists(sample: Settings) -> None:
    data = browsable_data(sample)
    with sqlite3.connect(data.file) as database:
        held = {
            name: {column[1] for column in database.execute(f'pragma table_info("{name}")')}
            for (name,) in database.execute("select name from sqlite_master where type in ('table', 'view')")
        }
    tables = data.metadata["databases"]["obmin"]["tables"]
    assert set(tables) == set(held)
    for name, table in tables.items():
        facets = {one if isinstance(one, str) else one["array"] for one in table.get("facets", ())}
        named = facets | {table[key] for key in ("sort_desc", "label_column") if key in table}
        assert named <= held[name], name
        if name not in ("data_dictionary", "made_from"):
            assert {column for column, text in table["columns"].items() if text} >= held[name], name


def test_a_view_describes_a_column_as_the_table_that_it_comes_from(sample: Settings) -> None:
    tables = browsable_data(sample).metadata["databases"]["obmin"]["tables"]
    assert {name: tables[name]["columns"]["url"] for name in ("figures", "statements")} == {
        name: tables[f"marts_fct_{name}"]["columns"]["url"] for name in ("figures", "statements")
    }


@pytest.mark.parametrize("sql", ["delete from marts_fct_exchanges", "create table x (y)", "attach 'x' as y"])
def test_nothing_can_be_written(address: str, sample: Settings, sql: str) -> None:
    before = (sample.data / "browse" / "obmin.sqlite").read_bytes()
    assert requests.get(f"{address}.json", params={"sql": sql}, timeout=60).status_code == 400
    assert requests.post(f"{address}.json", data={"sql": sql}, timeout=60).status_code in (403, 405)
    assert (sample.data / "browse" / "obmin.sqlite").read_bytes() == before


def test_a_value_that_would_fill_the_memory_is_refused(address: str) -> None:
    refused = requests.get(f"{address}.json", params={"sql": "select zeroblob(200000000)"}, timeout=60)
    assert (refused.status_code, "too big" in refused.text) == (400, True)


def test_a_name_that_another_site_gave_to_this_machine_is_refused(address: str) -> None:
    assert requests.get(address, headers={"Host": "evil.example"}, timeout=60).status_code == 400


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address of this machine")
def test_it_is_served_to_this_machine_only(address: str) -> None:
    port = int(address.split(":")[2].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=10):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=10)


def test_a_refused_query_prints_nothing_and_ctrl_c_one_sentence(sample: Settings) -> None:
    with browsing(sample) as (address, process):
        for form in (".csv", ".json", ""):
            answer = requests.get(f"{address}{form}", params={"sql": "delete from marts_fct_exchanges"}, timeout=60)
            assert (answer.status_code, "Statement must be a SELECT" in answer.text) == (400, True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "Stopped.\n")


def test_a_hostile_text_is_inert_and_a_new_publication_makes_the_file_anew(tmp_path: Path) -> None:
    scripted = ScriptedDeployment(deployment(tmp_path))
    attack = "<script>alert(name)</script><img src=x onerror=alert(name)>"
    scripted.announce(
        HQ,
        "2026-05-20 12:00",
        f"Сьогодні відбувся обмін полоненими: {attack} повернулися наші захисники. Згодом більше.",
    )
    scripted.refresh()
    (quote,) = scripted.rows("select quote from marts.fct_statements where measure = 'event'")[0]
    assert attack in quote
    with browsing(scripted.settings) as (address, _):
        for path in ("/statements", "/marts_fct_statements", "/marts_dim_announcements?_facet=text"):
            shown = page(address, path)
            assert attack in shown.get_text()
            assert not [tag for tag in shown.find_all("script") if "alert(" in tag.get_text()]
            assert not shown.select("img[onerror]")
    first = browsable_data(scripted.settings).file.stat()
    assert browsable_data(scripted.settings).file.stat() == first
    publish(Warehouse(scripted.settings), "test")
    assert browsable_data(scripted.settings).file.stat().st_ino != first.st_ino


def test_a_damaged_file_is_made_anew(tmp_path: Path, sample: Settings) -> None:
    settings = deployment(tmp_path)
    (settings.data / "browse").mkdir(parents=True)
    shutil.copyfile(sample.published, settings.published)
    (settings.data / "browse" / "obmin.sqlite").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)
    whole = browsable_data(settings).file.stat().st_size
    assert whole > 100_000
    with (settings.data / "browse" / "obmin.sqlite").open("r+b") as file:
        file.seek(whole // 2)
        file.write(bytes(40 * 4096))
    with closing(sqlite3.connect(browsable_data(settings).file)) as database:
        assert database.execute("pragma quick_check").fetchall() == [("ok",)]


def test_without_datasette_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.cli.browse.find_spec", lambda _: None)
    result = CliRunner().invoke(main, ["browse"], env={"OBMIN_DATA": str(tmp_path)})
    assert (result.exit_code, result.output) == (
        1,
        "Error: `obmin browse` needs Datasette, which is not installed: run "
        "`.venv-uv/bin/uv sync --inexact --no-dev --extra browse` in the "
        'checkout, or `pip install "datasette>=0.65"` where Obmin is installed.\n',
    )


def test_before_the_first_run_it_says_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["browse", "--port", "0"], env={"OBMIN_DATA": str(tmp_path)})
    assert (result.exit_code, "run `obmin run` first" in result.output) == (1, True)
