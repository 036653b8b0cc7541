"""Checks of files that people write or may change, and without which a run fails: decisions, sample archive, report.

What Obmin alone writes is in storage.py.
"""

from __future__ import annotations

from orchestration.doctor.results import CheckResult, ok, warning
from orchestration.doctor.words import counted
from orchestration.report.site_folder import is_whole, refuse_foreign, sizes_in
from orchestration.settings import Settings
from orchestration.warehouse.reviews import decided_reviews
from scrapers.sample.archive import SampleArchive

AREA = "storage"
CURE = "Run `obmin report`: it is drawn again."


def check_decisions(settings: Settings) -> list[CheckResult]:
    """The file of the reviewers' decisions. Raises BrokenReviews or BrokenYaml, which guarded() makes a fault of."""
    decisions = counted(len(decided_reviews(settings)), "decision")
    return [ok(AREA, "decisions", f"{decisions} of reviewers can be used.")]


def check_sample_archive(settings: Settings) -> list[CheckResult]:
    """Every entry of the sample archive, where it is what a run reads. Raises BrokenArchive or BrokenYaml."""
    if settings.profile != "sample":
        return []
    SampleArchive(settings.sample_archive).check()
    return [ok(AREA, "sample archive", f"{settings.sample_archive} can be read.")]


def check_report(settings: Settings) -> list[CheckResult]:
    """The report is whole, and its folder can be replaced. Raises UnusableOutput."""
    if not settings.draws_report:
        return []
    folder = settings.report
    refuse_foreign(folder)
    if not settings.published.exists():
        return [ok(AREA, "report", f"There is no {folder} yet; the first run draws it.")]
    if (sizes := sizes_in(folder)) is None:
        return [warning(AREA, "report", f"There is no whole report at {folder}.", CURE)]
    if lost := [name for name in sizes if not is_whole(folder, name, sizes)]:
        files = counted(len(lost), "file")
        return [warning(AREA, "report", f"{files} of {folder} missing or cut, such as {lost[0]}.", CURE)]
    return [ok(AREA, "report", f"{folder} is whole, with {counted(len(sizes), 'file')}.")]
