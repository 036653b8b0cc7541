"""Web archives in Dagster: mined and loaded by jobs of their own, here and on Ray, and absent without a setting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.defs.all_definitions import build_defs
from orchestration.defs.assets.web_archives import LOADED, LOADED_CHECK, MINED, READ_CHECK
from orchestration.settings import Settings, load_settings
from tests.conftest import deployment
from tests.support.generated_warcs import EXCHANGE, Written, article, members

DAY = '<meta property="article:published_time" content="2025-05-14T12:00:00+03:00">'


@pytest.fixture
def mining(tmp_path: Path) -> Settings:
    """A deployment with a folder of two web archives, one of them torn, and a file that is gone."""
    folder = tmp_path / "crawls"
    folder.mkdir()
    pages = [
        Written(f"https://visnyk.example/{number}", article(EXCHANGE, "Обмін", DAY).encode()) for number in range(3)
    ]
    (folder / "a.warc.gz").write_bytes(b"".join(members(pages[:1])))
    (folder / "b.warc.gz").write_bytes(b"".join(members(pages[1:]))[:-9])
    return replace(deployment(tmp_path), web_archives=(str(folder), "gone.warc"))


def execute(
    settings: Settings, job: str, instance: dg.DagsterInstance
) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The metadata of a job's only materialization, and its failed checks."""
    result = build_defs(settings).resolve_job_def(job).execute_in_process(instance=instance)
    assert result.success
    (made,) = [event for event in result.all_events if event.is_step_materialization]
    failed = {one.check_name: one.description for one in result.get_asset_check_evaluations() if not one.passed}
    return {name: value.value for name, value in made.materialization.metadata.items()}, failed


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_web_archives_are_mined_and_loaded_by_jobs_of_their_own(
    mining: Settings, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(mining, ray_address="local") if engine == "ray" else mining
    with dg.DagsterInstance.ephemeral() as instance:
        made, failed = execute(settings, "mine_web_archives", instance)
        assert (made["mined"], made["texts"], made["done_before"]) == (2, 2, 0)
        assert failed.keys() == {READ_CHECK}
        assert "There is no gone.warc" in str(failed[READ_CHECK])
        assert "b.warc.gz" in str(failed[READ_CHECK])
        made, failed = execute(settings, "load_web_archives", instance)
        assert (made["texts"], made["announcements_new"], failed) == (2, 2, {})
        made, _ = execute(settings, "mine_web_archives", instance)
        assert (made["mined"], made["done_before"]) == (0, 2)
        (settings.mined / "letter.parquet").write_text("Dear reader")
        made, failed = execute(settings, "load_web_archives", instance)
        assert made["announcements_new"] == 0
        assert str(failed[LOADED_CHECK]).endswith("letter.parquet is no Parquet file; it is left out. Move it away.")
    with duckdb.connect(str(settings.working), read_only=True) as connection:
        assert connection.execute("select source_id, count(*) from raw.announcements group by all").fetchall() == [
            ("web_archives", 2)
        ]


def test_they_are_in_no_refresh_and_absent_without_the_setting(mining: Settings) -> None:
    definitions = build_defs(mining)
    refresh = definitions.resolve_job_def("refresh").asset_layer.executable_asset_keys
    assert not {MINED, LOADED} & set(refresh)
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).group_name for key in (MINED, LOADED)} == {"web_archives"}
    without = build_defs(replace(mining, web_archives=()))
    assert not {MINED, LOADED} & set(without.resolve_asset_graph().get_all_asset_keys())
    assert {job.name for job in without.jobs or []} == {"refresh", "backfill"}


def test_the_setting_names_places_separated_by_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMIN_WEB_ARCHIVES", " /srv/crawls  s3://bucket/crawl/ ")
    assert load_settings().web_archives == ("/srv/crawls", "s3://bucket/crawl/")
    monkeypatch.delenv("OBMIN_WEB_ARCHIVES")
    assert load_settings().web_archives == ()
