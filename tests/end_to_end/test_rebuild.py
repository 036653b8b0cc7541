"""A rebuild from the archive alone: the same facts byte for byte, with revisions and withdrawals.

From a damaged archive: what is whole is read, what is gone is kept if anything else has it, and both are reported.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from orchestration.cli.main import main
from orchestration.settings import INVASION, KYIV
from orchestration.warehouse.build import build
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.export import export
from orchestration.warehouse.extract import extract
from orchestration.warehouse.fetch import fetch
from orchestration.warehouse.load import load
from orchestration.warehouse.publish import publish
from scrapers.archive import PageArchive
from scrapers.http.client import HttpClient
from scrapers.registry import get_source
from scrapers.sample.server import serve
from tests.conftest import deployment
from tests.support.archive_damage import spans_of_responses, zeroed_block

CHANNEL, LATE = (get_source(name).as_excerpt() for name in ("koordshtab_telegram", "president_telegram"))
POSTS = [
    {
        "id": 11, "at": "2024-05-05 15:00", "edited_at": "2024-05-05 15:40",
        "text_before_edit": "Сьогодні відбувся обмін: додому повернулися 150 захисників.",
        "text": "Сьогодні відбувся обмін: додому повернулися 157 захисників.",
    },
    {
        "id": 12, "at": "2024-05-06 09:00", "deleted_at": "2024-05-06 10:00",
        "text": "Сьогодні відбувся обмін: додому повернулися 12 захисників.",
    },
    {"id": 13, "at": "2024-05-07 09:00", "text": "Працюємо далі."},
]  # fmt: skip
# Read at the last refresh only, so it arrives after posts that were published later.
LATE_POSTS = [
    {"id": 7, "at": "2024-05-05 14:20", "text": "Сьогодні відбувся обмін: 157 українців удома, серед них 9 жінок."}
]


def rebuilt(folder: Path) -> Result:
    return CliRunner().invoke(main, ["rebuild"], env={"OBMIN_DATA": str(folder)})


def assert_same(before: Path, after: Path, but: str = "") -> None:
    for path in sorted((before / "csv").iterdir()):
        if path.name.startswith("meta_"):
            continue  # when a copy was made, and when sources were asked
        assert path.name == but or path.read_bytes() == (after / "csv" / path.name).read_bytes(), path.name


def test_a_rebuild_gives_the_same_facts_byte_for_byte_and_goes_on_past_damage(tmp_path: Path) -> None:
    for source, posts in ((CHANNEL, POSTS), (LATE, LATE_POSTS)):
        folder = tmp_path / "archive" / source.id
        folder.mkdir(parents=True)
        (folder / "2024.yaml").write_text(yaml.safe_dump(posts, allow_unicode=True), "utf-8")
    settings = deployment(tmp_path, tmp_path / "archive")
    hours = ("05-05 15:10", "05-05 16:00", "05-06 09:30", "05-07 12:00")
    for hour in hours:
        moment = datetime.strptime(f"2024-{hour}", "%Y-%m-%d %H:%M").replace(tzinfo=KYIV)
        pages = PageArchive(settings.pages)
        with serve(settings.sample_archive, as_of=moment) as address, Warehouse(settings).connection() as connection:
            with HttpClient(replay=address) as client:
                for source in (CHANNEL, LATE) if hour == hours[-1] else (CHANNEL,):
                    assert fetch(connection, pages, client, source, INVASION, lambda _: None).error is None
            load(connection, pages)
            extract(connection, ())
        assert build(Warehouse(settings)).failures == []
        publish(Warehouse(settings), "test")
    before, after = tmp_path / "before", tmp_path / "after"
    export(settings, before)
    result = rebuilt(tmp_path)
    assert result.exit_code == 0, result.output
    assert "5 versions of announcements" in result.output
    export(settings, after)
    assert_same(before, after)
    revisions = (after / "csv" / "marts_fct_exchange_revisions.csv").read_text("utf-8")
    assert "corrected,150,157" in revisions
    assert "exchange-2024-05-06" in (after / "csv" / "marts_fct_withdrawn_exchanges.csv").read_text("utf-8")

    # The first page showed a post before its edit. A later page did too, so only the first-seen time of that version
    # changes.
    (path,) = settings.pages.glob("*.warc.gz")
    path.write_bytes(zeroed_block(path.read_bytes(), spans_of_responses(path)[0]))
    result = rebuilt(tmp_path)
    assert f"Warning: {path.name}: " in result.stderr
    assert "are no whole record" in result.stderr
    assert "The archive lacks 1 pages" in result.stderr
    assert "5 versions of announcements" in result.output
    export(settings, tmp_path / "damaged")
    assert_same(before, tmp_path / "damaged", but="marts_dim_announcements.csv")
    seen = [
        (folder / "csv" / "marts_dim_announcements.csv").read_bytes() for folder in (before, tmp_path / "damaged")
    ]
    assert seen[0] != seen[1]
