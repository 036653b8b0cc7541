"""`obmin doctor` and what a deployment has stored: it finds what is wrong with it, and leaves it as it was.

Other broken states are in test_doctor.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.doctor import running
from orchestration.settings import Settings
from orchestration.warehouse.schema import NEWEST
from tests.conftest import deployment
from tests.support.doctor_lines import doctor, everything_in, not_ok
from tests.support.scripted_deployment import ScriptedDeployment

pytestmark = pytest.mark.usefixtures("no_settings")
HOLD = """
import sys
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
data = Path(sys.argv[1])
with Warehouse(Settings("sample", data, data)).connection():
    print("held", flush=True)
    sys.stdin.read(1)
"""
KILLED = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into raw.source_checks by name select 'president_uk' as source_id, 'it hung up' as last_error")
print("written", flush=True)
sys.stdin.read(1)
"""


@pytest.fixture
def published(one_exchange: ScriptedDeployment, tmp_path: Path) -> Settings:
    return one_exchange.copied(deployment(tmp_path)).settings


def test_a_sample_that_was_refreshed_is_well(built_sample: Settings) -> None:
    before = everything_in(built_sample.data)
    lines = doctor(status=0, OBMIN_DATA=str(built_sample.data.parent))
    assert everything_in(built_sample.data) == before
    assert not_ok(lines) == {}
    assert lines["sources", "summary"][1] == "6 of 6 sources are as they should be."
    assert (
        lines["storage", "working file"][1] == f"{built_sample.working} can be read; its schema is version {NEWEST}."
    )
    assert lines["storage", "published copy"][1].endswith("ago and has 81 exchanges.")
    assert lines["network", "hosts"][1] == "The sample needs no network."


def test_a_damaged_working_file(published: Settings) -> None:
    content = published.working.read_bytes()
    published.working.write_bytes(b"\0" * 64 + content[64:])
    before = everything_in(published.data)
    assert not_ok(doctor(status=1, OBMIN_REPORT="no")) == {
        ("storage", "working file"): (
            "fault",
            f"{published.working} is damaged at its beginning, or not a DuckDB warehouse at all.",
            "Run `obmin rebuild`: it is made again from the archive; nothing is fetched again or alerted twice.",
        ),
        **NEVER_READ,
    }
    assert everything_in(published.data) == before


def test_damage_within_the_working_file(published: Settings) -> None:
    with duckdb.connect(str(published.working)) as connection:
        connection.execute("insert into raw.pages by name select 'p' || i as page_id, md5(i::text) as url "
            "from range(100000) as held (i)")  # fmt: skip
        connection.execute("checkpoint")
    content = bytearray(published.working.read_bytes())
    quarter = len(content) // 4
    content[quarter : 3 * quarter] = b"\xff" * 2 * quarter
    published.working.write_bytes(content)
    (found,) = (line for name, line in doctor(status=1).items() if name == ("storage", "working file"))
    assert (found[0], "Run `obmin rebuild`" in (found[2] or "")) == ("fault", True)


# The fixture's announcements came without a crawl.
NEVER_READ = {("sources", "summary"): ("warning", "None of the 6 sources was read yet.", "Run `obmin run`.")}


def test_what_a_killed_writer_left_stays_as_it_is(published: Settings) -> None:
    """Its WAL is read, and neither merged into the file nor deleted."""
    with subprocess.Popen([sys.executable, "-c", KILLED, str(published.working)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.kill()
    assert published.working.with_name("working.duckdb.wal").stat().st_size > 0
    before = everything_in(published.data)
    lines = doctor(status=0)
    assert lines["storage", "working file"][1] == f"{published.working} can be read; its schema is version {NEWEST}."
    assert lines["sources", "president_uk"][1] == "president_uk was never asked (it hung up)."
    assert everything_in(published.data) == before


def test_a_working_file_of_a_newer_obmin(published: Settings) -> None:
    with duckdb.connect(str(published.working)) as connection:
        connection.execute("update raw.schema_version set version = 99")
    told = doctor(status=1)["storage", "working file"]
    assert told == (
        "fault",
        f"{published.working} was written by a newer Obmin: it has version 99, and this one knows {NEWEST}.",
        "Upgrade this Obmin, or put back the back-up that was made before the upgrade.",
    )


@pytest.fixture
def held(published: Settings) -> Iterator[Settings]:
    """A deployment whose working file another process is writing."""
    command = [sys.executable, "-c", HOLD, str(published.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield published
        process.stdin.close()


def test_a_working_file_that_another_run_writes_is_no_fault(held: Settings) -> None:
    lines = doctor(status=0, OBMIN_REPORT="no")
    assert not_ok(lines) == NEVER_READ
    assert lines["storage", "working file"] == (
        "ok", f"Another run is writing {held.working} now, so it was not opened.", None,
    )  # fmt: skip
    assert lines["storage", "published copy"][1].endswith("ago and has 1 exchange.")


def test_a_copy_that_another_program_changed(published: Settings) -> None:
    published.published.chmod(0o600)
    with duckdb.connect(str(published.published)) as connection:
        connection.execute("create table t as select 1")
    told = doctor(status=0)["storage", "published copy"]
    assert told == (
        "warning",
        f"{published.published} is not the file that was published: another program wrote to it, or put it there.",
        "Run `obmin run`: it is published again.",
    )
    published.published.write_bytes(b"no database")
    assert doctor(status=1)["storage", "published copy"] == (
        "fault",
        f"{published.published} is damaged at its beginning, or not a DuckDB warehouse at all.",
        "Run `obmin run`: it is published anew.",
    )


def test_a_clock_that_was_set_back(published: Settings) -> None:
    before_it = running.Surroundings(published, {}, "utf-8", datetime(2024, 5, 1, 12, tzinfo=UTC))
    (told,) = [result for result in running.examine(before_it) if (result.area, result.name) == ("clock", "machine")]
    assert told.state == "fault"
    assert told.sentence.startswith(
        "It is 2024-05-01 12:00 UTC by this machine's clock, and the published copy was built"
    )


def test_what_is_wrong_with_what_was_stored_long_ago(published: Settings) -> None:
    """Times are those of the files, set here: nothing waits."""
    built = datetime.now(UTC) + timedelta(minutes=1)
    failed = published.failed / "20260501T000000000000Z"
    failed.mkdir(parents=True)
    (failed / "failures.txt").write_text("a test failed\n")
    os.utime(failed, (built.timestamp(),) * 2)
    published.damaged.mkdir()
    (published.damaged / "20260501T000000000000Z-working.duckdb").write_bytes(b"x")
    os.utime(published.damaged / "20260501T000000000000Z-working.duckdb", (1_777_593_600,) * 2)
    told = not_ok(doctor(status=0))
    assert told["storage", "failed"][2] == f"Look at {failed / 'failures.txt'}, then run `obmin run`."
    assert told["storage", "damaged"][1] == (
        f"{published.damaged} has 1 file that could not be read, the newest of 2026-05-01."
    )
