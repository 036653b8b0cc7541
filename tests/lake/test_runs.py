"""Runs with a lake: failover to another machine, a lake that is down and comes back, and no lake at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.defs.all_definitions import build_defs
from orchestration.defs.assets.lake import LAKE
from orchestration.lake.connection import LakeError
from orchestration.lake.deployment import publish_to_lake
from orchestration.lake.publishing import OtherWriter
from orchestration.lake.restoring import restore_from_lake
from orchestration.lake_address import Lake
from orchestration.settings import Settings, WrongSetting, load_settings
from orchestration.warehouse.database import Warehouse, WarehouseError, reading
from tests.conftest import deployment, run
from tests.support.lake_servers import LakeServers

ADDRESS, PLACE = "postgresql://obmin@db.example/lake", "s3://bucket/obmin"


def alerts_of(settings: Settings) -> list[tuple[str]]:
    with Warehouse(settings).connection() as connection:
        return connection.execute("select alert_id from raw.alerts order by 1").fetchall()


def different_tables(one: Settings, other: Settings) -> list[str]:
    with duckdb.connect() as connection:
        for name, settings in (("one", one), ("other", other)):
            connection.execute(f"attach '{settings.published}' as {name} (read_only)")
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'one' and schema_name in ('marts', 'reports')"
        ).fetchall()
        assert len(names) > 25
        return [
            name
            for (name,) in names
            for a, b in (("one", "other"), ("other", "one"))
            if connection.execute(f"select count(*) from (from {a}.{name} except all from {b}.{name})").fetchone()
            != (0,)
        ]


@pytest.fixture
def sample(built_sample: Settings, servers: LakeServers, tmp_path: Path) -> Settings:
    """A copy of the built sample, with an empty lake."""
    lake = servers.new_lake(f"sample_{abs(hash(tmp_path))}")
    settings = replace(deployment(tmp_path / "first"), lake=lake)
    shutil.copytree(built_sample.data, settings.data)
    return settings


def test_another_machine_goes_on_from_the_lake_and_the_lost_one_is_refused(sample: Settings, tmp_path: Path) -> None:
    outcome, steps = run(sample)
    # Nothing was new but for the lake, which had nothing.
    assert (outcome.failures, outcome.warnings, steps[-1]) == ([], [], "publication lake")
    other = replace(sample, data=tmp_path / "second" / "sample")
    restored = restore_from_lake(other)
    assert restored.announcements == 459
    with pytest.raises(WarehouseError, match="There is a working file already"):
        restore_from_lake(other)
    outcome, steps = run(other)
    assert (outcome.failures, outcome.warnings, outcome.has_published) == ([], [], True)
    assert steps[-1] == "publication lake"
    assert different_tables(sample, other) == []
    assert alerts_of(other) == alerts_of(sample)
    # The machine that was lost comes back.
    with Warehouse(sample).connection() as connection:
        connection.execute("update raw.alerted_exchanges set changes = changes + 1")
    with pytest.raises(OtherWriter):
        publish_to_lake(Warehouse(sample))
    outcome, _ = run(sample)
    assert outcome.failures == []
    assert [warning for warning in outcome.warnings if "Another deployment published to the lake" in warning]


def test_a_lake_that_is_down_is_a_warning_and_is_caught_up_though_nothing_is_new(
    sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sample.lake is not None
    down = replace(sample, lake=replace(sample.lake, catalog="host=127.0.0.1 port=9 user=obmin dbname=lake"))
    outcome, steps = run(down)
    assert (outcome.failures, outcome.has_published, steps[-1]) == ([], True, "publication lake")
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].startswith("The lake's catalog can't be used: connection ")
    with reading(sample.published) as connection:
        assert connection.execute("select count(*) from marts.fct_exchanges").fetchone() == (81,)
    outcome, steps = run(sample)
    assert (outcome.warnings, steps[-1]) == ([], "publication lake")
    run(sample)  # the problem's end was decided after the lake had been brought up to date
    outcome, steps = run(sample)
    assert (outcome.warnings, outcome.has_published, steps[-1]) == ([], False, "announcements")


def test_decisions_of_reviewers_are_restored_and_never_replaced(
    servers: LakeServers, sample: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "first" / "sample" / "reviews.yaml"
    own.write_text("[]\n", "utf-8")
    publish_to_lake(Warehouse(sample))
    other = replace(sample, data=tmp_path / "second" / "sample")
    other.data.mkdir(parents=True)
    other.reviews.write_text("# others\n[]\n...\n", "utf-8")
    with pytest.raises(LakeError, match="holds other decisions than the lake"):
        restore_from_lake(other)
    assert not other.working.exists()
    other.reviews.unlink()
    assert restore_from_lake(other).decisions == other.reviews
    assert other.reviews.read_text("utf-8") == "[]\n"


def test_a_lake_of_another_version_is_not_restored(
    sample: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_to_lake(Warehouse(sample))
    monkeypatch.setattr("orchestration.lake.restoring.NEWEST", 99)
    with pytest.raises(LakeError, match="install that version, restore, then upgrade"):
        restore_from_lake(replace(sample, data=tmp_path / "second" / "sample"))


def test_without_a_lake_there_is_no_asset(settings: Settings) -> None:
    of_both = [
        {key for asset in build_defs(one).assets or [] for key in asset.keys}  # type: ignore[union-attr]
        for one in (settings, replace(settings, lake=Lake(ADDRESS, PLACE)))
    ]
    assert of_both[1] - of_both[0] == {LAKE}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"OBMIN_LAKE": "postgresql://obmin:p4Zq@db.example/lake"}, "contains a password"),
        ({"OBMIN_LAKE": "host=db.example password=p4Zq dbname=lake"}, "contains a password"),
        ({"OBMIN_LAKE": "host=db.example password = 'p4Zq' dbname=lake"}, "contains a password"),
        ({"OBMIN_LAKE": "postgresql://db.example/lake?password=p4Zq"}, "contains a password"),
        ({"OBMIN_LAKE": "postgresql://db.example/lake?%70assword=p4Zq"}, "contains a password"),
        ({"OBMIN_LAKE": "https://db.example"}, "is no PostgreSQL address"),
        ({"OBMIN_LAKE_DATA": "https://bucket"}, "it must be a place in an S3 store"),
        ({"OBMIN_LAKE_DATA": "s3://bucket/'; drop"}, "it must be a place in an S3 store"),
        ({"OBMIN_LAKE": ADDRESS}, "OBMIN_LAKE is set and OBMIN_LAKE_DATA is not"),
        ({"OBMIN_LAKE_DATA": PLACE}, "OBMIN_LAKE_DATA is set and OBMIN_LAKE is not"),
        ({"OBMIN_LAKE": ADDRESS, "OBMIN_LAKE_DATA": PLACE, "OBMIN_LAKE_SECONDS": "0"}, "number of seconds from 1"),
    ],
)
def test_what_a_lake_may_not_be_is_refused_without_its_password(
    given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=sentence) as raised:
        load_settings()
    assert "p4Zq" not in str(raised.value)


def test_a_lake_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OBMIN_LAKE": ADDRESS, "OBMIN_LAKE_DATA": PLACE, "OBMIN_LAKE_SECONDS": "60"}.items():
        monkeypatch.setenv(name, value)
    assert load_settings().lake == Lake(ADDRESS, "s3://bucket/obmin/", 60)
