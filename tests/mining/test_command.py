"""The command `obmin mine`: what is mined, what a rerun leaves, the report, and what is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from orchestration.cli.main import main
from scrapers.extraction.version import reader_version
from scrapers.mining import libraries, mined_file
from scrapers.mining.parquet_files import FORM
from scrapers.mining.run import LOCK
from tests.support.generated_warcs import EXCHANGE, EXCHANGE_EN, WEATHER, Written, article, members

PAGES = [
    Written("https://visnyk.example/1", article(EXCHANGE, "Обмін").encode()),
    Written("https://visnyk.example/2", article(WEATHER, "Погода").encode()),
    Written("https://visnyk.example/3", article(EXCHANGE_EN, "Exchange").encode()),
]
PARTS = members(PAGES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two WARC files of one name, and another file, in the folder `warcs`; the command is run beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OBMIN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("OBMIN_RAY", raising=False)
    for name in ("warcs/a/crawl.warc.gz", "warcs/b/crawl.warc.gz"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"".join(PARTS))
    (tmp_path / "warcs" / "crawl.cdx").write_text("an index")
    return tmp_path


def mine(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mine", "--workers", "1", "--out", "out", *arguments])


def report(*arguments: str) -> dict:
    return json.loads(mine("--json", *arguments).stdout)


def parquet_files() -> list[Path]:
    return sorted(Path("out").glob("*.parquet"))


def test_each_file_becomes_one_parquet_file_and_a_rerun_does_nothing(folder: Path) -> None:
    result = mine("warcs")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "2 WARC files mined, 0 were done before: out",
        "6 records, 6 pages, 4 passed the filter,",
        "4 texts, 18 statements",
        "             4  text",
        "             2  no words",
        "1 other files of the folders are not named *.warc or *.warc.gz",
    ]  # fmt: skip
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert len(parquet_files()) == 2
    written = [path.stat().st_mtime_ns for path in parquet_files()]
    again = mine("warcs", str(folder / "warcs" / "a"))  # the same files by another name
    assert again.exit_code == 0
    assert "0 WARC files mined, 2 were done before" in again.stdout
    assert [path.stat().st_mtime_ns for path in parquet_files()] == written
    assert [path.name for path in Path("out").iterdir() if path.suffix not in (".parquet", ".lock")] == []
    rows = [row for path in parquet_files() for row in pq.read_table(path).to_pylist()]
    assert sorted({row["warc"] for row in rows}) == ["warcs/a/crawl.warc.gz", "warcs/b/crawl.warc.gz"]


def test_a_file_that_grew_a_newer_extractor_and_a_damaged_result_are_mined_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report("warcs")["mined"] == 2
    with (folder / "warcs/a/crawl.warc.gz").open("ab") as file:
        file.write(PARTS[0])
    grown = report("warcs")
    assert (grown["mined"], grown["done_before"], grown["texts"]) == (1, 1, 5)
    parquet_files()[0].write_bytes(parquet_files()[0].read_bytes()[:-20])
    assert report("warcs")["mined"] == 1
    for path in parquet_files():
        written = json.loads(pq.read_metadata(path).metadata[b"obmin"]) | {"version": "0.of an extractor before"}
        table = pq.read_table(path).replace_schema_metadata({b"obmin": json.dumps(written).encode()})
        pq.write_table(table, path)
    assert report("warcs")["mined"] == 2


def test_what_is_no_warc_is_one_sentence_each_and_the_others_are_mined(folder: Path) -> None:
    (folder / "letter.warc").write_text("Dear reader")
    (folder / "empty").mkdir()
    (folder / "torn.warc.gz").write_bytes(b"".join(PARTS)[:-4])
    result = mine("letter.warc", "empty", "gone.warc", "torn.warc.gz", "warcs")
    assert result.exit_code == 1
    assert "3 WARC files mined" in result.stdout
    assert result.stderr.splitlines() == [
        "Failed: empty is a folder without a WARC file; name one with files *.warc or *.warc.gz.",
        "Failed: There is no gone.warc; look whether it was moved, and name a WARC file or a folder.",
        "Failed: letter.warc has no WARC record; it is left out. Name WARC files, plain or gzip.",
        f"Failed: torn.warc.gz: {len(PARTS[2]) - 4:,} bytes from byte {len(PARTS[0] + PARTS[1]):,} on can't be read "
        "(the file stops within a record); the rest was mined.",
    ]
    as_json = report("letter.warc", "empty", "gone.warc", "torn.warc.gz", "warcs")
    assert len(as_json["failures"]) == 4
    # A rerun still says that it is torn.
    assert as_json["done_before"] == 3


def test_a_file_that_is_no_warc_any_more_leaves_no_old_result(folder: Path) -> None:
    assert report("warcs/a")["mined"] == 1
    (folder / "warcs/a/crawl.warc.gz").write_text("overwritten")
    assert mine("warcs/a").exit_code == 1
    assert parquet_files() == []


def test_pages_left_out_are_named_up_to_a_number_and_all_in_the_report(folder: Path) -> None:
    broken = Written(
        "https://visnyk.example/broken", b"\x01", (("Content-Type", "text/html"), ("Content-Encoding", "br"))
    )
    (folder / "broken.warc.gz").write_bytes(b"".join(members([broken] * 23)))
    result = mine("broken.warc.gz")
    assert result.exit_code == 0
    named = [line for line in result.stderr.splitlines() if line.startswith("Warning: https://visnyk.example/broken")]
    assert len(named) == 20
    assert "Warning: 3 more pages were left out; --json names them all." in result.stderr
    assert len(report("broken.warc.gz")["files"][0]["counts"]["skipped"]) == 23


@pytest.mark.parametrize(
    ("engine", "library", "extra"),
    [("local", "fastwarc", "mining"), ("ray", "ray", "ray"), ("ray", "fastwarc", "ray")],
)
def test_without_its_extra_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, engine: str, library: str, extra: str
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == library else object())
    result = mine("warcs", "--engine", engine)
    assert result.exit_code == 1
    assert result.output == (
        f"Error: `obmin mine` needs {library}, which is not installed: run `.venv-uv/bin/uv sync --inexact --no-dev "
        f"--extra {extra}` in the checkout, or `pip install 'obmin[{extra}]'` elsewhere.\n"
    )


def test_it_writes_nothing_into_obmins_own_data_nor_beside_another_run(folder: Path) -> None:
    result = CliRunner().invoke(main, ["mine", "warcs", "--out", "data/sample/mined"])
    assert result.exit_code == 1
    assert "lies in Obmin's own data" in result.output
    Path("out").mkdir()
    with FileLock(Path("out") / LOCK):
        result = mine("warcs")
    assert result.exit_code == 1
    assert result.output == "Error: Another run is mining into out; wait for its end, or name another folder.\n"


def test_a_cluster_that_does_not_answer_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_RAY", "nonsense://here")
    result = mine("warcs")
    assert result.exit_code == 1
    assert result.output.startswith("Error: The Ray cluster at nonsense://here can't be reached: ")
    assert result.output.endswith("Look at OBMIN_RAY and the cluster, or take --engine local.\n")
    assert result.output.count("\n") == 1


def test_the_version_is_that_of_the_columns_the_words_and_the_extractor() -> None:
    columns, words, extractor = mined_file.mining_version().split(".")
    assert (columns, extractor) == (str(FORM), reader_version())
    assert len(words) == 6
