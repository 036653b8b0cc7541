"""Damage to the archive under every command that reads it: correct facts or one error, and no announcement lost.

The reading of damaged files is tested in tests/scrapers/test_archive_damage.py.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from os import strerror
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.settings import Settings
from orchestration.warehouse.archive_check import check_some, dated_ahead, verify_archive
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.page_index import page_id_of, take_in
from orchestration.warehouse.reparse import reparse
from scrapers.archive import Location, PageArchive
from scrapers.registry import get_source
from tests.conftest import deployment, web
from tests.support import archive_damage as damage
from tests.support.archive_damage import Span, spans_of_responses
from tests.support.crawled_deployment import CrawledDeployment, crawling
from tests.support.sites import Channel, president

CHANNEL, SITE = get_source("koordshtab_telegram").as_excerpt(), get_source("president_uk").as_excerpt()
ALL_POSTS = [str(number) for number in range(1, 10)]
Harm = Callable[[bytes, Span], bytes]


@pytest.fixture(autouse=True)
def small_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.archive.members.LARGEST_RECORD", 2**20)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel of nine posts on three pages, fetched and loaded; each test damages a copy."""
    folder = tmp_path_factory.mktemp("template")
    with crawling(folder, Channel(*range(1, 10))) as crawled:
        crawled.refresh(CHANNEL)
        assert crawled.ids() == ALL_POSTS
    return folder


@pytest.fixture
def lived_in(tmp_path: Path, template: Path) -> Settings:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return deployment(tmp_path)


def file_of(settings: Settings) -> Path:
    (path,) = settings.pages.glob("*.warc.gz")
    return path


def ids(settings: Settings) -> list[str]:
    with Warehouse(settings).connection() as connection:
        return CrawledDeployment(settings.pages, connection, None).ids()  # type: ignore[arg-type]


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def deleted(path: Path) -> None:
    path.unlink()


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def deleted_with_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def begun_anew(path: Path) -> None:
    """Put another archive's longer file in its place, so that every offset points elsewhere."""
    other = path.parent.parent / "other"
    with crawling(other, Channel(*range(101, 140))) as crawled:
        crawled.refresh(CHANNEL)
    shutil.copy(file_of(deployment(other)), path)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replaced_by_text(path: Path) -> None:
    path.write_bytes(b"this is no archive\n" * 4000)


def harmed(harm: Harm, place: int) -> Callable[[Path], None]:
    def hurt(path: Path) -> None:
        path.write_bytes(harm(path.read_bytes(), spans_of_responses(path)[place]))

    hurt.__name__ = f"{harm.__name__}_{place}"
    return hurt


LOST = [emptied, deleted, deleted_with_its_folder, begun_anew, cut_in_half, replaced_by_text]
HARMED = [
    *(harmed(harm, 1) for harm in damage.DAMAGED_IN_PLACE), harmed(damage.flipped_byte, 0), harmed(damage.zeroed_block, 2),
    harmed(damage.truncated_here, 2), harmed(damage.gone_altogether, 1),
]  # fmt: skip


@pytest.mark.parametrize("hurt", [*LOST, *HARMED], ids=lambda hurt: hurt.__name__)
def test_a_crawl_goes_on_and_fetches_again_what_is_gone(
    lived_in: Settings, tmp_path: Path, hurt: Callable[[Path], None]
) -> None:
    hurt(file_of(lived_in))
    with crawling(tmp_path, Channel(*range(1, 11))) as crawled:
        archive = PageArchive(lived_in.pages)
        again = CrawledDeployment(deployment(tmp_path).pages, crawled.connection, crawled.client)
        taken = take_in(again.connection, archive)
        load(again.connection, archive)
        for _ in range(2):
            again.refresh(CHANNEL)
        assert again.ids()[:10] == [*ALL_POSTS, "10"]
        # The newest page of the listing is readable again.
        rows = again.rows(
            "select archive_file, archive_offset from raw.pages where url = 'https://t.me/s/Koord_shtab' "
            "order by fetched_at desc limit 1"
        )
        assert archive.read(Location(*rows[0])).status == 200
    if hurt in LOST:
        assert "pages that were written to it" in " ".join(taken.sentences)
        assert "run `obmin reparse`" in " ".join(taken.sentences)


