"""Expected refusals: a source whose `access` is blocked is tried, and its refusal raises no alert.

Which sources are blocked, and the evidence for it, is in scrapers/registry.yaml.
"""

from __future__ import annotations

from orchestration.warehouse.fetch import FetchReport
from scrapers.registry import Source

# The kinds of errors (records.SourceError) by which a site serves no page of its own. Any other is of a page that it
# did serve: it has opened, and its listing may have changed.
KINDS = frozenset({
    "challenge", "consent", "late", "log-in", "maintenance", "rate limit", "redirect", "refused",
    "resting", "robots", "server error", "silent", "status", "tls", "unreachable",
})  # fmt: skip


def is_expected(source: Source, report: FetchReport) -> bool:
    """True when a blocked source's crawl got no page at all, because it was refused."""
    return source.access.state == "blocked" and report.pages_seen == 0 and report.error_kind in KINDS


def refusal(source: Source, report: FetchReport) -> str:
    """A sentence: what happened, and that it is expected."""
    return f"{report.error} That is expected ({source.access.rests_on}): it is tried again in each run."


def refusals(source_ids: list[str]) -> str:
    """One sentence for all sources of a run that refused as expected."""
    return (
        f"Expected to refuse, and did: {', '.join(sorted(source_ids))}; `obmin sources list` says on what that rests."
    )
