"""Checks of files that people write or may change, and without which a run fails: decisions, sample archive, report.

What Obmin alone writes is in storage.py.
"""

from __future__ import annotations

from orchestration.doctor.results import CheckResult, ok
from orchestration.doctor.words import counted
from orchestration.report.site_folder import refuse_foreign
from orchestration.settings import Settings
from orchestration.warehouse.reviews import decided_reviews
from scrapers.sample.archive import SampleArchive

AREA = "storage"


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
    """The report's folder can be replaced. Raises UnusableOutput."""
    if not settings.draws_report:
        return []
    refuse_foreign(settings.report)
    return [ok(AREA, "report", f"{settings.report} holds nothing but the report.")]
