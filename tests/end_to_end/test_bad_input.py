"""Mistakes of users and failures around them: one error sentence each, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from orchestration.cli.main import main
from orchestration.settings import PROJECT
from orchestration.warehouse import database as working
from orchestration.warehouse.database import WarehouseError, reading
from scrapers.sample.archive import DEFAULT_FOLDER


@pytest.fixture
def obmin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path))

    def call(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=stdin)

    return call


def sentence(result: Result) -> str:
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())


def test_unknown_command(obmin: Any) -> None:
    result = obmin("fetsh")
    assert result.exit_code == 2
    assert "No such command 'fetsh'" in sentence(result)


def test_unknown_source(obmin: Any) -> None:
    result = obmin("fetch", "koordshtab_facebook")
    assert result.exit_code == 1
    assert "There is no source 'koordshtab_facebook'. Known sources: koordshtab_telegram, president_uk," in sentence(
        result
    )


def test_source_that_the_sample_has_not(obmin: Any) -> None:
    result = obmin("fetch", "koordshtab")
    assert result.exit_code == 1
    assert "The sample archive holds nothing of koordshtab; it has koordshtab_telegram, president_uk," in sentence(
        result
    )


def test_the_live_sites_are_reported_whom_to_write_to(obmin: Any) -> None:
    result = obmin("--profile", "live", "fetch")
    assert result.exit_code == 1
    assert "set OBMIN_CONTACT to your e-mail or web address" in sentence(result)


def test_warehouse_of_another_program(obmin: Any, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    with duckdb.connect(str(tmp_path / "sample" / "working.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.pages (page_id text)")
    result = obmin("extract")
    assert result.exit_code == 1
    assert "is a DuckDB file, but none of Obmin's. Run `obmin rebuild`" in sentence(result)


def test_no_warehouse_yet(obmin: Any) -> None:
    result = obmin("exchanges")
    assert result.exit_code == 1
    assert "run `obmin run` first" in sentence(result)
    assert "run `obmin --profile live run` first" in sentence(obmin("--profile", "live", "exchanges"))


@pytest.mark.parametrize("query", ["delete from marts.t", "select * from nowhere", "copy (select 1) to 'x.csv'"])
def test_sql_can_only_read(obmin: Any, tmp_path: Path, query: str) -> None:
    (tmp_path / "sample").mkdir()
    with duckdb.connect(str(tmp_path / "sample" / "obmin.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.t as select 1 as x")
    result = obmin("sql", query)
    assert result.exit_code == 1
    assert "The warehouse can't answer that" in sentence(result)
    assert json.loads(obmin("sql", "select x from marts.t", "--json").output) == [{"x": 1}]


def test_a_query_from_standard_input_is_utf_8() -> None:
    result = CliRunner().invoke(main, ["sql", "-"], input=b"select '\xff'")
    assert (result.exit_code, "Standard input holds bytes that are no UTF-8" in result.output) == (2, True)


def test_a_closed_standard_input_is_no_bug(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec '{sys.executable}' -m orchestration.cli sql - <&-"],
        cwd=PROJECT, env={**os.environ, "OBMIN_DATA": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "bug" not in done.stderr
    assert done.returncode in (1, 2)


def test_file_that_is_no_warehouse(obmin: Any, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "working.duckdb").write_text("this is a letter to grandmother")
    result = obmin("extract")
    assert result.exit_code == 1
    assert "not a DuckDB warehouse at all. Run `obmin rebuild`" in sentence(result)


def test_working_file_locked_by_another_run(obmin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "LOCK_SECONDS", 0.1)
    (tmp_path / "sample").mkdir()
    with FileLock(tmp_path / "sample" / "working.lock"):
        result = obmin("extract")
    assert result.exit_code == 1
    assert "Another run is writing" in sentence(result)


def test_sample_archive_that_is_not_there(obmin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_SAMPLE_ARCHIVE", "/nowhere")
    result = obmin("fetch")
    assert result.exit_code == 1
    assert "There is no sample archive at /nowhere" in sentence(result)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "Line 1 is not JSON"),
        ('{"title": "x"}', 'Line 1 has no "text"'),
        ('{"text": "x", "published_at": "soon"}', "published_at of line 1 is 'soon'; write it as"),
    ],
)
def test_read_says_which_line_is_wrong(obmin: Any, line: str, message: str) -> None:
    result = obmin("read", "--jsonl", stdin=line + "\n")
    assert result.exit_code == 1
    assert message in sentence(result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jsonl", "--published-at", "2024-05-31"], "With --jsonl each line has its own title"),
        (["--title", "x", "README.md", "LICENSE"], "can't be that of several files"),
    ],
)
def test_read_ignores_no_option(obmin: Any, arguments: list[str], message: str) -> None:
    result = obmin("read", *arguments, stdin="")
    assert (result.exit_code, message in result.output) == (2, True)


def test_read_takes_utf_8_whatever_the_terminal_is(obmin: Any) -> None:
    line = json.dumps({"text": "Погода гарна."}, ensure_ascii=False).encode()
    assert json.loads(obmin("read", "--jsonl", stdin=b"\xef\xbb\xbf" + line).output)["kind"] == "other"
    result = obmin("read", "--jsonl", stdin=line + b"\n" + line.decode().encode("cp1251"))
    assert "Line 2 is not UTF-8 text" in result.output


def test_read_gives_an_object_a_line(obmin: Any) -> None:
    lines = [
        {
            "text": "Сьогодні відбувся обмін полоненими: додому повернулися 50 захисників.",
            "published_at": "2024-05-31T23:30:00+00:00",
            "url": "u",
        },
        {"text": "Погода гарна."},
    ]
    result = obmin("read", "--jsonl", stdin="\n".join(json.dumps(line) for line in lines))
    first, second = (json.loads(line) for line in result.output.splitlines())
    assert (first["url"], first["kind"], first["events"][0]["date"]) == ("u", "exchange", "2024-06-01")
    assert first["events"][0]["released_total"] == 50
    assert set(first["statements"][0]) >= {"measure", "value", "quote", "start", "end"}
    assert (second["kind"], second["events"], second["claims"]) == ("other", [], [])


def test_archive_with_broken_yaml_says_which_file(tmp_path: Path) -> None:
    broken = tmp_path / "archive"
    shutil.copytree(DEFAULT_FOLDER, broken)
    (broken / "koordshtab_telegram" / "2026.yaml").write_text("- {id: 1, at: ")
    result = CliRunner().invoke(
        main, ["fetch"], env={"OBMIN_DATA": str(tmp_path / "data"), "OBMIN_SAMPLE_ARCHIVE": str(broken)}
    )
    assert result.exit_code == 1
    assert "2026.yaml is not valid YAML" in sentence(result)


def test_published_file_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "obmin.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t as select 1 as x")
    with reading(path) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("insert into t values (2)")
    letter = tmp_path / "letter.duckdb"
    letter.write_text("x" * 5000)
    with pytest.raises(WarehouseError, match="not a DuckDB warehouse at all"), reading(letter):
        pass
