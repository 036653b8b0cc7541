"""Checks of the sources: when each was last read, which are late or fail, which never were read."""

from __future__ import annotations

from datetime import datetime

from orchestration.defs.freshness import is_fresh
from orchestration.doctor.record import SourceCheck, StoredRecord
from orchestration.doctor.results import CheckResult, ok, warning
from orchestration.doctor.words import ago, counted
from orchestration.settings import Settings
from scrapers.registry import Source

AREA = "sources"
NEVER_CHECKED = SourceCheck(None, None, None)


def check_sources(settings: Settings, record: StoredRecord, now: datetime) -> list[CheckResult]:
    """A summary, then each source. A blocked one may refuse; the sample's are never late: its schedule is off."""
    sources = settings.sources()
    if not record.checks:
        sentence = f"None of the {len(sources)} sources was read yet."
        return [warning(AREA, "summary", sentence, "Run `obmin run`.")]
    is_watched = settings.profile == "live"
    found = [_of_source(source, record.checks.get(source.id, NEVER_CHECKED), now, is_watched) for source in sources]
    well = [result for result in found if result.state == "ok"]
    refused = sum(source.access.state == "blocked" for source in sources)
    beside = f"; {refused} of them may refuse, as expected" if refused else ""
    summary = f"{len(well)} of {counted(len(sources), 'source')} are as they should be{beside}."
    return [ok(AREA, "summary", summary), *found]


def _of_source(source: Source, check: SourceCheck, now: datetime, is_watched: bool) -> CheckResult:
    last, name = check.last_success_at, source.id
    error = f" ({' '.join(check.last_error.split())[:160]})" if check.last_error else ""
    if source.access.state == "blocked":
        read = f"was last read {ago(now - last)} ago" if last else "refuses plain clients"
        return ok(AREA, name, f"{name} {read}; it is expected to refuse.", is_detail=True)
    look = f"Run `obmin sources check {name}`: it says what answers, and which line to fix."
    if last is None:
        what = "was never read with success" if check.last_checked_at else "was never asked"
        cure = look if check.last_checked_at else "Run `obmin run`, or start the daemon."
        return warning(AREA, name, f"{name} {what}{error}.", cure, is_detail=True)
    since = f"{name} was last read with success {ago(now - last)} ago"
    if is_watched and not is_fresh(source, last, now):
        hours = f"{source.expected.checked_within_hours:g} hours"
        cure = look if error else "Look whether the daemon runs, or run `obmin run`."
        return warning(AREA, name, f"{since}, and should be every {hours}{error}.", cure, is_detail=True)
    if error:
        return warning(AREA, name, f"{since}, and failed since{error}.", look, is_detail=True)
    return ok(AREA, name, f"{since}.", is_detail=True)
