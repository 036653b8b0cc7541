"""`obmin sql`: its results as strict JSON, what it refuses, and how it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.defs.stopping import SENTENCE
from orchestration.output import formats


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "sample").mkdir()
    with duckdb.connect(str(folder / "sample" / "obmin.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.t as select 1 as x")
    return folder


def ask(data: Path, *arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(main, ["sql", *arguments], env={"OBMIN_DATA": str(data), **environment})


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


# One case a line: SQL for a column, and its value in JSON.
VALUES = [
    ("null", None),
    ("true", True),
    ("170141183460469231731687303715884105727", 170141183460469231731687303715884105727),
    ("1.50::decimal(9, 2)", 1.5),
    ("0.1234567890123456789::decimal(38, 19)", "0.1234567890123456789"),
    ("'nan'::double", "NaN"),
    ("'-inf'::float", "-Infinity"),
    ("[1.5, 'nan'::float]", [1.5, "NaN"]),
    ("{'a': [{'b': 'inf'::float}]}", {"a": [{"b": "Infinity"}]}),
    ("map {1: 'one', 2: 'two'}", [[1, "one"], [2, "two"]]),
    ("interval '1 month 2 days 3.5 seconds'", "P1M2DT3.5S"),
    ("interval 0 second", "PT0S"),
    (r"'\xFF\x00'::blob", "ff00"),
    ("'101'::bit", "101"),
    ("date '2024-12-30'", "2024-12-30"),
    ("timestamp '2024-12-30 15:00:01.5'", "2024-12-30T15:00:01.500000"),
    ("timestamptz '2024-12-30 15:00:00+02'", "2024-12-30T13:00:00+00:00"),
    ("timestamp_ns '2024-12-30 15:00:00.123456789'", "2024-12-30 15:00:00.123456789"),
    ("time '24:00:00'", "24:00:00"),
    ("timetz '12:00:00+02'", "12:00:00+02"),
    ("'x'::enum('x')", "x"),
    ("'{\"a\": 1}'::json", '{"a": 1}'),
    ("chr(0) || 'обмін' || chr(128512)", "\x00обмін\U0001f600"),
    ("union_value(a := 1)", 1),
]


def test_every_kind_of_value_is_strict_json(data: Path) -> None:
    columns = ", ".join(f"{value} as c{place}" for place, (value, _) in enumerate(VALUES))
    for encoding in ("utf-8", "latin-1"):
        result = CliRunner(charset=encoding).invoke(
            main, ["sql", f"select {columns}", "--json"], env={"OBMIN_DATA": str(data)}
        )
        assert result.exit_code == 0, result.output
        (row,) = json.loads(result.stdout_bytes.decode(encoding), parse_constant=refuse)
        assert list(row.values()) == [expected for _, expected in VALUES]
    assert json.loads(ask(data, "select 1 as x where false", "--json").output) == []


def test_a_terminal_does_not_obey_the_json_that_it_shows(data: Path) -> None:
    shown = ask(data, "select chr(155) || '31m' || chr(8238) || 'red' as text", "--json").output
    assert not {"\x9b", "\u202e"} & set(shown)
    assert json.loads(shown) == [{"text": "\x9b31m\u202ered"}]


REFUSED = [
    ("", "There is nothing to answer"),
    (" ; -- nothing\n", "There is nothing to answer"),
    ("select 1 as a; select 2 as a", "Those are 2 statements; ask one at a time."),
    ("pivot (select 1 a) on a; select 2 as a", "Those are 3 statements"),
    ("selec 1", "Parser Error"),
    ("select * from nowhere", "Catalog Error"),
    ("select 1 as a, 2 as a", "Two columns of the answer are named a"),
    ("select date 'infinity' as d", 'select it as text: "d"::varchar'),
    ("select list(range) as l from range(1000000000)", "more memory than it may have"),
    ("select * from range(1000000000) order by random()", "more memory than it may have"),
    # A query can reach nothing outside the file.
    *(
        (f"select * from {function}", "file system operations are disabled")
        for function in ("read_csv('/etc/passwd')", "read_text('/etc/passwd')", "read_blob('/etc/passwd')",
                         "glob('/*')", "sniff_csv('/etc/passwd')", "parquet_metadata('/x')")
    ),
    ("from '/etc/passwd'", "Catalog Error"),
    ("select * from data", "Catalog Error"),  # a Python variable
    ("select getenv('HOME') as home", "getenv does not exist"),
    *(
        (statement, "statement, and the published copy only answers questions")
        for statement in ("attach '/tmp/x.db'", "copy (select 1) to '/tmp/x.csv'", "export database '/tmp/x'",
                          "install httpfs", "load httpfs", "set threads = 1", "set enable_external_access = true",
                          "pragma enable_profiling", "create temp table x as select 1", "delete from marts.t",
                          "begin", "checkpoint", "vacuum", "use memory", "prepare x as select 1")
    ),
]  # fmt: skip


def test_what_is_refused_is_refused_in_a_sentence(data: Path) -> None:
    for query, sentence in REFUSED:
        result = ask(data, query, OBMIN_SQL_MEMORY="100MB")
        assert isinstance(result.exception, SystemExit), (query, result.exception)
        assert result.exit_code == 1, query
        assert sentence in " ".join(result.output.split()), (query, result.output)
    for query in ("describe marts.t", "show all tables", "explain select 1", "from marts.t",
                  "pivot (select 1 a, 2 b) on a using sum(b);", "with a as (select 1 as b) from a"):  # fmt: skip
        assert ask(data, query).exit_code == 0, query


@pytest.mark.parametrize("order", [("-- the answer\nselect 42 as n", "--json"), ("--json", "--\nselect 42 as n")])
def test_a_query_may_begin_with_a_comment(data: Path, order: tuple[str, str]) -> None:
    """As those do to which the report links."""
    result = ask(data, *order)
    assert (result.exit_code, json.loads(result.stdout)) == (0, [{"n": 42}])
    assert ask(data, "--jsn", "select 1").exit_code == 2


def test_a_long_answer_is_no_table_and_streams(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(formats, "MOST_ROWS_OF_A_TABLE", 3)
    query = "select range as n from range(4)"
    for form in ("table", "markdown"):
        result = ask(data, query, "--format", form)
        assert result.exit_code == 1
        assert "more than 3 rows" in result.output
    assert ask(data, query, "--format", "csv").output == "n\n0\n1\n2\n3\n"
    # More rows than one batch, in every file format.
    query = "select range as n from range(5000)"
    for form in ("csv", "json", "parquet"):
        assert ask(data, query, "--format", form, "-o", str(tmp_path / f"n.{form}")).exit_code == 0
        assert duckdb.sql(f"select count(*), sum(n) from '{tmp_path / f'n.{form}'}'").fetchall() == [(5000, 12497500)]


def test_a_file_is_written_whole_or_not_at_all(data: Path, tmp_path: Path) -> None:
    before = tmp_path / "answer.csv"
    before.write_text("what was there")
    for query, to, sentence in (
        ("select error('no luck') as x", before, "no luck"),
        ("select 1 as x", tmp_path / "nowhere" / "x.csv", "can't be written: No such file or directory"),
        ("select 1 as x", before / "x.csv", "can't be written: Not a directory"),
        ("select 1 as x", Path("/dev/full"), "can't be written: No space left on device"),
        ("select 1 as x", tmp_path / ("x" * 300), "can't be written: File name too long"),
        ("select 1 as x", data / "sample" / "obmin.duckdb", "lies in Obmin's own data"),
    ):
        result = ask(data, query, "--format", "csv", "-o", str(to))
        assert result.exit_code == 1
        assert sentence in result.output
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("answer.csv", "what was there")]
    assert ask(data, "select 1 as x", "--format", "csv", "-o", str(before)).exit_code == 0
    assert before.read_text() == "x\n1\n"


def _seconds_worked(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# The second query never checks for an interrupt.
ENDLESS = ["select count(*) from range(100000000000)", "select levenshtein(repeat('a', 90000), repeat('b', 90000))"]


@pytest.mark.parametrize("query", ENDLESS)
def test_time_is_limited_and_ctrl_c_ends_it(data: Path, query: str) -> None:
    command = [sys.executable, "-m", "orchestration.cli", "sql", query]
    environment = {**os.environ, "OBMIN_DATA": str(data), "OBMIN_SQL_SECONDS": "1"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: The query took longer than 1 seconds and was stopped")
    assert len(result.stderr.splitlines()) == 1

    environment["OBMIN_SQL_SECONDS"] = "60"
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        # Starting takes a second of CPU time; a process that has used more is running the query.
        while _seconds_worked(process.pid) < 2.5:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(10) == 130
        assert time.monotonic() - began < 2.5
        assert process.stderr is not None
        assert process.stderr.read().strip() == SENTENCE