@pytest.mark.parametrize("hurt", [*LOST, *HARMED], ids=lambda hurt: hurt.__name__)
def test_a_reparse_goes_on_and_loses_no_announcement(lived_in: Settings, hurt: Callable[[Path], None]) -> None:
    hurt(file_of(lived_in))
    report = reparse(Warehouse(lived_in), lambda _: None)
    assert set(ALL_POSTS) <= set(ids(lived_in))
    assert report.pages_gone >= 1
    assert report.kept >= 3
    assert "announcements read from such pages are kept as they were" in " ".join(report.warnings)
    # A second reparse gives the same result: the preserved announcements stay.
    again = reparse(Warehouse(lived_in), lambda _: None)
    assert set(ALL_POSTS) <= set(ids(lived_in))
    assert again.no_longer_read == 0


def test_a_page_fetched_at_another_time_is_another_page_though_it_lies_at_the_same_place(lived_in: Settings) -> None:
    """The newest page of a channel comes early in a file, so a new file may have it at the same offset."""
    (location, page), *_ = [
        (location, page) for location, page in PageArchive(lived_in.pages).pages() if page.url == CHANNEL.url
    ]
    before, other = (
        page_id_of(page, location),
        dataclasses.replace(page, fetched_at=page.fetched_at + timedelta(days=1)),
    )
    with Warehouse(lived_in).connection() as connection:
        read_from = connection.execute("select page_id from raw.announcements where announcement_id = '9'").fetchall()
    assert read_from == [(before,)]
    assert page_id_of(other, location) != before


