"""The daemon's sensors, one tick each, evaluated as the daemon evaluates them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from filelock import FileLock

from orchestration.cli.main import main
from orchestration.defs import run_cursor as ended_runs
from orchestration.defs.run_retention import forget_old_runs
from orchestration.defs.run_tags import REPORTED
from orchestration.warehouse import database as working
from tests.support.alert_receiver import Receiver
from tests.support.alerting_deployment import HQ, PRESIDENT, alerting
from tests.support.scripted_deployment import ScriptedDeployment
from tests.support.sensor_ticks import tick


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_what_was_given_up_is_shown_once_and_once_more_when_it_has_arrived(
    twice_alerted: ScriptedDeployment, receiver: Receiver, instance: dg.DagsterInstance
) -> None:
    receiver.status = 422
    first = tick(twice_alerted.settings, "delivery", instance)
    (check,) = first.asset_events
    assert (check.check_name, check.passed) == ("every_alert_is_delivered", False)
    again = tick(twice_alerted.settings, "delivery", instance, first.cursor)
    assert again.asset_events == []
    assert again.skip_message == "0 delivered, 0 wait, 2 given up."
    receiver.status = 200
    env = {
        "OBMIN_DATA": str(twice_alerted.settings.data.parent),
        "OBMIN_ALERTS": str(twice_alerted.settings.alerts_file),
    }
    assert CliRunner().invoke(main, ["alerts", "retry"], env=env).exit_code == 0
    (check,) = tick(twice_alerted.settings, "delivery", instance, first.cursor).asset_events
    assert check.passed


@dg.asset
def broken() -> None:
    raise ValueError("no such luck")


@dg.asset(name="broken")
def mended() -> None:
    pass


def test_a_failed_run_is_reported_once_the_working_file_is_free(
    tmp_path: Path, receiver: Receiver, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LOCK_SECONDS", 0)
    settings = alerting(tmp_path)
    dg.materialize([broken], instance=instance, raise_on_error=False)  # before the first tick
    before = tick(settings, "run_reports", instance).cursor
    dg.materialize([broken], instance=instance, raise_on_error=False)
    with FileLock(settings.lock):
        locked = tick(settings, "run_reports", instance, before)
    assert "Another run is writing" in locked.skip_message
    assert receiver.got == []
    after = tick(settings, "run_reports", instance, locked.cursor).cursor
    tick(settings, "run_reports", instance, after)
    assert [body["problem"]["cause"] for body in receiver.got] == ["step broken"]
    assert "no such luck" in receiver.got[0]["problem"]["sentence"]


def test_runs_are_reported_in_the_order_of_their_ends(
    tmp_path: Path, receiver: Receiver, instance: dg.DagsterInstance
) -> None:
    settings = alerting(tmp_path)
    place = tick(settings, "run_reports", instance).cursor
    for asset in (broken, broken, mended, broken):
        dg.materialize([asset], instance=instance, raise_on_error=False)
    assert tick(settings, "run_reports", instance, place).skip_message == "4 runs reported."
    assert receiver.kinds() == ["problem", "recovery", "problem"]
    assert receiver.got[1]["problem"]["times"] == 2


def test_the_order_holds_when_there_are_more_than_are_reported_at_once(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_runs, "AT_ONCE", 1)
    place = ended_runs.now_place(instance)
    order = [
        dg.materialize([asset], instance=instance, raise_on_error=False).run_id
        for asset in (mended, mended, broken, mended, broken, broken, mended)
    ]
    seen = []
    while found := ended_runs.ended_runs(instance, place):
        seen += [ended.run_id for ended in found]
        place = found[-1].place
    assert seen == order


def test_a_run_that_has_reported_of_itself_is_not_told_again(
    tmp_path: Path, receiver: Receiver, instance: dg.DagsterInstance
) -> None:
    settings = alerting(tmp_path)
    place = tick(settings, "run_reports", instance).cursor
    dg.materialize([broken], instance=instance, raise_on_error=False, tags={REPORTED: "by the command line"})
    assert tick(settings, "run_reports", instance, place).skip_message == "0 runs reported."


def test_a_source_that_nobody_checks_is_reported_once(
    tmp_path: Path, receiver: Receiver, instance: dg.DagsterInstance
) -> None:
    settings = alerting(tmp_path)
    checked = (datetime.now(UTC) - timedelta(hours=3)).timestamp()  # the registry expects a check every two hours
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            dg.AssetKey(["pages", HQ]), metadata={"last_success_at": dg.MetadataValue.timestamp(checked)}
        )
    )
    for _ in range(2):
        assert "it should be every 2 hours" in tick(settings, "freshness", instance).skip_message
    assert [body["problem"]["cause"] for body in receiver.got] == [f"source {HQ}"]


def test_a_deployment_that_stood_still_is_one_problem(
    tmp_path: Path, receiver: Receiver, instance: dg.DagsterInstance
) -> None:
    settings = alerting(tmp_path)
    for source in (HQ, PRESIDENT):
        checked = (datetime.now(UTC) - timedelta(days=3)).timestamp()
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                dg.AssetKey(["pages", source]), metadata={"last_success_at": dg.MetadataValue.timestamp(checked)}
            )
        )
    assert "None of 2 sources is well" in tick(settings, "freshness", instance).skip_message
    assert [body["problem"]["cause"] for body in receiver.got] == ["all sources"]


def test_a_source_that_was_checked_is_fresh(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    message = tick(alerting(tmp_path), "freshness", instance).skip_message
    assert message == "No source was ever checked with success."
    checked = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            dg.AssetKey(["pages", HQ]), metadata={"last_success_at": dg.MetadataValue.timestamp(checked)}
        )
    )
    assert tick(alerting(tmp_path), "freshness", instance).skip_message == "Every source is fresh."


def test_a_refresh_is_not_asked_for_while_one_goes_on(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    settings = alerting(tmp_path)
    assert len(tick(settings, "watch", instance).run_requests) == 1
    instance.add_run(dg.DagsterRun(job_name="refresh", status=dg.DagsterRunStatus.STARTED))
    asked = tick(settings, "watch", instance)
    assert (asked.run_requests, asked.skip_message) == ([], "The refresh before is not over.")


def test_what_was_loaded_and_not_published_asks_for_one_refresh(
    scripted: ScriptedDeployment, instance: dg.DagsterInstance
) -> None:
    def asked() -> tuple[str | None, str | None]:
        message = tick(scripted.settings, "catch_up", instance)
        return message.run_requests[0].run_key if message.run_requests else None, message.skip_message

    scripted.announce(HQ, "2025-05-06 15:00", "Сьогодні відбувся обмін: вдома 205 захисників.")
    key, _ = asked()
    assert key
    assert asked() == (key, None)  # the daemon runs a key once, so a refresh that fails is not repeated
    instance.add_run(going := dg.DagsterRun(job_name="backfill", status=dg.DagsterRunStatus.STARTED))
    assert asked() == (None, "A run is not over: it may load more, or publish.")
    instance.delete_run(going.run_id)
    scripted.refresh()
    assert asked() == (None, "The published copy holds all that was loaded.")
    scripted.announce(HQ, "2025-05-19 15:00", "Сьогодні відбувся обмін: вдома 390 людей.")
    more, _ = asked()
    assert more not in (None, key)


def test_a_deployment_with_nothing_in_it_is_not_refreshed(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    message = tick(alerting(tmp_path), "catch_up", instance)
    assert (message.run_requests, message.skip_message) == ([], "Nothing was loaded yet.")


def test_a_terminal_that_is_loading_is_not_waited_for(
    scripted: ScriptedDeployment, instance: dg.DagsterInstance
) -> None:
    scripted.announce(HQ, "2025-05-06 15:00", "Сьогодні відбувся обмін: вдома 205 захисників.")
    with FileLock(scripted.settings.lock):
        message = tick(scripted.settings, "catch_up", instance)
    assert message.run_requests == []
    assert "Another run is writing" in message.skip_message


def test_what_a_forgotten_run_has_printed_goes_with_it(tmp_path: Path) -> None:
    @dg.asset
    def talkative() -> None:
        print("a word")

    with dg.DagsterInstance.local_temp(str(tmp_path)) as kept:
        dg.materialize([talkative], instance=kept)
        assert list(tmp_path.rglob("*.out"))
        forget_old_runs(kept, datetime.now(UTC) + timedelta(days=91))
        assert not list(tmp_path.rglob("*.out"))


def test_old_runs_are_forgotten_those_with_nothing_new_first(instance: dg.DagsterInstance) -> None:
    done, going = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.STARTED
    nothing_new = {"obmin/result": "nothing new"}
    runs = {
        "with news": instance.add_run(dg.DagsterRun(job_name="refresh", status=done)),
        "nothing new": instance.add_run(dg.DagsterRun(job_name="refresh", status=done, tags=nothing_new)),
        "going on": instance.add_run(dg.DagsterRun(job_name="refresh", status=going)),
    }
    names = {run.run_id: name for name, run in runs.items()}

    def left_after(days: int) -> set[str]:
        forget_old_runs(instance, datetime.now(UTC) + timedelta(days=days))
        return {names[run.run_id] for run in instance.get_runs()}

    assert left_after(days=1) == {"with news", "nothing new", "going on"}
    assert left_after(days=3) == {"with news", "going on"}
    assert left_after(days=91) == {"going on"}
