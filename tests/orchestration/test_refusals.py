"""A source that is expected to refuse: shown, retried, used when it responds, and never an alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from orchestration.cli.main import main
from orchestration.defs.assets import pages
from orchestration.defs.freshness import freshness_of_sources
from orchestration.defs.refresh_run import _outcome
from orchestration.defs.run_outcomes import findings_of
from orchestration.settings import Settings
from orchestration.warehouse.fetch import FetchReport
from scrapers.registry import Access, get_source
from scrapers.sample.archive import DEFAULT_FOLDER
from scrapers.sample.server import serve
from tests.conftest import respond, web
from tests.support.misbehaving_channel import sites_of

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        check.check_name: check
        for check in result.get_asset_check_evaluations()
        if check.asset_key.path[-1] == "president_uk"
    }


def test_a_refusal_that_is_expected_is_shown_and_alarms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "replay_history", lambda *_: None)
    with serve(DEFAULT_FOLDER) as origin:
        sites = sites_of(tmp_path, origin)
        blocked = Access(state="blocked", rests_on="a probe of March")
        sources = tuple(
            source.model_copy(update={"access": blocked}) if source.id == "president_uk" else source
            for source in Settings("sample", tmp_path / "sample", tmp_path / "archive").sources()
        )
        monkeypatch.setattr(Settings, "sources", lambda _: sources)
        answers, refuses = sites.answer, [True]

        def answer(handler: Any) -> None:
            if refuses[0] and "president.gov.ua/news" in handler.path:
                return respond(handler, 403)
            return answers(handler)

        monkeypatch.setattr(sites, "answer", answer)

        refused, _ = sites.run()
        read = checks_of(refused)["crawl_succeeded"]
        assert (read.passed, read.severity) == (False, WARN)
        sentence = str(read.metadata["reason"].value)
        assert "answered with status 403" in sentence
        assert "That is expected (a probe of March): it is tried again in each run." in sentence
        assert [finding.cause for finding in findings_of(refused.all_events, "refresh") if not finding.is_well] == []
        outcome = _outcome(refused, ERROR)
        assert outcome.failures == []
        assert [warning for warning in outcome.warnings if "president_uk" in warning] == [
            "Expected to refuse, and did: president_uk; `obmin sources list` says on what that rests."
        ]

        refuses[0] = False
        answered, _ = sites.run()
        assert all(check.passed for check in checks_of(answered).values())
        assert {row[1] for row in sites.stored()["announcements"]} == {"koordshtab_telegram", "president_uk"}

        # It refuses again: neither that nor its age is an alert.
        refuses[0] = True
        again, _ = sites.run()
        assert [finding for finding in findings_of(again.all_events, "refresh") if not finding.is_well] == []


@pytest.mark.parametrize(("status", "exit_status", "sentence"), [
    (403, 0, ""), (429, 0, ""), (200, 1, "lists 0 items where at least 5 were expected"), (404, 1, "status 404"),
])  # fmt: skip
def test_a_blocked_source_that_answers_otherwise_than_expected_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, exit_status: int, sentence: str
) -> None:
    """It has opened, with another list than the one that is known: nobody would learn of it."""
    monkeypatch.setattr(Settings, "source", lambda _, source_id: get_source(source_id))
    redesigned = "<html><main><p>Новини</p></main></html>"
    with web(lambda h: respond(h, 404 if "robots" in h.path else status, redesigned)) as address:
        result = CliRunner().invoke(
            main, ["fetch", "president_uk"], env={"OBMIN_DATA": str(tmp_path), "OBMIN_REPLAY": address}
        )
    assert result.exit_code == exit_status, result.output
    assert sentence in " ".join(result.stderr.split())


def test_a_crawl_that_failed_is_reported_once_and_not_by_its_age_too() -> None:
    source = get_source("ombudsman")

    def freshness(error: str | None, last_success: datetime | None) -> dg.AssetCheckResult:
        checks = pages._outcome(source, FetchReport(source.id, error=error), last_success, 0).check_results
        (found,) = (check for check in checks or [] if check.check_name == "source_is_fresh")
        return found

    failed = freshness("ombudsman: it refuses connections.", None)
    assert (failed.passed, "follows_from" in failed.metadata) == (False, True)
    assert str(failed.metadata["reason"].value).startswith("ombudsman was never checked with success; ")
    old = freshness(None, datetime.now(UTC) - timedelta(days=9))
    assert (old.passed, "follows_from" in old.metadata) == (False, False)


def test_the_age_of_a_blocked_source_is_no_alarm() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        keys = {}
        for source in Settings("live", Path(), Path()).sources():
            if source.id in ("president_uk", "ombudsman"):
                keys[dg.AssetKey(["pages", source.id])] = source
        for key in keys:
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, metadata={"last_success_at": dg.MetadataValue.timestamp(0.0)})
            )
        found = freshness_of_sources(instance, keys, datetime.now(UTC) + timedelta(days=1))
    assert [(finding.cause, finding.is_well) for finding in found] == [("source ombudsman", False)]
