"""The commands that print results: every format, the quote of every figure, files that other programs can open."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from frictionless import validate

from orchestration.cli.main import main
from tests.conftest import deployment
from tests.support.scripted_deployment import ScriptedDeployment

HQ, PRESIDENT = "koordshtab_telegram", "president_uk"


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedDeployment:
    scripted = ScriptedDeployment(deployment(tmp_path_factory.mktemp("answers")))
    post = scripted.announce(HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 150 захисників.")
    scripted.announce(
        HQ, "2024-05-05 15:00", "Сьогодні відбувся обмін: додому повернулися 157 захисників. Дякуємо ОАЕ за посередництво.",
        item=post, seen="2024-05-05 15:40",
    )  # fmt: skip
    scripted.announce(PRESIDENT, "2024-05-05 15:30", "Сьогодні відбувся обмін: 158 українців удома.")
    scripted.announce(
        HQ, "2024-07-05 15:00", "Сьогодні відбувся обмін | [усі](http://x.example) <b>вдома</b>: 95 захисників."
    )
    lone = scripted.announce(HQ, "2024-08-08 15:00", "Сьогодні відбувся обмін: додому повернулися 12 захисників.")
    scripted.delete(HQ, lone, "2024-08-08 16:00")
    # Two of one day, both withdrawn.
    first = scripted.announce(
        HQ, "2024-08-20 10:00", "Сьогодні відбувся 54-й обмін: додому повернулися 50 захисників."
    )
    scripted.announce(
        HQ, "2024-08-20 18:00", "Сьогодні відбувся 55-й обмін: додому повернулися 45 захисників.", item="edited"
    )
    scripted.announce(HQ, "2024-08-20 18:00", "Слава Україні!", item="edited", seen="2024-08-22 10:00")
    scripted.delete(HQ, first, "2024-08-21 10:00")
    scripted.announce(HQ, "2024-09-09 11:00", "Сьогодні відбувся 56-й обмін: додому повернулися 60 захисників.")
    scripted.announce(HQ, "2024-09-09 17:00", "Сьогодні відбувся 57-й обмін: додому повернулися 61 захисник.")
    scripted.refresh()
    return scripted


def obmin(scripted: ScriptedDeployment, *arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"OBMIN_DATA": str(scripted.settings.data.parent)})


def test_one_exchange_shows_every_figure_with_its_words(scripted: ScriptedDeployment) -> None:
    (found,) = json.loads(obmin(scripted, "exchange", "2024-05-05", "--json").stdout)
    assert (found["exchange"]["released_total"], found["exchange"]["mediators"]) == (157, ["uae"])
    (total,) = [figure for figure in found["figures"] if figure["measure"] == "released_total"]
    assert (total["value"], total["quote"], total["source_id"]) == (157, "157 захисників", HQ)
    assert (total["publishers_agreeing"], total["publishers_differing"]) == (1, 1)
    assert total["rule"] == "another source comes first for this measure"
    assert total["url"].startswith("https://t.me/")
    assert [(row["value"], row["source_id"], row["standing_value"]) for row in found["conflicts"]] == [
        (158, PRESIDENT, 157)
    ]
    assert [(row["measure"], row["old_value"], row["new_value"]) for row in found["revisions"]] == [
        ("released_total", 150, 157)
    ]
    assert [(row["source_id"], row["minutes_after_first"]) for row in found["sources"]] == [(HQ, 0), (PRESIDENT, 30)]
    text = obmin(scripted, "exchange", "2024-05-05").stdout
    assert "157 захисників" in text
    assert "Sources that say otherwise" in text


def test_a_day_without_an_exchange_is_answered_with_the_nearest(scripted: ScriptedDeployment) -> None:
    result = obmin(scripted, "exchange", "2024-06-01")
    assert result.exit_code == 1
    assert result.output.strip() == (
        "Error: No exchange of 2024-06-01 is known; the nearest are of 2024-05-05 and 2024-07-05."
    )
    result = obmin(scripted, "exchange", "2024-08-08")
    assert result.output.strip() == ("Error: exchange-2024-08-08 was withdrawn: its source deleted the announcement.")


def test_an_id_is_answered_about_that_exchange(scripted: ScriptedDeployment) -> None:
    deleted = "exchange-2024-08-20 was withdrawn: its source deleted the announcement."
    edited = "exchange-2024-08-20b was withdrawn: the announcement was edited and no longer tells it."
    told = {
        "exchange-2024-08-20": deleted,
        "exchange-2024-08-20b": edited,
        "2024-08-20": f"{deleted} {edited}",
        "exchange-2024-08-20c": (
            "No exchange-2024-08-20c is known; of 2024-08-20 there is exchange-2024-08-20 and exchange-2024-08-20b."
        ),
        "exchange-2024-07-05b": "No exchange-2024-07-05b is known; of 2024-07-05 there is exchange-2024-07-05.",
        "exchange-2024-06-01": "No exchange of 2024-06-01 is known; the nearest are of 2024-05-05 and 2024-07-05.",
    }
    assert {asked: obmin(scripted, "exchange", asked).output.strip() for asked in told} == {
        asked: f"Error: {answer}" for asked, answer in told.items()
    }


def test_an_exchange_is_asked_for_by_its_day_or_its_id(scripted: ScriptedDeployment) -> None:
    by_day, by_id = (obmin(scripted, "exchange", asked) for asked in ("2024-05-05", "exchange-2024-05-05"))
    assert (by_id.exit_code, by_id.output) == (0, by_day.output)
    assert obmin(scripted, "exchange", "exchange-2024-05-05-2").exit_code == 1
    for wrong in ("exchange-2024-05-35", "2024-05-05-2", "soon"):
        result = obmin(scripted, "exchange", wrong)
        assert result.exit_code == 2
        assert "is neither a day, like 2024-12-30, nor an official number" in " ".join(result.output.split())
    assert "exchange [OPTIONS] DATE|NUMBER|ID" in obmin(scripted, "exchange", "--help").output


def test_a_day_with_two_exchanges_shows_both_and_a_number_or_an_id_one(scripted: ScriptedDeployment) -> None:
    def ids(asked: str) -> list[str]:
        return [
            one["exchange"]["exchange_id"] for one in json.loads(obmin(scripted, "exchange", asked, "--json").stdout)
        ]

    assert ids("2024-09-09") == ["exchange-2024-09-09", "exchange-2024-09-09b"]
    assert ids("57") == ids("exchange-2024-09-09b") == ["exchange-2024-09-09b"]
    assert ids("exchange-2024-09-09") == ["exchange-2024-09-09"]
    result = obmin(scripted, "exchange", "99")
    assert (result.exit_code, result.output.strip()) == (
        1, "Error: No exchange with the official number 99 is known; the highest number known is 57.",
    )  # fmt: skip


def test_a_year_of_two_digits_is_refused(scripted: ScriptedDeployment) -> None:
    result = obmin(scripted, "exchanges", "--year", "24")
    assert result.exit_code == 2
    assert "24 is not in the range 2022<=x<=2099" in " ".join(result.output.split())


def test_a_struct_is_printed_as_json(scripted: ScriptedDeployment) -> None:
    assert '{"a": 1, "b": ["x"]}' in obmin(scripted, "sql", "select {'a': 1, 'b': ['x']} as held").stdout


QUERY = "select exchanged_on, released_total, mediators from marts.fct_exchanges order by exchange_id"


def test_any_query_in_every_form(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    answers = {
        form: obmin(scripted, "sql", QUERY, "--format", form).stdout for form in ("csv", "json", "markdown", "table")
    }
    assert list(csv.reader(io.StringIO(answers["csv"]))) == [
        ["exchanged_on", "released_total", "mediators"],
        ["2024-05-05", "157", '["uae"]'],
        ["2024-07-05", "95", "[]"],
        ["2024-09-09", "60", "[]"],
        ["2024-09-09", "61", "[]"],
    ]
    assert json.loads(answers["json"])[0] == {
        "exchanged_on": "2024-05-05",
        "released_total": 157,
        "mediators": ["uae"],
    }
    assert obmin(scripted, "sql", QUERY, "--json").stdout == answers["json"]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in answers["markdown"].splitlines()]
    assert cells[0] == ["exchanged_on", "released_total", "mediators"]
    assert cells[2:] == [
        ["2024-05-05", "157", "uae"],
        ["2024-07-05", "95", ""],
        ["2024-09-09", "60", ""],
        ["2024-09-09", "61", ""],
    ]
    assert "2024-05-05" in answers["table"]
    file = tmp_path / "answer.parquet"
    assert obmin(scripted, "sql", QUERY, "--format", "parquet", "-o", str(file)).exit_code == 0
    assert pq.read_table(file).to_pylist()[0]["mediators"] == ["uae"]


def test_text_from_outside_is_one_inert_cell_of_markdown(scripted: ScriptedDeployment) -> None:
    query = "select text from marts.dim_announcements where text like '%|%'"
    lines = obmin(scripted, "sql", query, "--format", "markdown").stdout.splitlines()
    assert len(lines) == 3
    assert r"обмін \| \[усі\](http://x.example) \<b\>вдома" in lines[2]


def test_text_from_outside_is_no_formula_in_a_spreadsheet(scripted: ScriptedDeployment) -> None:
    query = "select '=1+1' as a, '@x' as b, -5 as c, '157' as d, '-' as e"
    (_, row) = csv.reader(io.StringIO(obmin(scripted, "sql", query, "--format", "csv").stdout))
    assert row == ["'=1+1", "'@x", "-5", "157", "'-"]
    assert json.loads(obmin(scripted, "sql", query, "--json").stdout)[0]["a"] == "=1+1"


def test_text_with_a_lone_cr_stays_one_cell_of_csv(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    """For Python and DuckDB, as for a spreadsheet, a CR without quotes ends the line."""
    file = tmp_path / "answer.csv"
    query = "select 'a' || chr(13) || 'b' as x, 'c' || chr(10) || 'd' as y, 1 as z"
    assert obmin(scripted, "sql", query, "--format", "csv", "-o", str(file)).exit_code == 0
    assert file.read_bytes() == b'x,y,z\n"a\rb","c\nd",1\n'
    with file.open(encoding="utf-8", newline="") as lines:
        assert list(csv.reader(lines)) == [["x", "y", "z"], ["a\rb", "c\nd", "1"]]


def test_text_from_outside_commands_no_terminal(scripted: ScriptedDeployment) -> None:
    query = "select 'a' || chr(27) || '[31m' || chr(8238) || 'b' as text, [chr(7)] as list"
    answer = obmin(scripted, "sql", query).stdout
    assert "a�[31m�b" in answer
    assert not {"\x1b", "\x07", "\u202e"} & set(answer)


def test_columns_that_share_a_name_are_not_lost(scripted: ScriptedDeployment) -> None:
    result = obmin(scripted, "sql", "select 1 as a, 2 as a", "--json")
    assert result.exit_code == 1
    assert "Two columns of the answer are named a; name them apart" in result.output


def test_the_export_opens_everywhere_and_describes_itself(scripted: ScriptedDeployment, tmp_path: Path) -> None:
    result = obmin(scripted, "export", str(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    report = validate(str(tmp_path / "datapackage.json"))
    assert report.valid, [task.errors for task in report.tasks]
    expected = {(2024, 5, 157), (2024, 7, 95), (2024, 9, 60), (2024, 9, 61)}
    rows: list[dict[str, Any]] = pq.read_table(tmp_path / "parquet" / "marts_fct_exchanges.parquet").to_pylist()
    assert {(row["exchanged_on"].year, row["exchanged_on"].month, row["released_total"]) for row in rows} == expected
    lines = (tmp_path / "jsonl" / "marts_fct_exchanges.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["released_total"] for line in lines] == [157, 95, 60, 61]
    with sqlite3.connect(tmp_path / "obmin.sqlite") as database:
        assert database.execute(
            "select released_total, mediators, exchanged_on from marts_fct_exchanges order by exchange_id limit 2"
        ).fetchall() == [(157, '["uae"]', "2024-05-05"), (95, "[]", "2024-07-05")]
        assert [row[1] for row in database.execute("pragma table_info(marts_fct_exchanges)") if row[5]] == [
            "exchange_id"
        ]
        assert database.execute("pragma foreign_key_list(marts_fct_figures)").fetchall()
        assert database.execute("pragma foreign_key_check").fetchall() == []
        assert database.execute(
            "select description from data_dictionary where \"table\" = 'marts_fct_exchanges' and \"column\" = 'women'"
        ).fetchall() == [("Women among those released.",)]
    parquet = pq.read_schema(tmp_path / "parquet" / "marts_fct_exchanges.parquet")
    assert (parquet.metadata or {})[b"key"] == b"exchange_id"
    assert parquet.field("women").metadata[b"description"] == b"Women among those released."
    dictionary = (tmp_path / "data-dictionary.md").read_text("utf-8")
    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    names = {resource["path"].removeprefix("csv/").removesuffix(".csv") for resource in package["resources"]}
    assert {path.stem for path in (tmp_path / "csv").iterdir()} == names
    assert "marts.fct_withdrawn_exchanges" in dictionary
    assert package["licenses"][0]["name"] == "CC0-1.0"
    assert {"meta-about", "meta-sources", "marts-dim-verdicts", "marts-dim-mediators"} <= {
        resource["name"] for resource in package["resources"]
    }
    (figures,) = [one for one in package["resources"] if one["name"] == "marts-fct-figures"]
    assert {"fields": "exchange_id", "reference": {"resource": "marts-fct-exchanges", "fields": "exchange_id"}} in (
        figures["schema"]["foreignKeys"]
    )
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["description"], (resource["name"], field["name"])
