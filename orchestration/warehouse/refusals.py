"""Expected refusals: a source whose `access` is blocked is tried, and its refusal raises no alert.

Which sources are blocked, and the evidence for it, is in scrapers/registry.yaml.
"""

from __future__ import annotations

from orchestration.warehouse.fetch import FetchReport
from scrapers.registry import Source


def is_expected(source: Source, report: FetchReport) -> bool:
    """True when a blocked source's crawl got no page at all. A failure after its first page is a fault."""
    return source.access.state == "blocked" and report.error is not None and report.pages_seen == 0


def refusal(source: Source, report: FetchReport) -> str:
    """A sentence: what happened, and that it is expected."""
    return f"{report.error} That is expected ({source.access.rests_on}): it is tried again in each run."


def refusals(source_ids: list[str]) -> str:
    """One sentence for all sources of a run that refused as expected."""
    return (
        f"Expected to refuse, and did: {', '.join(sorted(source_ids))}; `obmin sources list` says on what that rests."
    )