@pytest.mark.parametrize("hurt", [*LOST, *HARMED], ids=lambda hurt: hurt.__name__)
def test_verify_names_it_and_ends_with_status_1(lived_in: Settings, hurt: Callable[[Path], None]) -> None:
    hurt(file_of(lived_in))
    result = CliRunner().invoke(main, ["archive", "verify", "--json"], env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert result.exit_code == 1, result.output
    received = json.loads(result.stdout)
    assert received["missing"] >= 1
    assert received["failures"]
    assert all(f"Failed: {sentence}" in result.stderr for sentence in received["failures"])
    assert "Traceback" not in result.output


def test_a_whole_archive_is_whole(lived_in: Settings) -> None:
    result = CliRunner().invoke(main, ["archive", "verify"], env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert result.exit_code == 0
    assert "6 whole records, 0 damaged parts, 0 pages missing" in result.stdout
    assert check_some(lived_in) == ([], {"files": 1, "files_verified": 1, "damaged_parts": 0, "records": 6})


def test_no_archive_yet_is_no_damage(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["archive", "verify"], env={"OBMIN_DATA": str(tmp_path)})
    assert (result.exit_code, result.stdout) == (0, "0 whole records, 0 damaged parts, 0 pages missing\n")
    assert check_some(deployment(tmp_path))[0] == []


def test_the_check_names_damage_until_the_file_is_put_back(lived_in: Settings) -> None:
    path = file_of(lived_in)
    whole = path.read_bytes()
    harmed(damage.flipped_byte, 1)(path)
    wrong, figures = check_some(lived_in)
    assert len(wrong) == 1
    assert "are no whole record (its gzip is damaged" in wrong[0]
    assert (figures["records"], figures["damaged_parts"]) == (5, 1)
    assert check_some(lived_in)[0] == wrong  # from the stored result, without reading again
    path.write_bytes(whole)
    assert check_some(lived_in)[0] == []


@pytest.mark.parametrize("note", ["", "{", "[]", '{"2026-03.warc.gz": {}}', "\x00", '{"x": 1}'])
def test_a_broken_note_of_what_was_verified_is_made_anew(lived_in: Settings, note: str) -> None:
    (lived_in.pages / "verified.json").write_text(note)
    assert check_some(lived_in)[1]["files_verified"] == 1


def test_a_page_that_was_never_loaded_and_is_gone_is_said_and_fetched_again(tmp_path: Path) -> None:
    channel = Channel(*range(1, 10))
    with crawling(tmp_path, channel) as crawled:
        assert crawled.fetch(CHANNEL).error is None
        file_of(deployment(tmp_path)).unlink()
        again = CrawledDeployment(deployment(tmp_path).pages, crawled.connection, crawled.client)
        assert take_in(again.connection, again.archive).gone == 3
        assert "the archive no longer holds its page" in " ".join(load(again.connection, again.archive).quarantined)
        # The crawl pages back to the beginning, and pages that are readable now leave the quarantine.
        assert again.refresh(CHANNEL).quarantined == []
        assert again.ids() == ALL_POSTS


def test_unchanged_is_not_believed_of_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    """The server always answers 304 and the stored page is damaged: such a crawl used to fail for good."""
    asked: list[str] = []
    with crawling(tmp_path, president(asked, ["5", "6"])) as crawled:
        crawled.refresh(SITE)
        harmed(damage.flipped_byte, 0)(file_of(deployment(tmp_path)))
        again = CrawledDeployment(deployment(tmp_path).pages, crawled.connection, crawled.client)
        assert again.refresh(SITE).announcements == 2
        urls = [row[0] for row in again.rows("select url from raw.pages where loaded_at is not null order by 1")]
        assert [url.rpartition("/")[2] for url in urls] == ["all", "all?page=2", "obmin-5", "obmin-6"]


def test_a_parser_that_is_blind_to_a_change_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits made while the parser read nothing are read once it is fixed."""
    from scrapers.sources import telegram

    channel = Channel(1, 2, 3)
    blind = monkeypatch.context()
    with crawling(tmp_path, channel) as crawled, blind as patched:
        crawled.refresh(CHANNEL)
        patched.setattr(telegram, "_text", lambda *_: "")
        for words in ("Допис 3, виправлено", "Допис 3, виправлено вдруге"):
            channel.posts[3] = words
            crawled.fetch(CHANNEL)
    settings = deployment(tmp_path)
    reparse(Warehouse(settings), lambda _: None)
    with Warehouse(settings).connection() as connection:
        texts = connection.execute(
            "select text from raw.announcements where announcement_id = '3' order by first_seen_at"
        ).fetchall()
    assert texts == [("Допис 3",), ("Допис 3, виправлено",), ("Допис 3, виправлено вдруге",)]


def test_views_alone_store_nothing(tmp_path: Path) -> None:
    with crawling(tmp_path, Channel(1, 2, 3)) as crawled:
        crawled.refresh(CHANNEL)
        size = crawled.archive.size()
        for _ in range(5):
            crawled.refresh(CHANNEL)  # the channel counts each request as a view
        assert crawled.archive.size() == size


def test_a_working_file_of_before_needs_no_new_pages(tmp_path: Path) -> None:
    """Its fingerprints were computed in another way; they are recomputed from the archive."""
    with crawling(tmp_path, Channel(1, 2, 3)) as crawled:
        crawled.refresh(CHANNEL)
        crawled.connection.execute("update raw.pages set fingerprint = repeat('a', 64)")
        assert crawled.fetch(CHANNEL).pages_new == 0


def test_a_reparse_that_fails_leaves_its_disk_space_to_others(lived_in: Settings) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        reparse(Warehouse(lived_in), full)
    assert not list(lived_in.data.glob("*.rebuilt.duckdb*"))
    assert ids(lived_in) == ALL_POSTS


def test_a_folder_in_the_place_of_an_old_file_stops_nothing(lived_in: Settings) -> None:
    """It is the file of a month that is no longer written to; each command reads on and names it."""
    folder = lived_in.pages / "2022-11.warc.gz"
    folder.mkdir()
    message = f"{folder.name}: 0 bytes from byte 0 on are no whole record (it is no regular file)"
    with Warehouse(lived_in).connection() as connection:
        connection.execute(
            "insert into raw.pages by name select * replace ('gone' as page_id, $1 as archive_file) "
            "from raw.pages limit 1",
            [folder.name],
        )
        assert take_in(connection, PageArchive(lived_in.pages)).gone == 1
    assert verify_archive(Warehouse(lived_in)).failures == [
        f"{message}; they are skipped, and the rest of the file is read."
    ]
    assert any(message in sentence for sentence in check_some(lived_in)[0])
    assert any(message in sentence for sentence in reparse(Warehouse(lived_in), lambda _: None).damaged)
    assert ids(lived_in) == ALL_POSTS


def test_a_note_of_a_length_that_can_not_be_written_stops_nothing(lived_in: Settings) -> None:
    note = file_of(lived_in).with_suffix(".size")
    note.unlink()
    note.mkdir()
    with crawling(lived_in.data.parent, Channel(*range(1, 12))) as crawled:
        crawled.refresh(CHANNEL)
        assert crawled.ids() == [str(number) for number in range(1, 12)]


def test_pages_that_are_dated_ahead_are_reported(lived_in: Settings) -> None:
    """Versions are ordered by their pages' timestamps: an edit read today counts as older than a page of tomorrow."""
    with Warehouse(lived_in).connection() as connection:
        now = datetime.now(UTC)
        assert dated_ahead(connection, now) == []
        (message,) = dated_ahead(connection, now - timedelta(days=2))
    assert message.startswith("3 pages are stored under times up to ")
    assert "this machine's clock was ahead then, or is behind now" in message


@pytest.mark.parametrize("command", [["reparse"], ["load"], ["archive", "verify"]])
def test_a_file_that_may_not_be_opened_is_one_sentence(
    lived_in: Settings, command: list[str], monkeypatch: Any
) -> None:
    usual = Path.open

    def refused(path: Path, *rest: Any, **more: Any) -> Any:
        if path.name.endswith(".warc.gz"):
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path, *rest, **more)

    monkeypatch.setattr(Path, "open", refused)
    result = CliRunner().invoke(main, command, env={"OBMIN_DATA": str(lived_in.data.parent)})
    assert "bug in Obmin" not in result.output
    assert result.exit_code == (0 if command == ["load"] else 1)  # nothing waits to be loaded


@pytest.mark.parametrize(
    ("is_known", "number"),
    [(True, errno.EACCES), (False, errno.EACCES), (True, errno.EIO)],
    ids=["indexed", "not indexed", "disk"],
)
def test_a_file_that_is_not_opened_fails_the_command_and_is_not_forgotten(
    lived_in: Settings, is_known: bool, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a back-up that was put back by another user: the pages are there, and so is the index of them."""
    path, usual = file_of(lived_in), Path.open

    def refused(opened: Path, *rest: Any, **more: Any) -> Any:
        if opened == path:
            raise OSError(number, strerror(number), str(path))
        return usual(opened, *rest, **more)

    with Warehouse(lived_in).connection() as connection:
        if not is_known:
            connection.execute("delete from raw.pages")
        (indexed,) = connection.execute("select count(*) from raw.pages").fetchall()
    month = path.with_name("2022-02.warc.gz")  # not the one that is written to
    path = path.rename(month)
    with Warehouse(lived_in).connection() as connection:
        connection.execute("update raw.pages set archive_file = ?", [month.name])
    monkeypatch.setattr(Path, "open", refused)
    with web(Channel(*range(1, 10))) as address:
        result = CliRunner().invoke(
            main, ["fetch", CHANNEL.id], env={"OBMIN_DATA": str(lived_in.data.parent), "OBMIN_REPLAY": address}
        )
    assert result.exit_code == 1
    assert f"2022-02.warc.gz of the archive: it can't be opened: {strerror(number)}" in result.output
    monkeypatch.undo()
    with Warehouse(lived_in).connection() as connection:
        assert connection.execute("select count(*) from raw.pages").fetchall() == [indexed]
        assert connection.execute("from raw.quarantined_items").fetchall() == []
    assert not (lived_in.pages / "losses.txt").exists()


def test_verify_shows_what_was_lost_and_what_is_set_aside(lived_in: Settings) -> None:
    path = file_of(lived_in)
    path.write_bytes(path.read_bytes()[:-20])
    archive = PageArchive(lived_in.pages)
    with Warehouse(lived_in).connection() as connection:
        assert take_in(connection, archive).gone == 1
    report = verify_archive(Warehouse(lived_in))
    assert (report.damaged, report.missing, report.failures) == (0, 0, [])
    assert any("Set aside after a crash" in note for note in report.notes)
    assert any("lacks 1 of the 3 pages" in note for note in report.notes)
    assert any("lacks 1 of the 3 pages" in sentence for sentence in check_some(lived_in)[0])
