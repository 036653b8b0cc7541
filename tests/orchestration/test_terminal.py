"""The commands that print tables, on real terminals of several widths and in a pipe, on the sample."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from rich.cells import cell_len

from orchestration.queries.answers import print_answer
from orchestration.settings import PROJECT, Settings
from tests.support.hostile_text import HOSTILE
from tests.support.pseudo_terminal import columns_of, obmin_in_a_pipe, obmin_in_a_terminal
from tests.support.scripted_deployment import ScriptedDeployment

WIDTHS = (60, 80, 100, 120)
COLUMNS = (
    "exchange_id", "exchanged_on", "official_number", "stage", "released_total", "military",
    "civilians", "women", "officers", "returned_to_russia", "mediators", "status", "has_conflict", "announcement_url",
)  # fmt: skip
# The exchanges of 2024: the day, its official number and how many came home.
EXCHANGES_OF_2024 = (
    ("2024-01-03", "49", "230"), ("2024-01-31", "50", "207"), ("2024-02-08", "51", "100"), ("2024-05-31", "52", "75"),
    ("2024-06-25", "53", "90"), ("2024-07-17", "54", "95"), ("2024-08-24", "55", "115"), ("2024-09-13", "56", "49"),
    ("2024-09-14", "57", "103"), ("2024-10-18", "58", "95"), ("2024-12-30", "59", "189"),
)  # fmt: skip
# The exchange of 2024-12-30: each figure, with the start of its quote.
FIGURES = (
    ("official_number", "59", "59-й обмін"), ("released_total", "189", "189 українців"),
    ("civilians", "2", "двоє цивільних"), ("returned_to_russia", "150", "150 российских"),
    ("officers", "14", "14 офіцерів"), ("privates_and_sergeants", "173", "173 рядових"),
    ("armed_forces", "87", "87 військовослужбовців"), ("national_guard", "43", "43 – НГУ"),
    ("border_guard", "33", "33 – ДПСУ"), ("navy", "24", "24 – ВМС"),
    ("territorial_defence of armed_forces", "17", "17 – ТрО"),
)  # fmt: skip


@pytest.fixture
def data(built_sample: Settings) -> Path:
    return built_sample.data.parent


@pytest.mark.parametrize("width", WIDTHS)
def test_the_exchanges_of_a_year_take_a_line_each(data: Path, width: int) -> None:
    printed = obmin_in_a_terminal(data, width, "exchanges", "--year", "2024")
    assert printed.status == 0
    assert printed.widest <= width
    for day, number, released in EXCHANGES_OF_2024:
        (line,) = (line for line in printed.lines if day in line.split())
        assert {number, released} <= set(line.split())
    heading = next(number for number, line in enumerate(printed.lines) if line.startswith("─"))
    rows = [line for line in printed.lines[heading + 1 :] if line.startswith(("2024-", "exchange-"))]
    assert len(rows) == len(EXCHANGES_OF_2024)
    below = " ".join(printed.lines[heading + 1 + len(rows) :])
    left_out = re.fullmatch("Left out: (.*); --wide shows all\\.", below)
    assert left_out is not None
    assert {*columns_of(printed.lines), *left_out[1].split(", ")} == set(COLUMNS)
    assert not set(columns_of(printed.lines)) & set(left_out[1].split(", "))


def test_wide_shows_all_columns_as_a_pipe_does(data: Path) -> None:
    asked = ("exchanges", "--year", "2024", "--wide")
    wide, piped = obmin_in_a_terminal(data, 80, *asked), obmin_in_a_pipe(data, *asked)
    assert piped.raw == obmin_in_a_pipe(data, "exchanges", "--year", "2024", COLUMNS="80").raw
    assert tuple(piped.lines[0].split()) == COLUMNS
    assert "\x1b" not in piped.raw
    assert not re.search("[─━│┃…]", piped.raw)
    assert len(piped.lines) == 1 + len(EXCHANGES_OF_2024)
    assert piped.lines[-1].split()[:3] == ["exchange-2024-12-30", "2024-12-30", "59"]
    assert piped.lines[-1].endswith("https://t.me/Koord_shtab/2392")
    # On the terminal there is a rule between the names and the rows.
    assert [line for line in wide.lines if not line.startswith("─")] == piped.lines


@pytest.mark.parametrize("width", WIDTHS)
def test_an_exchange_is_read_on_one_screen(data: Path, width: int) -> None:
    printed = obmin_in_a_terminal(data, width, "exchange", "2024-12-30")
    assert printed.widest <= width
    assert len(printed.lines) <= (80 if width < 80 else 60)
    begin = printed.lines.index("Figures, each with the quote it comes from")
    for name, value, quote in FIGURES:
        figures = enumerate(printed.lines[begin:], begin)
        (at,) = (at for at, line in figures if re.match(rf"{name} +{value}( |$)", line))
        said = " ".join(line.strip() for line in printed.lines[at : at + (3 if width < 80 else 2)])
        assert quote in said
        assert re.search(r"(koordshtab|russia_mod)_telegram", said)
        assert re.search(r"t\.me/(Koord_shtab/2392|mod_russia/29060)", said)
    below = " ".join(printed.lines[-2:])
    for left_out in ("rule", "confidence", "first_said_at", "last_said_at"):
        assert left_out in below
    assert below.endswith("--wide shows all.")
    words = " ".join(" ".join(printed.lines).split())
    assert "2024-12-30 15:20 the announcement was edited: koordshtab_telegram, t.me/Koord_shtab/2392" in words


def test_a_quote_is_cut_on_a_terminal_and_whole_where_all_is_shown(data: Path) -> None:
    narrow = obmin_in_a_terminal(data, 60, "exchange", "2024-07-17")
    # 60 cells: the indentation, the quotes, 31 for the words, two spaces, the address.
    assert "    “один — із добровольчого формув…”  t.me/Koord_shtab/2337" in narrow.lines
    wide = obmin_in_a_terminal(data, 60, "exchange", "2024-07-17", "--wide")
    assert "один — із добровольчого формування територіальної громади" in wide.raw
    assert "…" not in wide.raw


QUERY_OF_ALL = "select * from marts.fct_exchanges where exchange_id = 'exchange-2024-12-30'"


def test_a_query_that_does_not_fit_is_printed_one_value_a_line(data: Path) -> None:
    printed = obmin_in_a_terminal(data, 80, "sql", QUERY_OF_ALL)
    assert printed.widest <= 80
    assert "announcement_url             https://t.me/Koord_shtab/2392" in printed.lines
    assert "privates_and_sergeants       173" in printed.lines
    assert len(printed.lines) == 22  # the columns of the table
    query = (
        "select exchanged_on, released_total, announcement_url from marts.fct_exchanges where official_number = 59"
    )
    fits = obmin_in_a_terminal(data, 80, "sql", query)
    assert fits.lines[-1].split() == ["2024-12-30", "189", "https://t.me/Koord_shtab/2392"]
    wide = obmin_in_a_terminal(data, 80, "sql", QUERY_OF_ALL, "--wide")
    assert len(wide.lines) == 3
    assert wide.widest > 200
    assert len(obmin_in_a_pipe(data, "sql", QUERY_OF_ALL).lines) == 2


ALERTS = (
    "alert_id", "kind", "subject", "decided_at", "channel", "state", "attempts", "delivered_at", "next_attempt_at",
    "last_error",
)  # fmt: skip
TABLES = {
    ("sources", "list"): ("source", "publisher", "language", "precedence", "listing", "access", "markup evidence"),
    ("sources", "check"): ("source", "verdict", "pages", "items", "newest (UTC)", "selectors hit"),
    ("settings",): ("setting", "value", "from", "meaning"),
    ("evaluate", str(PROJECT / "scrapers" / "extraction" / "corpus" / "en_traps.yaml")): (
        "field", "expected", "recall", "precision", "wrong",
    ),
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("arguments", TABLES, ids=lambda arguments: arguments[0])
def test_every_table_fits_and_names_what_it_leaves_out(data: Path, width: int, arguments: tuple[str, ...]) -> None:
    check_table(data, width, arguments, TABLES[arguments])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_of_alerts_fits_and_names_what_it_leaves_out(
    twice_alerted: ScriptedDeployment, tmp_path: Path, width: int
) -> None:
    """The sample itself has alerts at some hours only: its digest is not decided before nine in Kyiv."""
    check_table(tmp_path, width, ("alerts", "list"), ALERTS)


def check_table(data: Path, width: int, arguments: tuple[str, ...], columns: tuple[str, ...]) -> None:
    printed = obmin_in_a_terminal(data, width, *arguments)
    assert (printed.status, printed.widest <= width) == (0, True), printed.raw
    left_out = re.findall("Left out: (.*?); --wide shows all", " ".join(printed.lines))
    named = left_out[0].split(", ") if left_out else []
    shown = columns_of(printed.lines)  # a title above a name is a part of it here
    for name in columns:
        is_shown = any(column.replace(" ", "").endswith(name.replace(" ", "")) for column in shown)
        assert is_shown != (name in named), name
    assert set(named) <= set(columns)


def test_what_waits_for_review_is_wrapped(data: Path) -> None:
    printed = obmin_in_a_terminal(data, 60, "review", "list")
    assert printed.widest <= 60
    waiting = len(json.loads(obmin_in_a_pipe(data, "review", "list", "--json").raw))
    assert f"Announcements that wait for review: {waiting}." in printed.lines
    text = "\n".join(printed.lines)
    assert "https://t.me/DIUkraine/672" in text
    assert "ac1265e88d64fa1ac1773076" in text


@pytest.fixture
def text_of_a_post(tmp_path: Path) -> Path:
    path = tmp_path / "post.txt"
    path.write_text("Сьогодні відбувся обмін полоненими: вдома 157 захисників. " * 3 + HOSTILE, "utf-8")
    return path


def test_a_reading_is_wrapped_at_words(data: Path, text_of_a_post: Path) -> None:
    arguments = ("read", "--explain", "--published-at", "2024-05-05", str(text_of_a_post))
    printed = obmin_in_a_terminal(data, 60, *arguments)
    assert printed.status == 0
    # A space may stand at the end of a full line.
    assert max(cell_len(line.rstrip()) for line in printed.lines) <= 60
    assert any("released_total = 157" in line for line in printed.lines)
    piped = obmin_in_a_pipe(data, *arguments)
    assert not {"\x1b", "\u202e", "\u200f"} & set(piped.raw)
    assert max(map(len, piped.lines)) > 150


def test_a_run_ends_with_the_answer_on_one_screen(built_sample: Settings, tmp_path: Path) -> None:
    shutil.copytree(built_sample.data, tmp_path / "sample")
    report = tmp_path / "sample" / "report" / "index.html"
    without = obmin_in_a_terminal(tmp_path, 80, "run", OBMIN_REPORT="no")
    assert not any(line.startswith("Report: ") for line in without.lines)  # it would be the one of before
    printed = obmin_in_a_terminal(tmp_path, 80, "run", OBMIN_REPORT="yes")
    assert printed.status == 0
    assert len(printed.lines) <= 25
    paths = [f"Warehouse: {tmp_path}/sample/obmin.duckdb", f"Report: {report}"]
    assert [line for line in printed.lines if line in paths] == paths
    assert all(cell_len(line) <= 80 for line in printed.lines if line not in paths)
    (year,) = (line.split() for line in printed.lines if line.startswith("2025 "))
    assert year == ["2025", "20", "2090+", "84", "2174+", "10", "10", "2310"]
    assert any(line.startswith("2026-05-15") and "t.me/mod_russia/33580" in line for line in printed.lines)
    told = " ".join(printed.lines)
    assert "2025: officials count 10 exchanges and this record 20" in told
    assert "2022: officials count 1596 people and this record 1569: not explained (+27)." in told
    assert any(line.startswith("Next, for example: .venv/bin/obmin exchange 2026-05-15") for line in printed.lines)


def test_more_years_stay_on_one_screen(
    built_sample: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten years, of which seven have a difference; what is left out is counted, with the command that shows it."""
    copied = replace(built_sample, data=tmp_path / "sample")
    copied.published.parent.mkdir()
    shutil.copy(built_sample.published, copied.published)
    copied.published.chmod(0o644)
    with duckdb.connect(str(copied.published)) as connection:
        connection.execute(
            "insert into reports.by_year by name "
            "select * replace (year - 5 as year, 'not explained (+1)' as why_released_differ, "
            "null as why_exchanges_differ) from reports.by_year"
        )
    print_answer(copied)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 25
    assert [line.split()[0] for line in lines if re.match("20[12][0-9] ", line)] == [
        "2022", "2023", "2024", "2025", "2026",
    ]  # fmt: skip
    assert "5 earlier years: obmin sql 'from reports.by_year'" in lines
    assert "5 more differences: obmin sql 'from reports.reconciliation_items'" in lines


def test_the_readme_shows_what_a_run_prints(built_sample: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(built_sample)
    printed = capsys.readouterr().out
    assert f"Report: {built_sample.report / 'index.html'}" in printed.splitlines()
    readme = (PROJECT / "README.md").read_text("utf-8")
    (shown,) = re.findall("```\n(Exchanges and people released.*?)```", readme, re.DOTALL)
    assert printed.startswith(shown)
