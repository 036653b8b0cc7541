"""Publications that fail: killed, without their lock, with a lake that is down or slow. What a whole one writes is in
test_publishing.py.
"""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.lake.connection import LONGEST_REASON, LakeError, LakeUnreachable, open_lake, without_secrets
from orchestration.lake.deployment import lake_of, publish_to_lake
from orchestration.lake.publishing import Request, UncertainCommit, as_json, publish
from orchestration.lake.pull import pull
from orchestration.lake.tidying import tidy
from orchestration.lake.writer_lock import writer_lock
from orchestration.lake_address import Lake
from orchestration.warehouse.database import Warehouse
from tests.support.lake_contents import differing, end_lock, published_id, waits
from tests.support.lake_servers import LakeServers, held_store
from tests.support.published_copies import announce_exchange, totals
from tests.support.scripted_deployment import ScriptedDeployment

PASSWORD = "p4Zq-secret"


def test_publications_that_fail_before_they_commit_leave_no_note(grown: ScriptedDeployment) -> None:
    lost = replace(grown.settings, lake=replace(lake_of(grown.settings), catalog="host=127.0.0.1 port=9 dbname=lake"))
    for _ in range(2):
        with pytest.raises(LakeUnreachable):
            publish_to_lake(Warehouse(lost))
    with Warehouse(grown.settings).connection() as connection:
        assert connection.execute("select count(*) from raw.lake_publication").fetchone() == (1,)


def test_a_publication_that_committed_and_was_killed_before_it_was_noted(grown: ScriptedDeployment) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("orchestration.lake.deployment.note_lake", raise_killed)
        with pytest.raises(KeyboardInterrupt):
            publish_to_lake(Warehouse(grown.settings))
    assert waits(grown.settings)
    announce_exchange(grown, 3)
    grown.refresh()
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []
    assert not waits(grown.settings)


