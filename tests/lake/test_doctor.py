"""`obmin doctor` and the lake: one sentence that says what is wrong with it, or how old it is, and no secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from orchestration.doctor.lake import check_lake
from orchestration.doctor.results import CheckResult
from orchestration.lake.connection import LakeError, open_lake
from orchestration.lake.deployment import lake_of
from orchestration.lake_address import Lake
from orchestration.settings import Settings
from tests.support.doctor_lines import doctor, everything_in
from tests.support.lake_servers import LakeServers
from tests.support.scripted_deployment import ScriptedDeployment

PASSWORD = "p4Zq-secret"


def check(settings: Settings, later: timedelta = timedelta(0)) -> CheckResult:
    (result,) = check_lake(settings, datetime.now(UTC) + later)
    assert "\n" not in result.sentence
    for secret in (PASSWORD, "k9Xw-secret"):
        assert secret not in f"{result.sentence} {result.cure}"
    return result


def test_a_lake_that_is_well_says_when_it_was_written(
    published: ScriptedDeployment, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything_in(published.settings.data)
    monkeypatch.setenv("OBMIN_DATA", str(published.settings.data.parent))
    monkeypatch.setenv("OBMIN_REPORT", "no")
    state, sentence, _ = doctor(status=0, OBMIN_LAKE=lake.catalog, OBMIN_LAKE_DATA=lake.data)["lake", "lake"]
    assert state == "ok"
    assert sentence.startswith("The lake's catalog and store answer; it was last written ")
    assert ("lake", "lake") not in doctor(status=0)
    assert everything_in(published.settings.data) == before


def test_one_that_is_old_is_a_warning_on_the_machine_that_publishes(published: ScriptedDeployment) -> None:
    result = check(published.settings, timedelta(days=5, minutes=1))
    assert (result.state, result.sentence) == (
        "warning", "The lake's catalog and store answer, but it was last written 5 days ago.",
    )  # fmt: skip
    assert "`obmin lake publish`" in str(result.cure)
    reader = replace(published.settings, data=published.settings.data / "reader")
    assert check(reader, timedelta(days=5)).state == "ok"


@pytest.mark.parametrize(
    ("catalog", "endpoint", "sentence"),
    [
        ("host=127.0.0.1 port=9 user=obmin dbname=lake", "", "The lake's catalog can't be used"),
        ("", "http://127.0.0.1:9", "The lake can't be used"),
    ],
    ids=["catalog", "store"],
)
def test_one_that_is_down_is_a_fault(
    published: ScriptedDeployment, catalog: str, endpoint: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    lake = lake_of(published.settings)
    result = check(replace(published.settings, lake=replace(lake, catalog=catalog or lake.catalog)))
    assert (result.state, result.sentence[: len(sentence)]) == ("fault", sentence)
    assert result.cure


def test_one_that_was_never_written_is_looked_at_too(
    servers: LakeServers, published: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = servers.new_lake("never-written")
    settings = replace(published.settings, lake=lake)
    sentence = "The lake's catalog and store answer; nothing was published to it yet."
    assert check(settings).sentence == sentence
    with psycopg.connect(lake.catalog) as session:
        assert session.execute("select to_regclass('obmin_lake.ducklake_metadata')").fetchone() == (None,)
    with open_lake(lake, is_read_only=False):
        pass
    assert check(settings).sentence == sentence
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert check(settings).state == "fault"


def test_one_of_a_newer_obmin_and_missing_libraries_say_what_to_do(
    published: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_lake(lake_of(published.settings), is_read_only=False) as connection:
        connection.execute("update lake.meta.lake set schema_version = 9999")
    result = check(published.settings)
    assert (result.state, result.cure) == ("warning", "Upgrade this Obmin before it restores from the lake.")
    monkeypatch.setattr("orchestration.lake.connection.find_spec", lambda name: None)
    result = check(published.settings)
    assert result.state == "fault"
    assert "--extra lake" in f"{result.sentence} {result.cure}"


def test_a_reason_of_another_kind_is_a_fault_and_no_bug(
    published: ScriptedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.lake.connection.EXTENSIONS", ("ducklake", "no_such"))
    with pytest.raises(LakeError), open_lake(lake_of(published.settings), is_read_only=True):
        pass
    assert check(published.settings).state == "fault"