def raise_killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_publication_that_lost_its_lock_writes_nothing(
    grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a tidying beside it could remove the files that it is about to commit."""
    lake = lake_of(grown.settings)
    before = published_id(lake)

    monkeypatch.setattr("orchestration.lake.publishing.drop_others", lambda *_: end_lock(lake))
    request = Request(
        lake, str(grown.settings.working), str(grown.settings.published), str(grown.settings.reviews), "new", [before]
    )
    with pytest.raises(LakeUnreachable, match="ended the connection that held the lake's lock: nothing was written"):
        publish(request)
    assert published_id(lake) == before


def test_an_error_after_the_commit_does_not_pass_for_one_before_it(
    grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the note would go, and the deployment be refused its own lake: PostgreSQL may be restarted just then."""
    lake, settings = lake_of(grown.settings), grown.settings

    @contextmanager
    def ending(lake: Lake) -> Iterator[Callable[[], None]]:
        with writer_lock(lake) as check_lock:
            yield check_lock
        raise LakeUnreachable("The server went away.")

    monkeypatch.setattr("orchestration.lake.publishing.writer_lock", ending)
    request = Request(
        lake, str(settings.working), str(settings.published), str(settings.reviews), "new", [published_id(lake)]
    )
    with pytest.raises(UncertainCommit, match="The server went away"):
        publish(request)
    assert published_id(lake) == "new"


def test_a_publication_that_is_killed_leaves_the_lake_as_it_was_and_its_files_to_tidy(
    grown: ScriptedDeployment, servers: LakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = grown.settings
    before = pull(settings, tmp_path / "before.duckdb")
    request = Request(
        lake_of(settings),
        str(settings.working),
        str(settings.published),
        str(settings.reviews),
        "new",
        [before.publication_id],
    )
    with held_store(servers, puts=3) as (address, is_held), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        child = subprocess.Popen([sys.executable, "-m", "orchestration.lake.publishing"], stdin=subprocess.PIPE)
        assert child.stdin is not None
        child.stdin.write(f"{as_json(request)}\n".encode())
        child.stdin.flush()
        assert is_held.wait(60)
        child.kill()
        child.wait()
    assert pull(settings, tmp_path / "after.duckdb").publication_id == before.publication_id
    assert totals(tmp_path / "after.duckdb") == [(100,)]
    files = set(servers.files(lake_of(settings)))
    assert tidy(lake_of(settings)).orphans == 0  # as young as those of a publication that runs
    monkeypatch.setattr("orchestration.lake.tidying.READER_HOURS", 0)
    assert tidy(lake_of(settings)).orphans == 3
    assert len(files - set(servers.files(lake_of(settings)))) == 3
    publish_to_lake(Warehouse(settings))
    assert differing(settings) == []


PUBLISH = """
import pickle, sys
from orchestration.lake.deployment import publish_to_lake
from orchestration.warehouse.database import Warehouse
publish_to_lake(Warehouse(pickle.load(sys.stdin.buffer)))
"""


def test_a_publication_ends_with_the_run_that_began_it(grown: ScriptedDeployment, servers: LakeServers) -> None:
    """Else it would hold the working file and the lake's lock while the store is slow, and the next run would fail."""
    with held_store(servers, puts=1) as (address, is_held), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        run = subprocess.Popen([sys.executable, "-c", PUBLISH], stdin=subprocess.PIPE)
        assert run.stdin is not None
        run.stdin.write(pickle.dumps(grown.settings))
        run.stdin.close()
        assert is_held.wait(60)
        (publication,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        publication_ends = os.pidfd_open(int(publication))
        run.kill()
        run.wait()
        assert select.select([publication_ends], [], [], 60)[0] == [publication_ends]
        os.close(publication_ends)
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []


def test_a_store_that_never_answers_is_given_up_and_caught_up_later(
    grown: ScriptedDeployment, servers: LakeServers
) -> None:
    lake = lake_of(grown.settings)
    slow = replace(grown.settings, lake=replace(lake, seconds=6))
    with held_store(servers, puts=1) as (address, _), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(LakeUnreachable, match="more than the 6 seconds of OBMIN_LAKE_SECONDS"):
            publish_to_lake(Warehouse(slow))
    assert waits(grown.settings)
    publish_to_lake(Warehouse(grown.settings))
    assert differing(grown.settings) == []


def test_a_lock_that_stays_held_is_waited_for_and_no_longer(published: ScriptedDeployment) -> None:
    lake = lake_of(published.settings)
    with writer_lock(lake), pytest.raises(LakeUnreachable, match="Another process has written to the lake"):
        with writer_lock(lake, wait_seconds=1):
            raise AssertionError("two hold the lock")


@pytest.mark.parametrize(
    "broken",
    [
        {"OBMIN": "host=127.0.0.1 port=9 user=obmin dbname=lake"},
        {"OBMIN": "postgresql://obmin@127.0.0.1:9/lake"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    ],
    ids=["catalog", "catalog as a web address", "store"],
)
def test_what_is_down_is_one_sentence_without_a_secret(
    broken: dict[str, str], grown: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = grown.settings
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if "OBMIN" in broken:
        settings = replace(settings, lake=replace(lake_of(settings), catalog=broken["OBMIN"]))
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", broken["AWS_ENDPOINT_URL"])
    with pytest.raises(LakeError) as raised:
        publish_to_lake(Warehouse(settings))
    message = str(raised.value)
    assert message.startswith("The lake")
    assert "\n" not in message
    assert "Traceback" not in message
    assert PASSWORD not in message
    assert "k9Xw-secret" not in message


def test_a_secret_that_stands_where_a_long_reason_is_cut_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    said = without_secrets("x" * (LONGEST_REASON - 4) + PASSWORD)
    assert PASSWORD[:4] not in said
    assert said.endswith("…")


def test_without_its_libraries_the_sentence_says_what_to_install(
    published: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.lake.connection.find_spec", lambda name: None)
    with pytest.raises(LakeError, match="--extra lake"), open_lake(lake_of(published.settings), True):
        pass
